import LinearAlgebra
import LinearNetworks

/// Which singular directions of Y P_X = U diag(σ) Vᵀ a matrix W has learnt: c_i = u_iᵀ W X v_i / σ_i.
///
/// At every stationary point c_i is 0 or 1 (in a group of equal singular values, the sum is a whole number), and the directions with c_i = 1 are the set S of the point's
/// level (``CriticalLevels``). Along a run from a small start the c_i go from 0 to 1 one after the other: the principal directions are "peeled".
///
/// Accuracy: |error of c_i| ≲ (dx + dy)·eps·σ_1/σ_i; directions with σ_i below that round-off are left out.
public struct CapturedDirections: Sendable {
  /// Columns u_i and v_i of the directions that carry something.
  private let left, right: Matrix
  private let singularValues: [Double]
  private let inputScales: [Double]
  private let roundOff: Double

  /// The directions of a loss.
  public init(of loss: QuadraticLoss) {
    let svd = loss.reachableLabels.singularValueDecomposition
    roundOff = Double(loss.inputs + loss.outputs) * .ulpOfOne * (svd.singularValues.first ?? 0)
    let count = svd.singularValues.prefix { [roundOff] in $0 > roundOff }.count
    (left, right) = (svd.U.columns(0..<count), svd.V.columns(0..<count))
    singularValues = Array(svd.singularValues.prefix(count))
    inputScales = loss.inputScales
  }

  /// c_1, c_2, … of W, whose inputs are in the coordinates of the loss; one for every σ_i above round-off.
  public func fractions(of W: Matrix) -> [Double] {
    let WXV = W.scalingColumns(by: inputScales) * right
    return singularValues.indices.map { i in
      Matrix.inner(.column(left.column(i)), .column(WXV.column(i))) / singularValues[i]
    }
  }

  /// S, from 1: the directions that are learnt to more than a half; in a group of equal singular values the first ones, as many as the group's sum.
  public func subset(of W: Matrix) -> [Int] { read(W).kept }

  /// How far the sums of c_i over groups of equal singular values are from whole numbers, at most: 0 at a stationary point.
  public func defect(of W: Matrix) -> Double { read(W).defect }

  private func read(_ W: Matrix) -> (kept: [Int], defect: Double) {
    let c = fractions(of: W)
    var kept: [Int] = []
    var defect = 0.0
    var first = 0
    while first < c.count {
      var end = first + 1
      while end < c.count, singularValues[end - 1] - singularValues[end] <= roundOff { end += 1 }
      let sum = c[first..<end].reduce(0, +)
      // A state that diverges may hold anything.
      let whole = sum.isFinite ? Int(min(max(sum.rounded(), 0), Double(end - first))) : 0
      kept += first + 1..<first + 1 + whole
      defect = max(defect, sum.isFinite ? (sum - Double(whole)).magnitude : .infinity)
      first = end
    }
    return (kept, defect)
  }
}
