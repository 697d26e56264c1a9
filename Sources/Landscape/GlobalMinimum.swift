import LinearAlgebra
import LinearNetworks

/// The global minimum of L_N over networks with bottleneck r, in closed form: W X = the best rank-r approximation of Y P_X.
///
/// min L_N = ½‖Y P_X⊥‖² + ½ Σ_{i>r} σ_i(Y P_X)². This is reduced-rank regression; for whitened inputs the minimiser is Z_r, the
/// best rank-r approximation of Z = Y Xᵀ/m.
///
/// Edge cases: r above the rank of Y P_X gives ordinary least squares; directions without data get coefficient zero (the minimiser of least norm).
///
/// Source: Eckart, Young (1936); Eftekhari (2020), Theorem 2.7, equations (11) and (12).
public struct GlobalMinimum: Sendable {
  /// r, the rank allowed.
  public let rank: Int
  /// A minimiser W*, dy × dx; the only one if ``isUnique``.
  public let minimiser: Matrix
  /// min L_N.
  public let loss: Double
  /// ½‖Y P_X⊥‖², which no linear predictor can reach.
  public let irreducibleLoss: Double
  /// σ_i(Y P_X), min(dx, dy) of them, decreasing.
  public let singularValues: [Double]

  /// ‖Y Xᵀ‖_F, the size of the gradient's terms.
  let crossNorm: Double
  /// What is minimised.
  public let problem: Problem
  /// The distinct ones among ``singularValues``.
  public let groups: SingularValueGroups
  /// (Y P_X)_r and Y P_X − (Y P_X)_r.
  private let fitted, remainder: Matrix
  /// (Y P_X)_r by its singular vectors; nil where that is no shorter.
  private let factoredFit: FactoredMatrix?
  /// The same where Y P_X is diagonal.
  private let diagonal: DiagonalFit?
  /// W* in the eigenvectors of X Xᵀ, by factors where that is shorter.
  package let diagonalMinimiser: FactoredMatrix

  /// The minimum of a problem's loss over matrices of rank at most r ≥ 0.
  public init(of problem: Problem, rank r: Int) {
    precondition(r >= 0, "a rank is not negative: \(r)")
    let loss = problem.spectralLoss
    let reachable = loss.reachableLabels
    let svd = loss.reachableDecomposition
    rank = r
    self.problem = problem
    singularValues = svd.singularValues
    groups = SingularValueGroups(svd.singularValues)
    fitted = svd.truncated(to: r)
    crossNorm = reachable.scalingColumns(by: loss.inputScales).frobeniusNorm
    remainder = reachable - fitted
    let excited = Set(loss.excitedInputs)
    let inverse = loss.inputScales.enumerated().map { excited.contains($0.offset) ? 1 / $0.element : 0 }
    let factors = svd.factors(ofRank: r)
    factoredFit = factors.right == nil ? nil : factors
    let solution = fitted.scalingColumns(by: inverse)
    diagonalMinimiser =
      factors.right == nil ? FactoredMatrix(solution) : factors.scalingColumns(by: inverse)
    minimiser = problem.fromEigenbasis(solution)
    diagonal = factors.right == nil ? nil : DiagonalFit(svd, of: loss, rank: r)
    let unreachable = (loss.labels - reachable).frobeniusNorm
    irreducibleLoss = loss.irreducible + 0.5 * unreachable * unreachable
    self.loss = irreducibleLoss + 0.5 * svd.singularValues.dropFirst(r).reduce(0) { $0 + $1 * $1 }
  }

  /// σ_r > σ_{r+1} beyond round-off, or r at least the rank of Y P_X: then there is one minimiser W X.
  public var isUnique: Bool { groups.separates(first: rank) }

  /// The rank of Y P_X, up to round-off.
  public var targetRank: Int { groups.positiveCount }

  /// ½‖Y P_X‖², the loss above the irreducible one at W = 0: what there is to be learnt.
  public var learnableLoss: Double { 0.5 * singularValues.reduce(0) { $0 + $1 * $1 } }

  /// σ_i(W*), r of them or as many as there are.
  public var minimiserSingularValues: [Double] {
    Array(diagonalMinimiser.singularValueDecomposition(ofRank: rank).singularValues.prefix(rank))
  }

  /// L_1(W) − min L_N, also where it is far smaller than the loss itself.
  ///
  /// With E = W X − (Y P_X)_r it is ½‖E‖² − ⟨E, Y P_X − (Y P_X)_r⟩; the loss itself is not used, since its difference with the minimum would
  /// lose every digit below eps·loss. Rounding leaves about eps·‖E‖·‖Y P_X‖, which may come out below zero.
  public func gap(of W: Matrix) -> Double { gap(ofDiagonal: problem.inEigenbasis(W)) }

  /// The gap of a matrix that is given by factors, its inputs in the eigenvectors of X Xᵀ.
  package func gap(ofDiagonal V: FactoredMatrix) -> Double {
    guard V.right != nil, let best = factoredFit else { return gap(ofDiagonal: V.matrix) }
    let VX = V.scalingColumns(by: problem.inputScales)
    // ⟨(Y P_X)_r, Y P_X − (Y P_X)_r⟩ = 0.
    if let diagonal {
      let distance = VX.distance(toDiagonal: diagonal.fitted)
      return 0.5 * distance * distance - FactoredMatrix.inner(VX, diagonal: diagonal.remainder)
    }
    let distance = (VX - best).frobeniusNorm
    return 0.5 * distance * distance - FactoredMatrix.inner(VX, remainder)
  }

  /// ‖V − W*‖ for a matrix whose inputs are in the eigenvectors of X Xᵀ.
  package func distance(ofDiagonal V: FactoredMatrix) -> Double {
    if V.right != nil, let diagonal { return V.distance(toDiagonal: diagonal.minimiser) }
    return (V - diagonalMinimiser).frobeniusNorm
  }

  /// The gap of a matrix whose inputs are in the eigenvectors of X Xᵀ.
  func gap(ofDiagonal V: Matrix) -> Double {
    let E = V.scalingColumns(by: problem.inputScales) - fitted
    return 0.5 * Matrix.inner(E, E) - Matrix.inner(E, remainder)
  }
}

/// (Y P_X)_r, Y P_X − (Y P_X)_r and W* by their diagonals, where Y P_X is diagonal with its singular values in order.
private struct DiagonalFit: Sendable {
  let fitted, remainder, minimiser: [Double]

  init?(_ svd: SingularValueDecomposition, of loss: QuadraticLoss, rank r: Int) {
    let σ = svd.singularValues
    guard loss.diagonalLabels == σ, loss.excitedInputs.count == loss.inputs else { return nil }
    fitted = Array(σ.prefix(r))
    remainder = σ.indices.map { $0 < r ? 0 : σ[$0] }
    minimiser = zip(fitted, loss.inputScales).map(/)
  }
}
