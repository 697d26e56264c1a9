/// Why a rank-one exact flow cannot be set up.
public enum ExactRankOneError: Error, Equatable, CustomStringConvertible {
  case depth(Int)
  case sampleCount(Double)
  case scale(Double)
  case shape(left: Int, right: Int, target: [Int])
  case direction(side: String, index: Int, value: Double)
  case zeroDirection(side: String)
  case target(row: Int, column: Int, value: Double)
  /// A layer of the start has a part ‖W_j − s_j q_j q_{j−1}ᵀ‖_F = `remainder`·s_j beside rank one.
  case notRankOne(remainder: Double, tolerance: Double)
  case notBalanced(relativeImbalance: Double, tolerance: Double)

  public var description: String {
    switch self {
    case .depth(let N):
      "the exact rank-one flow needs depth N ≥ 2, not \(N); depth one is a linear equation with a solution of its own."
    case .sampleCount(let m):
      "m = \(m) is not a number of samples: it must be positive and finite."
    case .scale(let s):
      "the size of the start, s0·‖u0‖·‖v0‖ = \(s), must be positive and finite, with a finite reciprocal; "
        + "W = 0 stays 0."
    case .shape(let left, let right, let target):
      "the target Z is \(target[0])×\(target[1]), so u0 needs \(target[0]) entries and v0 \(target[1]), "
        + "not \(left) and \(right)."
    case .direction(let side, let index, let value):
      "entry \(index) of the \(side) direction of the start is \(value); all must be finite."
    case .zeroDirection(let side):
      "the \(side) direction of the start is zero; it must be a vector of positive length."
    case .target(let row, let column, let value):
      "Z[\(row), \(column)] is \(value); all entries of the target must be finite."
    case .notRankOne(let remainder, let tolerance):
      "the exact rank-one flow needs layers of rank one: \(remainder) of a layer of the start is not, above \(tolerance)."
    case .notBalanced(let imbalance, let tolerance):
      "the exact rank-one flow needs a balanced start: its relative imbalance is \(imbalance), above \(tolerance)."
    }
  }
}
