import LinearAlgebra
import LinearNetworks

/// Distance to the minimiser, loss gap and size of an iterate in one pass over its entries, since there may be millions of iterates.
///
/// With Δ = W − W* in the coordinates in which X Xᵀ = diag(ξ²): L_1(W) − min = ½‖Δ diag(ξ)‖² − ⟨Δ, (Y P_X − W*X) diag(ξ)⟩, as in `GlobalMinimum.gap` of Landscape.
struct IterateMeasure {
  /// ‖W − W*‖²/‖W*‖² and ‖W‖²/‖W*‖²; above everything, or NaN, where W* = 0.
  private(set) var distance = 0.0
  private(set) var size = 0.0
  /// L_N − min L_N.
  private(set) var gap = 0.0

  /// The measure of a matrix.
  init(_ W: Matrix, _ measures: RunMeasures) {
    self = W.storage.withUnsafeBufferPointer { IterateMeasure($0.baseAddress!, measures) }
  }

  /// - Parameters:
  ///   - W: its entries by columns.
  ///   - measures: of the run.
  init(_ W: UnsafePointer<Double>, _ measures: RunMeasures) {
    let rows = measures.target.rows
    let unit = 1 / measures.targetNorm
    var (distance, size, gap) = (0.0, 0.0, 0.0)
    measures.target.storage.withUnsafeBufferPointer { target in
      measures.slope.storage.withUnsafeBufferPointer { K in
        measures.squaredScales.withUnsafeBufferPointer { ξ in
          for j in 0..<ξ.count {
            var column = 0.0
            for i in j &* rows..<(j &+ 1) &* rows {
              let δ = W[i] - target[i]
              column += δ * δ
              gap -= δ * K[i]
              // Relative first, so that small targets do not underflow.
              distance += (unit * δ) * (unit * δ)
              size += (unit * W[i]) * (unit * W[i])
            }
            gap += 0.5 * ξ[j] * column
          }
        }
      }
    }
    (self.distance, self.size, self.gap) = (distance, size, gap)
  }
}
