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
      NAME-outputs.npy; samples are rows.

      Examples:
        linnet generate whitened --samples 50 --inputs 5 --outputs 1 --out figure1
        linnet generate spectrum --singular-values 2,1,0.5 --samples 100 \\
          --inputs 6 --outputs 4 --out gap
        linnet generate spiked --spikes 10,5 --samples 500 --inputs 20 \\
          --format npy --out spiked
        linnet generate teacher --rank 2 --noise 0.1 --samples 200 \\
          --inputs 10 --outputs 5 --out teacher
      """)

  enum Kind: String, ExpressibleByArgument, CaseIterable { case whitened, spectrum, spiked, teacher }
  enum Format: String, ExpressibleByArgument, CaseIterable { case csv, npy }

  @Argument(
    help: ArgumentHelp(
      "whitened: XXᵀ/m = I and random outputs; spectrum: whitened, with Z of given singular values; spiked: spiked covariance, outputs = inputs; teacher: labels of a random linear network plus noise.",
      valueName: "kind"))
  var kind: Kind

  @Option(parsing: .unconditional, help: "m, the number of samples.") var samples: Int
  @Option(parsing: .unconditional, help: "dx, the number of inputs.") var inputs: Int
  @Option(
    parsing: .unconditional, help: "dy, the number of outputs. Default: 1; for spiked it equals the inputs.")
  var outputs: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("For spectrum: singular values of Z, separated by commas.", valueName: "s1,s2,…"))
  var singularValues: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For spiked: the spikes θ_i of the covariance I + Σ θ_i v_i v_iᵀ.", valueName: "θ1,θ2,…"))
  var spikes: String?
  @Option(parsing: .unconditional, help: "For teacher: the rank of the teacher. Default: 1.") var rank: Int?
  @Option(parsing: .unconditional, help: "For teacher: standard deviation of the label noise. Default: 0.1.")
  var noise: Double?
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
  }

  func validate() throws {
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
      let values = try numbers(singularValues, "--singular-values")
      guard values.count <= min(inputs, dy), values.allSatisfy({ $0 >= 0 }) else {
        throw ValidationError(
          "--singular-values: at most min(inputs, outputs) = \(min(inputs, dy)) numbers, none negative.")
      }
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
      guard (noise ?? 0) >= 0 else { throw ValidationError("--noise must not be negative.") }
    }
  }

  private func numbers(_ text: String?, _ option: String) throws -> [Double] {
    guard let text else { throw ValidationError("\(kind.rawValue) needs \(option).") }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map {
      guard let x = Double($0.filter { $0 != " " }), x.isFinite else {
        throw ValidationError("\(option): \"\($0)\" is not a number.")
      }
      return x
    }
  }

  func run() throws {
    let dy = outputs ?? 1
    let data: SyntheticData.Samples =
      switch kind {
      case .whitened: SyntheticData.whitened(samples: samples, inputs: inputs, outputs: dy, seed: seed)
      case .spectrum:
        SyntheticData.spectrum(
          singularValues: try numbers(singularValues, "--singular-values"), samples: samples, inputs: inputs,
          outputs: dy, seed: seed)
      case .spiked:
        SyntheticData.spiked(
          spikes: try numbers(spikes, "--spikes"), samples: samples, inputs: inputs, seed: seed)
      case .teacher:
        SyntheticData.teacher(
          rank: rank ?? 1, noise: noise ?? 0.1, samples: samples, inputs: inputs, outputs: dy, seed: seed
        ).samples
      }
    let out = out.hasSuffix(".\(format.rawValue)") ? String(out.dropLast(4)) : out
    let files = format == .csv ? ["\(out).csv"] : ["\(out)-inputs.npy", "\(out)-outputs.npy"]
    if !force, let existing = files.first(where: { FileManager.default.fileExists(atPath: $0) }) {
      throw OutputError.fileExists(path: existing)
    }
    switch format {
    case .csv:
      let names = (1...data.inputs.rows).map { "x\($0)" } + (1...data.outputs.rows).map { "y\($0)" }
      try CSVFile.write(data.inputs.appendingRows(data.outputs).transpose, columnNames: names, to: files[0])
    case .npy:
      try NPYFile.write(data.inputs.transpose, to: files[0])
      try NPYFile.write(data.outputs.transpose, to: files[1])
    }
    if json {
      let problem = Problem(inputs: data.inputs, outputs: data.outputs)
      let summary = Summary(
        files: files, kind: kind.rawValue, samples: samples, inputs: data.inputs.rows,
        outputs: data.outputs.rows,
        seed: seed, whiteningDefect: problem.whiteningDefect,
        targetSingularValues: problem.targetSingularValues)
      Screen.standardOutput(try CanonicalJSON.encode(summary))
    }
    Screen.standardError(
      "Wrote \(files.joined(separator: " and ")): \(count(samples, "sample")), "
        + "\(count(data.inputs.rows, "input")), \(count(data.outputs.rows, "output")).")
  }
}
