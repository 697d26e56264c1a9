import LinearAlgebra

extension ExactDepthTwoFlow {
  /// W(t_1), W(t_2), …, for times 0 ≤ t < ∞ in any order; increasing ones are fastest.
  ///
  /// Neighbouring times share an elimination as long as its pivots are large enough, and the singular vectors are multiplied with all factors at once. The error of a
  /// state is that of ``state(at:)``, up to the growth of the entries allowed below.
  ///
  /// - Complexity: O((k + ρ)ρ² + dx·dy·ρ) a state with k = min(dx, dy).
  public func matrices(at times: [Double]) -> MatrixSequence {
    for t in times { precondition(t >= 0 && t < .infinity, "the time \(t) is not in [0, ∞)") }
    let (ρ, k, b) = (rank, targetSingularValues.count, beyond.columns)
    let (dy, dx) = (target.rows, target.columns)
    return MatrixSequence(rows: dy, columns: dx, count: times.count) { W in
      guard ρ > 0 else { return W.initialize(repeating: 0, count: dy * dx * times.count) }
      // The longer side has the coordinates beyond the singular vectors of Z as well.
      let isWide = dx >= dy
      let (left, right) = isWide ? (U, V.appendingColumns(beyond)) : (U.appendingColumns(beyond), V)
      let columns = ρ * times.count
      let sizes = [left.columns * columns, right.columns * columns, dy * columns, dx * columns]
      withUnsafeTemporaryAllocation(of: Double.self, capacity: sizes.reduce((k + k + b) * ρ, +)) { memory in
        let differences = memory.baseAddress!
        let sums = differences + sizes[0]
        let (outputs, inputs) = (sums + sizes[1], sums + sizes[1] + sizes[2])
        let Y = inputs + sizes[3]
        let half = 0.5.squareRoot()
        var (p, q) = (differences, sums)
        writeFactors(at: times, scratch: Y) {
          for c in 0..<ρ {
            let y = Y + c * (k + k + b)
            for i in 0..<k {
              p[i] = half * (y[i] - y[i + k])
              q[i] = half * (y[i] + y[i + k])
            }
            (p, q) = (p + k, q + k)
            if isWide {
              q.update(from: y + 2 * k, count: b)
              q += b
            } else {
              p.update(from: y + 2 * k, count: b)
              p += b
            }
          }
        }
        gemm(
          .plain, .plain, dy, columns, left.columns, 1, left.storage, dy, differences, left.columns, 0,
          outputs,
          dy)
        gemm(
          .plain, .plain, dx, columns, right.columns, 1, right.storage, dx, sums, right.columns, 0, inputs, dx
        )
        for t in times.indices {
          gemm(
            .plain, .transposed, dy, dx, ρ, 1, outputs + t * dy * ρ, dy, inputs + t * dx * ρ, dx, 0,
            W + t * dy * dx, dy)
        }
      }
    }
  }

  /// Writes Y(t) into `scratch`, by columns, for one time after the other, and calls `body` after each.
  private func writeFactors(
    at times: [Double], scratch Y: UnsafeMutablePointer<Double>, _ body: () -> Void
  ) {
    // By how much entries may exceed the pivots before pivots are chosen again (tuned).
    let growth = 4.0
    var elimination: DepthTwoElimination?
    for t in times {
      if t == 0 {
        let start = factor(at: 0).Y.storage
        Y.update(from: start, count: start.count)
      } else {
        let weights = weights(at: t)
        let suits =
          weights.values(rank: rank).flatMap { w in elimination.map { $0.suits(w, growth: growth) } } ?? false
        if !suits { elimination = self.elimination(for: weights) }
        DepthTwoFactor(elimination!, weights).write(to: Y)
      }
      body()
    }
  }
}
