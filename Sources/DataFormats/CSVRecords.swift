import Foundation

/// The bytes of one record, without its line end; valid until the next one is read.
struct CSVRecord {
  let begin: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  /// The line on which the record begins, from 1.
  let line: Int

  /// Whether the record holds nothing but spaces.
  var isBlank: Bool {
    UnsafeBufferPointer(start: begin, count: end - begin).allSatisfy { $0 == 0x20 }
  }
}

/// One cell, unquoted and, if it was not quoted, without the spaces around it.
struct CSVCell {
  let bytes: [UInt8]
  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Splits a file into records: lines, except that a line end between quotation marks belongs to its cell.
///
/// Source: RFC 4180. Beyond it, LF ends a line as CR LF does, and a byte order mark is skipped.
final class CSVRecords {
  private let file: InputFile
  private let separator: UInt8
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var begin = 0
  private var end = 0
  private var offset = 0
  private var line = 1
  private var atEndOfFile = false
  /// A longer record is taken for damage. 64 MiB are three million numbers in a row.
  static let longestRecord = 1 << 26

  init(_ path: String, separator: UInt8) throws(DataFormatError) {
    file = try InputFile(path)
    self.separator = separator
    capacity = 1 << 20
    buffer = .allocate(capacity: capacity)
    try refill()
    if starts(with: [0xFF, 0xFE]) || starts(with: [0xFE, 0xFF]) {
      throw .unsupported(file: path, feature: "UTF-16 text", remedy: "save it as UTF-8 text")
    }
    if starts(with: [0xEF, 0xBB, 0xBF]) { begin = 3 }
  }

  deinit { buffer.deallocate() }

  private func starts(with bytes: [UInt8]) -> Bool {
    UnsafeBufferPointer(start: buffer, count: end).starts(with: bytes)
  }

  /// The next record, or nil at the end of the file.
  func next() throws(DataFormatError) -> CSVRecord? {
    while true {
      let start = buffer + begin
      let available = end - begin
      if available == 0, atEndOfFile { return nil }
      let lineEnd = memchr(start, 0x0A, available)
      let length = lineEnd.map { $0 - UnsafeMutableRawPointer(start) } ?? available
      if memchr(start, 0x22, length) == nil {
        if lineEnd != nil || atEndOfFile { return record(length: length, lines: 1) }
      } else {
        switch quotedRecord(start, available) {
        case .ends(let length, let lines): return record(length: length, lines: lines)
        case .unterminated(let lines) where atEndOfFile || available >= Self.longestRecord:
          throw .unterminatedQuote(file: file.path, line: line + lines)
        case .unterminated, .incomplete: break
        }
      }
      try refill()
    }
  }

  /// The next record that is not blank, or nil at the end of the file.
  func nextFilled() throws(DataFormatError) -> CSVRecord? {
    while let record = try next() { if !record.isBlank { return record } }
    return nil
  }

  private func record(length: Int, lines: Int) -> CSVRecord {
    let start = buffer + begin
    let hasCarriageReturn = length > 0 && start[length - 1] == 0x0D
    let record = CSVRecord(begin: start, end: start + length - (hasCarriageReturn ? 1 : 0), line: line)
    begin = min(begin + length + 1, end)
    line += lines
    return record
  }

  private enum QuotedRecord {
    case ends(length: Int, lines: Int)
    /// The data ends between quotation marks that were opened this many lines below the start.
    case unterminated(lines: Int)
    case incomplete
  }

  private func quotedRecord(_ start: UnsafePointer<UInt8>, _ available: Int) -> QuotedRecord {
    var i = 0
    var lines = 0
    var openedAt = 0
    var inQuotes = false
    var cellIsBlank = true
    while i < available {
      let byte = start[i]
      if inQuotes {
        if byte == 0x22 {
          if i + 1 < available, start[i + 1] == 0x22 { i += 1 } else { inQuotes = false }
        } else if byte == 0x0A {
          lines += 1
        }
      } else if byte == 0x0A {
        return .ends(length: i, lines: lines + 1)
      } else if byte == 0x22, cellIsBlank {
        (inQuotes, cellIsBlank, openedAt) = (true, false, lines)
      } else if byte == separator {
        cellIsBlank = true
      } else if byte != 0x20 {
        cellIsBlank = false
      }
      i += 1
    }
    if inQuotes { return .unterminated(lines: openedAt) }
    return atEndOfFile ? .ends(length: available, lines: lines + 1) : .incomplete
  }

  /// Moves what is left to the front and reads on; the buffer grows only when a single record fills it.
  private func refill() throws(DataFormatError) {
    let left = end - begin
    if left == capacity {
      guard capacity < Self.longestRecord else {
        throw .corrupt(file: file.path, detail: "line \(line) is longer than \(Self.longestRecord) bytes")
      }
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * capacity)
      larger.update(from: buffer + begin, count: left)
      buffer.deallocate()
      buffer = larger
      capacity *= 2
    } else if begin > 0 {
      buffer.update(from: buffer + begin, count: left)
    }
    begin = 0
    let wanted = capacity - left
    let found = try file.read(at: offset, into: buffer + left, count: wanted)
    offset += found
    end = left + found
    atEndOfFile = found < wanted
  }

  /// The cells of a record.
  func cells(of record: CSVRecord) throws(DataFormatError) -> [CSVCell] {
    var cells: [CSVCell] = []
    var p = record.begin
    while true {
      while p < record.end, p.pointee == 0x20 { p += 1 }
      var bytes: [UInt8] = []
      if p < record.end, p.pointee == 0x22 {
        p += 1
        while p < record.end {
          if p.pointee == 0x22 {
            p += 1
            guard p < record.end, p.pointee == 0x22 else { break }
          }
          bytes.append(p.pointee)
          p += 1
        }
        while p < record.end, p.pointee == 0x20 { p += 1 }
        guard p == record.end || p.pointee == separator else {
          throw .textAfterQuote(file: file.path, line: record.line)
        }
      } else {
        while p < record.end, p.pointee != separator {
          bytes.append(p.pointee)
          p += 1
        }
        while bytes.last == 0x20 { bytes.removeLast() }
      }
      cells.append(CSVCell(bytes: bytes))
      if p == record.end { return cells }
      p += 1
    }
  }
}
