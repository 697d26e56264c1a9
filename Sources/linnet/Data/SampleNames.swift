import DataFormats
import Prose
import RunFiles

/// What the samples of a file are called: by a column of words beside the inputs, or by their numbers.
struct SampleNames {
  /// The column that names the samples; nil where they are numbered.
  let column: Int?
  /// One for each sample, distinct.
  let names: [String]

  /// - Parameters:
  ///   - source: the file.
  ///   - known: the columns that are inputs or outputs of the problem, by name; they name no sample unless that is asked for.
  ///   - asked: the column that is to name them; nil for the first that holds words, if there is one.
  /// - Throws: `SessionError.noNameColumn`; `DataFormatError`.
  init(of source: any RowSource, besides known: Set<String>, asked: String?) throws {
    let titles = source.columnNames ?? (1...source.columnCount).map { "\($0)" }
    var rows = 0
    try source.forEachBlock(of: []) { _, count in rows += count }
    let candidates: [Int]
    if let asked {
      guard let column = titles.firstIndex(of: asked) else {
        throw SessionError.noNameColumn(
          file: source.path, column: asked, nearest: nearestName(to: asked, among: titles))
      }
      candidates = [column]
    } else {
      candidates = titles.indices.filter { source.columnNames == nil || !known.contains(titles[$0]) }
    }
    let census = try source.census(of: candidates)
    let found = zip(candidates, census).first { _, census in census.words > 0 || asked != nil }
    guard let (column, census) = found, let texts = census.texts.map({ $0.keys.sorted() }) else {
      (column, names) = (nil, (1...max(rows, 1)).map { "\($0)" })
      return
    }
    var cells: [String] = []
    if census.words == 0 {
      try source.forEachBlock(of: [ColumnReading(column, .numberOrMissing)]) { block, _ in
        cells += block.map { $0.isNaN ? "" : number($0, digits: 15) }
      }
    } else {
      let places = Dictionary(uniqueKeysWithValues: texts.enumerated().map { ($1, Double($0)) })
      try source.forEachBlock(of: [ColumnReading(column, .word(places))]) { block, _ in
        cells += block.map { $0.isNaN ? "" : texts[Int($0)] }
      }
    }
    // A name that stands twice, or nowhere, is told from the others by the number of its row.
    let counts = Dictionary(cells.map { ($0, 1) }, uniquingKeysWith: +)
    self.column = column
    names = cells.enumerated().map { i, name in
      name.isEmpty ? "\(i + 1)" : counts[name]! > 1 ? "\(name) \(i + 1)" : name
    }
  }
}
