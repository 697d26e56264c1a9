/// The beginning of a text table, from which its form is found out.
struct TextSample {
  let separator: TextFormat.Separator
  let decimal: TextFormat.Decimal
  /// Lines before the table that begin with `#`.
  let commentLines: Int
  /// The last of them, without its `#`.
  let lastComment: [UInt8]?
  /// The first rows that are not blank; none if the file is empty.
  let rows: [[CSVCell]]

  /// Rows and cells that are looked at (tuned: enough for columns that begin with rounded numbers, looked at in milliseconds).
  private static let (rowLimit, cellLimit) = (500, 10_000)

  /// - Parameters:
  ///   - text: the first bytes of the file.
  ///   - isWhole: whether they are all.
  ///   - format: what is known already.
  init(_ text: [UInt8], isWhole: Bool, format: TextFormat, path: String) throws(DataFormatError) {
    var start = 0
    var lines = 0
    var comment: [UInt8]?
    while start < text.count {
      let end = text[start...].firstIndex(of: 0x0A) ?? text.count
      let line = text[start..<end].drop { $0 == 0x20 || $0 == 0x09 }
      if line.first == 0x23 {
        comment = Array(line.dropFirst().filter { $0 != 0x0D })
      } else if line.contains(where: { $0 != 0x0D && $0 != 0x20 && $0 != 0x09 }) {
        break
      }
      lines += 1
      start = min(end + 1, text.count)
    }
    // Blank lines alone are no comment; the reader passes over them by itself.
    commentLines = comment == nil ? 0 : lines
    lastComment = comment
    let table = Array(text[start...])

    let candidates: [TextFormat.Separator] =
      format.separator.map { [$0] } ?? [.tab, .semicolon, .comma, .blank]
    var best: (score: Score, separator: TextFormat.Separator, decimal: TextFormat.Decimal, rows: [[CSVCell]])?
    var failures: [TextFormat.Separator: DataFormatError] = [:]
    for separator in candidates {
      let rows: [[CSVCell]]
      do {
        rows = try Self.rows(table, separator: separator, isWhole: isWhole, path: path, below: commentLines)
      } catch {
        failures[separator] = error
        continue
      }
      let decimals: [TextFormat.Decimal] =
        format.decimal.map { [$0] } ?? (separator == .comma ? [.point] : [.point, .comma])
      for decimal in decimals {
        let score = Score(rows, decimal: decimal)
        if best.map({ $0.score < score }) ?? true { best = (score, separator, decimal, rows) }
      }
    }
    // What makes no sense with any separator is said of the one that most files have.
    if best.map({ $0.score.several == 0 }) ?? true,
      let failure = failures[.comma] ?? candidates.lazy.compactMap({ failures[$0] }).first
    {
      throw failure
    }
    let found = best!
    // A single column has no separator; commas are what is said about it.
    let isSingle = found.rows.allSatisfy { $0.count == 1 }
    separator = isSingle ? format.separator ?? .comma : found.separator
    decimal = found.decimal
    rows = found.rows
  }

  /// The rows as a separator would have them.
  private static func rows(
    _ text: [UInt8], separator: TextFormat.Separator, isWhole: Bool, path: String, below lines: Int
  ) throws(DataFormatError) -> [[CSVCell]] {
    let records = try CSVRecords(
      MemoryStream(text), separator: separator, path: path, firstLine: 1 + lines)
    var rows: [[CSVCell]] = []
    var cells = 0
    do throws(DataFormatError) {
      while rows.count < 3 || (rows.count < rowLimit && cells < cellLimit),
        let record = try records.nextFilled()
      {
        // A record that is cut off says nothing.
        if !isWhole, records.isAtEnd { break }
        let row = try records.cells(of: record)
        cells += row.count
        rows.append(row)
      }
    } catch {
      // What is opened here may be closed behind the sample.
      guard !isWhole, !rows.isEmpty, case .unterminatedQuote = error else { throw error }
    }
    return rows
  }

  /// How well a separator and a decimal sign explain the rows.
  private struct Score: Comparable {
    /// Whether there are several columns, as many in every row, and as many names.
    var isRegular: Bool
    /// The share of cells below the first row that are numbers or missing.
    var numbers: Double
    /// The share of rows of several cells, where they are not regular.
    var several: Double

    init(_ rows: [[CSVCell]], decimal: TextFormat.Decimal) {
      let body = rows.dropFirst()
      let width = (body.first ?? rows.first)?.count ?? 0
      let names = rows.first?.count ?? 0
      // R's write.table does not name the column of row names.
      isRegular =
        width > 1 && body.allSatisfy { $0.count == width }
        && (names == width || names == width - 1 && names > 1)
      let cells = body.joined()
      numbers = Double(cells.count { CSVNumber($0, decimal: decimal) != .text }) / Double(max(cells.count, 1))
      several = Double(rows.count { $0.count > 1 }) / Double(max(rows.count, 1))
    }

    static func < (a: Score, b: Score) -> Bool {
      if a.isRegular != b.isRegular { return b.isRegular }
      // Of those that are irregular, and of no numbers at all, the first candidate that splits anything.
      return a.isRegular ? a.numbers < b.numbers : (a.several, a.numbers) < (b.several, b.numbers)
    }
  }
}
