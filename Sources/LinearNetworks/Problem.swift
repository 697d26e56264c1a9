import LinearAlgebra

/// A regression problem min ½‖Y − W X‖_F², held by the singular value decomposition X = E diag(ξ) Fᵀ of its inputs.
///
/// However many samples there were, this is all that the loss, its derivatives and every flow depend on.
///
/// Matrices and networks have one coordinate system, in this module and in all above it: that of the problem's own inputs and outputs. Within,
/// W E takes the place of W, since a product with X is a scaling there; the rotation is done here and nowhere else.
///
/// Source: Eftekhari (2020), equations (4), (6), (10a).
public struct Problem: Sendable {
  /// m, the number of samples; it scales time in every equation.
  public let sampleCount: Int
  /// E, the eigenvectors of X Xᵀ: dx × dx, orthogonal; nil stands for the identity.
  package let eigenvectors: Eigenbasis?
  /// L_1 as a function of W E.
  package let spectralLoss: QuadraticLoss

  /// Inputs up to which E is kept as a matrix also where there are fewer samples: there exact zeros of the data stay exact zeros of it (tuned).
  private static let largestDenseBasis = 512

  /// The problem of a compressed data set, X X ᵀ = R_xxᵀ R_xx and Y Xᵀ = R_xyᵀ R_xx.
  ///
  /// - Parameters:
  ///   - sampleCount: m > 0.
  ///   - inputFactor: R_xx, any matrix with dx columns.
  ///   - crossFactor: R_xy, as many rows as R_xx and dy columns.
  ///   - irreducible: ½‖R_yy‖².
  public init(sampleCount: Int, inputFactor: Matrix, crossFactor: Matrix, irreducible: Double) {
    precondition(sampleCount > 0, "a problem needs at least one sample, not \(sampleCount)")
    self.sampleCount = sampleCount
    let (k, dx) = (inputFactor.rows, inputFactor.columns)
    if k < dx, dx > Self.largestDenseBasis {
      // R_xxᵀ = Q [L; 0] with k columns, L = A S Bᵀ: E = Q diag(A, I), and all that is of the size dx × dx is Q, which is never formed.
      let Q = HouseholderBasis(inputFactor.transpose)
      let svd = Q.factor.singularValueDecomposition
      eigenvectors = Eigenbasis(Q, svd.U)
      spectralLoss = QuadraticLoss(
        inputScales: svd.singularValues + Array(repeating: 0, count: dx - k),
        labels: Matrix.product(crossFactor, .transposed, svd.V, .plain).appendingColumns(
          Matrix(zeros: crossFactor.columns, dx - k)), irreducible: irreducible)
      return
    }
    // Padding with zero rows makes E square when there are fewer rows than inputs.
    let rows = max(k, dx)
    func padded(_ A: Matrix) -> Matrix {
      rows == A.rows ? A : A.appendingRows(Matrix(zeros: rows - A.rows, A.columns))
    }
    let E: Matrix, F: Matrix, ξ: [Double]
    if rows == dx {
      (F, ξ, E) = padded(inputFactor).blockSingularValueDecomposition
    } else {
      let svd = inputFactor.singularValueDecomposition
      (F, ξ, E) = (svd.U, svd.singularValues, svd.V)
    }
    eigenvectors = Eigenbasis(E)
    let YF = Matrix.product(padded(crossFactor), .transposed, F, .plain)
    // What Y has outside the columns of F (there is some only when R_xx is not square).
    let outside =
      padded(crossFactor).frobeniusNorm * padded(crossFactor).frobeniusNorm - YF.frobeniusNorm
      * YF.frobeniusNorm
    spectralLoss = QuadraticLoss(
      inputScales: ξ, labels: YF,
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
    eigenvectors = nil
    let root = Double(m).squareRoot()
    spectralLoss = QuadraticLoss(
      inputScales: Array(repeating: root, count: Z.columns), labels: root * Z, irreducible: 0)
  }

  /// The problem whose inputs are the coordinates of a loss: X Xᵀ is diagonal in them.
  package init(sampleCount: Int, diagonal loss: QuadraticLoss) {
    self.sampleCount = sampleCount
    eigenvectors = nil
    spectralLoss = loss
  }

  /// dx.
  public var inputs: Int { spectralLoss.inputs }
  /// dy.
  public var outputs: Int { spectralLoss.outputs }

  /// ξ_1 ≥ … ≥ ξ_dx ≥ 0: the singular values of X, √m each for whitened inputs.
  public var inputScales: [Double] { spectralLoss.inputScales }

  /// The rank of X: the ξ_i above the round-off max(dx, dy)·eps·ξ_1.
  public var inputRank: Int { spectralLoss.excitedInputs.count }

  /// L_1(W).
  public func loss(_ W: Matrix) -> Double { spectralLoss.value(inEigenbasis(W)) }

  /// ∇L_1(W) = (W X − Y) Xᵀ.
  public func gradient(_ W: Matrix) -> Matrix { fromEigenbasis(spectralLoss.gradient(inEigenbasis(W))) }

  /// Z = Y Xᵀ/m, equation (25); the minimiser of the loss if the inputs are whitened.
  public var crossCovariance: Matrix {
    (1 / Double(sampleCount)) * fromEigenbasis(spectralLoss.labels.scalingColumns(by: inputScales))
  }

  /// X Xᵀ/m, dx × dx; the identity if the inputs are whitened.
  public var inputCovariance: Matrix {
    let E = eigenvectors?.matrix ?? .identity(inputs)
    return fromEigenbasis(E.scalingColumns(by: inputScales.map { $0 * $0 / Double(sampleCount) }))
  }

  /// ‖X Xᵀ/m − I‖ = max_i |ξ_i²/m − 1|, zero for whitened inputs (Definition 3.5).
  public var whiteningDefect: Double {
    inputScales.reduce(0) { max($0, ($1 * $1 / Double(sampleCount) - 1).magnitude) }
  }

  /// Whether the inputs are whitened to within `tolerance`.
  ///
  /// The default is the accuracy to which runs are integrated unless asked otherwise: a smaller defect cannot be seen in them.
  public func isWhitened(tolerance: Double = .hypothesisTolerance) -> Bool { whiteningDefect <= tolerance }

  /// c where X Xᵀ = c·I to within `Double.hypothesisTolerance`; nil where there is no such number, or some input carries no data.
  ///
  /// Such data are whitened up to the unit of time: every statement about whitened data holds with c in the place of m and Z = Y Xᵀ/c. One-hot tables with X = I have c = 1.
  public var whiteningFactor: Double? {
    if isWhitened() { return Double(sampleCount) }
    guard !inputScales.isEmpty else { return nil }
    let c = inputScales.reduce(0) { $0 + $1 * $1 } / Double(inputScales.count)
    return inputScales.allSatisfy { ($0 * $0 / c - 1).magnitude <= .hypothesisTolerance } ? c : nil
  }

  /// σ_i(Y P_X)/√m, the singular values of Z if the inputs are whitened; min(dx, dy) of them.
  public var targetSingularValues: [Double] {
    spectralLoss.reachableDecomposition.singularValues.map { $0 / Double(sampleCount).squareRoot() }
  }
}

extension Problem {
  /// The same problem with its inputs in the eigenvectors of X Xᵀ.
  package var diagonal: Problem { Problem(sampleCount: sampleCount, diagonal: spectralLoss) }

  /// W E: a matrix of the problem as one of its ``diagonal`` problem.
  package func inEigenbasis(_ W: Matrix) -> Matrix { eigenvectors?.coordinates(of: W) ?? W }

  /// V Eᵀ: a matrix of the ``diagonal`` problem as one of this.
  package func fromEigenbasis(_ V: Matrix) -> Matrix {
    eigenvectors?.matrix(withCoordinates: V) ?? V
  }

  /// W_1 E, W_2, …: a network of the problem, or a direction, as one of its ``diagonal`` problem.
  package func inEigenbasis(_ network: LinearNetwork) -> LinearNetwork {
    network.replacingFirstLayer(inEigenbasis(network.layers[0]))
  }

  /// V_1 Eᵀ, V_2, …: a network of the ``diagonal`` problem, or a direction, as one of this.
  package func fromEigenbasis(_ network: LinearNetwork) -> LinearNetwork {
    network.replacingFirstLayer(fromEigenbasis(network.layers[0]))
  }
}

extension LinearNetwork {
  fileprivate func replacingFirstLayer(_ W: Matrix) -> LinearNetwork {
    LinearNetwork(layers: [W] + layers.dropFirst())
  }
}
