import DataFormats
import Foundation
import RunFiles
import Synchronization

/// The lines of one process, in a file of its own.
///
/// Each line is one `write` under `O_APPEND`: a process that is killed leaves whole lines, and at most the beginning of one behind them, which no reader takes. A line that a full disk cuts is taken back.
package final class RecordFile: Sendable {
  package let path: String
  private let descriptor: Int32
  private let state = Mutex(State())

  private struct State {
    var bytes = 0
    var lines = 0
    var forced = Date()
  }

  /// Seconds between two calls that force lines to the disk, against a loss of power (tuned).
  private static let secondsUnforced = 5.0

  /// A new file, `runs-<shard>-<host>-<process>.ndjson`.
  ///
  /// - Throws: `SweepError.notWritten`.
  package init(in folder: String, shard: Shard) throws(SweepError) {
    let host = ProcessInfo.processInfo.hostName.prefix { $0.isLetter || $0.isNumber || $0 == "-" }
    let stem = "\(folder)/runs-\(shard.name)-\(host.isEmpty ? "host" : String(host))-\(getpid())"
    var (file, number, found) = ("\(stem).ndjson", 1, Int32(-1))
    while true {
      found = open(file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
      if found >= 0 { break }
      guard errno == EEXIST else { throw .notWritten(file: file, code: errno, kept: 0) }
      // The number of a process comes again some day, and lines are never added to another's.
      number += 1
      file = "\(stem)-\(number).ndjson"
    }
    (path, descriptor) = (file, found)
  }

  deinit {
    // Nothing came of it.
    if state.withLock({ $0.lines }) == 0 { unlink(path) }
    close(descriptor)
  }

  /// Adds a line.
  ///
  /// - Throws: `SweepError.notWritten`; the file is then as it was before.
  package func append(_ record: RunRecord) throws {
    var line = try CanonicalJSON.encode(record, layout: .line)
    line.append(0x0A)
    try state.withLock { state in
      var written = 0
      repeat {
        written = line.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
      } while written < 0
        && errno == EINTR
      guard written == line.count else {
        let code = written < 0 ? errno : ENOSPC
        _ = ftruncate(descriptor, off_t(state.bytes))
        throw SweepError.notWritten(file: path, code: code, kept: state.lines)
      }
      state.bytes += written
      state.lines += 1
      if Date().timeIntervalSince(state.forced) > Self.secondsUnforced {
        fdatasync(descriptor)
        state.forced = Date()
      }
    }
  }

  /// Forces what was written to the disk.
  package func force() { fdatasync(descriptor) }
}

/// What the files of a folder hold.
package struct RecordFolder: Sendable {
  /// By point.
  package private(set) var records: [Int: RunRecord] = [:]
  /// Complete lines that could not be read, by file; their runs count as missing.
  package private(set) var damaged: [(file: String, lines: Int)] = []

  /// Reads all complete lines of `runs-*.ndjson`.
  ///
  /// A point that was computed twice has two lines with the same results; the first by the files' names is taken.
  ///
  /// - Parameters:
  ///   - folder: of the sweep.
  ///   - grid: its grid.
  ///   - mark: of the sweep.
  /// - Throws: `SweepError.foreignLines`, `DataFormatError`.
  package init(_ folder: String, grid: SweepGrid, mark: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasPrefix("runs-") && $0.hasSuffix(".ndjson") }.sorted()
    for name in names {
      guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
        throw DataFormatError.unreadable(file: "\(folder)/\(name)", reason: String(cString: strerror(errno)))
      }
      // What stands behind the last line feed is a line that was not finished.
      var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      lines.removeLast()
      var unread = 0
      for found in Self.decoded(lines) {
        guard let found else {
          unread += 1
          continue
        }
        guard found.sweep == mark, 0..<grid.count ~= found.point,
          found.parameters == grid.point(found.point).parameters
        else { throw SweepError.foreignLines(file: "\(folder)/\(name)") }
        if records[found.point] == nil { records[found.point] = found }
      }
      if unread > 0 { damaged.append((name, unread)) }
    }
  }

  /// The records of lines, on all processors; nil where a line is none.
  private static func decoded(_ lines: [Data]) -> [RunRecord?] {
    let piece = 500
    let pieces = (lines.count + piece - 1) / piece
    let found = Mutex<[Int: [RunRecord?]]>([:])
    DispatchQueue.concurrentPerform(iterations: pieces) { k in
      let part = lines[(k * piece)..<min((k + 1) * piece, lines.count)].map {
        try? CanonicalJSON.decode(RunRecord.self, from: $0)
      }
      found.withLock { $0[k] = part }
    }
    return found.withLock { found in (0..<pieces).flatMap { found[$0]! } }
  }
}
