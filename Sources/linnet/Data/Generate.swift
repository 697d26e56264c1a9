import ArgumentParser
import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import RunFiles

struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make synthetic data with known properties.",
    discussion: """
      Writes one table (NAME.csv: inputs x1, x2, …, outputs y1, …) or, with --format npy, NAME-inputs.npy and \
      NAME-outputs.npy; samples are rows. A teacher's matrix goes to NAME-teacher.csv, outputs × inputs, and rows to test on to NAME-test.csv.

      Examples:
        linnet generate whitened --samples 50 --inputs 5 --outputs 1 --out figure1
        linnet generate spectrum --singular-values 2,1,0.5 --samples 100 \\
          --inputs 6 --outputs 4 --out gap
        linnet generate spiked --spikes 10,5 --samples 500 --inputs 20 \\
          --format npy --out spiked
        linnet generate teacher --rank 2 --noise 0.1 --samples 200 \\
          --inputs 10 --outputs 5 --out teacher
        linnet generate teacher --singular-values 3,2,1 --snr 2 --design identity \\
          --inputs 50 --outputs 50 --test-rows 50 --out noisy
        linnet generate hierarchy --branching 2,2,2 --out tree
        linnet generate items --out instruments
      """)

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case whitened, spectrum, spiked, teacher, hierarchy, items

    /// Whether it has no sizes of its own to be chosen.
    var isTable: Bool { self == .hierarchy || self == .items }
  }
  enum Format: String, ExpressibleByArgument, CaseIterable { case csv, npy }

  @Argument(
    help: ArgumentHelp(
      "whitened: XXᵀ/m = I and random outputs; spectrum: whitened, with Z of given singular values; spiked: spiked covariance, outputs = inputs; teacher: labels of a random linear network plus noise; hierarchy: the leaves of a tree, one-hot, with a property for every node; items: eight musical instruments, one-hot, with sixteen properties.",
      valueName: "kind"))
  var kind: Kind

  @Option(
    parsing: .unconditional,
    help: "m, the number of samples. Of hierarchy, items and --design identity it follows.")
  var samples: Int?
  @Option(parsing: .unconditional, help: "dx, the number of inputs. Of hierarchy and items it follows.")
  var inputs: Int?
  @Option(
    parsing: .unconditional, help: "dy, the number of outputs. Default: 1; for spiked it equals the inputs.")
  var outputs: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For spectrum: singular values of Z; for teacher: of its matrix, instead of --rank; separated by commas.",
      valueName: "s1,s2,…"))
  var singularValues: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For spiked: the spikes θ_i of the covariance I + Σ θ_i v_i v_iᵀ.", valueName: "θ1,θ2,…"))
  var spikes: String?
  @Option(
    parsing: .unconditional,
    help: "For teacher: the rank of a random teacher of Frobenius norm 1. Default: 1.")
  var rank: Int?
  @Option(parsing: .unconditional, help: "For teacher: standard deviation of the label noise. Default: 0.1.")
  var noise: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For teacher: signal to noise, ‖W‖_F²/(outputs·noise²), instead of --noise: the ratio of the labels' variances for inputs of unit variance.",
      valueName: "ratio"))
  var snr: Double?
  @Option(
    help: ArgumentHelp(
      "For teacher: gaussian inputs, whitened (XXᵀ/m = I) or identity (X = I). Default: gaussian.",
      valueName: "design"))
  var design: SyntheticData.Design?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For teacher: write so many further rows of the same teacher, without noise, to NAME-test.csv (of --design identity as many as inputs).",
      valueName: "n"))
  var testRows: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For hierarchy: children of a node at each level, separated by commas.", valueName: "b1,b2,…"))
  var branching: String?
  @Option(parsing: .unconditional, help: "Seed.") var seed: UInt64 = 1
  @Option(help: "csv or npy.") var format: Format = .csv
  @Option(help: ArgumentHelp("Name of the files, without extension.", valueName: "name")) var out: String
  @Flag(help: "Replace existing files.") var force = false

  @Flag(help: "Describe the data as JSON on standard output.") var json = false

  private struct Summary: Encodable {
    let files: [String]
    let kind: String
    let samples: Int
    let inputs: Int
    let outputs: Int
    let seed: UInt64
    let whiteningDefect: Double
    /// σ_i(Y P_X)/√m.
    let targetSingularValues: [Double]
    /// Standard deviation of the labels' noise; absent where there is none.
    let noise: Double?
  }

  /// What was made.
  private struct Data {
    var samples: SyntheticData.Samples
    var inputNames: [String]?
    var outputNames: [String]?
    var teacher: Matrix?
    var noise: Double?
    var test: SyntheticData.Samples?
  }

  func validate() throws {
    try refuse("--singular-values", singularValues != nil, unless: [.spectrum, .teacher])
    try refuse("--spikes", spikes != nil, unless: [.spiked])
    try refuse("--branching", branching != nil, unless: [.hierarchy])
    for (name, isGiven) in [
      ("--rank", rank != nil), ("--noise", noise != nil), ("--snr", snr != nil), ("--design", design != nil),
      ("--test-rows", testRows != nil),
    ] { try refuse(name, isGiven, unless: [.teacher]) }
    if kind.isTable {
      guard samples == nil, inputs == nil, outputs == nil else {
        throw ValidationError(
          "The sizes of \(kind.rawValue) follow; leave out --samples, --inputs and --outputs.")
      }
      if kind == .hierarchy { _ = try levels() }
      return
    }
    guard let inputs else { throw ValidationError("\(kind.rawValue) needs --inputs.") }
    let samples = try sampleCount()
    guard samples >= 1, inputs >= 1, (outputs ?? 1) >= 1 else {
      throw ValidationError("--samples, --inputs and --outputs must be at least 1.")
    }
    let dy = outputs ?? 1
    switch kind {
    case .whitened:
      guard samples >= inputs else {
        throw ValidationError("Whitened inputs need --samples ≥ --inputs, not \(samples) < \(inputs).")
      }
    case .spectrum:
      guard samples > inputs else {
        throw ValidationError(
          "Centred whitened inputs need --samples > --inputs, not \(samples) ≤ \(inputs).")
      }
      try checkSingularValues(dx: inputs, dy)
    case .spiked:
      let values = try numbers(spikes, "--spikes")
      guard values.count <= inputs, values.allSatisfy({ $0 > -1 }) else {
        throw ValidationError("--spikes: at most \(inputs) numbers above −1.")
      }
      if let outputs, outputs != inputs {
        throw ValidationError("In the spiked model the outputs are the inputs; leave out --outputs.")
      }
    case .teacher:
      guard (1...min(inputs, dy)).contains(rank ?? 1) else {
        throw ValidationError("--rank must lie between 1 and \(min(inputs, dy)), not \(rank ?? 1).")
      }
      if singularValues != nil {
        guard rank == nil else { throw ValidationError("Give --rank or --singular-values, not both.") }
        try checkSingularValues(dx: inputs, dy)
      }
      guard noise == nil || snr == nil else { throw ValidationError("Give --noise or --snr, not both.") }
      guard (noise ?? 0) >= 0 else { throw ValidationError("--noise must not be negative.") }
      guard (snr ?? 1) > 0 else { throw ValidationError("--snr must be positive.") }
      guard (testRows ?? 1) >= 1 else { throw ValidationError("--test-rows must be at least 1.") }
      if design == .whitened, samples < inputs {
        throw ValidationError("Whitened inputs need --samples ≥ --inputs, not \(samples) < \(inputs).")
      }
      if design == .identity, samples != inputs || (testRows ?? inputs) != inputs {
        throw ValidationError("With --design identity there is one sample for each of the \(inputs) inputs.")
      }
    case .hierarchy, .items: break
    }
  }

  private func refuse(_ option: String, _ isGiven: Bool, unless kinds: [Kind]) throws {
    guard isGiven, !kinds.contains(kind) else { return }
    throw ValidationError("\(option) belongs to \(list(kinds.map(\.rawValue))), not to \(kind.rawValue).")
  }

  private func checkSingularValues(dx: Int, _ dy: Int) throws {
    let values = try numbers(singularValues, "--singular-values")
    guard values.count <= min(dx, dy), values.allSatisfy({ $0 >= 0 }) else {
      throw ValidationError(
        "--singular-values: at most min(inputs, outputs) = \(min(dx, dy)) numbers, none negative.")
    }
  }

  private func sampleCount() throws -> Int {
    if let samples { return samples }
    if kind == .teacher, design == .identity, let inputs { return inputs }
    throw ValidationError("\(kind.rawValue) needs --samples.")
  }

  /// Leaves of a tree at most: its table has as many columns, and more for the nodes.
  private static let mostLeaves = 4096

  private func levels() throws -> [Int] {
    guard let branching else { throw ValidationError("hierarchy needs --branching.") }
    let levels = try branching.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let b = Int(text.filter { $0 != " " }), (1...Self.mostLeaves).contains(b) else {
        throw ValidationError("--branching: \"\(text)\" is not a positive whole number of children.")
      }
      return b
    }
    guard levels.reduce(1.0, { $0 * Double($1) }) <= Double(Self.mostLeaves), levels.count <= 32 else {
      throw ValidationError(
        "--branching \(branching): a tree has at most \(Self.mostLeaves) leaves, and 32 levels.")
    }
    return levels
  }

  private func numbers(_ text: String?, _ option: String) throws -> [Double] {
    guard let text else { throw ValidationError("\(kind.rawValue) needs \(option).") }
    return try NetworkOptions.numbers(text, option)
  }

  private func make() throws -> Data {
    let (dx, dy) = (inputs ?? 1, outputs ?? 1)
    switch kind {
    case .whitened:
      return Data(
        samples: SyntheticData.whitened(samples: try sampleCount(), inputs: dx, outputs: dy, seed: seed))
    case .spectrum:
      return Data(
        samples: SyntheticData.spectrum(
          singularValues: try numbers(singularValues, "--singular-values"), samples: try sampleCount(),
          inputs: dx, outputs: dy, seed: seed))
    case .spiked:
      return Data(
        samples: SyntheticData.spiked(
          spikes: try numbers(spikes, "--spikes"), samples: try sampleCount(), inputs: dx, seed: seed))
    case .hierarchy:
      let tree = SyntheticData.hierarchy(branching: try levels())
      return Data(samples: tree.samples, inputNames: tree.items, outputNames: tree.nodes)
    case .items:
      let table = SyntheticData.items
      return Data(samples: table.samples, inputNames: table.items, outputNames: table.properties)
    case .teacher: return try teacher(dx, dy)
    }
  }

  private func teacher(_ dx: Int, _ dy: Int) throws -> Data {
    let m = try sampleCount()
    let values = try singularValues.map { _ in try numbers(singularValues, "--singular-values") }
    let norm = values.map { $0.reduce(0) { $0 + $1 * $1 } } ?? 1
    let noise = snr.map { (norm / (Double(dy) * $0)).squareRoot() } ?? noise ?? 0.1
    let found: (samples: SyntheticData.Samples, teacher: Matrix)
    let design = design ?? .gaussian
    if let values {
      found = SyntheticData.teacher(
        singularValues: values, noise: noise, design: design, samples: m, inputs: dx, outputs: dy, seed: seed)
    } else {
      found = SyntheticData.teacher(
        rank: rank ?? 1, noise: noise, samples: m, inputs: dx, outputs: dy, seed: seed)
    }
    var data = Data(samples: found.samples, teacher: found.teacher, noise: noise)
    if values == nil, design != .gaussian {
      data.samples = SyntheticData.labelled(
        by: found.teacher, noise: noise, design: design, samples: m, seed: seed &+ 1)
    }
    data.test = testRows.map {
      SyntheticData.labelled(
        by: found.teacher, noise: 0, design: design == .identity ? .identity : .gaussian, samples: $0,
        seed: seed &+ 2)
    }
    return data
  }

  func run() throws {
    let data = try make()
    let out = out.hasSuffix(".\(format.rawValue)") ? String(out.dropLast(4)) : out
    var files = format == .csv ? ["\(out).csv"] : ["\(out)-inputs.npy", "\(out)-outputs.npy"]
    let teacherFile = data.teacher.map { _ in "\(out)-teacher.csv" }
    let testFile = data.test.map { _ in "\(out)-test.csv" }
    files += [teacherFile, testFile].compactMap(\.self)
    if !force, let existing = files.first(where: { FileManager.default.fileExists(atPath: $0) }) {
      throw OutputError.fileExists(path: existing)
    }
    let samples = data.samples
    let names =
      (data.inputNames ?? (1...samples.inputs.rows).map { "x\($0)" })
      + (data.outputNames ?? (1...samples.outputs.rows).map { "y\($0)" })
    func table(_ samples: SyntheticData.Samples, to file: String) throws {
      try CSVFile.write(samples.inputs.appendingRows(samples.outputs).transpose, columnNames: names, to: file)
    }
    switch format {
    case .csv: try table(samples, to: files[0])
    case .npy:
      try NPYFile.write(samples.inputs.transpose, to: files[0])
      try NPYFile.write(samples.outputs.transpose, to: files[1])
    }
    if let teacher = data.teacher, let teacherFile { try CSVFile.write(teacher, to: teacherFile) }
    if let test = data.test, let testFile { try table(test, to: testFile) }
    let m = samples.inputs.columns
    if json {
      let problem = Problem(inputs: samples.inputs, outputs: samples.outputs)
      let summary = Summary(
        files: files, kind: kind.rawValue, samples: m, inputs: samples.inputs.rows,
        outputs: samples.outputs.rows, seed: seed, whiteningDefect: problem.whiteningDefect,
        targetSingularValues: problem.targetSingularValues, noise: data.noise)
      Screen.standardOutput(try CanonicalJSON.encode(summary))
    }
    Screen.standardError(
      "Wrote \(list(files)): \(count(m, "sample")), "
        + "\(count(samples.inputs.rows, "input")), \(count(samples.outputs.rows, "output")).")
  }
}

extension SyntheticData.Design: ExpressibleByArgument {}
