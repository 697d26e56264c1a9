import LinearAlgebra
import LinearNetworks

/// Samples dealt to k folds while they are read, each fold compressed on its own.
///
/// Each k consecutive samples go to the k folds in a random order, so that the sizes of folds differ by one at most and a table that is sorted
/// does no harm. What a fit without some fold needs is the merged factor of the others: no sample is read twice.
///
/// *Complexity*: memory O(k·n²) for n columns; as many operations as without folds, and O(k·n³) for all training factors together.
public struct FoldedSamples: Sendable {
  /// The folds, each with its samples.
  public private(set) var folds: [SampleCompression]
  private var generator: SeededGenerator
  private var order: [Int] = []
  private var dealt: [[Double]]

  /// No samples yet, in k ≥ 1 folds of a table with the given number of columns.
  ///
  /// - Parameters:
  ///   - columns: of the table.
  ///   - k: the number of folds.
  ///   - seed: of the order in which samples are dealt.
  public init(columns: Int, folds k: Int, seed: UInt64) {
    precondition(k >= 1, "samples are dealt to at least one fold, not \(k)")
    // With many folds their blocks would take more memory than their factors; from 2n rows on, larger blocks gain little.
    let table = SampleCompression(columns: columns, blockRows: k > 16 ? 2 * (columns + 1) : nil)
    folds = Array(repeating: table, count: k)
    dealt = Array(repeating: [], count: k)
    generator = SeededGenerator(seed: seed)
  }

  /// The same samples without the folds that have none: with fewer samples than folds, one sample a fold.
  public var withoutEmptyFolds: FoldedSamples {
    var copy = self
    copy.folds = folds.filter { $0.sampleCount > 0 }
    return copy
  }

  /// m.
  public var sampleCount: Int { folds.reduce(0) { $0 + $1.sampleCount } }

  /// Takes samples given one after the other (row-major, `rows` × columns).
  public mutating func append(rowMajor values: UnsafePointer<Double>, rows: Int) {
    let k = folds.count
    precondition(k == dealt.count, "folds without samples have been left out; no more can be dealt")
    if k == 1 { return folds[0].append(rowMajor: values, rows: rows) }
    let n = folds[0].columns
    for i in 0..<rows {
      if order.isEmpty { order = (0..<k).shuffled(using: &generator) }
      dealt[order.removeLast()].append(contentsOf: UnsafeBufferPointer(start: values + i * n, count: n))
    }
    for fold in 0..<k where !dealt[fold].isEmpty {
      dealt[fold].withUnsafeBufferPointer {
        folds[fold].append(rowMajor: $0.baseAddress!, rows: $0.count / n)
      }
      dealt[fold].removeAll(keepingCapacity: true)
    }
  }

  /// Takes the samples in the rows of a table.
  public mutating func append(_ table: Matrix) {
    precondition(
      table.columns == folds[0].columns,
      "samples of length \(table.columns) in a table of \(folds[0].columns) columns")
    table.transpose.storage.withUnsafeBufferPointer { p in
      if let base = p.baseAddress { append(rowMajor: base, rows: table.rows) }
    }
  }

  /// All samples.
  public var whole: SampleCompression {
    folds.dropFirst().reduce(into: folds[0]) { $0.merge($1) }
  }

  /// For every fold the samples outside it, from the merged factors before and after it: 3k merges for all.
  public var complements: [SampleCompression] {
    let empty = SampleCompression(columns: folds[0].columns)
    var after = [empty]
    for fold in folds.dropFirst().reversed() {
      var next = fold
      next.merge(after.last!)
      after.append(next)
    }
    var before = empty
    return folds.indices.map { i in
      var rest = before
      rest.merge(after[folds.count - 1 - i])
      before.merge(folds[i])
      return rest
    }
  }
}
