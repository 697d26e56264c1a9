import LinearAlgebra
import LinearNetworks

/// Which singular directions of Y P_X = U diag(σ) Vᵀ a matrix W has learnt: c_i = u_iᵀ W X v_i / σ_i.
///
/// At every stationary point c_i is 0 or 1 (in a group of equal singular values, the sum is a whole number), and the directions with c_i = 1 are the set S of the point's
/// level (``CriticalLevels``). Along a run from a small start the c_i go from 0 to 1 one after the other: the principal directions are "peeled".
///
/// Accuracy: |error of c_i| ≲ (dx + dy)·eps·σ_1/σ_i; directions with σ_i that cannot be told from zero (`SingularValueGroups`) are left out.
public struct CapturedDirections: Sendable {
  /// Columns u_i and v_i of the directions that carry something; v_i in the eigenvectors of X Xᵀ.
  private let left, right: Matrix
  /// Whether these are the first unit vectors, so that products with them are their rows.
  private let isTrivial: Bool
  private let singularValues: [Double]
  private let groups: SingularValueGroups
  private let problem: Problem

  /// The directions of a problem.
  public init(of problem: Problem) {
    self.problem = problem
    let svd = problem.spectralLoss.reachableDecomposition
    groups = SingularValueGroups(svd.singularValues)
    let count = groups.positiveCount
    (left, right) = (svd.U.columns(0..<count), svd.V.columns(0..<count))
    singularValues = Array(svd.singularValues.prefix(count))
    isTrivial = left.isTruncatedIdentity && right.isTruncatedIdentity
  }

  /// c_1, c_2, … of W; one for every σ_i above round-off.
  public func fractions(of W: Matrix) -> [Double] {
    let WXV = problem.inEigenbasis(W).scalingColumns(by: problem.inputScales) * right
    return singularValues.indices.map { i in
      Matrix.inner(.column(left.column(i)), .column(WXV.column(i))) / singularValues[i]
    }
  }

  /// c_1, c_2, … of W = U diag(s) Vᵀ, in O((dx + dy)·rank(W)) each.
  private func fractions(of W: SingularValueDecomposition) -> [Double] {
    let rows = problem.inEigenbasis(W.V.transpose).scalingColumns(by: problem.inputScales)
    let UU = (isTrivial ? W.U : Matrix.product(left, .transposed, W.U, .plain)).scalingColumns(
      by: W.singularValues)
    let VXV = isTrivial ? rows : rows * right
    return singularValues.indices.map { i in
      W.singularValues.indices.reduce(0) { $0 + UU[i, $1] * VXV[$1, i] } / singularValues[i]
    }
  }

  /// S, from 1: the directions that are learnt to more than a half; in a group of equal singular values the first ones, as many as the group's sum.
  public func subset(of W: Matrix) -> [Int] { read(fractions(of: W)).kept }

  /// S of a matrix of low rank that is given by its singular value decomposition.
  package func subset(of W: SingularValueDecomposition) -> [Int] { read(fractions(of: W)).kept }

  /// How far the sums of c_i over groups of equal singular values are from whole numbers, at most: 0 at a stationary point.
  public func defect(of W: Matrix) -> Double { read(fractions(of: W)).defect }

  /// The same of a matrix of low rank that is given by its singular value decomposition.
  package func defect(of W: SingularValueDecomposition) -> Double { read(fractions(of: W)).defect }

  private func read(_ c: [Double]) -> (kept: [Int], defect: Double) {
    var kept: [Int] = []
    var defect = 0.0
    for group in groups.ranges {
      let sum = c[group].reduce(0, +)
      // A state that diverges may hold anything.
      let whole = sum.isFinite ? Int(min(max(sum.rounded(), 0), Double(group.count))) : 0
      kept += group.lowerBound + 1..<group.lowerBound + 1 + whole
      defect = max(defect, sum.isFinite ? (sum - Double(whole)).magnitude : .infinity)
    }
    return (kept, defect)
  }
}
