import Foundation
import Prose

/// A table of numbers in text, a row a line, read in blocks of rows.
///
/// RFC 4180: cells between quotation marks may hold separators, line ends, and quotation marks doubled; lines end in
/// CR LF or LF, the last one with or without. Spaces around numbers, a byte order mark, lines that begin with `#` before the
/// table, and blank lines at either end are passed over. Separator, decimal sign and encoding are found out from the first
/// rows unless they are given; numbers are rounded correctly. The file may be packed by gzip.
public struct CSVFile: RowSource {
  public let path: String
  public let columnCount: Int
  public let columnNames: [String]?
  public let notices: [Notice]
  /// The form of the table.
  public let dialect: TextDialect
  public var rowCountHint: Int? { nil }
  /// The size of the file over that of its first lines; nil if it is packed.
  public let rowCountEstimate: Int?

  private let text: TextFile
  /// Lines before the header, or before the first row if there is none.
  private let skippedLines: Int
  private let hasHeader: Bool
  /// Cells in a row of the file, and which of them are columns.
  private let width: Int
  private let positions: [Int]
  /// Numbers in a block, about: 1 MiB stays within a second-level cache (tuned).
  private static let blockCapacity = 1 << 17

  /// Finds out the form of the table, reads its header, and looks whether a row follows.
  ///
  /// - Parameters:
  ///   - path: the file; `-` for standard input.
  ///   - format: what is known of its form.
  /// - Throws: `missingFile`, `unreadable`, `emptyFile`, `noEntries` (only a header), `duplicateColumn`,
  ///   `unnamedColumn`, `unterminatedQuote`, `textAfterQuote`, `corrupt`, `unsupported` (bytes that are no text, or lines that
  ///   end in CR alone).
  public init(_ path: String, _ format: TextFormat = TextFormat()) throws(DataFormatError) {
    self.path = path
    text = try TextFile(path, encoding: format.encoding)
    let (beginning, isWhole) = try text.sample()
    rowCountEstimate = text.lineCountEstimate(beginning)
    let sample = try TextSample(beginning, isWhole: isWhole, format: format, path: path)
    dialect = TextDialect(
      separator: sample.separator, decimal: sample.decimal, encoding: text.encoding,
      isCompressed: text.isCompressed)
    guard let first = sample.rows.first else { throw .emptyFile(file: path) }
    if first.contains(where: { $0.bytes.contains(0x0D) }) {
      throw .unsupported(
        file: path, feature: "carriage returns within line 1", remedy: "save it with line ends LF or CR LF")
    }
    let head = try TableHead(sample, format.header, path: path)
    skippedLines = sample.commentLines
    hasHeader = head.isFirstRow
    (width, positions, columnNames) = (head.width, head.positions, head.names)
    notices = Self.notice(path, dialect, asked: format) + head.notices
    columnCount = head.positions.count
    if hasHeader {
      let records = try records()
      guard try records.nextFilled() != nil else { throw .noEntries(file: path) }
    }
  }

  /// What was found out, unless it was asked for; a mistake shows where columns come out wrong, or where names do.
  private static func notice(_ path: String, _ found: TextDialect, asked: TextFormat) -> [Notice] {
    let words = found.inWords
    let isEncoding = found.separator == .comma && found.decimal == .point
    let isAsked =
      isEncoding ? asked.encoding != nil : asked.separator != nil && asked.decimal != nil
    if words.isEmpty || isAsked { return [] }
    return [Notice("\(fileName(path)) is read with \(words)", otherwise: isEncoding ? .encoding : .separator)]
  }

  /// The records from the first row on.
  private func records() throws(DataFormatError) -> CSVRecords {
    let records = try CSVRecords(text.stream(), separator: dialect.separator, path: path)
    try records.skipLines(skippedLines)
    if hasHeader { _ = try records.nextFilled() }
    return records
  }

  /// What is done with each cell of a row.
  private struct Plan {
    enum Kind: UInt8 { case skip, number, numberOrMissing, word, date }

    var kinds: [Kind]
    /// Where the number goes.
    var slots: [Int]
    var words: [[String: Double]]
    var orders: [DateOrder]
    let count: Int

    init(_ columns: [ColumnReading], positions: [Int], width: Int) {
      kinds = Array(repeating: .skip, count: width)
      slots = Array(repeating: 0, count: width)
      words = Array(repeating: [:], count: width)
      orders = Array(repeating: .yearMonthDay, count: width)
      count = columns.count
      for (slot, column) in columns.enumerated() {
        let j = positions[column.column]
        precondition(kinds[j] == .skip, "column \(column.column) is read twice")
        slots[j] = slot
        switch column.cells {
        case .number: kinds[j] = .number
        case .numberOrMissing: kinds[j] = .numberOrMissing
        case .word(let codes): (kinds[j], words[j]) = (.word, codes)
        case .date(let order): (kinds[j], orders[j]) = (.date, order)
        }
      }
    }
  }

  public func forEachBlock(
    of columns: [ColumnReading], _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    let records = try records()
    let plan = Plan(columns, positions: positions, width: width)
    try DecimalParser.with(decimal: dialect.decimal.byte) { try forEachBlock(of: records, plan, $0, body) }
  }

  private func forEachBlock(
    of records: CSVRecords, _ plan: Plan, _ parser: DecimalParser,
    _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    let n = plan.count
    let blockRows = max(1, Self.blockCapacity / max(n, 1))
    let block = UnsafeMutablePointer<Double>.allocate(capacity: max(blockRows * n, 1))
    defer { block.deallocate() }
    var rows = 0
    var isBeforeFirstRow = !hasHeader
    var blankLine: Int?
    while let record = try records.next() {
      if parse(record, plan, into: block + rows * n, parser) {
        if let blankLine {
          throw DataFormatError.raggedRow(file: path, line: blankLine, expected: width, found: 0)
        }
      } else if record.isBlank {
        // Harmless before the first row and after the last one; a missing row between two.
        if !isBeforeFirstRow { blankLine = blankLine ?? record.line }
        continue
      } else {
        throw blankLine.map { .raggedRow(file: path, line: $0, expected: width, found: 0) }
          ?? diagnosis(of: record, plan)
      }
      isBeforeFirstRow = false
      rows += 1
      if rows == blockRows {
        try body(UnsafeBufferPointer(start: block, count: rows * n), rows)
        rows = 0
      }
    }
    if rows > 0 { try body(UnsafeBufferPointer(start: block, count: rows * n), rows) }
  }

  /// Parses a record as planned; false if it is not as it should be.
  @inline(__always)
  private func parse(
    _ record: CSVRecord, _ plan: Plan, into row: UnsafeMutablePointer<Double>, _ parser: DecimalParser
  ) -> Bool {
    let separator = dialect.separator
    if separator == .blank { return parseCells(record, plan, into: row, parser) }
    let byte = separator.byte
    var p = record.begin
    let end = record.end
    for j in 0..<width {
      if j > 0 {
        guard p < end, p.pointee == byte else { return false }
        p += 1
      }
      switch plan.kinds[j] {
      case .number:
        while p < end, p.pointee == 0x20 { p += 1 }
        let isQuoted = p < end && p.pointee == 0x22
        if isQuoted {
          p += 1
          while p < end, p.pointee == 0x20 { p += 1 }
        }
        guard let value = parser.number(at: &p, end: end), value.isFinite else { return false }
        row[plan.slots[j]] = value
        while p < end, p.pointee == 0x20 { p += 1 }
        if isQuoted {
          guard p < end, p.pointee == 0x22 else { return false }
          p += 1
          while p < end, p.pointee == 0x20 { p += 1 }
        }
      case .skip:
        while p < end, p.pointee == 0x20 { p += 1 }
        if p < end, p.pointee == 0x22 { return parseCells(record, plan, into: row, parser) }
        while p < end, p.pointee != byte { p += 1 }
      case .numberOrMissing, .word, .date: return parseCells(record, plan, into: row, parser)
      }
    }
    return p == end
  }

  /// The same for cells of all kinds, cell by cell.
  private func parseCells(
    _ record: CSVRecord, _ plan: Plan, into row: UnsafeMutablePointer<Double>, _ parser: DecimalParser
  ) -> Bool {
    var cursor = CellCursor(record, dialect.separator)
    for j in 0..<width {
      guard let cell = cursor.next(), !cell.hasTextBehindQuote else { return false }
      if plan.kinds[j] == .skip { continue }
      guard let value = value(of: cell, j, plan, parser) else { return false }
      row[plan.slots[j]] = value
    }
    return cursor.next() == nil
  }

  /// What a cell becomes; nil if it is not as it should be.
  private func value(of cell: CellCursor.Cell, _ j: Int, _ plan: Plan, _ parser: DecimalParser) -> Double? {
    switch plan.kinds[j] {
    case .skip: return nil
    case .number, .numberOrMissing:
      if let value = parser.wholeNumber(from: cell.begin, to: cell.end) {
        return value.isFinite ? value : nil
      }
      return plan.kinds[j] == .numberOrMissing && CSVNumber.isMissing(cell.bytes) ? .nan : nil
    case .word:
      let bytes = cell.bytes
      return plan.words[j][String(decoding: bytes, as: UTF8.self)]
        ?? (CSVNumber.isMissing(bytes) ? .nan : nil)
    case .date:
      let bytes = cell.bytes
      return plan.orders[j].days(String(decoding: bytes, as: UTF8.self))
        ?? (CSVNumber.isMissing(bytes) ? .nan : nil)
    }
  }

  /// Why `parse` refused a record.
  private func diagnosis(of record: CSVRecord, _ plan: Plan) -> DataFormatError {
    var cursor = CellCursor(record, dialect.separator)
    var cells: [CellCursor.Cell] = []
    while let cell = cursor.next() {
      if cell.hasTextBehindQuote { return .textAfterQuote(file: path, line: record.line) }
      cells.append(cell)
    }
    guard cells.count == width else {
      return .raggedRow(file: path, line: record.line, expected: width, found: cells.count)
    }
    for (index, j) in positions.enumerated() where plan.kinds[j] != .skip {
      let name = columnNames?[index] ?? "\(index + 1)"
      let (cell, line) = (cells[j], record.line)
      if DecimalParser.with(decimal: dialect.decimal.byte, { value(of: cell, j, plan, $0) }) != nil {
        continue
      }
      let text = Self.shortened(cell.text)
      switch plan.kinds[j] {
      case .skip: continue
      case .word:
        return .unknownWord(
          file: path, line: line, column: name, value: text, known: plan.words[j].keys.sorted())
      case .date: return .notADate(file: path, line: line, column: name, value: text)
      case .number, .numberOrMissing:
        switch CSVNumber(CSVCell(bytes: cell.bytes), decimal: dialect.decimal) {
        case .empty: return .emptyCell(file: path, line: line, column: name)
        case .nonFinite: return .nonFiniteCell(file: path, line: line, column: name, value: text)
        case .finite, .missing, .text:
          return .notANumber(file: path, line: line, column: name, value: text)
        }
      }
    }
    preconditionFailure("a row of \(width) good cells was refused")
  }

  public func census(of columns: [Int]) throws -> [ColumnCensus] {
    var counts = columns.map { _ in ColumnCensus() }
    var places = [Int?](repeating: nil, count: width)
    for (i, column) in columns.enumerated() { places[positions[column]] = i }
    let records = try records()
    try DecimalParser.with(decimal: dialect.decimal.byte) { parser in
      while let record = try records.next() {
        if record.isBlank { continue }
        var cursor = CellCursor(record, dialect.separator)
        var j = 0
        while let cell = cursor.next() {
          defer { j += 1 }
          guard !cell.hasTextBehindQuote else {
            throw DataFormatError.textAfterQuote(file: path, line: record.line)
          }
          guard j < width, let i = places[j] else { continue }
          let place = CellPlace(file: path, unit: .line, number: record.line)
          if let value = parser.wholeNumber(from: cell.begin, to: cell.end), value.isFinite {
            counts[i].numbers += 1
            counts[i].addText(cell.text)
          } else if CSVNumber.isMissing(cell.bytes) {
            counts[i].addMissing(at: place)
          } else {
            counts[i].addWord(cell.text, at: place)
            counts[i].addText(cell.text)
          }
        }
        guard j == width else {
          throw DataFormatError.raggedRow(file: path, line: record.line, expected: width, found: j)
        }
      }
    }
    return counts
  }

  /// Text for a message: one line, not too long, nothing invisible.
  private static func shortened(_ text: String) -> String {
    let line = visible(text.split(whereSeparator: \.isNewline).joined(separator: " "))
    return line.count > 60 ? line.prefix(57) + "…" : line
  }
}

/// What a cell says, read without hurry.
enum CSVNumber: Equatable {
  case finite, nonFinite, empty, missing, text

  init(_ cell: CSVCell, decimal: TextFormat.Decimal) {
    let trimmed = Self.trimmed(cell.bytes)
    if trimmed.isEmpty {
      self = .empty
      return
    }
    let value = DecimalParser.with(decimal: decimal.byte) { parser in
      trimmed.withUnsafeBufferPointer { bytes -> Double? in
        parser.wholeNumber(from: bytes.baseAddress!, to: bytes.baseAddress! + bytes.count)
      }
    }
    if let value {
      self = value.isFinite ? .finite : .nonFinite
      return
    }
    guard trimmed.count <= Self.longestWord else {
      self = .text
      return
    }
    let word = String(decoding: trimmed, as: UTF8.self).lowercased()
    let unsigned = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
    self =
      ["nan", "inf", "infinity"].contains(unsigned)
      ? .nonFinite : Self.missingWords.contains(word) ? .missing : .text
  }

  private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    Array(bytes.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
  }

  /// What stands for a value that is missing, in lower case; an empty cell does, too.
  static let missingWords: Set = ["na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "none", "?"]
  private static let longestWord = 10

  /// Whether a cell says that a value is missing.
  static func isMissing(_ bytes: [UInt8]) -> Bool {
    let trimmed = trimmed(bytes)
    return trimmed.isEmpty
      || (trimmed.count <= longestWord
        && missingWords.contains(String(decoding: trimmed, as: UTF8.self).lowercased()))
  }
}
