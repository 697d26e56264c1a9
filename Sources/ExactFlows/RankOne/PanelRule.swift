import Foundation

/// Interpolation and integration on a panel, f ∈ (0, 1], from values at n Chebyshev–Radau points.
///
/// The points f_j = cos²(π(n−1−j)/(2n−1)), j = 0, …, n−1, include the right end and not the left one, so that an implicit
/// equation collocated there damps what is not smooth. Polynomials are Chebyshev series in τ = 2f − 1.
enum PanelRule {
  /// n. Tuned: 16 needs shorter panels, 24 costs more on each.
  static let count = 20
  /// SIMD4 vectors that hold n numbers, and n + 1.
  static let vectors = count / 4
  static let seriesVectors = count / 4 + 1

  typealias Vector = SIMD4<Double>

  struct Tables: Sendable {
    /// f_0 < … < f_{n−1} = 1.
    let fractions: [Vector]
    /// Column j of the map from values to the n coefficients of the interpolant.
    let interpolation: [Vector]
    /// Column j of the map from values to the n + 1 coefficients of f ↦ ∫_0^f.
    let integratedSeries: [Vector]
    /// Column j of the map from values to ∫_0^{f_i}, i = 0, …, n−1.
    let integration: [Vector]
  }

  static let tables: Tables = {
    let n = count
    let angle = { (j: Int) in 2 * Double.pi * Double(n - 1 - j) / Double(2 * n - 1) }
    // Discrete orthogonality on the 2n − 1 equally spaced angles of the circle.
    let coefficient = { (k: Int, j: Int) -> Double in
      (k == 0 ? 2.0 : 4.0) / Double(2 * n - 1) * (j == n - 1 ? 0.5 : 1) * cos(Double(k) * angle(j))
    }
    let series = (0..<n).map { j in
      // ½∫_{−1}^τ T_k = ¼ [T_{k+1}/(k+1) − T_{k−1}/(k−1)] − its value at −1; the ½ is df/dτ.
      var b = [Double](repeating: 0, count: n + 1)
      for k in 0..<n {
        let a = coefficient(k, j)
        switch k {
        case 0:
          b[1] += a / 2
          b[0] += a / 2
        case 1:
          b[2] += a / 8
          b[0] -= a / 8
        default:
          let (up, down) = (a / Double(4 * (k + 1)), a / Double(4 * (k - 1)))
          b[k + 1] += up
          b[k - 1] -= down
          b[0] += (k % 2 == 0 ? 1 : -1) * (up - down)
        }
      }
      return b
    }
    func packed(_ columns: [[Double]], _ vectors: Int) -> [Vector] {
      columns.flatMap { column in
        (0..<vectors).map { v in
          Vector((0..<4).map { 4 * v + $0 < column.count ? column[4 * v + $0] : 0 })
        }
      }
    }
    return Tables(
      fractions: packed(
        [
          (0..<n).map {
            let c = cos(angle($0) / 2)
            return c * c
          }
        ], vectors),
      interpolation: packed((0..<n).map { j in (0..<n).map { coefficient($0, j) } }, vectors),
      integratedSeries: packed(series, seriesVectors),
      integration: packed(
        series.map { b in
          (0..<n).map { i in (0...n).reduce(0) { $0 + b[$1] * cos(Double($1) * angle(i)) } }
        }, vectors))
  }()

  /// out = M x for a map stored by columns of `rows` vectors.
  @inline(__always)
  static func apply(
    _ map: UnsafePointer<Vector>, rows: Int, _ x: UnsafePointer<Vector>,
    into out: UnsafeMutablePointer<Vector>
  ) {
    for v in 0..<rows { out[v] = .zero }
    var column = map
    for block in 0..<vectors {
      let values = x[block]
      for lane in 0..<4 {
        for v in 0..<rows { out[v] += column[v] * values[lane] }
        column += rows
      }
    }
  }

  /// Σ_{k<terms} a_k T_k(τ) by Clenshaw's recurrence.
  @inline(__always)
  static func value(_ a: UnsafePointer<Double>, terms: Int, _ τ: Vector) -> Vector {
    let twice = τ + τ
    var (b1, b2) = (Vector.zero, Vector.zero)
    var k = terms - 1
    while k > 0 {
      // Grouped so that a step waits for one product and one sum only.
      (b1, b2) = ((a[k] - b2) + twice * b1, b1)
      k -= 1
    }
    return (a[0] - b2) + τ * b1
  }

  /// Σ a_k T_k(τ) and its derivative with respect to τ.
  @inline(__always)
  static func valueAndSlope(
    _ a: UnsafePointer<Double>, terms: Int, _ τ: Vector
  ) -> (value: Vector, slope: Vector) {
    let twice = τ + τ
    var (b1, b2, d1, d2) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var k = terms - 1
    while k > 0 {
      (d1, d2) = ((b1 + b1 - d2) + twice * d1, d1)
      (b1, b2) = ((a[k] - b2) + twice * b1, b1)
      k -= 1
    }
    return ((a[0] - b2) + τ * b1, (b1 - d2) + τ * d1)
  }
}
