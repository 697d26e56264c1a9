import Foundation

/// A table of numbers in comma-separated text, read in blocks of rows.
///
/// RFC 4180: cells between quotation marks may hold separators, line ends, and quotation marks doubled; lines end in
/// CR LF or LF, the last one with or without. Spaces around numbers, a byte order mark, and blank lines at either
/// end are ignored. Numbers have a decimal point, and are rounded correctly.
public struct CSVFile: RowSource {
  /// What stands between two cells.
  public enum Separator: UInt8, Sendable {
    /// `,`
    case comma = 0x2C
    /// The tabulator.
    case tab = 0x09
  }

  /// Whether the first row names the columns.
  public enum Header: Sendable {
    /// It does unless every one of its cells is a number (NaN and infinities included, so that they are refused).
    case detected
    /// The first row names the columns.
    case present
    /// The first row is the first sample.
    case absent
  }

  public let path: String
  public let columnCount: Int
  public let columnNames: [String]?
  public var rowCountHint: Int? { nil }

  private let separator: Separator
  /// Numbers in a block, about: 1 MiB stays within a second-level cache (tuned).
  private static let blockCapacity = 1 << 17

  /// Reads the header, and looks whether a row of numbers follows.
  ///
  /// - Throws: `missingFile`, `unreadable`, `emptyFile`, `noEntries` (only a header), `duplicateColumn`,
  ///   `unnamedColumn`, `unterminatedQuote`, `textAfterQuote`, `unsupported` (UTF-16, or lines that end in CR alone).
  public init(
    _ path: String, separator: Separator = .comma, header: Header = .detected
  ) throws(DataFormatError) {
    self.path = path
    self.separator = separator
    let records = try CSVRecords(path, separator: separator.rawValue)
    guard let first = try records.nextFilled() else { throw .emptyFile(file: path) }
    let cells = try records.cells(of: first)
    columnCount = cells.count
    if cells.contains(where: { $0.bytes.contains(0x0D) }) {
      throw .unsupported(
        file: path, feature: "carriage returns within line 1", remedy: "save it with line ends LF or CR LF")
    }
    let namesColumns =
      switch header {
      case .detected: !cells.allSatisfy { CSVNumber($0) != .text }
      case .present: true
      case .absent: false
      }
    columnNames = namesColumns ? try Self.names(cells, file: path) : nil
    if namesColumns, try records.nextFilled() == nil { throw .noEntries(file: path) }
  }

  private static func names(_ cells: [CSVCell], file: String) throws(DataFormatError) -> [String] {
    let names = cells.map(\.text)
    if let position = names.firstIndex(of: "") { throw .unnamedColumn(file: file, position: position + 1) }
    var seen: [String: Int] = [:]
    for (position, name) in names.enumerated() {
      guard seen.updateValue(position, forKey: name) == nil else {
        throw .duplicateColumn(
          file: file, name: name, positions: names.indices.filter { names[$0] == name }.map { $0 + 1 })
      }
    }
    return names
  }

  public func forEachBlock(_ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void) throws {
    let records = try CSVRecords(path, separator: separator.rawValue)
    if columnNames != nil { _ = try records.nextFilled() }
    try DecimalParser.with { try forEachBlock(of: records, $0, body) }
  }

  private func forEachBlock(
    of records: CSVRecords, _ parser: DecimalParser,
    _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    let blockRows = max(1, Self.blockCapacity / columnCount)
    let block = UnsafeMutablePointer<Double>.allocate(capacity: blockRows * columnCount)
    defer { block.deallocate() }
    var rows = 0
    var isBeforeFirstRow = columnNames == nil
    var blankLine: Int?
    while let record = try records.next() {
      let row = block + rows * columnCount
      if parse(record, into: row, parser) {
        if let blankLine {
          throw DataFormatError.raggedRow(file: path, line: blankLine, expected: columnCount, found: 0)
        }
      } else if record.isBlank {
        // Harmless before the first row and after the last one; a missing row between two.
        if !isBeforeFirstRow { blankLine = blankLine ?? record.line }
        continue
      } else {
        throw try blankLine.map { .raggedRow(file: path, line: $0, expected: columnCount, found: 0) }
          ?? diagnosis(of: record, in: records)
      }
      isBeforeFirstRow = false
      rows += 1
      if rows == blockRows {
        try body(UnsafeBufferPointer(start: block, count: rows * columnCount), rows)
        rows = 0
      }
    }
    if rows > 0 { try body(UnsafeBufferPointer(start: block, count: rows * columnCount), rows) }
  }

  /// Parses a record of finite numbers; false if it is not one.
  @inline(__always)
  private func parse(
    _ record: CSVRecord, into row: UnsafeMutablePointer<Double>, _ parser: DecimalParser
  ) -> Bool {
    var p = record.begin
    let end = record.end
    for j in 0..<columnCount {
      if j > 0 {
        guard p < end, p.pointee == separator.rawValue else { return false }
        p += 1
      }
      while p < end, p.pointee == 0x20 { p += 1 }
      let isQuoted = p < end && p.pointee == 0x22
      if isQuoted {
        p += 1
        while p < end, p.pointee == 0x20 { p += 1 }
      }
      guard let value = parser.number(at: &p, end: end), value.isFinite else { return false }
      row[j] = value
      while p < end, p.pointee == 0x20 { p += 1 }
      if isQuoted {
        guard p < end, p.pointee == 0x22 else { return false }
        p += 1
        while p < end, p.pointee == 0x20 { p += 1 }
      }
    }
    return p == end
  }

  /// Why `parse` refused a record.
  private func diagnosis(of record: CSVRecord, in records: CSVRecords) throws(DataFormatError)
    -> DataFormatError
  {
    let cells = try records.cells(of: record)
    guard cells.count == columnCount else {
      return .raggedRow(file: path, line: record.line, expected: columnCount, found: cells.count)
    }
    for (j, cell) in cells.enumerated() {
      let column = columnNames?[j] ?? "\(j + 1)"
      switch CSVNumber(cell) {
      case .finite: continue
      case .empty: return .emptyCell(file: path, line: record.line, column: column)
      case .nonFinite:
        return .nonFiniteCell(file: path, line: record.line, column: column, value: cell.text)
      case .text:
        return .notANumber(file: path, line: record.line, column: column, value: Self.shortened(cell.text))
      }
    }
    preconditionFailure("a row of \(columnCount) finite numbers was refused")
  }

  /// Text for a message: one line, not too long.
  private static func shortened(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return line.count > 60 ? line.prefix(57) + "…" : line
  }
}

/// What a cell says, read without hurry.
enum CSVNumber: Equatable {
  case finite, nonFinite, empty, text

  init(_ cell: CSVCell) {
    let trimmed = Array(cell.bytes.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
    if trimmed.isEmpty {
      self = .empty
      return
    }
    let word = String(decoding: trimmed, as: UTF8.self).lowercased()
    let unsigned = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
    if ["nan", "inf", "infinity"].contains(unsigned) {
      self = .nonFinite
      return
    }
    self = DecimalParser.with { parser in
      trimmed.withUnsafeBufferPointer { bytes in
        var p = bytes.baseAddress!
        let end = p + bytes.count
        guard let value = parser.number(at: &p, end: end), p == end else { return .text }
        return value.isFinite ? .finite : .nonFinite
      }
    }
  }
}
