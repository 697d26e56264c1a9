import LinearAlgebra

/// Approximate solutions of (I + γ ∇²L_N) z = r, one layer at a time: what implicit steps on badly scaled data need.
///
/// The Gauss–Newton part of the Hessian's diagonal block of layer j is the Kronecker product of A_j = W_{>j}ᵀW_{>j} and B_j = W_{<j}X Xᵀ W_{<j}ᵀ. With their
/// eigendecompositions A_j = U diag(a) Uᵀ and B_j = V diag(b) Vᵀ the block of I + γ A_j ⊗ B_j is solved exactly,
///
///     Z_j = U [ (UᵀR_jV)_{kl} / (1 + γ a_k b_l) ] Vᵀ,
///
/// at the cost of a few products of the layer's size. All scales of the inputs are in B_1 = diag(ξ²), so the preconditioned system does not know how badly scaled they
/// are; what is left to GMRES is the coupling of the layers.
///
/// Complexity: O(Σ_j d_j³) to prepare (the first and the last dimension only once), O(Σ_j d_j d_{j−1}(d_j + d_{j−1})) to apply.
///
/// Source: the Gauss–Newton term ‖A X‖² of Eftekhari (2020), equation (8), restricted to one layer; the factorisation by Kronecker products is that of Martens and Grosse (2015).
struct KroneckerPreconditioner {
  private struct Block {
    /// Nil stands for the identity: for A of the last layer and for B of the first, which is diagonal.
    let U, V: Matrix?
    let a, b: [Double]
  }

  private let blocks: [Block]

  /// The factors at a network.
  init(_ network: LinearNetwork, loss: QuadraticLoss) {
    let W = network.layers
    let N = W.count
    // W_{>j} from the last layer down, W_{<j} X from the first up.
    var after: [Matrix?] = Array(repeating: nil, count: N)
    for j in stride(from: N - 2, through: 0, by: -1) {
      after[j] = after[j + 1].map { $0 * W[j + 1] } ?? W[j + 1]
    }
    var before: [Matrix?] = Array(repeating: nil, count: N)
    for j in 1..<max(N, 1) {
      before[j] = before[j - 1].map { W[j - 1] * $0 } ?? W[0].scalingColumns(by: loss.inputScales)
    }
    blocks = (0..<N).map { j in
      let A = after[j].map(KroneckerPreconditioner.gramEigenvectors)
      let B = before[j].map { KroneckerPreconditioner.gramEigenvectors($0.transpose) }
      return Block(
        U: A?.vectors, V: B?.vectors, a: A?.values ?? Array(repeating: 1, count: W[j].rows),
        b: B?.values ?? loss.inputScales.map { $0 * $0 })
    }
  }

  /// All eigenvectors and eigenvalues of MᵀM, from the singular values of M.
  private static func gramEigenvectors(_ M: Matrix) -> (vectors: Matrix, values: [Double]) {
    // Padded by rows of zeros to be at least square, so that the null space gets its vectors too.
    let missing = max(0, M.columns - M.rows)
    let svd = (missing > 0 ? M.appendingRows(Matrix(zeros: missing, M.columns)) : M)
      .singularValueDecomposition
    return (svd.V, svd.singularValues.map { $0 * $0 })
  }

  /// z with (I + γ A_j ⊗ B_j) z = r in every layer.
  func solve(
    _ r: UnsafePointer<Double>, into z: UnsafeMutablePointer<Double>, shape: NetworkShape, gamma γ: Double
  ) {
    for (j, block) in shape.blocks.enumerated() {
      let (rows, columns) = (shape.widths[j + 1], shape.widths[j])
      let R = Matrix(
        rows: rows, columns: columns,
        storage: Array(UnsafeBufferPointer(start: r + block.lowerBound, count: block.count)))
      let Z = solved(R, blocks[j], γ)
      for (i, x) in Z.storage.enumerated() { z[block.lowerBound + i] = x }
    }
  }

  private func solved(_ R: Matrix, _ block: Block, _ γ: Double) -> Matrix {
    // In the eigenvectors every entry is a quotient; R minus a correction would cancel where γab is large.
    let left = block.U.map { Matrix.product($0, .transposed, R, .plain) } ?? R
    let projected = block.V.map { left * $0 } ?? left
    let quotients = Matrix(projected.rows, projected.columns) { k, l in
      projected[k, l] / (1 + γ * block.a[k] * block.b[l])
    }
    let turned = block.U.map { $0 * quotients } ?? quotients
    return block.V.map { Matrix.product(turned, .plain, $0, .transposed) } ?? turned
  }
}
