import LinearAlgebra

/// Squared errors and variation of each output, in one pass.
public struct PredictionErrors: Sendable {
  private let names: [String]
  private let observed: [Int?]
  /// Rows that were predicted.
  public private(set) var rows = 0
  /// Rows for which a prediction could not be made, since an input is missing.
  public private(set) var rowsWithout = 0
  private var counts: [Double]
  private var squared: [Double]
  private var means: [Double]
  private var variation: [Double]
  private var classes: ClassCounts?

  /// How often each class is predicted for each, where the outputs are indicators: every row has a single 1 and zeros, or 0 or 1 in a single
  /// output.
  public var classification: Classification? { classes?.result }

  /// No rows yet.
  ///
  /// - Parameters:
  ///   - names: of the outputs.
  ///   - observed: the column in which each output stands in the rows, if it does.
  public init(_ names: [String], observed: [Int?]) {
    (self.names, self.observed) = (names, observed)
    classes = observed.contains(nil) ? nil : ClassCounts(names)
    squared = Array(repeating: 0, count: names.count)
    counts = squared
    means = squared
    variation = squared
  }

  /// Takes rows with their predictions.
  ///
  /// - Parameters:
  ///   - predicted: a row for each.
  ///   - block: the rows, row-major.
  ///   - n: numbers in a row.
  public mutating func append(predicted: Matrix, block: UnsafeBufferPointer<Double>, columns n: Int) {
    for i in 0..<predicted.rows {
      rows += 1
      if classes != nil {
        classes!.append(observed: observed.map { block[i * n + $0!] }, predicted: predicted.row(i))
      }
      if predicted.row(i).contains(where: \.isNaN) { rowsWithout += 1 }
      for j in names.indices {
        guard let column = observed[j] else { continue }
        let y = block[i * n + column]
        let e = y - predicted[i, j]
        // Missing on one side or the other.
        if e.isNaN { continue }
        counts[j] += 1
        squared[j] += e * e
        // Welford, Technometrics 4 (1962): no cancellation where the mean is large.
        let d = y - means[j]
        means[j] += d / counts[j]
        variation[j] += d * (y - means[j])
      }
    }
  }

  /// R² = 1 − Σ(y − ŷ)²/Σ(y − ȳ)² (nil for an output that does not vary) and the root of the mean squared error of every output
  /// that the table has.
  public var results: [(name: String, r2: Double?, rmse: Double)] {
    names.indices.filter { observed[$0] != nil && counts[$0] > 0 }.map { j in
      (
        names[j], variation[j] > 0 ? 1 - squared[j] / variation[j] : nil,
        (squared[j] / counts[j]).squareRoot()
      )
    }
  }
}
