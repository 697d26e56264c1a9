import Foundation

/// Integrals of smooth functions over a panel [−1, 1] from their values at Gauss–Legendre nodes.
///
/// Source: Hairer, Nørsett, Wanner, "Solving Ordinary Differential Equations I", II.7 (Gauss methods of order 2s).
struct CollocationPanel: Sendable {
  /// s nodes in increasing order and their weights.
  let nodes: [Double]
  let weights: [Double]
  /// P_k at node j: `polynomials[k][j]`, k < s.
  let polynomials: [[Double]]

  static let sixteen = CollocationPanel(16)

  init(_ s: Int) {
    var (nodes, weights): ([Double], [Double]) = ([], [])
    for i in 0..<s {
      // Newton's method on P_s from the usual cosine; it has converged after five steps for every s in use.
      var x = -cos(.pi * (Double(i) + 0.75) / (Double(s) + 0.5))
      var slope = 1.0
      for _ in 0..<8 {
        let P = CollocationPanel.legendre(x, s + 1)
        slope = Double(s) * (x * P[s] - P[s - 1]) / (x * x - 1)
        x -= P[s] / slope
      }
      nodes.append(x)
      weights.append(2 / ((1 - x * x) * slope * slope))
    }
    (self.nodes, self.weights) = (nodes, weights)
    let columns = nodes.map { CollocationPanel.legendre($0, s) }
    polynomials = (0..<s).map { k in columns.map { $0[k] } }
  }

  /// P_0(x), …, P_{count−1}(x).
  static func legendre(_ x: Double, _ count: Int) -> [Double] {
    var P = [1, x]
    for k in 1..<max(count, 2) {
      P.append((Double(2 * k + 1) * x * P[k] - Double(k) * P[k - 1]) / Double(k + 1))
    }
    return Array(P.prefix(count))
  }

  /// Coefficients c_k of the interpolant Σ c_k P_k of values at the nodes.
  func coefficients(_ values: [Double]) -> [Double] {
    polynomials.enumerated().map { k, P in
      var sum = 0.0
      for j in values.indices { sum += weights[j] * P[j] * values[j] }
      return (Double(k) + 0.5) * sum
    }
  }

  /// Coefficients of the antiderivative that vanishes at −1 of Σ c_k P_k: ∫P_k = (P_{k+1} − P_{k−1})/(2k+1).
  static func antiderivative(_ c: [Double]) -> [Double] {
    var a = [Double](repeating: 0, count: c.count + 1)
    for (k, x) in c.enumerated() {
      let y = x / Double(2 * k + 1)
      a[k + 1] += y
      // ∫_{−1}^x P_0 = x + 1.
      if k == 0 { a[0] += y } else { a[k - 1] -= y }
    }
    return a
  }

  /// a_ij = ∫_{−1}^{x_i} ℓ_j with ℓ_j the Lagrange polynomials of the nodes.
  var integrationMatrix: [[Double]] {
    let s = nodes.count
    let columns = (0..<s).map { j in
      CollocationPanel.antiderivative(coefficients((0..<s).map { $0 == j ? 1 : 0 }))
    }
    return nodes.map { x in columns.map { CollocationPanel.sum($0, at: x) } }
  }

  /// Σ a_k P_k(x), by Clenshaw's recurrence.
  static func sum(_ a: [Double], at x: Double) -> Double {
    var (b1, b2) = (0.0, 0.0)
    for k in stride(from: a.count - 1, through: 1, by: -1) {
      let d = Double(k)
      (b1, b2) = (a[k] + (2 * d + 1) / (d + 1) * x * b1 - (d + 1) / (d + 2) * b2, b1)
    }
    return a[0] + x * b1 - 0.5 * b2
  }
}
