import Foundation
import LinearAlgebra
import LinearNetworks
import Theory

// D18: what imbalances and the tangent kernel keep, at a moment.

extension Claim {
  /// D18 (a).
  static let imbalanceRate = Claim(
    "d18-rate", title: "Imbalances give a rate from any distance",
    formula:
      "r ≥ min(dx, dy), α from the D_j alone ⇒ Σ_j σ_min²(W_{>j})σ_min²(W_{<j}) ≥ α and ‖∇L_N‖² ≥ λ_min α ε",
    source: "D18", instances: wideStart,
    hypotheses: [
      Hypothesis("X Xᵀ invertible, well conditioned") { $0.inputCondition < 1e3 },
      Hypothesis("r ≥ min(dx, dy)") { $0.bottleneck >= min($0.inputs.rows, $0.outputs.rows) },
    ],
    mutants: [
      Mutant("twice α") { $0.keepsProducts(factor: 2) },
      Mutant("N α") { $0.keepsProducts(factor: Double($0.network.depth)) },
    ]
  ) { $0.keepsProducts(factor: 1) }

  /// D18 (c).
  static let tangentBall = Claim(
    "d18-ball", title: "How fast the tangent kernel can change",
    formula: "‖θ − θ_0‖ ≤ R ⇒ √λ_min(𝒥𝒥ᵀ(θ)) ≥ √μ_0 − η(R), for r ≥ min(dx, dy)", source: "D18",
    instances: wideStart,
    hypotheses: [
      Hypothesis("X Xᵀ invertible, well conditioned") { $0.inputCondition < 1e3 },
      Hypothesis("r ≥ min(dx, dy)") { $0.bottleneck >= min($0.inputs.rows, $0.outputs.rows) },
    ],
    mutants: [Mutant("η at a tenth of R") { $0.keepsKernel(share: 0.1) }]
  ) { $0.keepsKernel(share: 1) }
}

/// Wide layers of independent entries, one of them larger or smaller than the others, or zero-asymmetric: the last zero, the others identities.
func wideStart(_ draw: inout Draw) -> SampleInstance? {
  SampleFamily {
    $0.depths = 2...4
    $0.widths = 1...4
    $0.surplus = 1...4
  }.instance(&draw).map { i in
    let isAsymmetric = draw.real() < 0.3
    let N = i.network.depth
    let full = min(i.inputs.rows, i.outputs.rows)
    let widths = i.network.widths.enumerated().map { j, d in
      isAsymmetric && j > 0 && j < N ? i.inputs.rows : max(d, full)
    }
    let large = draw.integer(1...N)
    let layers = (1...N).map { j -> Matrix in
      if isAsymmetric {
        return j == N ? Matrix(zeros: widths[N], widths[N - 1]) : .identity(widths[j])
      }
      let W = draw.matrix(widths[j], widths[j - 1])
      return (j == large ? draw.logarithmic(1, 10) : draw.logarithmic(0.1, 1)) * W
    }
    return SampleInstance(inputs: i.inputs, outputs: i.outputs, network: LinearNetwork(layers: layers))
  }
}

extension SampleInstance {
  /// Σ_j σ_min²(W_{>j}) σ_min²(W_{<j}).
  var productFloor: Double {
    (1...network.depth).reduce(0) { sum, j in
      let (above, below) = around(j)
      let (p, q) = (above.singularValues, below.singularValues)
      let (dx, dy) = (inputs.rows, outputs.rows)
      return p.count >= dy && q.count >= dx ? sum + pow(p[dy - 1] * q[dx - 1], 2) : sum
    }
  }

  private var setting: Setting { Setting(problem: exhibit.problem, start: network) }

  fileprivate func keepsProducts(factor: Double) -> [Comparison] {
    let α = factor * setting.imbalanceFloor
    guard α > 0 else { return [] }
    let dx = inputs.rows
    let sum = productFloor
    let residual = (W * inputs - outputs * projection).frobeniusNorm
    let σ = inputs.singularValues
    let bound = pow(σ[dx - 1], 2) * α * residual * residual
    let unit = network.layers.reduce(1) { $0 * max(1, $1.frobeniusNorm * $1.frobeniusNorm) }
    let size = pow(residualSize * inputs.frobeniusNorm, 2) * unit
    return [
      .atMost(α, sum, unit: unit, roundOff: roundOff),
      .atMost(bound, squaredGradient, unit: size, roundOff: roundOff),
    ]
  }

  /// The smallest singular value of 𝒥: (Δ_j) ↦ Σ W_{>j}Δ_jW_{<j}(XXᵀ)^{1/2}, column by column.
  private var smallestKernelRoot: Double {
    let root = inputs.singularValueDecomposition
    let scaled = root.U.scalingColumns(by: root.singularValues)
    var columns: [[Double]] = []
    for j in 1...network.depth {
      let (above, below) = around(j)
      let right = below * scaled
      for a in 0..<above.columns {
        for b in 0..<right.rows {
          columns.append(
            (0..<scaled.columns).flatMap { k in (0..<above.rows).map { above[$0, a] * right[b, k] } })
        }
      }
    }
    let rows = outputs.rows * scaled.columns
    let J = Matrix(rows: rows, columns: columns.count, storage: columns.flatMap { $0 })
    let values = J.singularValues
    return values.count >= rows ? values[rows - 1] : 0
  }

  /// The kernel at a point on the sphere of radius R, against what the ball says is left of it.
  fileprivate func keepsKernel(share: Double) -> [Comparison] {
    guard let ball = setting.kernelBall else { return [] }
    let size = Matrix.column(network.parameters).frobeniusNorm
    // From the weights themselves, so that the search moves it with them.
    let count = network.parameters.count
    let unit = ball.smallestEigenvalue.squareRoot()
    let norm = setting.problem.inputScales.max() ?? 1
    var worst: [Comparison] = []
    for (k, part) in [0.02, 0.1, 0.3].enumerated() {
      let R = part * max(size, 1e-300)
      let direction = (0..<count).map {
        cos(Double(($0 + 1) * (2 * k + 3)) * 1.7 + network.parameters[$0] * 40)
      }
      let length = Matrix.column(direction).frobeniusNorm
      let moved = LinearNetwork(
        widths: network.widths, parameters: zip(network.parameters, direction).map { $0 + R / length * $1 })
      let root = SampleInstance(inputs: inputs, outputs: outputs, network: moved).smallestKernelRoot
      let bound = unit - ball.change(share * R)
      let scale = max(unit, norm * ball.largestFactor)
      worst.append(.atMost(bound, root, unit: scale, roundOff: 64 * roundOff))
      // The smallest singular value of θ_0 from that of θ: the same change, the other way about.
      worst.append(.atMost(root - ball.change(share * R), unit, unit: scale, roundOff: 64 * roundOff))
    }
    return worst
  }
}
