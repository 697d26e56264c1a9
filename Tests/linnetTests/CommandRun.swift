import Foundation

/// What came of one call of the command.
struct CommandRun {
  let output: String
  let errors: String
  /// The exit status, or minus the number of the signal that ended the program.
  let status: Int32

  /// Standard output as JSON; fails if there is anything else on it.
  var json: JSONTree {
    get throws { try JSONTree(text: output) }
  }
}

struct CommandTimedOut: Error, CustomStringConvertible {
  let arguments: [String]
  let errors: String
  var description: String {
    "linnet \(arguments.joined(separator: " ")) did not end in time; it had said: \(errors)"
  }
}

/// A folder of its own for each test, in which the real command runs; removed with it.
final class Workspace {
  let folder: String

  /// The executable beside the test bundle.
  static let command = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appendingPathComponent("linnet")

  /// The source tree.
  static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The path of a bundled data set.
  static func bundled(_ name: String) -> String {
    sources.appendingPathComponent("Examples/data/\(name)").path
  }

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("linnet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func file(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
  }

  func file(_ name: String, _ text: String) throws { try file(name, Array(text.utf8)) }

  func contents(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

  func text(_ name: String) throws -> String { String(decoding: try contents(name), as: UTF8.self) }

  func json(_ name: String) throws -> JSONTree { try JSONTree(text: text(name)) }

  func names(in folder: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted()
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// Runs `linnet` with the arguments to its end.
  ///
  /// Without the figure renderer unless the environment says otherwise: pictures take seconds.
  func linnet(
    _ arguments: [String], environment: [String: String] = ["LINNET_PYTHON": "/nonexistent"],
    timeLimit: Double = 60
  ) throws -> CommandRun {
    try RunningCommand(arguments, in: self, environment: environment).finish(timeLimit: timeLimit)
  }

  func linnet(_ arguments: String...) throws -> CommandRun { try linnet(arguments) }

  func start(_ arguments: String...) throws -> RunningCommand { try start(arguments) }

  /// Starts `linnet` and leaves it running.
  func start(_ arguments: [String]) throws -> RunningCommand {
    try RunningCommand(arguments, in: self, environment: ["LINNET_PYTHON": "/nonexistent"])
  }
}

/// A call of the command that is going on.
final class RunningCommand {
  private let process = Process()
  private let arguments: [String]
  // Files, since a pipe would have to be emptied while the program runs.
  private let (output, errors): (URL, URL)

  fileprivate init(_ arguments: [String], in workspace: Workspace, environment: [String: String]) throws {
    self.arguments = arguments
    let folder = FileManager.default.temporaryDirectory
    let name = "linnet-streams-\(UUID().uuidString)"
    (output, errors) = (
      folder.appendingPathComponent(name + ".out"), folder.appendingPathComponent(name + ".err")
    )
    for file in [output, errors] { try Data().write(to: file) }
    process.executableURL = Workspace.command
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: workspace.folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
  }

  deinit {
    for file in [output, errors] { try? FileManager.default.removeItem(at: file) }
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for something that the program does; false if it ended without, or the time ran out.
  func waits(until condition: () -> Bool, timeLimit: Double = 60) -> Bool {
    let deadline = Date() + timeLimit
    while !condition() {
      guard process.isRunning, Date() < deadline else { return condition() }
      usleep(5000)
    }
    return true
  }

  /// Waits until a text stands on standard output.
  func waits(untilItSays text: String) -> Bool {
    waits(until: { ((try? String(contentsOf: self.output, encoding: .utf8)) ?? "").contains(text) })
  }

  /// What stands on standard output by now.
  func outputSoFar() throws -> String { try String(contentsOf: output, encoding: .utf8) }

  func finish(timeLimit: Double = 60) throws -> CommandRun {
    let deadline = Date() + timeLimit
    while process.isRunning {
      if Date() > deadline {
        send(SIGKILL)
        process.waitUntilExit()
        throw CommandTimedOut(arguments: arguments, errors: try String(contentsOf: errors, encoding: .utf8))
      }
      usleep(2000)
    }
    return CommandRun(
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8),
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus)
  }
}
