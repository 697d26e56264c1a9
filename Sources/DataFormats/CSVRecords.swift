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
/// Source: RFC 4180. Beyond it, LF ends a line as CR LF does.
final class CSVRecords {
  private let stream: any ByteStream
  private let path: String
  private let separator: TextFormat.Separator
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var begin = 0
  private var end = 0
  private var line: Int
  private var atEndOfFile = false
  /// A longer record is taken for damage. 64 MiB are three million numbers in a row.
  static let longestRecord = 1 << 26

  /// - Parameters:
  ///   - stream: UTF-8 from the first line that is wanted.
  ///   - separator: between two cells.
  ///   - path: for messages.
  ///   - firstLine: the number of the first line.
  init(
    _ stream: any ByteStream, separator: TextFormat.Separator, path: String, firstLine: Int = 1
  ) throws(DataFormatError) {
    (self.stream, self.separator, self.path) = (stream, separator, path)
    line = firstLine
    capacity = 1 << 20
    buffer = .allocate(capacity: capacity)
    try refill()
  }

  deinit { buffer.deallocate() }

  /// Whether nothing follows the record that was read last.
  var isAtEnd: Bool { atEndOfFile && begin == end }

  /// Passes over lines, whatever they hold.
  func skipLines(_ count: Int) throws(DataFormatError) {
    for _ in 0..<count {
      while true {
        if let lineEnd = memchr(buffer + begin, 0x0A, end - begin) {
          begin = lineEnd - UnsafeMutableRawPointer(buffer) + 1
          break
        }
        if atEndOfFile {
          begin = end
          break
        }
        begin = end
        try refill()
      }
      line += 1
    }
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
          throw .unterminatedQuote(file: path, line: line + lines)
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
      } else if isSeparator(byte) {
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
        throw .corrupt(file: path, detail: "line \(line) is longer than \(Self.longestRecord) bytes")
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
    let found = try stream.read(into: buffer + left, count: wanted)
    end = left + found
    atEndOfFile = found < wanted
  }

  @inline(__always)
  private func isSeparator(_ byte: UInt8) -> Bool {
    separator == .blank ? byte == 0x20 || byte == 0x09 : byte == separator.byte
  }

  /// The cells of a record.
  func cells(of record: CSVRecord) throws(DataFormatError) -> [CSVCell] {
    var cells: [CSVCell] = []
    var cursor = CellCursor(record, separator)
    while let cell = cursor.next() {
      guard !cell.hasTextBehindQuote else { throw .textAfterQuote(file: path, line: record.line) }
      cells.append(CSVCell(bytes: cell.bytes))
    }
    return cells
  }
}

/// Walks over the cells of a record without copying them.
struct CellCursor {
  /// A cell between its quotation marks, or between the spaces around it.
  struct Cell {
    let begin: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    let hasDoubledQuotes: Bool
    let hasTextBehindQuote: Bool

    /// What the cell says.
    var bytes: [UInt8] {
      let raw = UnsafeBufferPointer(start: begin, count: end - begin)
      guard hasDoubledQuotes else { return Array(raw) }
      var bytes: [UInt8] = []
      var i = 0
      while i < raw.count {
        bytes.append(raw[i])
        i += raw[i] == 0x22 ? 2 : 1
      }
      return bytes
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private var p: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>
  private let separator: TextFormat.Separator
  private var isFinished = false

  init(_ record: CSVRecord, _ separator: TextFormat.Separator) {
    (p, end, self.separator) = (record.begin, record.end, separator)
    if separator == .blank { skipBlanks() }
  }

  private mutating func skipBlanks() { while p < end, p.pointee == 0x20 || p.pointee == 0x09 { p += 1 } }

  @inline(__always)
  private func isSeparator(_ byte: UInt8) -> Bool {
    separator == .blank ? byte == 0x20 || byte == 0x09 : byte == separator.byte
  }

  /// The next cell; nil behind the last one.
  mutating func next() -> Cell? {
    if isFinished { return nil }
    if separator != .blank { while p < end, p.pointee == 0x20 { p += 1 } }
    let cell: Cell
    if p < end, p.pointee == 0x22 {
      p += 1
      let begin = p
      var close = end
      var hasDoubledQuotes = false
      while p < end {
        if p.pointee == 0x22 {
          if p + 1 < end, p[1] == 0x22 {
            hasDoubledQuotes = true
            p += 1
          } else {
            close = p
            p += 1
            break
          }
        }
        p += 1
      }
      if separator != .blank { while p < end, p.pointee == 0x20 { p += 1 } }
      let hasTextBehindQuote = p < end && !isSeparator(p.pointee)
      while p < end, !isSeparator(p.pointee) { p += 1 }
      cell = Cell(
        begin: begin, end: close, hasDoubledQuotes: hasDoubledQuotes, hasTextBehindQuote: hasTextBehindQuote)
    } else {
      let begin = p
      while p < end, !isSeparator(p.pointee) { p += 1 }
      var last = p
      while last > begin, last[-1] == 0x20 { last -= 1 }
      cell = Cell(begin: begin, end: last, hasDoubledQuotes: false, hasTextBehindQuote: false)
    }
    if p == end {
      isFinished = true
    } else if separator == .blank {
      skipBlanks()
      isFinished = p == end
    } else {
      p += 1
    }
    return cell
  }
}
