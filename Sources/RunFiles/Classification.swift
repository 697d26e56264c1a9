/// Predicted against observed classes, where the outputs of a predictor are indicators.
///
/// The predicted class is that of the largest output (Hastie, Tibshirani, Friedman, *The Elements of Statistical Learning*, section 4.2); of a single output it is 1 from ½ on.
public struct Classification: Codable, Equatable, Sendable {
  /// Names of the classes: the outputs, or `NAME=0` and `NAME=1` of a single one.
  public let classes: [String]
  /// A row for each observed class, a column for each predicted one.
  public let confusion: [[Int]]
  /// The share of rows whose class is predicted.
  public let accuracy: Double

  /// Whether the outputs of a row say which class it is of: a single 1 among zeros, or 0 or 1 alone.
  ///
  /// - Parameter outputs: of the row, in order.
  package static func isIndicator(_ outputs: some Collection<Double>) -> Bool {
    outputs.allSatisfy { $0 == 0 || $0 == 1 } && (outputs.count == 1 || outputs.reduce(0, +) == 1)
  }
}

/// The counts behind a ``Classification``.
struct ClassCounts: Sendable {
  private let names: [String]
  private var counts: [[Int]]
  private var areIndicators = true

  init(_ outputs: [String]) {
    names = outputs.count == 1 ? ["\(outputs[0])=0", "\(outputs[0])=1"] : outputs
    counts = Array(repeating: Array(repeating: 0, count: names.count), count: names.count)
  }

  mutating func append(observed: [Double], predicted: [Double]) {
    // Rows in which something is missing have no class.
    guard areIndicators, !observed.contains(where: \.isNaN), !predicted.contains(where: \.isNaN) else {
      return
    }
    guard let (i, j) = Self.classes(observed, predicted) else {
      areIndicators = false
      return
    }
    counts[i][j] += 1
  }

  private static func classes(_ observed: [Double], _ predicted: [Double]) -> (Int, Int)? {
    guard Classification.isIndicator(observed) else { return nil }
    if observed.count == 1 { return (Int(observed[0]), predicted[0] >= 0.5 ? 1 : 0) }
    return (observed.firstIndex(of: 1)!, predicted.indices.max { predicted[$0] < predicted[$1] }!)
  }

  /// Nil if some row was none of an indicator, or there was none.
  var result: Classification? {
    let total = counts.reduce(0) { $0 + $1.reduce(0, +) }
    guard areIndicators, total > 0 else { return nil }
    let right = counts.indices.reduce(0) { $0 + counts[$1][$1] }
    return Classification(classes: names, confusion: counts, accuracy: Double(right) / Double(total))
  }
}
