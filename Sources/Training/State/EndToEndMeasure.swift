import LinearAlgebra
import LinearNetworks

/// Distance to the minimiser, loss gap and size of W, since there may be millions of looks at them: one pass over its entries, or over its factors.
///
/// With Δ = W − W* in the coordinates in which X Xᵀ = diag(ξ²): L_1(W) − min = ½‖Δ diag(ξ)‖² − ⟨Δ, (Y P_X − W*X) diag(ξ)⟩, as in `GlobalMinimum.gap` of Landscape.
struct EndToEndMeasure {
  /// ‖W − W*‖²/‖W*‖² and ‖W‖²/‖W*‖²; above everything, or NaN, where W* = 0.
  private(set) var distance = 0.0
  private(set) var size = 0.0
  /// L_N − min L_N.
  private(set) var gap = 0.0

  init(_ W: FactoredMatrix, _ measures: RunMeasures) {
    // Relative before it is squared, so that small targets do not underflow.
    let unit = 1 / measures.targetNorm
    guard W.right != nil else {
      measure(W.left, measures, unit)
      return
    }
    let (δ, w) = (unit * measures.minimum.distance(ofDiagonal: W), unit * W.frobeniusNorm)
    (distance, size) = (δ * δ, w * w)
    gap = measures.minimum.gap(ofDiagonal: W)
  }

  private mutating func measure(_ W: Matrix, _ measures: RunMeasures, _ unit: Double) {
    let (target, K, ξ) = (measures.minimum.minimiser.storage, measures.slope.storage, measures.squaredScales)
    for j in ξ.indices {
      var column = 0.0
      for i in j * W.rows..<(j + 1) * W.rows {
        let δ = W.storage[i] - target[i]
        column += δ * δ
        gap -= δ * K[i]
        distance += (unit * δ) * (unit * δ)
        size += (unit * W.storage[i]) * (unit * W.storage[i])
      }
      gap += 0.5 * ξ[j] * column
    }
  }
}
