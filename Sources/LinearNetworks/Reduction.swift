import LinearAlgebra

/// A training problem in the few dimensions in which its flow moves, exactly.
///
/// Gradient flow started from layers W_j = Q_j C_j Q_{j−1}ᵀ, with constant orthonormal Q_0, …, Q_N, keeps that form, and the C_j
/// follow the gradient flow of the same problem in the coordinates Q:
/// - hidden: Q_j spans the range of W_j and of W_{j+1}ᵀ; for a balanced start of rank ρ these coincide, and all hidden widths become ρ;
/// - outputs: Q_N spans the range of Y P_X and of W_N, since every velocity of W_N lies in it;
/// - inputs: Q_0 is the eigenbasis E of X Xᵀ, in which a product with X Xᵀ is a scaling; for whitened inputs every basis is an eigenbasis, and Q_0 is
///   restricted to the row space of Z and W_1.
///
/// Source: D2 and D3 of Documentation/derived.md.
public struct Reduction: Sendable {
  /// The loss in the coordinates Q_0 and Q_N.
  public let loss: QuadraticLoss
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
    let spread = problem.loss
    original = start.widths

    // In eigen-coordinates of the inputs the first layer is W_1 E.
    let first = W[0] * problem.inputBasis
    var Q0 = Matrix.identity(spread.inputs)
    if problem.isWhitened() {
      Q0 = Reduction.basis(spanning: [spread.labels.transpose, first.transpose])
    }
    let QN = Reduction.basis(spanning: [spread.reachableLabels, W[N - 1]])

    let labels = Matrix.product(QN, .transposed, spread.labels * Q0, .plain)
    // What of Y lies outside the kept coordinates cannot change (it is zero where only round-off was dropped).
    let lost = spread.labels - Matrix.product(QN * labels, .plain, Q0, .transposed)
    let scales =
      problem.isWhitened() && Q0.columns < spread.inputs
      ? Array(repeating: Double(problem.sampleCount).squareRoot(), count: Q0.columns) : spread.inputScales
    loss = QuadraticLoss(
      inputScales: scales, labels: labels,
      irreducible: spread.irreducible + 0.5 * Matrix.inner(lost, lost))

    let hidden = (0..<N - 1).map { Reduction.basis(spanning: [W[$0], W[$0 + 1].transpose]) }
    bases = [problem.inputBasis * Q0] + hidden + [QN]
    widths = bases.map(\.columns)
  }

  /// No reduction but that of the inputs to their eigenbasis: every layer keeps its width.
  public init(keepingWidthsOf start: LinearNetwork, for problem: Problem) {
    loss = problem.loss
    widths = start.widths
    original = start.widths
    bases = [problem.inputBasis] + start.layers.map { .identity($0.rows) }
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

  /// An orthonormal basis of the sum of the column spaces; the identity where that is everything.
  ///
  /// The matrices are scaled to unit norm first, so that the larger does not hide the smaller; directions below round-off are dropped.
  private static func basis(spanning matrices: [Matrix]) -> Matrix {
    let dimension = matrices[0].rows
    let stacked = matrices.filter { $0.frobeniusNorm > 0 }.map { (1 / $0.frobeniusNorm) * $0 }
    guard let first = stacked.first else { return Matrix.identity(dimension).columns(0..<1) }
    let all = stacked.dropFirst().reduce(first) { $0.appendingColumns($1) }
    let basis = all.columnSpaceBasis(relativeTolerance: 8 * Double(max(all.rows, all.columns)) * .ulpOfOne)
    return basis.columns < dimension ? basis : .identity(dimension)
  }
}
