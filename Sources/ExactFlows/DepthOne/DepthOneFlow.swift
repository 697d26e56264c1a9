import Foundation
import LinearAlgebra
import LinearNetworks

/// Why a problem is not one of depth one with a start that fits.
public enum DepthOneFailure: Error, Equatable, CustomStringConvertible {
  /// The network has `found` layers instead of one.
  case depth(found: Int)
  case shape(found: [Int], expected: [Int])
  /// An entry of the start is infinite or NaN.
  case notFinite

  public var description: String {
    switch self {
    case .depth(let found): "the closed form of depth one needs one layer, not \(found)."
    case .shape(let found, let expected):
      "the start is \(found[0])×\(found[1]) but the problem has \(expected[0]) outputs and \(expected[1]) inputs."
    case .notFinite: "the start has an infinite or NaN entry."
    }
  }
}

/// Gradient flow of one layer on any data, dW/dt = −(W X Xᵀ − Y Xᵀ), in closed form.
///
/// In the eigenvectors E of X Xᵀ, with X = E diag(ξ) Fᵀ and M = Y F, the columns of V = W E do not interact:
/// V_j(t) = e^{−ξ_j²t} V_j(0) + (1 − e^{−ξ_j²t})/ξ_j · M_j.
///
/// Any time costs the same, and no earlier time is visited.
///
/// Edge cases: inputs without data (ξ_j = 0 to round-off, `Problem.inputRank`) do not move. t = ∞ gives the limit, the minimiser
/// nearest to the start.
///
/// Complexity: O(dx·dy) a state, and O(dx²·dy) for the return from eigen-coordinates.
///
/// Source: D9 of Documentation/derived.md.
public struct ExactDepthOneFlow: ExactSolution {
  public struct State: ExactState {
    public let time: Double
    /// W(t), dy × dx.
    public let endToEndMatrix: Matrix
    /// A first-order bound on ‖error of W(t)‖_F.
    public let errorEstimate: Double

    public var relativeError: Double { relative(errorEstimate, to: endToEndMatrix) }
    /// W(t) as a network of one layer.
    public var network: LinearNetwork { LinearNetwork(layers: [endToEndMatrix]) }
  }

  public let problem: Problem
  public let start: Matrix
  /// V(0) = W(0) E.
  private let rotatedStart: Matrix
  /// ξ, zero where the inputs carry no data.
  private let scales: [Double]

  /// The flow from W(0).
  public init(problem: Problem, start W: Matrix) throws(DepthOneFailure) {
    guard W.rows == problem.outputs, W.columns == problem.inputs else {
      throw .shape(found: [W.rows, W.columns], expected: [problem.outputs, problem.inputs])
    }
    guard W.isFinite else { throw .notFinite }
    self.problem = problem
    start = W
    rotatedStart = problem.inEigenbasis(W)
    let excited = Set(problem.spectralLoss.excitedInputs)
    scales = problem.spectralLoss.inputScales.enumerated().map {
      excited.contains($0.offset) ? $0.element : 0
    }
  }

  /// The flow from a network of one layer.
  public init(problem: Problem, start: LinearNetwork) throws(DepthOneFailure) {
    guard start.depth == 1 else { throw .depth(found: start.depth) }
    try self.init(problem: problem, start: start.layers[0])
  }

  /// W(t) for 0 ≤ t ≤ ∞.
  ///
  /// Accuracy: the error of e^{−ξ²t} from that of ξ, |δξ| ≤ dx·eps·ξ_1, is 2ξ t|δξ| e^{−ξ²t} relative to the distance to
  /// the limit; the rest is round-off of two products with orthogonal matrices.
  public func state(at t: Double) -> State {
    precondition(t >= 0, "the time \(t) lies before the start")
    if t == 0 { return State(time: 0, endToEndMatrix: start, errorEstimate: 0) }
    let M = problem.spectralLoss.labels
    let δξ = Double(max(problem.inputs, problem.outputs)) * .ulpOfOne * (scales.max() ?? 0)
    var V = rotatedStart
    var squares = 0.0
    for (j, ξ) in scales.enumerated() where ξ > 0 {
      // ξ t first: ξ² alone may underflow where ξ² t does not.
      let z = -(ξ * t) * ξ
      let (kept, gained) = (exp(z), -expm1(z) / ξ)
      var (moved, size) = (0.0, 0.0)
      for i in 0..<V.rows {
        let (v, target) = (V[i, j], M[i, j])
        V[i, j] = kept * v + gained * target
        moved = hypot(moved, v - target / ξ)
        size = hypot(size, V[i, j].magnitude + (kept * v).magnitude + (gained * target).magnitude)
      }
      // t = ∞ has no memory of the start; a factor ξ t e^{−ξ²t} would be ∞·0.
      let memory = kept > 0 ? 2 * (ξ * t) * δξ * kept * moved : 0
      let limitError = gained * Matrix.column(M.column(j)).frobeniusNorm * δξ / ξ
      squares = hypot(squares, memory + limitError + 4 * .ulpOfOne * size)
    }
    let roundOff =
      2 * Double(problem.inputs).squareRoot() * .ulpOfOne * (V.frobeniusNorm + start.frobeniusNorm)
    return State(
      time: t, endToEndMatrix: problem.fromEigenbasis(V),
      errorEstimate: squares + roundOff)
  }

  public var summary: String { "one layer follows a linear equation, solved in the eigenvectors of XXᵀ (D9)" }

  public func network(at t: Double) -> LinearNetwork { state(at: t).network }

  /// lim W(t): the minimiser of the loss nearest to the start.
  public var limit: State { state(at: .infinity) }
}
