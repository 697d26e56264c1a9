import LinearAlgebra
import LinearNetworks

/// Reduced-rank regression for every rank at once: min ½ tr (Y − W X)ᵀ Γ (Y − W X) + ½ λ ‖Γ^{1/2} W‖² over rank W ≤ r, in closed form.
///
/// With Γ = LᵀL the weighted problem is that of L Y, and with λ > 0 that of the samples [X √λ I], [Y 0]. Both keep the form of a factor R, and with
/// U an orthonormal basis of the columns of R_xx and Uᵀ R_xy Lᵀ = P diag(σ) Qᵀ,
///
///     W_r = L⁻¹ Σ_{i≤r} q_i b_iᵀ,  R_xx b_i = σ_i U p_i,      loss_r = ½‖what is outside‖² + ½ Σ_{i>r} σ_i².
///
/// For one rank and Γ = I, λ = 0 this is the global minimum of every linear network with that bottleneck (`GlobalMinimum`).
///
/// *Edge cases*: dependent or constant inputs, fewer samples than inputs: the minimiser of least norm. Equal σ_r = σ_{r+1}: one of several minimisers.
///
/// *Accuracy*: W_r is exact for a factor R whose columns are changed by c·(dx + dy)·eps of their lengths.
///
/// *Complexity*: O((dx + dy)³), independent of the number of samples; with n < dx samples O(n² (dx + dy)). All ranks together.
///
/// Source: Eckart, Young (1936); Izenman (1975); Reinsel, Velu (1998), Theorem 2.2; for the penalty Mukherjee, Zhu, *Reduced rank ridge regression and
/// its kernel extensions*, Statistical Analysis and Data Mining 4 (2011).
public struct ReducedRankRegression: Sendable {
  /// The samples.
  public let factor: RegressionFactor
  /// Γ.
  public let weights: OutputWeights
  /// λ ≥ 0, in the squared unit of the prepared inputs.
  public let ridge: Double
  /// rank X.
  public let inputRank: Int
  /// σ_1 ≥ σ_2 ≥ …, min(dx, dy) of them, zeros beyond the rank of the problem.
  public let singularValues: [Double]
  /// What every W leaves of the objective: ½‖Y P_X⊥‖² for Γ = I and λ = 0.
  public let irreducibleLoss: Double

  let root: WeightRoot
  /// b_i and q_i as columns, dx × k and dy × k, k ≤ min(dx, dy).
  let inputDirections, outputDirections: Matrix

  /// Fits every rank.
  ///
  /// - Parameters:
  ///   - factor: the samples.
  ///   - weights: Γ.
  ///   - λ: the penalty; 0 for none. It is added to a *sum* over samples, as scikit-learn's `Ridge(alpha)` does.
  /// - Throws: ``RegressionError/singularResidualCovariance(outputs:samples:inputRank:)``.
  public init(
    _ factor: RegressionFactor, weights: OutputWeights = .identity, ridge λ: Double = 0
  ) throws(RegressionError) {
    precondition(λ >= 0 && λ.isFinite, "a penalty is finite and not negative: \(λ)")
    self.factor = factor
    self.weights = weights
    ridge = λ
    // With fewer samples than inputs the solution lies in the rows' span, R_xx = R Pᵀ with orthonormal P: what is done there is n × n.
    let span =
      λ > 0 && factor.inputFactor.rows < factor.inputs.count
      ? factor.inputFactor.transpose.orthonormalFactor : nil
    var space = InputSpace(factor.inputFactor, roundOff: factor.inputRoundOff)
    inputRank = space.rank
    root =
      switch weights {
      case .identity: .identity
      case .residualCovariance: try ReducedRankRegression.residualRoot(factor, space)
      }
    var R = span.map { factor.inputFactor * $0 } ?? factor.inputFactor
    let dx = R.columns
    var C = root.apply(toColumnsOf: factor.crossFactor)
    var outside = root.apply(toColumnsOf: factor.residualFactor).frobeniusNorm
    if λ > 0 {
      // [R_xx R_xy; √λ I 0], triangular again; what appears below is lost to the penalty.
      let penalty = λ.squareRoot() * Matrix.identity(dx)
      let both = R.appendingColumns(C).appendingRows(penalty.appendingColumns(Matrix(zeros: dx, C.columns)))
        .triangularFactor
      R = both.rows(0..<dx).columns(0..<dx)
      C = both.rows(0..<dx).columns(dx..<both.columns)
      let lost = both.rows(dx..<both.columns).columns(dx..<both.columns).frobeniusNorm
      outside = norm2([outside, lost], 2)
      space = InputSpace(R, roundOff: factor.inputRoundOff)
    }
    let A = Matrix.product(space.basis, .transposed, C, .plain)
    let svd = A.singularValueDecomposition
    let missed = (C - space.basis * A).frobeniusNorm
    irreducibleLoss = 0.5 * (outside * outside + missed * missed)
    let k = svd.singularValues.count
    singularValues = svd.singularValues + Array(repeating: 0, count: min(factor.inputs.count, C.columns) - k)
    outputDirections = svd.V
    let directions = space.coefficients(of: svd.U.scalingColumns(by: svd.singularValues))
    inputDirections = span.map { $0 * directions } ?? directions
  }

  /// min(dx, dy), the largest rank of a coefficient matrix.
  public var maximumRank: Int { min(factor.inputs.count, factor.outputs.count) }

  /// Σ_{i>r} σ_i²/2: what rank r loses against full rank.
  public func gap(rank r: Int) -> Double { 0.5 * singularValues.dropFirst(r).reduce(0) { $0 + $1 * $1 } }

  /// The least objective over matrices of rank at most r, penalty included.
  public func loss(rank r: Int) -> Double { irreducibleLoss + gap(rank: r) }

  /// ρ_i = σ_i/√(m + σ_i²), decreasing: the canonical correlations of inputs and outputs; nil for other weights or a penalty.
  public var canonicalCorrelations: [Double]? {
    guard weights == .residualCovariance, ridge == 0 else { return nil }
    let root = Double(factor.sampleCount).squareRoot()
    return singularValues.map { $0 / norm2([root, $0], 2) }
  }

  /// W_r = A B as factors A: dy × k and B: k × dx with k = min(r, rank of the problem), in prepared inputs.
  public func factors(rank r: Int) -> (outputs: Matrix, inputs: Matrix) {
    let kept = 0..<min(r, outputDirections.columns)
    return (root.undo(onRowsOf: outputDirections.columns(kept)), inputDirections.columns(kept).transpose)
  }

  /// W_r: dy × dx, for prepared inputs x̃ = diag(s)(x − x̄) and outputs y − ȳ.
  public func coefficients(rank r: Int) -> Matrix {
    let (A, B) = factors(rank: r)
    return A * B
  }

  /// y = C x + b in the units of the data: C = W_r diag(s), b = ȳ − C x̄. Constant inputs are left out.
  public func predictor(rank r: Int) -> AffinePredictor {
    let C = coefficients(rank: r).scalingColumns(by: factor.inputScales)
    let shift = C * .column(factor.inputMeans)
    return AffinePredictor(
      inputs: factor.usedInputs.map(\.name), outputs: factor.outputs.map(\.name),
      coefficients: C.columns(factor.usedInputPositions),
      intercept: factor.outputMeans.indices.map { factor.outputMeans[$0] - shift[$0, 0] })
  }

  /// W_r as a balanced network W_N ⋯ W_1 of the given widths, on prepared inputs without the constant ones.
  ///
  /// From W_r = A B with thin factors A = Q_A R_A and Bᵀ = Q_B R_B, so that the rank is r exactly and not up to round-off.
  ///
  /// - Parameters:
  ///   - r: the rank.
  ///   - widths: inputs in use, hidden widths, dy; none below the rank of W_r.
  public func network(rank r: Int, widths: [Int]) -> LinearNetwork {
    let (A, B) = factors(rank: r)
    let right = B.columns(factor.usedInputPositions).transpose
    let (QA, QB) = (A.orthonormalFactor, right.orthonormalFactor)
    let inner = Matrix.product(
      Matrix.product(QA, .transposed, A, .plain), .plain, Matrix.product(QB, .transposed, right, .plain),
      .transposed)
    let svd = inner.singularValueDecomposition
    return .balanced(left: QA * svd.U, singularValues: svd.singularValues, right: QB * svd.V, widths: widths)
  }

  /// ‖L(y − ŷ_r)‖² summed over other samples, for r = 0, …, min(dx, dy): exact, from their compression alone.
  public func squaredErrors(on samples: SampleCompression) -> [Double] {
    let rows = factor.rows(of: samples)
    return squaredErrors(inputs: rows.inputs, outputs: root.apply(toColumnsOf: rows.outputs))
  }

  /// ‖L(y − ŷ_r)‖² summed over the samples of the fit, for r = 0, …, min(dx, dy), without the penalty.
  public var squaredErrors: [Double] {
    if ridge == 0 { return (0...maximumRank).map { 2 * loss(rank: $0) } }
    let outside = root.apply(toColumnsOf: factor.residualFactor).frobeniusNorm
    return squaredErrors(inputs: factor.inputFactor, outputs: root.apply(toColumnsOf: factor.crossFactor)).map
    {
      $0 + outside * outside
    }
  }

  /// ‖A_y − A_x Σ_{i≤r} b_i q_iᵀ‖² for all r. In the orthonormal q_i it is a sum of squares, one of which changes from r to r + 1, so nothing cancels:
  /// ‖A_y(I − QQᵀ)‖² + Σ_{i≤r} ‖A_y q_i − A_x b_i‖² + Σ_{i>r} ‖A_y q_i‖².
  private func squaredErrors(inputs: Matrix, outputs: Matrix) -> [Double] {
    let observed = outputs * outputDirections
    let predicted = inputs * inputDirections
    let outside = (outputs - Matrix.product(observed, .plain, outputDirections, .transposed)).frobeniusNorm
    let k = outputDirections.columns
    let without = (0..<k).map { observed.length(ofColumn: $0) }
    let difference = observed - predicted
    let with = (0..<k).map { difference.length(ofColumn: $0) }
    return (0...maximumRank).map { r in
      let kept = min(r, k)
      return with.prefix(kept).reduce(0) { $0 + $1 * $1 } + without.dropFirst(kept).reduce(0) { $0 + $1 * $1 }
        + outside * outside
    }
  }

  /// Σ_samples (y_j − ŷ_j)² for every output in its own squared unit, at rank r.
  public func squaredErrorsByOutput(rank r: Int) -> [Double] {
    let fitted = Matrix.product(factor.inputFactor, .plain, coefficients(rank: r), .transposed)
    let E = factor.crossFactor - fitted
    return factor.outputs.indices.map { j in
      let (a, b) = (E.length(ofColumn: j), factor.residualFactor.length(ofColumn: j))
      return a * a + b * b
    }
  }

  /// What the fit of rank r leaves beyond the least-squares residuals, as rows in the weighted outputs: U(Uᵀ R_xy Lᵀ) − R_xx Σ_{i≤r} b_i q_iᵀ.
  var excessResiduals: [Matrix] {
    let space = InputSpace(factor.inputFactor, roundOff: factor.inputRoundOff)
    let C = Matrix.product(space.basis, .transposed, root.apply(toColumnsOf: factor.crossFactor), .plain)
    let predicted = Matrix.product(space.basis, .transposed, factor.inputFactor * inputDirections, .plain)
    return (0...maximumRank).map { r in
      let kept = 0..<min(r, outputDirections.columns)
      return C - Matrix.product(predicted.columns(kept), .plain, outputDirections.columns(kept), .transposed)
    }
  }

  /// ‖diag(lengths) b_i‖ for every direction.
  func scaledDirectionLengths(_ lengths: [Double]) -> [Double] {
    let scaled = inputDirections.scalingRows(by: lengths)
    return (0..<scaled.columns).map { scaled.length(ofColumn: $0) }
  }

  /// L for Γ = Σ⁻¹: the factor of the residuals is that of [R_xy − U Uᵀ R_xy; R_yy].
  private static func residualRoot(
    _ factor: RegressionFactor, _ space: InputSpace
  ) throws(RegressionError) -> WeightRoot {
    let C = factor.crossFactor
    let missed = C - space.basis * Matrix.product(space.basis, .transposed, C, .plain)
    let R = missed.appendingRows(factor.residualFactor).triangularFactor
    let dy = factor.outputs.count
    // Residuals at the round-off of the factor are none; the others must not depend on each other.
    let roundOff = factor.roundOff
    let total = factor.totalSquares
    let vanishing = (0..<dy).filter { R.length(ofColumn: $0) <= roundOff * total[$0].squareRoot() }
    let present = (0..<dy).filter { !vanishing.contains($0) }
    let dependent = R.columns(present).independentColumns(relativeTolerance: roundOff).dependent
    let singular = (vanishing + dependent.map { present[$0] }).sorted()
    guard singular.isEmpty else {
      throw .singularResidualCovariance(
        outputs: singular.map { factor.outputs[$0].name }, samples: factor.sampleCount, inputRank: space.rank)
    }
    return WeightRoot(residualFactor: R, samples: factor.sampleCount)
  }
}
