/// Which hypothesis of the closed form of aligned starts fails, and by how much.
public enum AlignedFailure: Error, Equatable, CustomStringConvertible {
  /// Widths of the network or shape of W_0 against those of the problem, [dy, dx].
  case shape(found: [Int], expected: [Int])
  /// ‖X Xᵀ/m − I‖ = `defect`.
  case notWhitened(defect: Double, tolerance: Double)
  /// max_j ‖D_j‖_F relative to the largest layer's squared norm.
  case notBalanced(relativeImbalance: Double, tolerance: Double)
  /// ‖W_0 − U_Z diag(w) V_Zᵀ‖_F / ‖W_0‖_F for the best choice of singular vectors of Z.
  case notAligned(defect: Double, tolerance: Double)
  /// An entry of the target or the start is infinite or NaN.
  case notFinite

  public var description: String {
    switch self {
    case .shape(let found, let expected):
      "the start is \(found[0])×\(found[1]) (outputs × inputs) but the problem \(expected[0])×\(expected[1])."
    case .notWhitened(let defect, let tolerance):
      "modes decouple on whitened inputs only: ‖XXᵀ/m − I‖ = \(defect), above \(tolerance). Whiten the inputs."
    case .notBalanced(let imbalance, let tolerance):
      "modes decouple for balanced starts only: the relative imbalance is \(imbalance), above \(tolerance)."
    case .notAligned(let defect, let tolerance):
      "the start does not share its singular vectors with Z: a part of \(defect) of its norm does not fit, above \(tolerance)."
    case .notFinite: "the target or the start has an infinite or NaN entry."
    }
  }
}
