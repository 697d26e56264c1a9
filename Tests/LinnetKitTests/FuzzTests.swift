import Foundation
import LinnetKit
import Testing

/// Damaged files: every reader ends with a value or an error in words, never with a trap.
///
/// Files are changed at random by a generator with a seed, so that every round tries the same ones; `LINNET_FUZZ` says how many of each of the eleven kinds (`make fuzz`).
/// Of those that are accepted `LINNET_FUZZ_ACCEPTED` keeps up to a thousand of each kind in a folder, for the readers of NumPy, Python's zipfile and safetensors to try (`Scripts/fuzz-references`).
@Suite struct FuzzTests {
  private static let filesOfAKind = Int(ProcessInfo.processInfo.environment["LINNET_FUZZ"] ?? "") ?? 1000
  private static let accepted = ProcessInfo.processInfo.environment["LINNET_FUZZ_ACCEPTED"]

  private let folder: String
  private let run: TrainingRun
  private let checkpoint: Checkpoint

  init() throws {
    folder =
      FileManager.default.temporaryDirectory.appendingPathComponent("linnet-fuzz-\(UUID().uuidString)")
      .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let X = Matrix(rows: [[1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5]])
    let problem = Problem(inputs: X, outputs: Matrix(rows: [[2, 3, 7, 7, 11, 12]]))
    let start = try Start.layers(.gaussian, scale: 0.3).network(for: problem, widths: [2, 2, 1], seed: 1)
    var options = TrainingOptions()
    (options.maximumSeconds, options.estimatesAccuracy, options.maximumTime) = (0.05, false, 0.1)
    run = TrainingRun(problem: problem, start: start, options: options)
    checkpoint = run.run().checkpoint
  }

  private func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let path = "\(folder)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
  }

  /// One to four changes of the kinds that found faults so far: bits, digits, pieces left out, doubled or swapped, and words at the ends of ranges.
  private func changed(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    let words = [
      "1e308", "-1e300", "NaN", "\"NaN\"", "null", "[]", "{}", "-1", "0", "9223372036854775807", "1e-320",
      "\"", ",",
      "\n", "\u{FEFF}", "1e999",
    ]
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      guard !bytes.isEmpty else { return bytes }
      let i = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, i + Int.random(in: 1...24, using: &generator))
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: bytes[i] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[i] = UInt8.random(in: 0x30...0x39, using: &generator)
      case 2: bytes.removeSubrange(i..<end)
      case 3: bytes.insert(contentsOf: bytes[i..<end], at: i)
      case 4: bytes.replaceSubrange(i..<end, with: Array(words.randomElement(using: &generator)!.utf8))
      case 5: bytes.removeSubrange(i...)
      default: bytes.swapAt(i, Int.random(in: 0..<bytes.count, using: &generator))
      }
    }
    return bytes
  }

  /// Changes a file over and over and reads it each time; at least the unchanged one must be accepted.
  private func attack(
    _ original: [UInt8], as name: String, seed: UInt64, _ read: (String) throws -> Void
  ) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try read(write(original, name))
    var generator = SeededGenerator(seed: seed)
    var (refused, kept) = (0, 0)
    for _ in 0..<FuzzTests.filesOfAKind {
      let bytes = changed(original, &generator)
      let path = try write(bytes, name)
      do {
        try read(path)
        if let accepted = FuzzTests.accepted, kept < 1000 {
          kept += 1
          // As it was read: checkpoints have got their checksum.
          try Data(contentsOf: URL(fileURLWithPath: path)).write(
            to: URL(fileURLWithPath: "\(accepted)/\(kept)-\(name)"))
        }
      } catch {
        refused += 1
        // An error is for a person: it does not show the insides of Swift.
        #expect(!"\(error)".contains("Swift.") && !"\(error)".isEmpty)
      }
    }
    #expect(refused > 0)
  }

  private static let table = "name,age,\"x, y\"\n1,2,3\n4.5,-1e3,\"7\"\n0.25,1e-9,2\n8,9,11\n"

  @Test(arguments: ["table.csv", "table.tsv"]) func `tables`(name: String) throws {
    let text = name.hasSuffix("tsv") ? FuzzTests.table.replacing(",", with: "\t") : FuzzTests.table
    try attack(Array(text.utf8), as: name, seed: 1) { _ = try SampleTable($0).compressed() }
  }

  @Test func `arrays`() throws {
    let path = "\(folder)/a.npy"
    try NPYFile.write(Matrix(3, 4) { i, j in Double(i - j) }, to: path)
    try attack(bytes("a.npy"), as: "a.npy", seed: 2) { _ = try SampleTable($0).compressed() }
  }

  @Test func `factors of tables`() throws {
    let table = try SampleTable(write(Array(FuzzTests.table.utf8), "a.csv")).compressed()
    try TableFactor(table, sources: [FactorSource(file: "a.csv", fingerprint: nil)]).write(
      to: "\(folder)/part.linnet", program: "test")
    try attack(bytes("part.linnet"), as: "part.linnet", seed: 8) { path in
      let factor = try TableFactor(file: path)
      // What is accepted can be merged and fitted.
      _ = try? factor.merging(TableFactor(file: path))
      _ = try? factor.choosing(ColumnChoice(targets: ["age"])).prepared(.center)
    }
  }

  /// Checksums of an archive notice what is changed by chance; here they are right.
  @Test func `heads and numbers of factors, whose checksums are right all the same`() throws {
    let table = try SampleTable(write(Array(FuzzTests.table.utf8), "a.csv")).compressed()
    try TableFactor(table, sources: [FactorSource(file: "a.csv", fingerprint: nil)]).write(
      to: "\(folder)/sound.linnet", program: "test")
    let sound = try NPZArchive("\(folder)/sound.linnet")
    let arrays = try sound.names.map { ($0, try sound.array($0)) }
    var generator = SeededGenerator(seed: 9)
    try attack(sound.member("factor.json"), as: "head", seed: 10) { path in
      let head = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      let changed = arrays.map { name, array in
        // One in four arrays gets another number, or another shape.
        guard Int.random(in: 0..<4, using: &generator) == 0 else { return (name, array) }
        var values = array.values
        let wild = [0, -1, 1e308, -1e-308, 3.5, 4e9].randomElement(using: &generator)!
        values[Int.random(in: values.indices, using: &generator)] = wild
        return Bool.random(using: &generator)
          ? (name, NDArray(shape: array.shape, values: values)) : (name, NDArray(values))
      }
      let file = "\(folder)/changed.linnet"
      try NPZArchive.write(
        head == (try sound.member("factor.json")) ? arrays : changed, others: [("factor.json", head)],
        to: file)
      let factor = try TableFactor(file: file)
      _ = try? factor.merging(TableFactor(file: "\(folder)/sound.linnet"))
      if let name = factor.columns.first?.name {
        _ = try? factor.choosing(ColumnChoice(targets: [.exactly(name)])).prepared(.whiten)
      }
    }
  }

  @Test(arguments: ["network.npz", "network.safetensors"]) func `networks`(name: String) throws {
    let path = "\(folder)/\(name)"
    if name.hasSuffix("npz") {
      try NPZArchive.write(
        run.start.layers.enumerated().map { ("layers.\($0.offset).weight", NDArray($0.element)) }, to: path)
    } else {
      try NetworkFile.write(run.start, to: path, metadata: ["inputs": "prepared"])
    }
    try attack(bytes(name), as: name, seed: 3) { path in
      let network = try NetworkFile.read(path).network
      // What is accepted has as many layers as were written: none is passed over.
      #expect(network.depth == 2)
    }
  }

  @Test func `checkpoints, whose checksum is right all the same`() throws {
    let description = Array("{}\n".utf8)
    _ = try write(description, "run.json")
    try CheckpointFile.write(checkpoint, in: folder)
    let ending = #","crc32":"00000000"}"#.utf8.count + 1
    let text = try Array(bytes("checkpoint.json").dropLast(ending))
    try attack(text, as: "checkpoint.json", seed: 4) { path in
      let changed = try bytes("checkpoint.json")
      let digits = String(FileFingerprint(of: Data(changed)).crc32, radix: 16)
      let zeros = String(repeating: "0", count: 8 - digits.count)
      _ = try write(changed + Array(",\"crc32\":\"\(zeros)\(digits)\"}\n".utf8), "checkpoint.json")
      guard let found = try CheckpointFile.read(in: folder)?.checkpoint else { return }
      if run.obstacle(to: found) == nil { _ = run.run(resuming: found) }
    }
  }

  private var description: RunDescription {
    RunDescription(
      arguments: ["a.csv", "--depth", "2"], workingDirectory: "/tmp", inputs: [], seed: 1,
      options: run.options,
      widths: [2, 2, 1], start: "random", data: "six samples")
  }

  @Test func `descriptions of runs`() throws {
    try attack(Array(CanonicalJSON.encode(description)), as: "run.json", seed: 5) {
      try CanonicalJSON.decode(RunDescription.self, from: $0).checkInputs()
    }
  }

  @Test func `results of runs, as models and in reports`() throws {
    let table = try SampleTable(write(Array("a,b,y\n1,2,2\n2,1,3\n3,4,7\n4,3,7\n5,6,11\n".utf8), "xy.csv"))
    let prepared = try table.prepared(targets: ["y"])
    let start = try Start.layers(.gaussian, scale: 0.3).network(
      for: prepared.problem, widths: [2, 2, 1], seed: 1)
    let run = TrainingRun(problem: prepared.problem, start: start, options: run.options)
    let report = TrainingReport(
      run: run, outcome: run.run(), promise: CertificateReport(problem: prepared.problem, start: start),
      prepared: prepared)
    _ = try write(Array(CanonicalJSON.encode(description)), "run.json")
    let original = try Array(CanonicalJSON.encode(RunResult(report, coding: nil)))
    try attack(original, as: "result.json", seed: 7) { path in
      // Each of the two readers by itself: what one refuses the other may take.
      let model = Result { try SavedModel(path) }
      #expect(try !ReportPage(of: RunFolder(folder), chartLibrary: nil).html.isEmpty)
      _ = try model.get()
    }
  }

  @Test func `models`() throws {
    let predictor = AffinePredictor(
      inputs: ["a", "b"], outputs: ["y"], coefficients: Matrix(rows: [[1, 2]]), intercept: [3])
    struct File: Encodable {
      let formatVersion = 1
      let predictor: AffinePredictor
    }
    try attack(Array(CanonicalJSON.encode(File(predictor: predictor))), as: "fit.json", seed: 6) {
      _ = try SavedModel($0)
    }
  }

  @Test(arguments: [
    #""formatVersion": 0"#, #""formatVersion": -5"#, #""formatVersion": 1, "formatVersion": 1"#,
  ]) func `a model of no version, or of two, is refused`(version: String) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func model(_ version: String, _ inputs: String) throws -> String {
      try write(
        Array(
          #"{\#(version), "predictor": {"inputs": \#(inputs), "outputs": ["y"], "coefficients": [[1, 2]], "intercept": [3]}}"#
            .utf8), "fit.json")
    }
    _ = try SavedModel(model(#""formatVersion": 1"#, #"["a", "b"]"#))
    #expect(throws: (any Error).self) { try SavedModel(model(version, #"["a", "b"]"#)) }
    // Foundation's reader would take it.
    #expect(throws: (any Error).self) { try SavedModel(model(#""formatVersion": 1"#, #"["a", "b", ]"#)) }
    #expect(throws: (any Error).self) { try SavedModel(model(#""formatVersion": 1"#, #"["a", "a"]"#)) }
  }
}
