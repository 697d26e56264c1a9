/// The eigenvalues and amplitudes of the power flow behind a rank-one trajectory, packed for vector arithmetic.
///
/// Order: P_1, …, P_k (eigenvalues σ_i), Q_1, …, Q_k (−σ_i), ν (0), then zeros up to a multiple of four. Amplitudes have unit
/// length, Σ A_i² = 1, at every x.
struct RankOneModes: Sendable {
  typealias Vector = SIMD4<Double>

  let pairs: Int
  let exponents: [Double]
  let start: [Double]
  /// λ*, the largest eigenvalue with a nonzero amplitude, and its place.
  let leading: Double
  let leadingIndex: Int
  /// δ_i = λ* − λ_i ≥ 0; 0 for modes without amplitude.
  let delays: [Vector]
  /// |λ_i|, with 1 in place of 0, and the sign of λ_i.
  let speeds: [Vector]
  let signs: [Vector]

  init(_ coordinates: RankOneCoordinates) {
    let σ = coordinates.singularValues
    pairs = σ.count
    var λ = σ + σ.map { -$0 } + [0]
    var A = coordinates.growing + coordinates.decaying + [coordinates.resting]
    while A.count % 4 != 0 {
      λ.append(0)
      A.append(0)
    }
    var best = -1
    for i in A.indices where A[i] != 0 && (best < 0 || λ[i] > λ[best]) { best = i }
    precondition(best >= 0, "u_0 and v_0 have no coordinates at all")
    (exponents, start, leadingIndex, leading) = (λ, A, best, λ[best])
    func packed(_ f: (Int) -> Double) -> [Vector] {
      (0..<A.count / 4).map { v in Vector(f(4 * v), f(4 * v + 1), f(4 * v + 2), f(4 * v + 3)) }
    }
    delays = packed { A[$0] == 0 ? 0 : λ[best] - λ[$0] }
    speeds = packed { λ[$0] == 0 ? 1 : λ[$0].magnitude }
    signs = packed { λ[$0] > 0 ? 1 : λ[$0] < 0 ? -1 : 0 }
  }

  var vectors: Int { delays.count }

  /// A_i(x + ξ) ∝ A_i(x) e^{−δ_i ξ}, of unit length; every exponent is ≤ 0, so nothing overflows.
  @inline(__always)
  func advance(
    _ A: UnsafePointer<Vector>, by ξ: Double, delays: UnsafePointer<Vector>,
    into out: UnsafeMutablePointer<Vector>
  ) {
    var squares = Vector.zero
    let count = vectors
    for v in 0..<count {
      let moved = A[v] * exponential(delays[v] * -ξ)
      out[v] = moved
      squares += moved * moved
    }
    let factor = 1 / squares.sum().squareRoot()
    for v in 0..<count { out[v] *= factor }
  }

  /// The same for up to four ξ at once; the amplitudes of each follow those of the one before.
  @inline(__always)
  func advance(
    _ A: UnsafePointer<Vector>, by ξ: Vector, delays: UnsafePointer<Vector>, lanes: Int,
    into out: UnsafeMutablePointer<Double>
  ) {
    let count = 4 * vectors
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: count) { moved in
      var squares = Vector.zero
      for v in 0..<vectors {
        let (a, δ) = (A[v], delays[v])
        for i in 0..<4 {
          var value = Vector.zero
          if a[i] != 0 {
            value = δ[i] == 0 ? Vector(repeating: a[i]) : exponential(ξ * -δ[i]) * a[i]
            squares += value * value
          }
          moved[4 * v + i] = value
        }
      }
      let factor = 1 / squares.squareRoot()
      for i in 0..<count {
        let value = moved[i] * factor
        for lane in 0..<lanes { out[lane * count + i] = value[lane] }
      }
    }
  }
}
