import LinearAlgebra

/// Approximate solutions of (I + γ ∇²L_N) z = r, one layer at a time: what implicit steps on badly scaled data need.
///
/// The Gauss–Newton part of the Hessian's diagonal block of layer j is the Kronecker product of A_j = W_{>j}ᵀW_{>j} and B_j = W_{<j}X Xᵀ W_{<j}ᵀ. With their
/// eigendecompositions A_j = U diag(a) Uᵀ and B_j = V diag(b) Vᵀ the block of I + γ A_j ⊗ B_j is solved exactly,
///
///     Z_j = U [ (UᵀR_jV)_{kl} / (1 + γ a_k b_l) ] Vᵀ,
///
/// at the cost of a few products of the layer's size. All scales of the inputs are in B_1 = X Xᵀ, so the preconditioned system does not know how badly scaled they
/// are; what is left to GMRES is the coupling of the layers.
///
/// Complexity: O(Σ_j d_j³) to prepare (the first and the last dimension only once), O(Σ_j d_j d_{j−1}(d_j + d_{j−1})) to apply.
///
/// Source: the Gauss–Newton term ‖A X‖² of Eftekhari (2020), equation (8), restricted to one layer; the factorisation by Kronecker products is that of Martens and Grosse (2015).
struct KroneckerPreconditioner {
  fileprivate struct Block {
    /// Nil stands for the identity: for A of the last layer, and for B = X Xᵀ of the first where that is diagonal.
    let U, V: Matrix?
    let a, b: [Double]
  }

  private let blocks: [Block]

  /// The factors at a network.
  init(_ network: LinearNetwork, problem: Problem) {
    let W = network.layers
    let N = W.count
    // W_{>j} from the last layer down, W_{<j} X from the first up.
    var after: [Matrix?] = Array(repeating: nil, count: N)
    for j in stride(from: N - 2, through: 0, by: -1) {
      after[j] = after[j + 1].map { $0 * W[j + 1] } ?? W[j + 1]
    }
    var before: [Matrix?] = Array(repeating: nil, count: N)
    for j in 1..<max(N, 1) {
      before[j] =
        before[j - 1].map { W[j - 1] * $0 }
        ?? problem.inEigenbasis(W[0]).scalingColumns(by: problem.inputScales)
    }
    blocks = (0..<N).map { j in
      let A = after[j].map(KroneckerPreconditioner.gramEigenvectors)
      let B = before[j].map { KroneckerPreconditioner.gramEigenvectors($0.transpose) }
      return Block(
        U: A?.vectors, V: B?.vectors ?? (j == 0 ? problem.eigenvectors?.matrix : nil),
        a: A?.values ?? Array(repeating: 1, count: W[j].rows),
        b: B?.values ?? problem.inputScales.map { $0 * $0 })
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
    let largest = shape.blocks.map(\.count).max() ?? 0
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * largest) { scratch in
      let (S, T) = (scratch.baseAddress!, scratch.baseAddress! + largest)
      for (block, range) in zip(blocks, shape.blocks) {
        block.solve(r + range.lowerBound, into: z + range.lowerBound, γ, S, T)
      }
    }
  }
}

extension KroneckerPreconditioner.Block {
  /// Z = U [ (UᵀR V)_{kl} / (1 + γ a_k b_l) ] Vᵀ, by way of S and T of the same size.
  fileprivate func solve(
    _ R: UnsafePointer<Double>, into Z: UnsafeMutablePointer<Double>, _ γ: Double,
    _ S: UnsafeMutablePointer<Double>, _ T: UnsafeMutablePointer<Double>
  ) {
    let (m, n) = (a.count, b.count)
    if let U {
      gemm(.transposed, .plain, m, n, m, 1, U.storage, m, R, m, 0, S, m)
    } else {
      S.update(from: R, count: m * n)
    }
    if let V {
      gemm(.plain, .plain, m, n, n, 1, S, m, V.storage, n, 0, T, m)
    } else {
      T.update(from: S, count: m * n)
    }
    // In the eigenvectors every entry is a quotient; R minus a correction would cancel where γab is large.
    for l in 0..<n {
      let γb = γ * b[l]
      for k in 0..<m { T[l * m + k] /= 1 + γb * a[k] }
    }
    if let U {
      gemm(.plain, .plain, m, n, m, 1, U.storage, m, T, m, 0, S, m)
    } else {
      S.update(from: T, count: m * n)
    }
    if let V {
      gemm(.plain, .transposed, m, n, n, 1, S, m, V.storage, n, 0, Z, m)
    } else {
      Z.update(from: S, count: m * n)
    }
  }
}
