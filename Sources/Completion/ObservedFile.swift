import Foundation

/// Observed entries in a text file: a matrix with empty cells, or lines `row,column,value`.
public enum ObservedFile {
  /// Places of a matrix that a completion takes (tuned: its singular values are computed at every record).
  public static let mostPlaces = 4_000_000

  /// Words for a cell that is not observed, beside the empty one; without regard to case.
  public static let absent: Set<String> = ["", "na", "nan", "n/a", "null", "?", "-"]

  /// Reads the entries of a file.
  ///
  /// Cells are separated by commas, semicolons or tabs, whichever the first line has. A first line `row,column,value` (or `i,j,value`) makes it a list of entries, rows and columns counted from 1; the shape is then that of the
  /// largest indices. Otherwise every line is a row; a first line without any number is a header.
  ///
  /// - Parameters:
  ///   - file: its name.
  ///   - isList: whether every line is an entry although no first line says so.
  /// - Throws: ``CompletionError``.
  public static func read(_ file: String, isList: Bool = false) throws(CompletionError) -> ObservedMatrix {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { throw .unreadable(file: file) }
    return try parse(text, isList: isList)
  }

  /// The same of a text.
  public static func parse(_ text: String, isList: Bool = false) throws(CompletionError) -> ObservedMatrix {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    while lines.last?.trimmingCharacters(in: .whitespaces).isEmpty == true { lines.removeLast() }
    guard let first = lines.first else { throw .nothingObserved }
    let separator: Character = first.contains("\t") ? "\t" : first.contains(";") ? ";" : ","
    let cells = lines.map { line in
      line.split(separator: separator, omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\u{feff}\""))
      }
    }
    let header = cells[0].map { $0.lowercased() }
    let names: [[String]] = [["row", "column", "value"], ["i", "j", "value"]]
    let hasListHeader = names.contains(header)
    if isList || hasListHeader {
      return try list(cells.dropFirst(hasListHeader ? 1 : 0), firstLine: hasListHeader ? 2 : 1)
    }
    let isHeader = header.allSatisfy { Double($0) == nil } && header.contains { !absent.contains($0) }
    return try matrix(cells.dropFirst(isHeader ? 1 : 0), firstLine: isHeader ? 2 : 1)
  }

  private static func matrix(_ rows: ArraySlice<[String]>, firstLine: Int) throws(CompletionError)
    -> ObservedMatrix
  {
    guard let width = rows.first?.count else { throw .nothingObserved }
    if rows.count * width > mostPlaces { throw .tooLarge(rows: rows.count, columns: width) }
    var entries: [ObservedMatrix.Entry] = []
    for (i, row) in rows.enumerated() {
      guard row.count == width else {
        throw .raggedLine(line: firstLine + i, cells: row.count, expected: width)
      }
      for (j, cell) in row.enumerated() where !absent.contains(cell.lowercased()) {
        guard let value = Double(cell), value.isFinite else {
          throw .notANumber(row: i + 1, column: j + 1, text: cell)
        }
        entries.append(.init(row: i, column: j, value: value))
      }
    }
    return try ObservedMatrix(rows: rows.count, columns: width, entries: entries)
  }

  private static func list(_ lines: ArraySlice<[String]>, firstLine: Int) throws(CompletionError)
    -> ObservedMatrix
  {
    var entries: [ObservedMatrix.Entry] = []
    for (k, cells) in lines.enumerated() {
      guard cells.count == 3 else { throw .raggedLine(line: firstLine + k, cells: cells.count, expected: 3) }
      var place: [Int] = []
      for text in cells.prefix(2) {
        guard let index = Int(text), index >= 1, index <= mostPlaces else {
          throw .notAnIndex(line: firstLine + k, text: text)
        }
        place.append(index - 1)
      }
      guard let value = Double(cells[2]), value.isFinite else {
        throw .notANumber(row: place[0] + 1, column: place[1] + 1, text: cells[2])
      }
      entries.append(.init(row: place[0], column: place[1], value: value))
    }
    let (rows, columns) = (
      (entries.map(\.row).max() ?? -1) + 1, (entries.map(\.column).max() ?? -1) + 1
    )
    if rows.multipliedReportingOverflow(by: columns).overflow || rows * columns > mostPlaces {
      throw .tooLarge(rows: rows, columns: columns)
    }
    return try ObservedMatrix(rows: rows, columns: columns, entries: entries)
  }
}
