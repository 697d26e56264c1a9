import Foundation
import LinearAlgebra
import Prose

/// Why a matrix is not the end-to-end matrix of a network of given widths.
public enum StartError: MendableError, Equatable {
  /// W_0 or the layers do not have the shape [outputs, inputs] of the problem.
  case shape(found: [Int], expected: [Int])
  /// rank W_0 > r = min_j d_j.
  case rankAboveBottleneck(rank: Int, bottleneck: Int, tolerance: Double)
  /// No directions are left orthogonal to the target's singular vectors.
  case notEnoughRoomToTurn(rank: Int, inputs: Int, outputs: Int)
  /// λ_j I needs a rank in the layers around a hidden one that their other widths do not give.
  case lambda(hidden: Int, values: [Double], width: Int)
  /// Numbers λ are one for all hidden layers, or as many as these; a single layer has none.
  case lambdas(found: Int, hidden: Int)
  /// Layers that are transposes of each other need widths that read the same from both ends.
  case notSymmetric(widths: [Int])
  /// Factors for layers are as many as these.
  case factors(found: Int, layers: Int)
  /// The target is zero, so nothing can be relative to it.
  case noTarget
  /// ‖W_0‖_F is so large that the loss, its square, would not be a number; infinite or NaN where W_0 itself is none.
  case tooLarge(norm: Double)

  public var problem: String {
    switch self {
    case .shape(let found, let expected):
      "the start W0 is \(found[0])×\(found[1]) but the network maps \(expected[1]) prepared inputs to \(expected[0]) outputs, "
        + "so W0 must be \(expected[0])×\(expected[1]) (outputs × inputs)."
    case .rankAboveBottleneck(let rank, let bottleneck, let tolerance):
      "the start W0 has rank \(rank) (singular values above \(number(tolerance))), but the narrowest layer has width \(bottleneck), "
        + "so no network of these widths has this end-to-end matrix."
    case .notEnoughRoomToTurn(let rank, let inputs, let outputs):
      "a target of rank \(rank) cannot be turned by an angle in \(inputs) inputs and \(outputs) outputs: "
        + "one of the two must be at least \(2 * rank)."
    case .lambda(let j, let values, let width):
      "no layers have W_{j+1}ᵀW_{j+1} − W_jW_jᵀ = λ_j I with λ = \(list(values.map { number($0) })): around hidden layer \(j), \(width) wide, "
        + "the larger side would need rank \(width), but its other width is smaller."
    case .lambdas(_, hidden: 0):
      "a single layer has no hidden layer and so no λ; a start by λ needs two layers or more."
    case .lambdas(let found, let hidden):
      "\(count(found, "number")) λ \(found == 1 ? "does" : "do") not fit \(count(hidden, "hidden layer")): give one for all, or one for each."
    case .notSymmetric(let widths):
      "layers that are transposes of each other need widths that read the same from both ends, not \(widths.map(String.init).joined(separator: "–"))."
    case .factors(let found, let layers):
      "\(count(found, "factor")) \(found == 1 ? "does" : "do") not fit \(count(layers, "layer")): give one for all, or one for each."
    case .noTarget:
      "the best predictor is zero (inputs and outputs are uncorrelated), so there is no target direction to start from."
    case .tooLarge(let norm):
      "the start's layers multiply to a matrix of norm \(number(norm)), so that the loss would not be a number."
    }
  }

  public var remedies: [Remedy] {
    switch self {
    case .shape, .notSymmetric, .factors: []
    case .lambda, .lambdas(_, hidden: 0): [.start("random")]
    case .lambdas: []
    case .rankAboveBottleneck(let rank, _, _): [.rankAtLeast(rank), .truncatedStart]
    case .notEnoughRoomToTurn(_, let inputs, let outputs):
      [.start("random")] + (max(inputs, outputs) > 1 ? [.rankAtMost(max(inputs, outputs) / 2)] : [])
    case .noTarget: [.start("random")]
    case .tooLarge: [.smallerStart, .fewerLayers]
    }
  }
}

extension LinearNetwork {
  /// The balanced factorisation W_j = Q_j S^{1/N} Q_{j−1}ᵀ of W = U S Vᵀ, Q_0 = V, Q_N = U.
  ///
  /// The hidden Q_j may be any matrices with orthonormal columns; here they are the leading columns of the identity, so that
  /// the singular values stand on the diagonals of the hidden layers.
  ///
  /// - Parameters:
  ///   - W: dy × dx, of rank at most the narrowest width.
  ///   - widths: d_0 = dx, …, d_N = dy.
  /// - Throws: ``StartError/shape(found:expected:)``, ``StartError/rankAboveBottleneck(rank:bottleneck:tolerance:)``.
  ///
  /// Edge cases: W = 0 gives the zero network. Depth one gives W itself.
  ///
  /// Source: Arora, Cohen, Golowich, Hu (2019); Eftekhari (2020), equation (14).
  public static func balanced(factoring W: Matrix, widths: [Int]) throws(StartError) -> LinearNetwork {
    guard W.rows == widths.last!, W.columns == widths[0] else {
      throw .shape(found: [W.rows, W.columns], expected: [widths.last!, widths[0]])
    }
    let N = widths.count - 1
    if N == 1 { return LinearNetwork(layers: [W]) }
    let svd = W.singularValueDecomposition
    let tolerance = Double(max(W.rows, W.columns)) * .ulpOfOne * (svd.singularValues.first ?? 0)
    let rank = svd.rank()
    let bottleneck = widths.min()!
    guard rank <= bottleneck else {
      throw .rankAboveBottleneck(rank: rank, bottleneck: bottleneck, tolerance: tolerance)
    }
    return balanced(
      left: svd.U.columns(0..<rank), singularValues: Array(svd.singularValues.prefix(rank)),
      right: svd.V.columns(0..<rank), widths: widths)
  }

  /// The balanced factorisation of W = U diag(s) Vᵀ, given by its singular value decomposition.
  ///
  /// - Parameters:
  ///   - U: dy × ρ with orthonormal columns.
  ///   - s: ρ singular values, not negative.
  ///   - V: dx × ρ with orthonormal columns.
  ///   - widths: d_0 = dx, …, d_N = dy, none below ρ.
  public static func balanced(
    left U: Matrix, singularValues s: [Double], right V: Matrix, widths: [Int]
  ) -> LinearNetwork {
    let (N, rank) = (widths.count - 1, s.count)
    precondition(
      U.columns == rank && V.columns == rank && U.rows == widths[N] && V.rows == widths[0],
      "\(U.rows)×\(U.columns), \(rank) and \(V.rows)×\(V.columns) are no decomposition for widths \(widths)")
    precondition(rank <= widths.min()!, "rank \(rank) does not pass through widths \(widths)")
    let roots = s.map { nthRoot($0, N) }
    return LinearNetwork(
      layers: (1...N).map { j in
        let (rows, columns) = (widths[j], widths[j - 1])
        if N == 1 { return Matrix.product(U.scalingColumns(by: s), .plain, V, .transposed) }
        if j == 1 {
          return Matrix.product(.diagonal(roots, rows: rows, columns: rank), .plain, V, .transposed)
        }
        if j == N { return U * .diagonal(roots, rows: rank, columns: columns) }
        return .diagonal(roots, rows: rows, columns: columns)
      })
  }
}

/// x^{1/N} for x ≥ 0, also where x is too small or too large for its reciprocal.
func nthRoot(_ x: Double, _ N: Int) -> Double {
  switch N {
  case 1: x
  case 2: x.squareRoot()
  case 3: cbrt(x)
  default: pow(x, 1 / Double(N))
  }
}
