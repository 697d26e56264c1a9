import LinearAlgebra

/// A regression problem min ½‖Y − W X‖_F², held by the singular value decomposition X = E diag(ξ) Fᵀ of its inputs.
///
/// However many samples there were, this is all that the loss, its derivatives and every flow depend on.
///
/// Source: Eftekhari (2020), equations (4), (6), (10a).
public struct Problem: Sendable {
  /// m, the number of samples; it scales time in every equation.
  public let sampleCount: Int
  /// E: dx × dx, orthogonal.
  public let inputBasis: Matrix
  /// L_1 of W E.
  public let loss: QuadraticLoss

  /// The problem of a compressed data set, X X ᵀ = R_xxᵀ R_xx and Y Xᵀ = R_xyᵀ R_xx.
  ///
  /// - Parameters:
  ///   - sampleCount: m > 0.
  ///   - inputFactor: R_xx, any matrix with dx columns.
  ///   - crossFactor: R_xy, as many rows as R_xx and dy columns.
  ///   - irreducible: ½‖R_yy‖².
  public init(sampleCount: Int, inputFactor: Matrix, crossFactor: Matrix, irreducible: Double) {
    precondition(sampleCount > 0, "a problem needs at least one sample, not \(sampleCount)")
    let dx = inputFactor.columns
    // Padding with zero rows makes E square when there are fewer rows than inputs.
    let rows = max(inputFactor.rows, dx)
    func padded(_ A: Matrix) -> Matrix {
      rows == A.rows ? A : A.appendingRows(Matrix(zeros: rows - A.rows, A.columns))
    }
    let svd = padded(inputFactor).singularValueDecomposition
    self.sampleCount = sampleCount
    inputBasis = svd.V
    let F = svd.U
    let YF = Matrix.product(padded(crossFactor), .transposed, F, .plain)
    // What Y has outside the columns of F (there is some only when R_xx is not square).
    let outside =
      padded(crossFactor).frobeniusNorm * padded(crossFactor).frobeniusNorm - YF.frobeniusNorm
      * YF.frobeniusNorm
    loss = QuadraticLoss(
      inputScales: svd.singularValues, labels: YF,
      irreducible: irreducible + (rows > dx ? 0.5 * max(0, outside) : 0))
  }

  /// The problem with samples as columns, X: dx × m and Y: dy × m.
  public init(inputs X: Matrix, outputs Y: Matrix) {
    precondition(X.columns == Y.columns, "\(X.columns) inputs but \(Y.columns) outputs")
    var compression = SampleCompression(columns: X.rows + Y.rows)
    compression.append(X.appendingRows(Y).transpose)
    self = compression.problem(inputs: Array(0..<X.rows), outputs: Array(X.rows..<X.rows + Y.rows)).problem
  }

  /// The whitened problem with a given target Z = Y Xᵀ/m; its irreducible loss is taken as zero.
  ///
  /// - Parameters:
  ///   - Z: dy × dx.
  ///   - m: the number of samples, which scales time.
  public init(target Z: Matrix, sampleCount m: Int) {
    precondition(m > 0, "a problem needs at least one sample, not \(m)")
    sampleCount = m
    inputBasis = .identity(Z.columns)
    let root = Double(m).squareRoot()
    loss = QuadraticLoss(
      inputScales: Array(repeating: root, count: Z.columns), labels: root * Z, irreducible: 0)
  }

  /// dx.
  public var inputs: Int { loss.inputs }
  /// dy.
  public var outputs: Int { loss.outputs }

  /// L_1(W).
  public func loss(_ W: Matrix) -> Double { loss.value(W * inputBasis) }

  /// Z = Y Xᵀ/m, equation (25); the minimiser of the loss if the inputs are whitened.
  public var crossCovariance: Matrix {
    (1 / Double(sampleCount))
      * Matrix.product(
        loss.labels.scalingColumns(by: loss.inputScales), .plain, inputBasis, .transposed)
  }

  /// ‖X Xᵀ/m − I‖ = max_i |ξ_i²/m − 1|, zero for whitened inputs (Definition 3.5).
  public var whiteningDefect: Double {
    loss.inputScales.reduce(0) { max($0, ($1 * $1 / Double(sampleCount) - 1).magnitude) }
  }

  /// Whether the inputs are whitened to within `tolerance`.
  ///
  /// The default is the accuracy to which runs are integrated unless asked otherwise: a smaller defect cannot be seen in them.
  public func isWhitened(tolerance: Double = 1e-10) -> Bool { whiteningDefect <= tolerance }

  /// σ_i(Y P_X)/√m, the singular values of Z if the inputs are whitened; min(dx, dy) of them.
  public var targetSingularValues: [Double] {
    loss.reachableLabels.singularValues.map { $0 / Double(sampleCount).squareRoot() }
  }
}
