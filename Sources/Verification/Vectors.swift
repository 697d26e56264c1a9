import LinearAlgebra

/// Σ x_i y_i.
func dot(_ x: [Double], _ y: [Double]) -> Double {
  precondition(x.count == y.count, "the inner product of \(x.count) and \(y.count) entries does not exist")
  var sum = 0.0
  for i in x.indices { sum += x[i] * y[i] }
  return sum
}

extension Matrix {
  /// u vᵀ.
  static func outer(_ u: [Double], _ v: [Double]) -> Matrix { Matrix(u.count, v.count) { u[$0] * v[$1] } }
}

/// The unit of rounding, 2⁻⁵² in the convention of this package.
let eps = Double.ulpOfOne
