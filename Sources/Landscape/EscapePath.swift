import Foundation
import LinearAlgebra
import LinearNetworks

/// The loss along a direction that leads out of a saddle: ε ↦ L_N(W + ε Δ), beside its quadratic model L_N(W) + ½ λ ε².
///
/// Of the two ways out, ±Δ, it is the one along which the loss falls lower.
public struct EscapePath: Codable, Sendable, Equatable {
  /// λ, the curvature along Δ.
  public let curvature: Double
  /// ε from 0 to one and a half times the size of the lowest loss; Δ has unit norm.
  public let sizes: [Double]
  /// L_N(W + ε Δ) − min L_N.
  public let gaps: [Double]
  /// L_N(W) − min L_N + ½ λ ε².
  public let model: [Double]
  /// The ε of the lowest loss on the way.
  public let bestSize: Double
  /// L_N − min L_N there.
  public let bestGap: Double
  /// Where an escape by gradient flow starts: a thousandth of ``bestSize`` (tuned), where the model still holds to about that.
  public let startingSize: Double

  /// The path from a network along a unit direction.
  public static func along(
    _ direction: LinearNetwork, from network: LinearNetwork, curvature: Double, minimum: GlobalMinimum
  ) -> (path: EscapePath, direction: LinearNetwork) {
    // Hundreds of gaps are asked for, each of which would turn its matrix.
    let problem = minimum.problem
    let start = problem.inEigenbasis(network)
    let opposite = LinearNetwork(layers: direction.layers.map { -$0 })
    let ways = [direction, opposite].map {
      (
        path: EscapePath(
          problem.inEigenbasis($0), from: start, curvature: curvature, minimum: minimum), direction: $0
      )
    }
    // The first of two equals.
    return ways[1].path.bestGap < ways[0].path.bestGap ? ways[1] : ways[0]
  }

  /// Both in the eigenvectors of X Xᵀ.
  private init(
    _ Δ: LinearNetwork, from W: LinearNetwork, curvature: Double, minimum: GlobalMinimum
  ) {
    func gap(_ ε: Double) -> Double {
      minimum.gap(ofDiagonal: W.moved(by: ε, along: Δ).endToEndMatrix)
    }
    // The lowest loss is met at about the size of the weights that the minimum has; looked for from far below to beyond.
    let size = max(
      Matrix.column(W.parameters).frobeniusNorm,
      pow(minimum.minimiser.frobeniusNorm, 1 / Double(W.depth)), .leastNormalMagnitude)
    let coarse = (-60...8).map { size * exp2(Double($0) / 2) }
    let around = coarse.min { gap($0) < gap($1) }!
    let fine = (0...64).map { around * exp2(Double($0 - 32) / 32) }
    let best = fine.min { gap($0) < gap($1) }!
    let base = minimum.gap(ofDiagonal: W.endToEndMatrix)
    let sizes = (0...200).map { 1.5 * best * Double($0) / 200 }
    self.sizes = sizes
    self.curvature = curvature
    gaps = sizes.map(gap)
    model = sizes.map { base + 0.5 * curvature * $0 * $0 }
    bestSize = best
    bestGap = gap(best)
    startingSize = 1e-3 * best
  }
}

extension LinearNetwork {
  /// W + ε Δ, layer by layer.
  public func moved(by ε: Double, along Δ: LinearNetwork) -> LinearNetwork {
    LinearNetwork(layers: zip(layers, Δ.layers).map { $0 + ε * $1 })
  }
}
