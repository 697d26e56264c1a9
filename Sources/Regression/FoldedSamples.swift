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
    // With many folds their blocks would take more memory than their factors; from 2n rows on, larger blocks gain little.
    self.init(columns: columns, folds: k, seed: seed, blockRows: k > 16 ? 2 * (columns + 1) : nil)
  }

  /// The same with blocks of a length that suits the number of samples.
  init(columns: Int, folds k: Int, seed: UInt64, blockRows: Int?) {
    precondition(k >= 1, "samples are dealt to at least one fold, not \(k)")
    let table = SampleCompression(columns: columns, blockRows: blockRows)
    folds = Array(repeating: table, count: k)
    dealt = Array(repeating: [], count: k)
    generator = SeededGenerator(seed: seed)
  }

  /// Samples that are compressed already, in a single fold: for what needs no folds.
  public init(whole samples: SampleCompression) {
    (folds, dealt, generator) = ([samples], [[]], SeededGenerator(seed: 0))
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
    precondition(
      folds.count == dealt.count, "folds without samples have been left out; no more can be dealt")
    if folds.count == 1 { return folds[0].append(rowMajor: values, rows: rows) }
    deal(values, rows) { _ in 1 }
  }

  /// Takes samples as above, each as often as is said: its copies stay together, in the fold where it would be alone.
  ///
  /// - Parameters:
  ///   - values: row-major, `rows` × columns.
  ///   - rows: how many samples there are, without their copies.
  ///   - times: how often each is taken, perhaps never.
  public mutating func append(rowMajor values: UnsafePointer<Double>, rows: Int, times: ArraySlice<Int>) {
    precondition(times.count == rows, "\(times.count) multiplicities for \(rows) samples")
    precondition(
      folds.count == dealt.count, "folds without samples have been left out; no more can be dealt")
    deal(values, rows) { times[times.startIndex + $0] }
  }

  private mutating func deal(_ values: UnsafePointer<Double>, _ rows: Int, times: (Int) -> Int) {
    let (k, n) = (folds.count, folds[0].columns)
    for i in 0..<rows {
      if order.isEmpty { order = (0..<k).shuffled(using: &generator) }
      let fold = order.removeLast()
      for _ in 0..<times(i) {
        dealt[fold].append(contentsOf: UnsafeBufferPointer(start: values + i * n, count: n))
      }
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
