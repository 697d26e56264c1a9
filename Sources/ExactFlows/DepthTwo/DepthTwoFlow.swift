import Foundation
import LinearAlgebra
import LinearNetworks

/// Gradient flow of a balanced network of depth two on whitened data, of any rank, in closed form.
///
/// With Q = [W_1ᵀ; W_2] and F = [[0, Zᵀ], [Z, 0]] the layers obey dQ/dt = m(FQ − ½QQᵀQ), hence
/// QQᵀ(t) = e^{mFt}Q_0 (I + m Q_0ᵀ(∫_0^t e^{2mFτ}dτ)Q_0)^{−1} Q_0ᵀe^{mFt}, whose lower-left block is W(t).
///
/// F is diagonalised by the singular value decomposition of Z: its eigenvalues are ±σ_i with eigenvectors (v_i, ±u_i)/√2, and 0. The hidden width is
/// compressed to the rank ρ of the start. Any time costs the same, no earlier time is visited, and nothing overflows for times up to 1e12 and starts of
/// sizes 1e-150 to 1e100 (`DepthTwoElimination` says how).
///
/// Edge cases: ranks above ``largestRank`` are refused. W_0 = 0 stays zero. Rank-deficient Z and W_0, repeated σ_i, dx ≠ dy and hidden widths above the rank are allowed. Parts of the start
/// that are zero to round-off of its norm, in the coordinates of Z, stay zero.
///
/// Complexity: one singular value decomposition of Z; then O((dx + dy) k ρ + dx·dy·ρ) a state with k = min(dx, dy).
///
/// Source: D7 of Documentation/derived.md; the family of Fukumizu (1998), Braun et al. (2022) and Dominé et al. (2024).
public struct ExactDepthTwoFlow: ExactSolution {
  /// Z, dy × dx.
  public let target: Matrix
  /// m, the unit of 1/time.
  public let sampleCount: Double
  public let start: LinearNetwork
  /// ‖X Xᵀ/m − I‖ and the relative imbalance of the start: what the hypotheses lack.
  public let whiteningDefect: Double
  public let relativeImbalance: Double
  /// σ_i of Z; equal to round-off means equal, zero to round-off means zero.
  public let targetSingularValues: [Double]

  /// u_i and v_i as columns, and an orthonormal basis of what the start has orthogonal to all of them (on the longer side).
  let U: Matrix
  let V: Matrix
  let beyond: Matrix
  /// The range of W_1 in the hidden layer, h × ρ.
  let hiddenBasis: Matrix
  /// Q_0 in the eigenvectors of F by rows: first +σ, then −σ, then 0; and bounds on the errors of its entries.
  let coordinates: [Double]
  let coordinateErrors: [Double]
  /// λ_i, and which rows share one.
  let eigenvalues: [Double]
  let clusters: [Int]

  /// The ρ up to which the closed form is given: the running bounds of the elimination grow by up to two a direction, and what is below them counts as zero. Against integration
  /// it agrees to 1e-13 up to 32, errs by 1e-7 at 40 and loses whole directions at 64 (measured on Gaussian targets).
  public static let largestRank = 24

  /// ρ, the rank of W(t) at all times.
  public var rank: Int { hiddenBasis.columns }

  /// The flow of a problem from a network of depth two.
  ///
  /// - Parameters:
  ///   - problem: with whitened inputs.
  ///   - start: a balanced network of two layers.
  ///   - tolerance: how far data may be from whitened, and the start from balanced.
  public init(problem: Problem, start: LinearNetwork, tolerance: Double = .hypothesisTolerance)
    throws(DepthTwoFailure)
  {
    let defect = problem.whiteningDefect
    guard defect <= tolerance else { throw .notWhitened(defect: defect, tolerance: tolerance) }
    try self.init(
      target: problem.crossCovariance, sampleCount: Double(problem.sampleCount), start: start,
      tolerance: tolerance,
      whiteningDefect: defect)
  }

  /// The flow on whitened data with a given Z = Y Xᵀ/m.
  public init(
    target Z: Matrix, sampleCount m: Double, start: LinearNetwork, tolerance: Double = .hypothesisTolerance
  ) throws(DepthTwoFailure) {
    try self.init(target: Z, sampleCount: m, start: start, tolerance: tolerance, whiteningDefect: 0)
  }

  /// The same where the singular value decomposition of Z is known.
  init(
    target Z: Matrix, decomposition: SingularValueDecomposition, sampleCount m: Double, start: LinearNetwork,
    tolerance: Double
  ) throws(DepthTwoFailure) {
    try self.init(
      target: Z, decomposition: decomposition, sampleCount: m, start: start, tolerance: tolerance,
      whiteningDefect: 0)
  }

  private init(
    target Z: Matrix, decomposition: SingularValueDecomposition? = nil, sampleCount m: Double,
    start: LinearNetwork, tolerance: Double, whiteningDefect: Double
  ) throws(DepthTwoFailure) {
    precondition(m > 0 && m.isFinite, "m = \(m) is not a number of samples")
    guard start.depth == 2 else { throw .depth(found: start.depth) }
    let widths = start.widths
    guard widths[2] == Z.rows, widths[0] == Z.columns else {
      throw .shape(found: [widths[2], widths[0]], expected: [Z.rows, Z.columns])
    }
    guard Z.isFinite, start.layers.allSatisfy(\.isFinite) else { throw .notFinite }
    let imbalance = start.relativeImbalance
    guard imbalance <= tolerance else {
      throw .notBalanced(relativeImbalance: imbalance, tolerance: tolerance)
    }
    (target, sampleCount, self.start) = (Z, m, start)
    (self.whiteningDefect, relativeImbalance) = (whiteningDefect, imbalance)

    let svd = decomposition ?? Z.singularValueDecomposition
    (U, V) = (svd.U, svd.V)
    let groups = SingularValueGroups(svd.singularValues)
    let σ = groups.averaged(svd.singularValues)
    targetSingularValues = σ

    hiddenBasis = ExactDepthTwoFlow.hiddenRange(of: start)
    let ρ = hiddenBasis.columns
    guard ρ <= Self.largestRank else { throw .rank(found: ρ, largest: Self.largestRank) }
    let inputSide = Matrix.product(start.layers[0], .transposed, hiddenBasis, .plain)
    let outputSide = start.layers[1] * hiddenBasis

    // Longer side: what the start has outside the singular vectors of Z has eigenvalue 0.
    let (long, basis) = Z.columns >= Z.rows ? (inputSide, svd.V) : (outputSide, svd.U)
    let (outside, beyond) = Self.outside(basis, long)
    self.beyond = beyond

    let (a, b) = (
      Matrix.product(U, .transposed, outputSide, .plain), Matrix.product(V, .transposed, inputSide, .plain)
    )
    let c = Matrix.product(beyond, .transposed, outside, .plain)
    // Bound of a dot product of n terms, with the errors of the singular vectors: 16·eps·Σ|terms| (16 is tuned; a random walk needs about √n).
    func bound(_ Q: Matrix, _ P: Matrix) -> Matrix {
      Matrix.product(Q.magnitudes, .transposed, P.magnitudes, .plain)
    }
    let (δa, δb, δc) = (bound(U, outputSide), bound(V, inputSide), bound(beyond, outside))
    // The start's own decomposition errs by several eps of its norm (16 is tuned), also in its smaller directions.
    let whole = 16 * .ulpOfOne * hypot(inputSide.frobeniusNorm, outputSide.frobeniusNorm)
    let half = 0.5.squareRoot()
    var (rows, errors): ([Double], [Double]) = ([], [])
    for sign in [1.0, -1] {
      for i in 0..<σ.count {
        for j in 0..<ρ {
          rows.append(half * (b[i, j] + sign * a[i, j]))
          errors.append(16 * .ulpOfOne * half * (δa[i, j] + δb[i, j]) + whole)
        }
      }
    }
    for i in 0..<beyond.columns {
      for j in 0..<ρ {
        rows.append(c[i, j])
        errors.append(16 * .ulpOfOne * δc[i, j] + whole)
      }
    }
    (coordinates, coordinateErrors) = (rows, errors)
    eigenvalues = σ + σ.map { -$0 } + Array(repeating: 0, count: beyond.columns)
    // Zero eigenvalues, wherever they stand, form the cluster 0.
    var named = [Int](repeating: 0, count: σ.count)
    for (number, group) in groups.ranges.enumerated() { for i in group { named[i] = number + 1 } }
    clusters = named + named.map { -$0 } + Array(repeating: 0, count: beyond.columns)
  }

  /// What a side of the start has outside the singular vectors of the target, and a basis of what of that is no round-off.
  static func outside(_ basis: Matrix, _ side: Matrix) -> (part: Matrix, basis: Matrix) {
    basis.complement(of: side, relativeTolerance: 8 * Double(max(side.rows, 1)) * .ulpOfOne)
  }

  /// An orthonormal basis of the range of W_1 in the hidden layer, which is that of W_2ᵀ in a balanced network.
  ///
  /// Taken from the smaller layer where the larger has nothing outside it but round-off.
  private static func hiddenRange(of start: LinearNetwork) -> Matrix {
    let (first, second) = (start.layers[0], start.layers[1])
    if second.rows < first.columns {
      let basis = second.transpose.columnSpaceBasis()
      let outside = first - basis * Matrix.product(basis, .transposed, first, .plain)
      let roundOff = Double(max(first.rows, first.columns)) * .ulpOfOne * first.frobeniusNorm
      if outside.frobeniusNorm <= roundOff { return basis }
    }
    return first.columnSpaceBasis()
  }

  /// W(t), its balanced factors and singular values, 0 ≤ t < ∞.
  public func state(at t: Double) -> DepthTwoState {
    precondition(t >= 0 && t < .infinity, "the time \(t) is not in [0, ∞); `limit` is the state at infinity")
    let (Y, error) = factor(at: t)
    return DepthTwoState(self, time: t, factor: Y, factorError: error)
  }

  /// A balanced factor of QQᵀ(t) in the eigenvectors of F: Q(t) up to a rotation from the right.
  func factor(at t: Double) -> (Y: Matrix, error: Double) {
    let n = eigenvalues.count
    guard t > 0, rank > 0 else {
      let A = Matrix(n, rank) { i, j in coordinates[i * rank + j] }
      return (A, Matrix(rows: n * rank, columns: 1, storage: coordinateErrors).frobeniusNorm)
    }
    let weights = weights(at: t)
    let found = DepthTwoFactor(elimination(for: weights), weights)
    return (found.factor, found.error)
  }

  /// The elimination whose pivots are the largest for these weights.
  func elimination(for weights: DepthTwoElimination.Weights) -> DepthTwoElimination {
    DepthTwoElimination(rows: coordinates, errors: coordinateErrors, rank: rank, weights: weights)
  }

  /// The weights of the rows at a time.
  func weights(at t: Double) -> DepthTwoElimination.Weights {
    .init(
      eigenvalues: eigenvalues, clusters: clusters, sampleCount: sampleCount,
      eigenvalueError: Double(max(target.rows, target.columns)) * .ulpOfOne
        * (targetSingularValues.first ?? 0), at: t)
  }
}

extension Matrix {
  /// |A_ij|.
  var magnitudes: Matrix { Matrix(rows: rows, columns: columns, storage: storage.map(\.magnitude)) }
}
