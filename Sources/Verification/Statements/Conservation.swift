import Foundation
import LinearAlgebra
import LinearNetworks

extension Claim {
  /// (15).
  static let conservation = Claim(
    "eq-15", title: "Gradient flow conserves the imbalances",
    formula: "d/dt (W_{j+1}ᵀW_{j+1} − W_jW_jᵀ) = 0 for every j, balanced or not", source: "(13), (14), (15)",
    instances: SampleFamily { $0.depths = 2...5 }.instance,
    mutants: [
      Mutant("W_{j+1}ᵀW_{j+1} + W_jW_jᵀ") { $0.drift(sign: 1) },
      Mutant("W_{j+1}W_{j+1}ᵀ where it is square") { i in
        Set(i.network.widths).count == 1 && i.network.widths[0] > 1
          ? i.drift(sign: -1, isTransposed: false) : []
      },
    ]
  ) { $0.drift(sign: -1) }

  /// (17) against (13).
  static let inducedFlow = Claim(
    "eq-17", title: "A balanced gradient flow induces a flow of the end-to-end matrix",
    formula: "d/dt (W_N⋯W_1) along (13) = −A_W(WXXᵀ − YXᵀ)", source: "(13), (16), (17), (18)",
    instances: SampleFamily { $0.start = .balanced }.instance,
    hypotheses: [
      Hypothesis("balanced start", broken: SampleFamily { $0.depths = 2...4 }.instance) {
        $0.network.relativeImbalance < 1e-12
      }
    ],
    mutants: [
      Mutant("exponents of A_W for depth N + 1") { i in
        i.network.depth > 1 ? i.induced(depth: i.network.depth + 1) : []
      },
      Mutant("the sign of A_W") { $0.induced(depth: $0.network.depth, sign: 1) },
    ]
  ) { $0.induced(depth: $0.network.depth) }

  /// (19) and the evolution of the singular values.
  static let singularValueFlow = Claim(
    "eq-19", title: "The singular values of W move in their own directions",
    formula: "dσ_a/dt = −N σ_a^{2−2/N} ⟨u_a, ∇L_1(W) v_a⟩", source: "(19)",
    instances: SampleFamily {
      $0.start = .balanced
      $0.depths = 1...5
    }.instance,
    hypotheses: [
      Hypothesis("balanced start", broken: SampleFamily { $0.depths = 2...4 }.instance) {
        $0.network.relativeImbalance < 1e-12
      }
    ],
    mutants: [
      Mutant("σ^{2−1/N}") { i in i.spectralVelocity { σ, N in N * pow(σ, 2 - 1 / N) } },
      Mutant("N left out") { i in i.network.depth > 1 ? i.spectralVelocity { σ, N in pow(σ, 2 - 2 / N) } : []
      },
    ]
  ) { $0.spectralVelocity { σ, N in N * pow(σ, 2 - 2 / N) } }

  /// Lemma 3.4.
  static let fullRankNetworks = Claim(
    "lemma-3.4", title: "Networks of rank r are dense, and not closed",
    formula:
      "W_j + ε‖W_j‖E_j has rank r for all but Nr of the ε: the leading r×r minor is a polynomial in ε, not zero, of degree Nr; and 2^{−k}W_j → 0",
    source: "Lemma 3.4, (20)",
    instances: { draw in
      // A network of rank below r: one layer of rank below r.
      SampleFamily {
        $0.depths = 2...3
        $0.widths = 1...3
      }.instance(&draw).map { i in
        var layers = i.network.layers
        let first = layers[0]
        layers[0] = first.singularValueDecomposition.truncated(to: i.bottleneck - 1)
        return SampleInstance(inputs: i.inputs, outputs: i.outputs, network: LinearNetwork(layers: layers))
      }
    },
    mutants: [Mutant("ε = 0 alone") { $0.nearbyRank(perturbed: false) }]
  ) { $0.nearbyRank(perturbed: true) }
}

extension SampleInstance {
  /// The layers, ∇L_N by layers, and the problem.
  private var gradients: (layers: [Matrix], gradients: [Matrix], problem: Problem) {
    let problem = exhibit.problem
    let loss = NetworkLoss(problem: problem, widths: network.widths)
    let g = LinearNetwork(widths: network.widths, parameters: loss.gradient(network.parameters))
    return (network.layers, g.layers, problem)
  }

  /// Π‖W_j‖ without the layers given, times ‖residual‖‖X‖: the size of a term of the gradient.
  private func gradientSize(of layers: [Matrix]) -> Double {
    let norms = layers.map(\.frobeniusNorm)
    let force = residualSize * inputs.frobeniusNorm
    return norms.indices.map { j in
      norms.enumerated().reduce(force) { $1.offset == j ? $0 : $0 * $1.element }
    }.max()!
  }

  fileprivate func drift(sign: Double, isTransposed: Bool = true) -> [Comparison] {
    let (W, g, _) = gradients
    let size = gradientSize(of: W)
    return zip(W.indices, W.indices.dropFirst()).map { j, next in
      // d/dt of WᵀW along −g is −(gᵀW + Wᵀg).
      func symmetric(_ A: Matrix) -> Matrix { A + A.transpose }
      let outer =
        isTransposed
        ? Matrix.product(g[next], .transposed, W[next], .plain)
        : Matrix.product(g[next], .plain, W[next], .transposed)
      let inner = Matrix.product(g[j], .plain, W[j], .transposed)
      let rate = symmetric(outer) + sign * symmetric(inner)
      let unit = 4 * size * max(W[j].frobeniusNorm, W[next].frobeniusNorm)
      return .equal(rate.frobeniusNorm, 0, unit: max(unit, 1e-300), roundOff: 2 * roundOff)
    }
  }

  /// d/dt W along (13): −Σ_j W_{>j} ∇_{W_j}L W_{<j}.
  private func velocity(_ W: [Matrix], _ g: [Matrix]) -> Matrix {
    W.indices.reduce(Matrix(zeros: outputs.rows, inputs.rows)) { sum, j in
      let before = W.prefix(j).reduce(Matrix.identity(W[0].columns)) { $1 * $0 }
      let after = W.dropFirst(j + 1).reduce(Matrix.identity(W[j].rows)) { $1 * $0 }
      return sum - after * g[j] * before
    }
  }

  /// What rounding W does to W^{2/N} and its singular vectors: powers below one enlarge the error of the smallest kept singular value.
  private func spectralRoundOff(_ W: Matrix) -> Double {
    let σ = W.singularValues.filter { $0 > 1e-9 * W.spectralNorm }
    return 16 * roundOff * (1 + (σ.first ?? 1) / (σ.last ?? 1))
  }

  fileprivate func induced(depth: Int, sign: Double = -1) -> [Comparison] {
    let (W, g, problem) = gradients
    let product = LinearNetwork(layers: W).endToEndMatrix
    let velocity = velocity(W, g)
    let rank = product.singularValues.count { $0 > 1e-9 * product.spectralNorm }
    let right =
      sign * InducedFlow.preconditioned(problem.gradient(product), at: product, depth: depth, rank: rank)
    let norms = W.map(\.frobeniusNorm)
    let unit = Double(W.count) * gradientSize(of: W) * (norms.reduce(1, *) / norms.min()!)
    return [
      .equal(
        (velocity - right).frobeniusNorm, 0, unit: max(unit, 1e-300), roundOff: spectralRoundOff(product))
    ]
  }

  fileprivate func spectralVelocity(_ speed: (Double, Double) -> Double) -> [Comparison] {
    let (W, g, problem) = gradients
    let product = LinearNetwork(layers: W).endToEndMatrix
    let velocity = velocity(W, g)
    let force = problem.gradient(product)
    let svd = product.singularValueDecomposition
    let norms = W.map(\.frobeniusNorm)
    let unit = Double(W.count) * gradientSize(of: W) * (norms.reduce(1, *) / norms.min()!)
    return svd.singularValues.indices.compactMap { a in
      let σ = svd.singularValues[a]
      guard σ > 1e-6 * svd.singularValues[0] else { return nil }
      let (u, v) = (svd.U.columns([a]), svd.V.columns([a]))
      func form(_ A: Matrix) -> Double { Matrix.inner(u, A * v) }
      return .equal(
        form(velocity), -speed(σ, Double(W.count)) * form(force), unit: max(unit, 1e-300),
        roundOff: spectralRoundOff(product))
    }
  }

  /// max over ε = k/(Nr + 1) of σ_r(Π(W_j + ε‖W_j‖E_j)) relative to Π 2‖W_j‖, against what rounding makes of a vanishing σ_r.
  ///
  /// The leading r×r minor is a polynomial in ε of degree d = Nr with leading coefficient Π‖W_j‖^r, so that at one of d + 1 equidistant points it is at least
  /// d!/(2^d (d + 1)^d) of that; for d ≤ 9 the σ_r found is then above 1e-10, whatever the layers.
  fileprivate func nearbyRank(perturbed: Bool) -> [Comparison] {
    let (N, r) = (network.depth, bottleneck)
    let attempts = N * r + 1
    // A layer that vanishes has no size of its own.
    let sizes = network.layers.map { $0.frobeniusNorm > 0 ? $0.frobeniusNorm : 1 }
    let best = (perturbed ? Array(1...attempts) : [0]).map { k -> Double in
      let ε = Double(k) / Double(attempts)
      let layers = zip(network.layers, sizes).map { W, size in
        W + ε * size
          * Matrix.diagonal(
            Array(repeating: 1, count: min(W.rows, W.columns, r)), rows: W.rows, columns: W.columns)
      }
      return LinearNetwork(layers: layers).endToEndMatrix.singularValues[r - 1]
        / sizes.reduce(1) { $0 * 2 * $1 }
    }.max()!
    return [.atMost(16 * roundOff, best, unit: 1, roundOff: 0)]
  }
}
