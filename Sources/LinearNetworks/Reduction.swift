import LinearAlgebra

/// A training problem in the few dimensions in which its flow moves, exactly.
///
/// Gradient flow started from layers W_j = Q_j C_j Q_{j−1}ᵀ, with constant orthonormal Q_0, …, Q_N, keeps that form, and the C_j
/// follow the gradient flow of the same problem in the coordinates Q:
/// - hidden: Q_j spans the range of W_j and of W_{j+1}ᵀ; for a balanced start of rank ρ these coincide, and all hidden widths become ρ;
/// - outputs: Q_N spans the range of Y P_X and of W_N, since every velocity of W_N lies in it;
/// - inputs: Q_0 is the eigenbasis E of X Xᵀ, in which a product with X Xᵀ is a scaling; where X Xᵀ = c·I every basis is an eigenbasis, and Q_0 is
///   restricted to the row space of Z and W_1. Of the directions without data, which are eigenvectors in every basis, too, only those are kept that W_1 has: five
///   samples of 10,000 inputs move in a few dimensions.
///
/// For a narrow network on a large whitened target, Q_0 and Q_N begin with the singular vectors of Z, which is diagonal then.
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
    let outer = (first: problem.inEigenbasis(first), last: last)
    let frame: Frame
    if let factor = problem.whiteningFactor {
      frame =
        (hidden.isEmpty ? nil : Reduction.singularFrame(spread, outer, scale: factor.squareRoot()))
        ?? Reduction.rangeFrame(spread, outer, scale: factor.squareRoot())
    } else {
      frame = Reduction.eigenFrame(spread, outer)
    }
    self.problem = Problem(sampleCount: problem.sampleCount, diagonal: frame.loss)
    let Q0 = frame.inputs ?? .identity(problem.inputs)
    let inputs = problem.eigenvectors.map { frame.inputs == nil ? $0.matrix : $0.product(with: Q0) } ?? Q0
    bases = [inputs] + hidden + [frame.outputs]
    widths = bases.map(\.columns)
  }

  /// Coordinates of inputs and outputs, with the loss in them.
  private struct Frame {
    /// Q_0 in eigen-coordinates of the inputs; nil for all of them.
    let inputs: Matrix?
    /// Q_N.
    let outputs: Matrix
    let loss: QuadraticLoss
  }
  private typealias OuterLayers = (first: Matrix, last: Matrix)

  /// Inputs and outputs up to which products with Z cost less than what is around them (tuned); there exact zeros of Z and of the start stay exact zeros.
  private static let largestUnrotated = 20

  /// Where X Xᵀ = c·I and `scale` = √c: the singular vectors of Z, and what the outer layers have beyond them. Z is diagonal there, so that a narrow network never meets a
  /// matrix of the size of Z. Nil where the hidden layers are too wide for that to matter, or Z small.
  private static func singularFrame(_ loss: QuadraticLoss, _ outer: OuterLayers, scale: Double) -> Frame? {
    guard min(loss.inputs, loss.outputs) > max(largestUnrotated, 2 * outer.first.rows) else { return nil }
    let Z = loss.reachableDecomposition
    let σ = Z.singularValues
    let rank = max(1, Z.rank(tolerance: Matrix.spanTolerance(loss.outputs, loss.inputs) * σ[0]))
    func extended(_ basis: Matrix, toSpan A: Matrix) -> Matrix {
      basis.appendingColumns(
        basis.complement(of: A, relativeTolerance: Matrix.spanTolerance(A.rows, A.columns)).basis)
    }
    let inputs = extended(Z.V.columns(0..<rank), toSpan: outer.first.transpose)
    let outputs = extended(Z.U.columns(0..<rank), toSpan: outer.last)
    let lost = σ.dropFirst(rank).reduce(0) { $0 + 0.5 * $1 * $1 }
    return Frame(
      inputs: inputs, outputs: outputs,
      loss: QuadraticLoss(
        inputScales: Array(repeating: scale, count: inputs.columns),
        labels: .diagonal(Array(σ.prefix(rank)), rows: outputs.columns, columns: inputs.columns),
        irreducible: loss.irreducible + lost))
  }

  /// Where X Xᵀ = c·I and `scale` = √c: the row space of Z and W_1, the column space of Z and W_N.
  private static func rangeFrame(_ loss: QuadraticLoss, _ outer: OuterLayers, scale: Double) -> Frame {
    let rows = Matrix.orthonormalBasis(spanning: [loss.labels.transpose, outer.first.transpose])
    let inputs = rows.columns < loss.inputs ? rows : nil
    let scales = inputs.map { Array(repeating: scale, count: $0.columns) } ?? loss.inputScales
    return frame(loss, scales: scales, inputs: inputs, last: outer.last)
  }

  /// Elsewhere: the eigenbasis of X Xᵀ; of the directions without data those only that W_1 has.
  private static func eigenFrame(_ loss: QuadraticLoss, _ outer: OuterLayers) -> Frame {
    let inputs = moved(loss, first: outer.first)
    let excited = loss.excitedInputs.map { loss.inputScales[$0] }
    let scales =
      inputs.map { excited + Array(repeating: 0, count: $0.columns - excited.count) } ?? loss.inputScales
    return frame(loss, scales: scales, inputs: inputs, last: outer.last)
  }

  private static func frame(
    _ loss: QuadraticLoss, scales: [Double], inputs: Matrix?, last: Matrix
  ) -> Frame {
    let outputs = Matrix.orthonormalBasis(spanning: [loss.reachableLabels, last])
    let kept = inputs.map { loss.labels * $0 } ?? loss.labels
    let labels = Matrix.product(outputs, .transposed, kept, .plain)
    // What of Y lies outside the kept coordinates cannot change (it is zero where only round-off was dropped).
    let seen = outputs * labels
    let lost = loss.labels - (inputs.map { Matrix.product(seen, .plain, $0, .transposed) } ?? seen)
    return Frame(
      inputs: inputs, outputs: outputs,
      loss: QuadraticLoss(
        inputScales: scales, labels: labels, irreducible: loss.irreducible + 0.5 * Matrix.inner(lost, lost)))
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
