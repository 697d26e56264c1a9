import LinearAlgebra

extension ExactRankOneStates {
  /// W(t_1), W(t_2), …, all states expanded at once.
  ///
  /// - Complexity: two products with the singular bases, O((dx + dy)·min(dx, dy)) a state, and one write of each entry.
  public var matrices: MatrixSequence {
    let coordinates = flow.coordinates
    let (dy, dx) = (coordinates.leftBasis.rows, coordinates.rightBasis.rows)
    let vectors = expandedVectors
    return MatrixSequence(rows: dy, columns: dx, count: count) { W in
      vectors.withUnsafeBufferPointer { w in
        var (entry, u, v) = (W, w.baseAddress!, w.baseAddress! + dy * count)
        for sample in samples {
          for j in 0..<dx {
            let x = sample.scale * v[j]
            for i in 0..<dy { entry[i] = x * u[i] }
            entry += dy
          }
          (u, v) = (u + dy, v + dx)
        }
      }
    }
  }

  /// u at all times, then v at all times.
  private var expandedVectors: [Double] {
    // k pairs and, as coordinate k + 1, the factor of the parts outside the bases.
    let coordinates = flow.coordinates
    let k = coordinates.pairs
    let (dy, dx) = (coordinates.leftBasis.rows, coordinates.rightBasis.rows)
    let n = (k + 1) * count
    guard n > 0, count > 0 else { return [] }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * n) { memory in
      let (a, b) = (memory.baseAddress!, memory.baseAddress! + n)
      let rest = coordinates.resting > 0 ? 1 / coordinates.resting : 0
      amplitudes.withUnsafeBytes { bytes in
        let A = bytes.bindMemory(to: Double.self)
        let stride = 4 * ((2 * k + 4) / 4)
        for t in 0..<count {
          let (from, to) = (t * stride, t * (k + 1))
          for i in 0..<k {
            let (P, Q) = (A[from + i], A[from + k + i])
            a[to + i] = P + Q
            b[to + i] = P - Q
          }
          a[to + k] = A[from + 2 * k] * rest
          b[to + k] = a[to + k]
        }
      }
      return [Double](unsafeUninitializedCapacity: (dy + dx) * count) { w, initialised in
        let left = coordinates.leftBasis.storage + coordinates.leftRest
        let right = coordinates.rightBasis.storage + coordinates.rightRest
        gemm(.plain, .plain, dy, count, k + 1, 1, left, dy, a, k + 1, 0, w.baseAddress!, dy)
        gemm(
          .plain, .plain, dx, count, k + 1, 1, right, dx, b, k + 1, 0, w.baseAddress! + dy * count, dx)
        initialised = (dy + dx) * count
      }
    }
  }
}
