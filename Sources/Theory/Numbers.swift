import Foundation

/// Σ x_i y_i of two short vectors.
func dot(_ x: [Double], _ y: [Double]) -> Double {
  precondition(x.count == y.count, "the inner product of \(x.count) and \(y.count) entries does not exist")
  var sum = 0.0
  for i in x.indices { sum += x[i] * y[i] }
  return sum
}

/// A number for a person: `digits` significant ones.
func text(_ x: Double, digits: Int = 4) -> String { String(format: "%.\(digits)g", x) }

extension Double {
  /// The number, or nil where JSON has none (infinite, NaN).
  var finiteOrNil: Double? { isFinite ? self : nil }
}
