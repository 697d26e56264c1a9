import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks

/// A stationary network: W = U_I U_Iᵀ Y X† for some left singular vectors of Y P_X, factored in any way.
///
/// G = (WX − Y)Xᵀ then satisfies U_IᵀG = 0 and G Wᵀ = 0, so that every gradient W_{>j}ᵀ G W_{<j}ᵀ vanishes. All stationary points with W ≠ 0 whose layers have no
/// more than the rank of W are of this form (Baldi and Hornik, 1989).
public struct StationaryInstance: Instance {
  /// The samples and the stationary network.
  public let sample: SampleInstance
  /// I, indices of singular values of Y P_X from 0.
  public let directions: [Int]
  /// κ(X) times the condition of the factors: what rounding is enlarged by.
  public let condition: Double

  public var exhibit: Exhibit { sample.exhibit }

  /// Round-off of gradients and curvatures relative to their terms.
  var roundOff: Double { 16 * sample.roundOff * condition }

  /// L_N, L_2 or L′_2 with a point, in one form: a problem, layers.
  struct Point {
    let problem: Problem
    let layers: LinearNetwork

    /// ‖∇L‖ relative to Σ of its terms' sizes.
    var relativeGradient: Double {
      let networkLoss = NetworkLoss(problem: problem, widths: layers.widths)
      let g = Matrix.column(networkLoss.gradient(layers.parameters)).frobeniusNorm
      let norms = layers.layers.map(\.frobeniusNorm)
      let ξ = Matrix.column(problem.inputScales).frobeniusNorm
      let W = norms.reduce(1, *)
      let force = (problem.spectralLoss.labels.frobeniusNorm + W * ξ) * ξ
      let unit = norms.indices.reduce(0.0) { sum, j in
        sum + norms.enumerated().reduce(force) { $1.offset == j ? $0 : $0 * $1.element }
      }
      return unit > 0 ? g / unit : 0
    }

    /// The smallest eigenvalue of ∇²L relative to the largest; 0 for a vanishing Hessian.
    var relativeCurvature: Double {
      let spectrum = HessianSpectrum(
        of: NetworkLoss(problem: problem, widths: layers.widths), at: layers.parameters, resolution: 0)
      return spectrum.largest > 0 ? spectrum.lowest[0] / spectrum.largest : 0
    }
  }

  /// W_1, …, W_N under L_N.
  var network: Point {
    Point(problem: exhibit.problem, layers: sample.network)
  }

  /// (P, Q) under L_2.
  func pair(_ factor: Double = 1) -> Point {
    let (P, Q) = sample.factors
    return Point(problem: exhibit.problem, layers: LinearNetwork(layers: [factor * Q, P]))
  }

  /// (P, Q′ = QX) under L′_2.
  func components(_ factor: Double = 1) -> Point {
    let (P, Q) = sample.factors
    return Point(
      problem: Problem(target: sample.outputs * sample.projection, sampleCount: 1),
      layers: LinearNetwork(layers: [factor * (Q * sample.inputs), P]))
  }

  /// (L_N − min L_N)/(½‖Y P_X‖²).
  var relativeGap: Double {
    let minimum = GlobalMinimum(of: exhibit.problem, rank: sample.bottleneck)
    return minimum.gap(of: sample.W) / minimum.learnableLoss
  }
}

/// Random stationary networks.
public struct StationaryFamily: Sendable {
  /// N.
  public var depths = 1...4
  /// Samples beyond dx.
  public var surplus = 0...3
  /// How many directions fewer than r the network has learnt. Only a network whose narrowest layer is hidden can be stationary then.
  public var missing = 0...0

  /// Networks with rank W = r.
  public init() {}

  /// A family that differs from it.
  public init(_ change: (inout StationaryFamily) -> Void) { change(&self) }

  /// An instance; nil where Y P_X has too small a rank.
  public func instance(_ draw: inout Draw) -> StationaryInstance? {
    let N = draw.integer(depths)
    var d = (0...N).map { _ in draw.integer(1...4) }
    let r = d.min()!
    if missing.upperBound > 0 { d[1] = r }
    let m = d[0] + draw.integer(surplus)
    guard m >= 1, N >= 2 || missing.upperBound == 0 else { return nil }
    let X = draw.matrix(d[0], m)
    let Y = draw.matrix(d[N], m)
    let svdX = X.singularValueDecomposition
    let rankX = svdX.rank(tolerance: 1e-10 * svdX.singularValues[0])
    let κX = svdX.singularValues[0] / svdX.singularValues[rankX - 1]
    let V = svdX.V.columns(0..<rankX)
    let labels = Y * V
    let svd = labels.singularValueDecomposition
    let count = r - draw.integer(missing)
    guard count >= 0, svd.rank(tolerance: 1e-3 * svd.singularValues[0]) >= count, κX < 100 else { return nil }
    let I = draw.subset(count, of: svd.rank(tolerance: 1e-3 * svd.singularValues[0]))
    // P_0 = U_I and Q_0 = U_Iᵀ Y X†, then Q_j A_j between them with the same condition in every layer.
    let U = svd.U.columns(I)
    let Q0 = Matrix.product(U, .transposed, labels, .plain).scalingColumnsAndBack(svdX, rankX)
    var condition = κX * (svd.singularValues[0] / max(svd.singularValues[I.last ?? 0], 1e-300))
    var output = Q0
    var layers: [Matrix] = []
    var undo = Matrix.identity(count)
    var basis = Matrix.identity(count)
    for j in 1...N {
      if j == N {
        layers.append(j == 1 ? U * Q0 : U * undo * basis.transpose)
        break
      }
      let stretch = (0..<count).map { _ in draw.logarithmic(0.5, 2) }
      condition *= 4
      let turn = draw.orthonormal(count, count)
      let A = turn.scalingColumns(by: stretch)
      let inverse = Matrix.product(
        .diagonal(stretch.map { 1 / $0 }), .plain, turn, .transposed)
      let Qj = draw.orthonormal(d[j], count)
      output = j == 1 ? Q0 : undo * basis.transpose
      layers.append(Qj * A * output)
      (undo, basis) = (inverse, Qj)
    }
    return StationaryInstance(
      sample: SampleInstance(inputs: X, outputs: Y, network: LinearNetwork(layers: layers)), directions: I,
      condition: condition)
  }
}

extension Matrix {
  /// B diag(1/ξ) Eᵀ for X = E diag(ξ) Vᵀ: from coordinates of the row space of X back to its rows, B X† V-wise.
  fileprivate func scalingColumnsAndBack(_ X: SingularValueDecomposition, _ rank: Int) -> Matrix {
    Matrix.product(
      scalingColumns(by: X.singularValues.prefix(rank).map { 1 / $0 }), .plain, X.U.columns(0..<rank),
      .transposed)
  }
}
