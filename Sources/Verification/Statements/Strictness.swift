import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks

extension Claim {
  /// D20, “Strict or not”.
  static let strictOrNot = Claim(
    "d20-strict", title: "Which saddles of a leading rank are strict",
    formula:
      "∇L_N = 0, W the best of rank k < min(r, ρ): ∇²L_N ≥ 0 ⇔ for all i > j rank(W_{i−1}⋯W_{j+1}) = k or rank(W_{j−1}⋯W_1XYᵀW_N⋯W_{i+1}) = k",
    source: "D20; Achour, Malgouyres, Gerchinovitz (2024)", cost: .heavy, instances: leadingSaddle,
    hypotheses: [
      Hypothesis("ranks that are clear") { $0.isClear }
    ],
    mutants: [
      Mutant("the second rank left out") {
        $0.hasSign(strict: $0.excesses().contains { $0.between > clear })
      },
      Mutant("neighbouring layers alone") {
        $0.hasSign(
          strict: $0.excesses().contains { $0.i == $0.j + 1 && $0.between > clear && $0.around > clear })
      },
      Mutant("every such saddle is strict") { $0.hasSign(strict: true) },
    ]
  ) { $0.hasSign(strict: $0.isStrict) }
}

/// Beyond this, in units of the layers, a product has a further rank; below a millionth of it, it has not.
private let clear = 1e-2

/// A stationary network on a whitened problem: the best matrix of rank k through one chain of layers, and beside it layers of which two or more vanish, all turned by orthogonal matrices.
///
/// With two of the layers beside the chain zero, every gradient W_{>j}ᵀ∇L_1W_{<j}ᵀ has a factor that is zero.
private func leadingSaddle(_ draw: inout Draw) -> TargetInstance? {
  let N = draw.integer(2...5)
  let widths = (0...N).map { _ in draw.integer(1...3) }
  let r = widths.min()!
  let k = draw.integer(0...max(r - 1, 0))
  guard k < r else { return nil }
  let n = min(widths[0], widths[N])
  let σ = (0..<n).map { pow(0.7, Double($0)) }
  let zeros = draw.subset(2, of: N)
  let bases = widths.enumerated().map { j, d in j == 0 || j == N ? Matrix.identity(d) : draw.orthonormal(d, d)
  }
  let layers = (1...N).map { j -> Matrix in
    let isZero = zeros.contains(j - 1) || draw.real() < 0.15
    let rank = draw.integer(1...2)
    let beside = (draw.matrix(widths[j], rank) * draw.matrix(rank, widths[j - 1]))
    let inner = Matrix(widths[j], widths[j - 1]) { a, b in
      if a < k && b < k { return a == b ? pow(σ[a], 1 / Double(N)) : 0 }
      return a >= k && b >= k && !isZero ? beside[a, b] : 0
    }
    return Matrix.product(bases[j] * inner, .plain, bases[j - 1], .transposed)
  }
  return TargetInstance(
    target: Matrix(widths[N], widths[0]) { $0 == $1 ? σ[$0] : 0 }, sampleCount: draw.integer(1...5),
    network: LinearNetwork(layers: layers))
}

extension TargetInstance {
  /// For each pair i > j of layers the (k+1)-st singular values of both products, relative to the largest that their layers could give.
  fileprivate func excesses() -> [(i: Int, j: Int, between: Double, around: Double)] {
    let (layers, N) = (network.layers, depth)
    let k = W.singularValueDecomposition.rank(tolerance: 1e-9)
    func product(_ a: Int, _ b: Int, _ order: Int) -> Matrix {
      a > b ? .identity(order) : layers[(a - 1)...(b - 1)].reduce(Matrix.identity(order)) { $1 * $0 }
    }
    func next(_ A: Matrix) -> Double {
      let σ = A.singularValues
      return k < σ.count ? σ[k] : 0
    }
    var found: [(i: Int, j: Int, between: Double, around: Double)] = []
    for i in 2...N {
      for j in 1..<i {
        let between = product(j + 1, i - 1, network.widths[j])
        let below = product(1, j - 1, network.widths[0])
        let above = product(i + 1, N, network.widths[i])
        let around = Matrix.product(below, .plain, target, .transposed) * above
        found.append((i, j, next(between), next(around)))
      }
    }
    return found
  }

  /// Whether every product that decides is clearly of rank k or clearly not.
  fileprivate var isClear: Bool {
    network.layers.allSatisfy { $0.frobeniusNorm < 30 }
      && excesses().allSatisfy { e in
        [e.between, e.around].allSatisfy { $0 > clear || $0 < 1e-6 * clear }
      }
  }

  fileprivate var isStrict: Bool { excesses().contains { $0.between > clear && $0.around > clear } }

  /// The smallest eigenvalue of the Hessian is negative or not, as it is said to be.
  fileprivate func hasSign(strict: Bool) -> [Comparison] {
    let spectrum = HessianSpectrum(
      of: NetworkLoss(problem: Problem(target: target, sampleCount: sampleCount), widths: network.widths),
      at: network.parameters, resolution: 0)
    guard spectrum.largest > 0 else { return strict ? [.atMost(1, 0, unit: 1, roundOff: 0)] : [] }
    let λ = spectrum.lowest[0] / spectrum.largest
    let zero = 1e-9
    return strict
      ? [.atMost(zero, -λ, unit: 1, roundOff: 0)] : [.atMost(-λ, 0, unit: 1, roundOff: zero)]
  }
}
