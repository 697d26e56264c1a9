import ArgumentParser
import DataFormats
import Figures
import Foundation
import Lab
import Samples

struct LabCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab",
    abstract: "Open a page on which the knobs are turned and the theory moves.",
    discussion: """
      Serves a page of this machine and opens it in the browser; Ctrl-C ends it. Depth, start, data and time follow the \
      sliders by the closed forms; what has none is stepped and streamed. The tables named here, and the example data, \
      can be chosen on the page; others can be dropped on it. Nothing leaves the machine, and no file of it can be read \
      through the page.

      Examples:
        linnet lab
        linnet lab mine.csv --port 8000 --no-open
      """)

  @Argument(
    help: ArgumentHelp(
      "Tables with one sample a row: text, NPY or NPZ, also packed (.gz). They are read into memory.",
      valueName: "data"))
  var data: [String] = []

  @Option(help: ArgumentHelp("Columns of the tables to leave out, whatever they hold.", valueName: "names"))
  var drop: String?

  @Option(
    help: ArgumentHelp(
      "What is done where values of the tables are missing: refuse, drop, mean, indicator. Default: refuse.",
      valueName: "way"))
  var missing: MissingValues = .refuse

  @Option(
    help: ArgumentHelp(
      "What is done with words in the tables: refuse, auto. Default: refuse.", valueName: "way"))
  var encode: WordCoding = .refuse

  @OptionGroup(title: "Text tables") var text: TextOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("Port; 0 for any that is free.", valueName: "port"))
  var port: UInt16 = 8642

  @Option(
    help: ArgumentHelp(
      "Address to listen on. Others than loopback let everybody in the network use this machine's cores.",
      valueName: "address"))
  var host = "127.0.0.1"

  @Option(
    help: ArgumentHelp(
      "JSON file with other limits of a request than the usual ones; GET /api/limits lists them.",
      valueName: "limits.json"))
  var limits: String?

  @Flag(help: "Do not open the browser.")
  var noOpen = false

  func run() throws {
    let tables = try shelf()
    let files = LabFiles.located(chartLibrary: FigureRenderer.located().chartLibraryFile)
    for missing in files.missing { Screen.standardError("Notice: missing for the page: \(missing)") }
    let limits = try limits.map { try LabLimits(json: try contents($0)) } ?? LabLimits()
    let server = try LabServer(host: host, port: port, tables: tables, files: files, limits: limits)
    if !server.isLocal {
      Screen.standardError(
        "Warning: \(host) is not an address of this machine alone: whoever reaches it can use the lab and read its tables."
      )
    }
    Interruption.listen()
    let opens = !noOpen
    let ended = DispatchSemaphore(value: 0)
    let failure = LockedError()
    let serving = Task {
      do { try await server.run() } catch { if !Task.isCancelled { failure.set(error) } }
      ended.signal()
    }
    let telling = Task {
      guard let address = await server.address() else { return }
      Screen.standardOutput("Linnet's lab is at \(address)  (Ctrl-C ends it)")
      if opens { LabCommand.openBrowser(address) }
    }
    defer { telling.cancel() }
    while ended.wait(timeout: .now() + 0.2) == .timedOut {
      guard Interruption.isRequested else { continue }
      serving.cancel()
      Task { await server.stop() }
      _ = ended.wait(timeout: .now() + 2)
      return
    }
    if let error = failure.value {
      if let error = error as? POSIXError, error.code == .EADDRINUSE {
        throw OutputError.portIsTaken(port: port)
      }
      throw OutputError.cannotListen(host: host, port: port, reason: "\(error)")
    }
  }

  private func contents(_ path: String) throws(DataFormatError) -> Data {
    guard let data = FileManager.default.contents(atPath: path) else { throw .missingFile(file: path) }
    return data
  }

  /// The example data, and the tables of the command line before them.
  private func shelf() throws -> DataShelf {
    var tables: [CompressedTable] = []
    let bundled = LabFiles.bundledData()
    let examples = ((try? FileManager.default.contentsOfDirectory(atPath: bundled.path)) ?? [])
      .filter { $0.hasSuffix(".csv") }.sorted().map { bundled.appendingPathComponent($0).path }
    let reading = ReadingOptions(format: text.format, missing: missing, words: encode)
    let choice = try ColumnChoice(drop: drop.map(ColumnSelector.list) ?? [])
    for path in data {
      let table = try SampleTable(path, reading).choosing(choice).coded().compressed()
      table.notices.inWords.forEach { Screen.standardError("Notice: \($0)") }
      tables.append(table.named(label(of: path, among: tables)))
    }
    for path in examples {
      let label = label(of: path, among: tables)
      guard !tables.contains(where: { $0.name == label }) else { continue }
      // An example with gaps is a matrix to be completed, no table of samples.
      guard let table = try? SampleTable(path).compressed() else { continue }
      tables.append(table.named(label))
    }
    return DataShelf(tables)
  }

  /// What a table is called on the page: its file without folder and ending, if nothing else is called so.
  private func label(of path: String, among tables: [CompressedTable]) -> String {
    let stem = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    return tables.contains { $0.name == stem } ? path : stem
  }

  /// Asks the desktop; where there is none, the address on the screen is enough.
  private static func openBrowser(_ address: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["xdg-open", address]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try? process.run()
  }
}

/// An error carried out of a task.
private final class LockedError: @unchecked Sendable {
  // Guarded by the lock.
  private var error: (any Error)?
  private let lock = NSLock()

  var value: (any Error)? { lock.withLock { error } }
  func set(_ error: any Error) { lock.withLock { self.error = error } }
}
