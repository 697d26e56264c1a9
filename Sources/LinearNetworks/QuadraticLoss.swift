import LinearAlgebra

/// The loss of one matrix, L_1(W) = ½‖M − W diag(ξ)‖_F² + constant, in coordinates in which the inputs are diagonal.
///
/// Every least-squares problem ½‖Y − W X‖² has this form: with the singular value decomposition X = E diag(ξ) Fᵀ it is
/// a function of W E (``Problem/spectralLoss``), with M = Y F and constant ½‖Y (I − F Fᵀ)‖². A product with X then costs as much as a scaling, and
/// X Xᵀ, which squares the condition number, is never formed.
///
/// Source: Eftekhari (2020), equations (10a), (11), (12); D3 of Documentation/derived.md.
package struct QuadraticLoss: Sendable {
  /// ξ ≥ 0: singular values of the inputs X, one for each column of M.
  package let inputScales: [Double]
  /// M: the labels in the coordinates of the samples, outputs × inputs.
  package let labels: Matrix
  /// ½‖Y P_X⊥‖²: what no linear predictor can reach.
  package let irreducible: Double
  /// The diagonal of M where it has no other entries, which makes products with it cheap; nil elsewhere.
  package let diagonalLabels: [Double]?

  private let decomposition = Memo<SingularValueDecomposition>()

  /// The loss of ξ = `inputScales`, M = `labels` and the constant `irreducible`.
  package init(inputScales: [Double], labels: Matrix, irreducible: Double) {
    precondition(
      labels.columns == inputScales.count,
      "\(inputScales.count) input scales for \(labels.columns) columns of labels")
    precondition(
      inputScales.allSatisfy { $0 >= 0 && $0.isFinite }, "input scales are finite and not negative")
    self.inputScales = inputScales
    self.labels = labels
    self.irreducible = irreducible
    diagonalLabels = labels.diagonalEntries
  }

  /// dx, the columns of M.
  package var inputs: Int { labels.columns }
  /// dy, the rows of M.
  package var outputs: Int { labels.rows }

  /// W X − Y, restricted to the row space of X.
  package func residual(_ W: Matrix) -> Matrix { W.scalingColumns(by: inputScales) - labels }

  /// L_1(W).
  package func value(_ W: Matrix) -> Double {
    let e = residual(W).frobeniusNorm
    return 0.5 * e * e + irreducible
  }

  /// ∇L_1(W) = (W X − Y) Xᵀ.
  package func gradient(_ W: Matrix) -> Matrix { residual(W).scalingColumns(by: inputScales) }

  /// The indices of inputs that carry data: ξ_i above the round-off max(shape)·eps·ξ_1 of a singular value.
  package var excitedInputs: [Int] {
    let threshold = Double(max(inputs, outputs)) * .ulpOfOne * (inputScales.max() ?? 0)
    return inputScales.indices.filter { inputScales[$0] > threshold }
  }

  /// Y P_X = M on the excited inputs and zero elsewhere, whose singular values decide every minimum.
  package var reachableLabels: Matrix {
    let excited = Set(excitedInputs)
    if excited.count == inputs { return labels }
    return Matrix(outputs, inputs) { i, j in excited.contains(j) ? labels[i, j] : 0 }
  }

  /// M B.
  func labels(times B: Matrix) -> Matrix {
    diagonalLabels.map { B.scalingRows(diagonal: $0, height: outputs) } ?? labels * B
  }

  /// Mᵀ B.
  func transposedLabels(times B: Matrix) -> Matrix {
    diagonalLabels.map { B.scalingRows(diagonal: $0, height: inputs) }
      ?? Matrix.product(labels, .transposed, B, .plain)
  }

  /// The singular value decomposition of ``reachableLabels``, from which every statement about minima and levels begins: computed once.
  package var reachableDecomposition: SingularValueDecomposition {
    decomposition {
      guard let d = diagonalLabels, excitedInputs.count == inputs, let least = d.last, least >= 0,
        zip(d, d.dropFirst()).allSatisfy(>=)
      else { return reachableLabels.singularValueDecomposition }
      let ones = Array(repeating: 1.0, count: d.count)
      return SingularValueDecomposition(
        U: .diagonal(ones, rows: outputs), singularValues: d, V: .diagonal(ones, rows: inputs))
    }
  }
}
