import LinearAlgebra

/// A training problem in the few dimensions in which its flow moves, exactly.
///
/// Gradient flow started from layers W_j = Q_j C_j Q_{j−1}ᵀ, with constant orthonormal Q_0, …, Q_N, keeps that form, and the C_j
/// follow the gradient flow of the same problem in the coordinates Q:
/// - hidden: Q_j spans the range of W_j and of W_{j+1}ᵀ; for a balanced start of rank ρ these coincide, and all hidden widths become ρ;
/// - outputs: Q_N spans the range of Y P_X and of W_N, since every velocity of W_N lies in it;
/// - inputs: Q_0 is the eigenbasis E of X Xᵀ, in which a product with X Xᵀ is a scaling; where X Xᵀ = c·I every basis is an eigenbasis, and Q_0 is
///   restricted to the row space of Z and W_1. For a narrow network on a large Z, Q_0 and Q_N begin with the singular vectors of Z, which is diagonal then. Of the directions without data, which are eigenvectors in every basis, too, only those are kept that W_1 has: five
///   samples of 10,000 inputs move in a few dimensions.
///
/// Source: D2 and D3 of Documentation/derived.md.
public struct Reduction: Sendable {
  /// The problem in the coordinates Q_0 and Q_N, in which X Xᵀ is diagonal.
  public let problem: Problem
  /// Widths of the reduced network.
  public let widths: [Int]
  /// Q_0, …, Q_N: d_j × reduced d_j.
  public let bases: [Matrix]
  /// The layers that were reduced.
  public let original: [Int]

  /// The reduction for a start.
  public init(of problem: Problem, from start: LinearNetwork) {
    let N = start.depth
    let W = start.layers
    let spread = problem.spectralLoss
    original = start.widths

    let hidden = HiddenBases(of: start).bases
    // The outer layers in the hidden coordinates: what is left of their rows and columns. In eigen-coordinates of the inputs the first layer is W_1 E.
    let first = hidden.first.map { Matrix.product($0, .transposed, W[0], .plain) } ?? W[0]
    let last = hidden.last.map { W[N - 1] * $0 } ?? W[N - 1]
    let factor = problem.whiteningFactor
    let inner = problem.inEigenbasis(first)
    let rotated =
      hidden.isEmpty || factor == nil ? nil : Reduction.singularCoordinates(spread, inner, last)
    let (Q0, QN): (Matrix?, Matrix)
    if let rotated {
      (Q0, QN) = (rotated.inputs, rotated.outputs)
    } else {
      if factor == nil {
        Q0 = Reduction.moved(spread, first: inner)
      } else {
        let rows = Matrix.orthonormalBasis(spanning: [spread.labels.transpose, inner.transpose])
        Q0 = rows.columns < spread.inputs ? rows : nil
      }
      QN = Matrix.orthonormalBasis(spanning: [spread.reachableLabels, last])
    }
    let excited = spread.excitedInputs.map { spread.inputScales[$0] }
    let scales =
      Q0.map { Q0 in
        factor.map { Array(repeating: $0.squareRoot(), count: Q0.columns) }
          ?? excited + Array(repeating: 0, count: Q0.columns - excited.count)
      } ?? spread.inputScales
    self.problem = Problem(
      sampleCount: problem.sampleCount,
      diagonal: rotated.map {
        QuadraticLoss(inputScales: scales, labels: $0.labels, irreducible: spread.irreducible + $0.lost)
      } ?? Reduction.loss(spread, scales, Q0, QN))
    let Q = Q0 ?? .identity(problem.inputs)
    bases = [problem.eigenvectors.map { Q0 == nil ? $0.matrix : $0.product(with: Q) } ?? Q] + hidden + [QN]
    widths = bases.map(\.columns)
  }

  /// The loss in the coordinates Q_0 (nil for all inputs) and Q_N.
  private static func loss(
    _ loss: QuadraticLoss, _ scales: [Double], _ Q0: Matrix?, _ QN: Matrix
  ) -> QuadraticLoss {
    let kept = Q0.map { loss.labels * $0 } ?? loss.labels
    let labels = Matrix.product(QN, .transposed, kept, .plain)
    // What of Y lies outside the kept coordinates cannot change (it is zero where only round-off was dropped).
    let seen = QN * labels
    let lost = loss.labels - (Q0.map { Matrix.product(seen, .plain, $0, .transposed) } ?? seen)
    return QuadraticLoss(
      inputScales: scales, labels: labels, irreducible: loss.irreducible + 0.5 * Matrix.inner(lost, lost))
  }

  /// Inputs and outputs up to which products with Z cost less than what is around them (tuned); there exact zeros of Z and of the start stay exact zeros.
  private static let largestUnrotated = 20

  /// The singular vectors of Z, where X Xᵀ = c·I, and what the outer layers have beyond them: coordinates in which Z is diagonal, so that a narrow network never meets a
  /// matrix of the size of Z. Nil where the hidden layers are too wide for that to matter, or Z small.
  private static func singularCoordinates(
    _ loss: QuadraticLoss, _ first: Matrix, _ last: Matrix
  ) -> (inputs: Matrix, outputs: Matrix, labels: Matrix, lost: Double)? {
    guard min(loss.inputs, loss.outputs) > max(largestUnrotated, 2 * first.rows) else { return nil }
    let Z = loss.reachableDecomposition
    let σ = Z.singularValues
    let rank = max(1, Z.rank(tolerance: Matrix.spanTolerance(loss.outputs, loss.inputs) * σ[0]))
    let inputs = Z.V.columns(0..<rank).extended(toSpan: first.transpose)
    let outputs = Z.U.columns(0..<rank).extended(toSpan: last)
    let lost = σ.dropFirst(rank).reduce(0) { $0 + 0.5 * $1 * $1 }
    return (
      inputs, outputs,
      .diagonal(Array(σ.prefix(rank)), rows: outputs.columns, columns: inputs.columns), lost
    )
  }

  /// The inputs that carry data, and an orthonormal basis of what the first layer has of the others; nil where that is all inputs.
  private static func moved(_ loss: QuadraticLoss, first: Matrix) -> Matrix? {
    let excited = loss.excitedInputs
    let dx = loss.inputs
    guard excited.count < dx else { return nil }
    let carriesData = Set(excited)
    let silent = (0..<dx).filter { !carriesData.contains($0) }
    let rows = first.columns(silent)
    // Relative to the whole layer: what is round-off there is none of it.
    let basis =
      first.rows == 0 || rows.frobeniusNorm <= Matrix.spanTolerance(first.rows, dx) * first.frobeniusNorm
      ? Matrix(zeros: silent.count, 0) : Matrix.orthonormalBasis(spanning: [rows.transpose])
    guard excited.count + basis.columns < dx, excited.count + basis.columns > 0 else { return nil }
    var Q = Matrix(zeros: dx, excited.count + basis.columns)
    for (k, i) in excited.enumerated() { Q[i, k] = 1 }
    for (row, i) in silent.enumerated() {
      for k in 0..<basis.columns { Q[i, excited.count + k] = basis[row, k] }
    }
    return Q
  }

  /// No reduction but that of the inputs to their eigenbasis: every layer keeps its width.
  public init(keepingWidthsOf start: LinearNetwork, for problem: Problem) {
    self.problem = problem.diagonal
    widths = start.widths
    original = start.widths
    bases =
      [problem.eigenvectors?.matrix ?? .identity(problem.inputs)] + start.layers.map { .identity($0.rows) }
  }

  /// C_j = Q_jᵀ W_j Q_{j−1}.
  public func reduce(_ network: LinearNetwork) -> LinearNetwork {
    precondition(network.widths == original, "widths \(network.widths) in a reduction of \(original)")
    return LinearNetwork(
      layers: network.layers.enumerated().map { j, W in
        Matrix.product(bases[j + 1], .transposed, W * bases[j], .plain)
      })
  }

  /// W_j = Q_j C_j Q_{j−1}ᵀ.
  public func expand(_ network: LinearNetwork) -> LinearNetwork {
    precondition(network.widths == widths, "widths \(network.widths) in a reduction to \(widths)")
    return LinearNetwork(
      layers: network.layers.enumerated().map { j, C in
        Matrix.product(bases[j + 1] * C, .plain, bases[j], .transposed)
      })
  }

  /// Q_N W Q_0ᵀ: an end-to-end matrix in the problem's own coordinates.
  public func expand(endToEnd W: Matrix) -> Matrix {
    Matrix.product(bases.last! * W, .plain, bases[0], .transposed)
  }

  /// Q_N W Q_0ᵀ for every W of a trajectory.
  public func expand(endToEnd W: MatrixSequence) -> MatrixSequence {
    W.multiplied(left: bases.last!, rightTransposed: bases[0])
  }
}
