import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Prose

/// What a network is in the landscape of L_Ω.
///
/// A minimum of L_Ω over networks is not known beforehand, since only some entries count; but no loss is below zero. So a global minimiser is said only where the loss is zero to round-off, or where there is one layer, whose loss is convex; and a
/// loss above zero bounds how far the minimum can be. Elsewhere the Hessian decides: a negative eigenvalue makes a strict saddle; without one the point is of second order. Where no hidden layer is narrower than rows or columns, every local minimum is global
/// (Laurent and von Brecht, ICML 2018), so that a point of second order with a loss above the least one is a non-strict saddle.
public struct CompletionVerdict: Codable, Sendable, Equatable {
  /// The kinds of points.
  public enum Kind: String, Codable, Sendable {
    /// The loss is zero to round-off, or that of one layer at rest.
    case globalMinimiser
    /// A stationary point with a direction of negative curvature.
    case strictSaddle
    /// Stationary, no negative curvature, and yet above the least loss.
    case nonStrictSaddle
    /// Stationary, no negative curvature; whether it is a minimum cannot be told.
    case secondOrderPoint
    /// The gradient is not zero: no limit yet.
    case notStationary
    /// A curvature within its error of zero.
    case undecided
  }

  /// What the network is.
  public let kind: Kind
  /// L_Ω; the minimum is between zero and this.
  public let loss: Double
  /// ‖P_Ω(W − Z)‖/‖P_Ω Z‖.
  public let residual: Double
  /// ‖∇‖ relative to its scale.
  public let relativeGradient: Double
  /// λ_min of the Hessian over all weights; null where it was not asked for or not found.
  @ExplicitNull public private(set) var smallestHessianEigenvalue: Double?
  /// No eigenvalue is lower by more.
  @ExplicitNull public private(set) var smallestHessianEigenvalueError: Double?
  /// In words.
  public let description: String

  /// Weights up to which the Hessian is looked at (tuned: some seconds).
  static let largestOrder = 20_000

  /// The verdict on a network.
  ///
  /// - Parameters:
  ///   - network: the layers.
  ///   - observed: Z on Ω.
  ///   - gradientTolerance: up to which the point counts as stationary.
  public init(on network: LinearNetwork, of observed: ObservedMatrix, gradientTolerance: Double) {
    let loss = NetworkLoss(completing: observed, widths: network.widths)
    let scale = CompletionScale(observed, depth: network.depth)
    let θ = network.parameters
    self.loss = loss.value(θ)
    residual = scale.norm > 0 ? (2 * self.loss).squareRoot() / scale.norm : 0
    relativeGradient = Matrix.column(loss.gradient(θ)).frobeniusNorm / scale.gradient
    // Rounding of the product of the layers (Higham, Accuracy and Stability, (3.13)), relative to what is observed.
    let product = network.layers.reduce(1) { $0 * $1.frobeniusNorm }
    let roundOff =
      4 * .ulpOfOne * Double(network.widths.reduce(0, +)) * max(product, scale.norm)
      / max(scale.norm, .leastNormalMagnitude)
    let isWide = network.widths.dropFirst().dropLast().allSatisfy {
      $0 >= min(observed.rows, observed.columns)
    }
    if residual <= roundOff {
      (kind, description) = (.globalMinimiser, "global minimiser: every observed entry is met, to round-off")
      return
    }
    guard scale.isStationary(relativeGradient, residual, gradientTolerance) else {
      kind = .notStationary
      description =
        residual <= 1e-4
        ? "the observed entries are fitted to \(number(residual, digits: 2)) (relative); no loss is below 0, so that nothing can fit much better"
        : "not stationary: this is not a limit; the loss is \(number(residual * residual, digits: 3)) of that of W = 0, and no network has one below 0"
      return
    }
    if network.depth == 1 {
      (kind, description) = (
        .globalMinimiser, "global minimiser: the loss of one layer is convex, and the gradient vanishes"
      )
      return
    }
    guard θ.count <= Self.largestOrder else {
      (kind, description) = (
        .undecided, "stationary; the Hessian of \(θ.count) weights is too large to be looked at"
      )
      return
    }
    let spectrum = HessianSpectrum(of: loss, at: θ, resolution: 0, relativeResolution: 1e-8)
    let (λ, error) = (spectrum.lowest[0], spectrum.accuracy)
    smallestHessianEigenvalue = λ
    smallestHessianEigenvalueError = error
    let unit = max(
      spectrum.largest.magnitude, λ.magnitude, scale.gradient / max(scale.norm, .leastNormalMagnitude))
    let tolerance = 1e-7 * unit
    if λ < -tolerance - error {
      (kind, description) = (
        .strictSaddle,
        "strict saddle: stationary, with a direction of negative curvature \(number(λ, digits: 3))"
      )
    } else if error > tolerance {
      (kind, description) = (
        .undecided, "stationary; whether there is negative curvature the numbers cannot tell"
      )
    } else if isWide {
      (kind, description) = (
        .nonStrictSaddle,
        "non-strict saddle: stationary without negative curvature, yet the loss is above 0, which layers as wide as these reach"
      )
    } else {
      (kind, description) = (
        .secondOrderPoint,
        "second-order point: stationary without negative curvature; whether a network of these widths has a smaller loss is not known"
      )
    }
  }
}
