import Integration
import LinearAlgebra

/// A quadratic loss of the end-to-end matrix that takes the place of ½‖Y − W X‖²: dy × dx entries by columns.
package protocol EndToEndLoss: AnyObject {
  /// L(W).
  func value(_ W: UnsafePointer<Double>) -> Double
  /// ∇L(W).
  func gradient(_ W: UnsafePointer<Double>, into G: UnsafeMutablePointer<Double>)
  /// The derivative of ∇L along A, which does not depend on W.
  func secondDerivative(along A: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>)
}

/// The loss L_N(W_1, …, W_N) = L_1(W_N ⋯ W_1) of a network's weights, with its gradient and second derivative.
///
/// With G = ∇L_1(W):
/// - gradient: ∇_{W_j} L_N = W_{>j}ᵀ G W_{<j}ᵀ
/// - Hessian along Δ: the derivative of that along Δ, by the product rule.
///
/// The products are arranged so that they pass through the narrower of the inputs and the first hidden layer. With h = 0 for few inputs and h = 1 otherwise, A = W_h ⋯ W_1,
/// B_j = W_j ⋯ W_{h+1} (B_h = I) and D_j = W_{>j}ᵀ G Aᵀ: ∇_{W_j} = D_j B_{j−1}ᵀ for j > h, and for h = 1 ∇_{W_1} = B_Nᵀ G.
/// A class, because it owns the buffers of these products: one instance serves one thread.
///
/// Where the labels M are diagonal, too, and the first layer narrow, neither W nor G is formed: with K = W_1 X Xᵀ W_1ᵀ, of order d_1,
///
///     G W_1ᵀ = B_N K − M Xᵀ W_1ᵀ   and   B_Nᵀ G = (B_NᵀB_N) W_1 X Xᵀ − B_Nᵀ M Xᵀ.
///
/// Complexity: O(dx·dy·d_h + Σ_{j>h} d_j d_{j−1} d_h) for the gradient, O((dx + dy) d_1² + Σ_{j>1} d_j d_{j−1} d_1) where W is not formed, about three times that for a Hessian
/// product; and O(dy·dx²) for each where X Xᵀ is not diagonal in the problem's coordinates. The problem of a ``Reduction`` is, whatever the data.
///
/// Source: Eftekhari (2020), equations (6) and (8).
public final class NetworkLoss {
  /// What the network is trained on: its loss of the end-to-end matrix is L_1.
  public let problem: Problem
  /// Where each layer lies in the array of weights.
  public let shape: NetworkShape

  private let N: Int
  private let d: [Int]
  /// A loss that stands in for the problem's; nil for the problem's own.
  private let replacement: (any EndToEndLoss)?
  /// ξ and M of the problem's loss, and E; nil where that is the identity, or no matrix at hand.
  private let scales, labels: UnsafeMutablePointer<Double>
  private let eigenvectors: UnsafeMutablePointer<Double>?
  /// The layer behind which products begin, 0 or 1.
  private let h: Int
  /// B[j] = W_j ⋯ W_{h+1} (d_j × d_h), j > h, and dB its derivative along Δ; B_h = I is not stored.
  private var B: [UnsafeMutablePointer<Double>] = []
  private var dB: [UnsafeMutablePointer<Double>] = []
  /// D[j] = W_{>j}ᵀ G (W_h ⋯ W_1)ᵀ (d_j × d_h), j = h+1 … N, and its derivative.
  private var D: [UnsafeMutablePointer<Double>] = []
  private var dD: [UnsafeMutablePointer<Double>] = []
  /// The products that stand for W and G; nil where those are formed.
  private let thin: ThinProducts?
  /// W, G (dy × dx) and their derivatives; for h = 0 those are B[N] and D[N].
  private let W, G, dW, dG: UnsafeMutablePointer<Double>
  /// The weights of the last linearisation.
  private let point: UnsafeMutablePointer<Double>
  /// A matrix in the eigenvectors of X Xᵀ, where these are not the coordinates of the problem.
  private let rotated: UnsafeMutablePointer<Double>?

  /// L_N for layers of the given widths d_0 = inputs, …, d_N = outputs.
  ///
  /// - Parameters:
  ///   - problem: what the network is trained on.
  ///   - widths: d_0, …, d_N.
  public convenience init(problem: Problem, widths: [Int]) {
    self.init(problem: problem, widths: widths, replacement: nil)
  }

  /// L(W_N ⋯ W_1) for another loss of the end-to-end matrix, of the shape of the problem's.
  package init(problem: Problem, widths: [Int], replacement: (any EndToEndLoss)?) {
    self.replacement = replacement
    shape = NetworkShape(widths: widths)
    precondition(
      widths.first == problem.inputs && widths.last == problem.outputs,
      "widths \(widths) do not fit a problem with \(problem.inputs) inputs and \(problem.outputs) outputs")
    self.problem = problem
    (N, d) = (shape.depth, widths)
    let first = N == 1 || widths[0] <= widths[1] ? 0 : 1
    h = first
    thin = first == 1 && replacement == nil ? ThinProducts(problem, widths) : nil
    let size = widths.last! * widths[0]
    point = zeroedBuffer(shape.parameterCount)
    scales = buffer(of: problem.inputScales)
    labels = buffer(of: problem.spectralLoss.labels.storage)
    eigenvectors = problem.eigenvectors?.denseMatrix.map { buffer(of: $0.storage) }
    rotated = problem.eigenvectors.map { _ in zeroedBuffer(size) }
    for j in 0...N {
      let count = j > first ? widths[j] * widths[first] : 0
      B.append(zeroedBuffer(count))
      dB.append(zeroedBuffer(count))
      D.append(zeroedBuffer(count))
      dD.append(zeroedBuffer(count))
    }
    (W, G, dW, dG) =
      first == 0
      ? (B[N], D[N], dB[N], dD[N])
      : (zeroedBuffer(size), zeroedBuffer(size), zeroedBuffer(size), zeroedBuffer(size))
  }

  deinit {
    for p in B + dB + D + dD + [point, scales, labels] { p.deallocate() }
    if h > 0 { for p in [W, G, dW, dG] { p.deallocate() } }
    rotated?.deallocate()
    eigenvectors?.deallocate()
  }

  // MARK: Values

  /// The entries of W_N ⋯ W_1 by columns, in the coordinates of the problem; valid until the next value is asked for.
  package func endToEndEntries(_ weights: UnsafePointer<Double>) -> UnsafePointer<Double> {
    forwardToEnd(weights)
    return UnsafePointer(W)
  }

  /// W_N ⋯ W_1.
  public func endToEndMatrix(_ weights: UnsafePointer<Double>) -> Matrix {
    let entries = UnsafeBufferPointer(start: endToEndEntries(weights), count: d[N] * d[0])
    return Matrix(rows: d[N], columns: d[0], storage: Array(entries))
  }

  /// W_N ⋯ W_1 by the factors on the two sides of the narrowest hidden layer, where that is shorter.
  package func endToEnd(_ weights: UnsafePointer<Double>) -> FactoredMatrix {
    guard N > 1, 2 * d[1..<N].min()! < min(d[0], d[N]) else { return FactoredMatrix(endToEndMatrix(weights)) }
    let values = Array(UnsafeBufferPointer(start: weights, count: shape.parameterCount))
    return LinearNetwork(widths: d, parameters: values).factoredEndToEnd
  }

  /// L_N.
  public func value(_ weights: [Double]) -> Double {
    check(weights)
    if let replacement {
      return weights.withUnsafeBufferPointer { replacement.value(endToEndEntries($0.baseAddress!)) }
    }
    return problem.loss(weights.withUnsafeBufferPointer { endToEndMatrix($0.baseAddress!) })
  }

  /// ∇L_N, all layers in one array.
  public func gradient(_ weights: [Double]) -> [Double] {
    check(weights)
    return [Double](unsafeUninitializedCapacity: weights.count) { g, n in
      weights.withUnsafeBufferPointer { gradient($0.baseAddress!, into: g.baseAddress!) }
      n = weights.count
    }
  }

  /// ∇L_N written to `g`.
  public func gradient(_ weights: UnsafePointer<Double>, into g: UnsafeMutablePointer<Double>) {
    forward(weights)
    backward(weights)
    if let thin {
      thin.inner(B[N], into: g)
    } else if h == 1 {
      gemm(.transposed, .plain, d[1], d[0], d[N], 1, B[N], d[N], G, d[N], 0, g, d[1])
    }
    (g + shape.blocks[h].lowerBound).update(from: D[h + 1], count: shape.blocks[h].count)
    for j in stride(from: h + 2, through: N, by: 1) {
      let target = g + shape.blocks[j - 1].lowerBound
      gemm(.plain, .transposed, d[j], d[j - 1], d[h], 1, D[j], d[j], B[j - 1], d[j - 1], 0, target, d[j])
    }
  }

  // MARK: Second derivatives

  /// Fixes the weights at which ``hessianProduct(_:into:)`` is taken.
  public func linearize(at weights: UnsafePointer<Double>) {
    point.update(from: weights, count: shape.parameterCount)
    forward(point)
    backward(point)
  }

  /// ∇²L_N Δ at the weights of the last ``linearize(at:)``; no other value may be asked for in between.
  public func hessianProduct(_ delta: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>) {
    func layer(_ p: UnsafePointer<Double>, _ j: Int) -> UnsafePointer<Double> {
      p + shape.blocks[j - 1].lowerBound
    }
    // Ḃ_j = Δ_j B_{j−1} + W_j Ḃ_{j−1}
    let dh = d[h]
    dB[h + 1].update(from: layer(delta, h + 1), count: d[h + 1] * dh)
    for j in stride(from: h + 2, through: N, by: 1) {
      gemm(.plain, .plain, d[j], dh, d[j - 1], 1, layer(delta, j), d[j], B[j - 1], d[j - 1], 0, dB[j], d[j])
      gemm(.plain, .plain, d[j], dh, d[j - 1], 1, layer(point, j), d[j], dB[j - 1], d[j - 1], 1, dB[j], d[j])
    }
    if let thin {
      thin.outerDerivative(point, B[N], delta, dB[N], into: dD[N])
    } else {
      lastDerivative(delta)
    }
    // Ḋ_j = Δ_{j+1}ᵀ D_{j+1} + W_{j+1}ᵀ Ḋ_{j+1}
    for j in stride(from: N - 1, to: h, by: -1) {
      gemm(
        .transposed, .plain, d[j], dh, d[j + 1], 1, layer(delta, j + 1), d[j + 1], D[j + 1], d[j + 1], 0,
        dD[j], d[j])
      gemm(
        .transposed, .plain, d[j], dh, d[j + 1], 1, layer(point, j + 1), d[j + 1], dD[j + 1], d[j + 1], 1,
        dD[j], d[j])
    }
    // The gradient's products, differentiated.
    if let thin {
      thin.innerDerivative(dB[N], into: product)
    } else if h == 1 {
      gemm(.transposed, .plain, d[1], d[0], d[N], 1, dB[N], d[N], G, d[N], 0, product, d[1])
      gemm(.transposed, .plain, d[1], d[0], d[N], 1, B[N], d[N], dG, d[N], 1, product, d[1])
    }
    (product + shape.blocks[h].lowerBound).update(from: dD[h + 1], count: shape.blocks[h].count)
    for j in stride(from: h + 2, through: N, by: 1) {
      let target = product + shape.blocks[j - 1].lowerBound
      gemm(.plain, .transposed, d[j], d[j - 1], dh, 1, dD[j], d[j], B[j - 1], d[j - 1], 0, target, d[j])
      gemm(.plain, .transposed, d[j], d[j - 1], dh, 1, D[j], d[j], dB[j - 1], d[j - 1], 1, target, d[j])
    }
  }

  /// Ẇ = Ḃ_N W_1 + B_N Δ_1, Ġ = Ẇ X Xᵀ and Ḋ_N = Ġ W_1ᵀ + G Δ_1ᵀ.
  private func lastDerivative(_ Δ1: UnsafePointer<Double>) {
    let W1 = UnsafePointer(point)
    if h == 1 {
      gemm(.plain, .plain, d[N], d[0], d[1], 1, dB[N], d[N], W1, d[1], 0, dW, d[N])
      gemm(.plain, .plain, d[N], d[0], d[1], 1, B[N], d[N], Δ1, d[1], 1, dW, d[N])
    }
    timesCovariance(dW, into: dG)
    if h == 1 {
      gemm(.plain, .transposed, d[N], d[1], d[0], 1, dG, d[N], W1, d[1], 0, dD[N], d[N])
      gemm(.plain, .transposed, d[N], d[1], d[0], 1, G, d[N], Δ1, d[1], 1, dD[N], d[N])
    }
  }

  /// ∇²L_N(weights) Δ.
  public func hessianProduct(at weights: [Double], _ delta: [Double]) -> [Double] {
    check(weights)
    check(delta)
    return [Double](unsafeUninitializedCapacity: weights.count) { h, n in
      weights.withUnsafeBufferPointer { linearize(at: $0.baseAddress!) }
      delta.withUnsafeBufferPointer { hessianProduct($0.baseAddress!, into: h.baseAddress!) }
      n = weights.count
    }
  }

  /// The second derivative ∇²L_N[Δ] = ‖A X‖² − 2⟨Y − W X, B X⟩ of equation (8), with A = Σ_j W_{>j}Δ_jW_{<j} and
  /// B = Σ_{i>j} W_{>i}Δ_iW_{i>·>j}Δ_jW_{<j}: the formula of the paper, apart from the products above.
  public func hessianForm(at network: LinearNetwork, along direction: LinearNetwork) -> Double {
    // W(ε) = Π (W_j + ε Δ_j) to second order: A and B are its coefficients of ε and ε².
    var (constant, A) = (network.layers[0], direction.layers[0])
    var B = Matrix(zeros: constant.rows, constant.columns)
    for (Wj, Δj) in zip(network.layers, direction.layers).dropFirst() {
      (constant, A, B) = (Wj * constant, Wj * A + Δj * constant, Wj * B + Δj * A)
    }
    let AX = problem.inEigenbasis(A).scalingColumns(by: problem.inputScales)
    let BX = problem.inEigenbasis(B).scalingColumns(by: problem.inputScales)
    let residual = problem.spectralLoss.residual(problem.inEigenbasis(constant))
    return Matrix.inner(AX, AX) + 2 * Matrix.inner(residual, BX)
  }

  // MARK: Sweeps

  private func forward(_ w: UnsafePointer<Double>) {
    B[h + 1].update(from: w + shape.blocks[h].lowerBound, count: shape.blocks[h].count)
    for j in stride(from: h + 2, through: N, by: 1) {
      let Wj = w + shape.blocks[j - 1].lowerBound
      gemm(.plain, .plain, d[j], d[h], d[j - 1], 1, Wj, d[j], B[j - 1], d[j - 1], 0, B[j], d[j])
    }
  }

  /// Every B_j, and W.
  private func forwardToEnd(_ w: UnsafePointer<Double>) {
    forward(w)
    if h == 1 { gemm(.plain, .plain, d[N], d[0], d[1], 1, B[N], d[N], w, d[1], 0, W, d[N]) }
  }

  /// Every D_j, from the last on; where W is formed, by way of G.
  private func backward(_ w: UnsafePointer<Double>) {
    if let thin { thin.outer(w, B[N], into: D[N]) } else { backwardFromEnd(w) }
    for j in stride(from: N - 1, to: h, by: -1) {
      let next = w + shape.blocks[j].lowerBound
      gemm(.transposed, .plain, d[j], d[h], d[j + 1], 1, next, d[j + 1], D[j + 1], d[j + 1], 0, D[j], d[j])
    }
  }

  /// W, G and D_N.
  private func backwardFromEnd(_ w: UnsafePointer<Double>) {
    if h == 1 { gemm(.plain, .plain, d[N], d[0], d[1], 1, B[N], d[N], w, d[1], 0, W, d[N]) }
    let rows = d[N]
    if let replacement {
      replacement.gradient(W, into: G)
    } else {
      inEigenbasis(W, into: G) { V, G in
        for i in 0..<d[0] {
          let scale = scales[i]
          for k in i * rows..<(i + 1) * rows { G[k] = (V[k] * scale - labels[k]) * scale }
        }
      }
    }
    if h == 1 { gemm(.plain, .transposed, d[N], d[1], d[0], 1, G, d[N], w, d[1], 0, D[N], d[N]) }
  }

  /// A X Xᵀ, the derivative of ∇L_1 along A.
  private func timesCovariance(_ A: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>) {
    if let replacement { return replacement.secondDerivative(along: A, into: product) }
    let rows = d[N]
    inEigenbasis(A, into: product) { A, product in
      for i in 0..<d[0] {
        let square = scales[i] * scales[i]
        for k in i * rows..<(i + 1) * rows { product[k] = A[k] * square }
      }
    }
  }

  /// f(A E) Eᵀ for an f that works by columns and may overwrite its argument.
  @inline(__always)
  private func inEigenbasis(
    _ A: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>,
    _ f: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) {
    guard let rotated else { return f(A, result) }
    guard let E = eigenvectors else {
      let (rows, columns) = (d[N], d[0])
      func matrix(_ p: UnsafePointer<Double>) -> Matrix {
        Matrix(
          rows: rows, columns: columns,
          storage: Array(UnsafeBufferPointer(start: p, count: rows * columns)))
      }
      rotated.update(from: problem.inEigenbasis(matrix(A)).storage, count: rows * columns)
      f(rotated, rotated)
      return result.update(from: problem.fromEigenbasis(matrix(rotated)).storage, count: rows * columns)
    }
    gemm(.plain, .plain, d[N], d[0], d[0], 1, A, d[N], E, d[0], 0, rotated, d[N])
    f(rotated, rotated)
    gemm(.plain, .transposed, d[N], d[0], d[0], 1, rotated, d[N], E, d[0], 0, result, d[N])
  }

  private func check(_ weights: [Double]) {
    precondition(weights.count == shape.parameterCount, "\(weights.count) weights for widths \(shape.widths)")
  }
}
