import ArgumentParser
import Foundation
import Training

/// What is recorded along a run beside the usual, and what is told of it.
struct RecordOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Observables to record, separated by commas, or all. "
        + Recordables.all.map { "\($0.name): \($0.summary)" }.joined(separator: "; ") + ".",
      valueName: "names"))
  var record: String?

  @Option(
    help: ArgumentHelp(
      "Events whose times are wanted, separated by commas. COLUMN=x: a column of trajectory.csv first passes x (sigma_1=0.5, mode_2=1); least:COLUMN, largest:COLUMN: it is the least or largest of the run; half-rise: each mode comes to half of what it is at the minimum; escapes: the loss leaves each plateau; largest-gradient.",
      valueName: "events"))
  var events: String?

  @Option(
    help: ArgumentHelp(
      "Held-out rows, whose loss is recorded and whose least loss says when to stop: a share of the rows between 0 and 1 (drawn by --seed), or a file with the same columns (of --inputs and --outputs two files, separated by a comma).",
      valueName: "file|share"))
  var test: String?

  @Option(
    help: ArgumentHelp(
      "Samples whose hidden representations are recorded (observable representations): a file with the input columns, one sample a row. They are called by the first column that holds words and is no input or output, or else numbered.",
      valueName: "file"))
  var represent: String?

  @Option(
    help: ArgumentHelp("The column of the --represent file that names its samples.", valueName: "column"))
  var representNames: String?

  @Flag(help: "Draw no figures: pictures take most of the time of a small run.")
  var noFigures = false

  func validate() throws {
    do { try Recordables.check(names) } catch { throw ValidationError("--record: \(error)") }
    if representNames != nil, represent == nil {
      throw ValidationError("--represent-names names the samples of --represent, which is not given.")
    }
    do { _ = try eventList() } catch { throw ValidationError("--events: \(error)") }
    if let test, let share = Double(test), !(share > 0 && share < 1) {
      throw ValidationError(
        "--test \(test): a share of the rows lies between 0 and 1; for a file of that name write ./\(test).")
    }
  }

  private static func list(_ text: String?) -> [String] {
    text?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
  }

  /// The names of the observables that are asked for.
  var names: [String] {
    let asked = Self.list(record)
    let implied = (test == nil ? [] : ["test-loss"]) + (represent == nil ? [] : ["representations"])
    return asked + implied.filter { !asked.contains($0) }
  }

  func eventList() throws(RecordingError) -> [RunEvent] {
    var found: [RunEvent] = []
    for text in Self.list(events) { found.append(try RunEvent(text)) }
    return found
  }

  /// The values.
  func request(seed: UInt64) throws -> RecordRequest {
    RecordRequest(
      names: names, events: try eventList(),
      test: test.map { text in Double(text).map { .share($0, seed: seed) } ?? .file(text) },
      samples: represent, sampleNames: representNames)
  }
}

/// What is recorded along a run: the values behind the options.
struct RecordRequest {
  let names: [String]
  let events: [RunEvent]
  let test: HeldOutRequest?
  /// A file of samples whose representations are recorded.
  let samples: String?
  /// Its column that names them; nil for the first that holds words.
  let sampleNames: String?

  static let nothing = RecordRequest(names: [], events: [], test: nil, samples: nil, sampleNames: nil)

  /// The files that are read.
  var files: [String] {
    (test.map { if case .file(let name) = $0 { HeldOutRequest.parts(of: name) } else { [] } } ?? [])
      + (samples.map { [$0] } ?? [])
  }
}
