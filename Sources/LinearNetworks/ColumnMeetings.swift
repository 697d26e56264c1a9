import LinearAlgebra

/// Which columns of a table meet: both are different from zero in some row.
///
/// Columns that never meet are orthogonal exactly, which no sum of rounded products can show; one-hot tables are made of such columns. What exact zeros keep apart the
/// flow keeps apart for ever, so they must not become 1e-17 on the way.
///
/// *Complexity*: n²/64 operations for a row of n columns at most, nothing once all columns meet.
struct ColumnMeetings: Sendable {
  private let columns: Int
  /// Words for a set of columns.
  private let words: Int
  /// For every column the set of those that it has met.
  private var met: [UInt64]
  /// Whether every column has met every other, so that there is nothing more to find.
  private var isComplete = false
  private var last: [UInt64]

  init(columns: Int) {
    self.columns = columns
    words = Self.words(for: columns)
    met = Array(repeating: 0, count: columns * words)
    last = Array(repeating: 0, count: words)
  }

  /// Columns that all meet.
  init(ofAll columns: Int) {
    self.init(columns: columns)
    isComplete = true
  }

  /// Columns with the sets of those that each has met, as ``sets`` gives them.
  init(columns: Int, sets: [UInt64]) {
    self.init(columns: columns)
    precondition(sets.count == met.count, "sets of \(sets.count) words for \(columns) columns")
    met = sets
  }

  /// Words for a set of so many columns.
  static func words(for columns: Int) -> Int { (columns + 63) / 64 }

  /// For every column the set of those that it has met, as bits; nil if all have met.
  var sets: [UInt64]? { isComplete ? nil : met }

  /// The same with a further column that is nowhere zero.
  var addingOnes: ColumnMeetings {
    var result = ColumnMeetings(columns: columns + 1)
    func join(_ i: Int, _ j: Int) { result.met[i * result.words + j / 64] |= 1 << UInt64(j % 64) }
    for i in 0..<columns {
      for j in 0..<columns where meet(i, j) { join(i, j) }
      // A column that is zero throughout meets none.
      if meet(i, i) {
        join(i, columns)
        join(columns, i)
      }
    }
    join(columns, columns)
    return result
  }

  mutating func append(rowMajor values: UnsafePointer<Double>, rows: Int) {
    guard !isComplete else { return }
    var row = last
    for i in 0..<rows {
      let entries = values + i * columns
      for w in 0..<words { row[w] = 0 }
      var count = 0
      for j in 0..<columns where entries[j] != 0 {
        row[j / 64] |= 1 << UInt64(j % 64)
        count += 1
      }
      // Rows are often of one pattern.
      guard row != last else { continue }
      last = row
      if count == columns {
        isComplete = true
        return
      }
      for j in 0..<columns where entries[j] != 0 {
        for w in 0..<words { met[j * words + w] |= row[w] }
      }
    }
  }

  mutating func merge(_ other: ColumnMeetings) {
    isComplete = isComplete || other.isComplete
    for i in met.indices { met[i] |= other.met[i] }
  }

  /// Whether two columns meet; a column meets itself unless it is zero.
  func meet(_ i: Int, _ j: Int) -> Bool {
    isComplete || met[i * words + j / 64] & (1 << UInt64(j % 64)) != 0
  }

  /// The given columns in groups of which no two meet, as positions among them.
  func groups(of picked: [Int]) -> [[Int]] {
    if isComplete { return [Array(picked.indices)] }
    var sets = DisjointSets(count: picked.count)
    for a in picked.indices {
      for b in 0..<a where meet(picked[a], picked[b]) { sets.join(a, b) }
    }
    return sets.sets
  }
}
