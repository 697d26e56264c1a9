/// Which hypothesis of the closed form of depth two fails, and by how much.
public enum DepthTwoFailure: Error, Equatable, CustomStringConvertible {
  /// The network has `found` layers instead of two.
  case depth(found: Int)
  /// Widths of the layers against those of the problem, [dy, dx].
  case shape(found: [Int], expected: [Int])
  /// ‖X Xᵀ/m − I‖ = `defect`.
  case notWhitened(defect: Double, tolerance: Double)
  /// ‖W_2ᵀW_2 − W_1W_1ᵀ‖_F relative to the larger layer's squared norm.
  case notBalanced(relativeImbalance: Double, tolerance: Double)
  /// ‖D_1 − λI‖_F relative to the larger layer's squared norm, for the best λ.
  case notLambdaBalanced(defect: Double, tolerance: Double)
  /// An entry of the target or the start is infinite or NaN.
  case notFinite
  /// The start has more directions than the elimination resolves.
  case rank(found: Int, largest: Int)

  public var description: String {
    switch self {
    case .depth(let found): "the closed form of depth two needs two layers, not \(found)."
    case .shape(let found, let expected):
      "the start maps \(found[1]) inputs to \(found[0]) outputs but the problem \(expected[1]) to \(expected[0])."
    case .notWhitened(let defect, let tolerance):
      "the closed form of depth two needs whitened inputs: ‖XXᵀ/m − I‖ = \(defect), above \(tolerance). Whiten the inputs."
    case .notBalanced(let imbalance, let tolerance):
      "the closed form of depth two needs a balanced start: ‖W_2ᵀW_2 − W_1W_1ᵀ‖_F is \(imbalance) of the squared norm, above \(tolerance)."
    case .notLambdaBalanced(let defect, let tolerance):
      "the closed form needs W_2ᵀW_2 − W_1W_1ᵀ = λI: it is \(defect) of the squared norm away from every λI, above \(tolerance)."
    case .rank(let found, let largest):
      "the closed form of depth two is accurate up to rank \(largest), not for the rank \(found) of this start."
    case .notFinite: "the target or the start has an infinite or NaN entry."
    }
  }
}
