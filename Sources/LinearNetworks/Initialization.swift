import Foundation
import LinearAlgebra

/// How practice draws the layers of a network, one by one and without balance; every layer is multiplied by a common `scale`.
///
/// The width of a layer is that of its inputs, d_{j−1} ("fan-in"), and d_j its outputs' ("fan-out").
public enum Initialization: String, CaseIterable, Codable, Sendable {
  /// Independent normal entries of variance 1/d_{j−1}: the norm of a signal is kept on average.
  case gaussian
  /// Random orthonormal rows or columns, uniformly distributed (Saxe, McClelland, Ganguli, 2014; Hu, Xiao, Pennington, 2020).
  case orthogonal
  /// Ones on the diagonal, zeros elsewhere (Bartlett, Helmbold, Long, 2018).
  case identity
  /// The last layer zero, the others as in ``identity`` (Wu, Wang, Ma, 2019).
  case zeroAsymmetric = "zero-asymmetric"
  /// Uniform on ±√(6/(d_{j−1} + d_j)) (Glorot, Bengio, 2010).
  case xavier
  /// Normal of variance 2/d_{j−1} (He, Zhang, Ren, Sun, 2015), made for rectified units.
  case kaiming
  /// Uniform on ±1/√d_{j−1}, what `torch.nn.Linear` does unless told otherwise.
  case pytorch
  /// Independent normal entries of variance 1, times the scale, by default 1e-3: the small start of the saddle-to-saddle literature (Li, Luo, Lyu, 2021).
  case small

  /// Independent normal entries, those of all layers of variance Π d_j^{−1/N} over the hidden widths d_j: the layers of f = W_N⋯W_1x/√(d_1⋯d_{N−1}) with standard normal W_j, the scaling of the neural
  /// tangent kernel (Jacot, Gabriel, Hongler, 2018; Du, Hu, 2019), shared out evenly. Flow time is that of the standard normal layers times the same number.
  case ntk
  /// The same with variance Π d_j^{−2/N}, of f = W_N⋯W_1x/(d_1⋯d_{N−1}): the mean-field scaling, whose outputs vanish as the layers get wide (Mei, Montanari, Nguyen, 2018).
  case meanField = "mean-field"

  /// The scale that is used unless another is asked for.
  public var defaultScale: Double { self == .small ? 1e-3 : 1 }

  /// Whether a seed changes anything.
  public var isRandom: Bool { self != .identity && self != .zeroAsymmetric }

  /// What it is, in a few words.
  public var summary: String {
    switch self {
    case .gaussian: "normal, variance 1/inputs of the layer"
    case .orthogonal: "random orthonormal rows or columns (Saxe et al., 2014)"
    case .identity: "ones on the diagonal (Bartlett et al., 2018)"
    case .zeroAsymmetric: "last layer zero, the others identities (Wu et al., 2019)"
    case .xavier: "uniform on ±√(6/(inputs + outputs)) (Glorot, Bengio, 2010)"
    case .kaiming: "normal, variance 2/inputs (He et al., 2015)"
    case .pytorch: "uniform on ±1/√inputs, the default of torch.nn.Linear"
    case .ntk: "normal, f = W_N⋯W_1x/√(d_1⋯d_{N−1}) shared out evenly (Jacot et al., 2018)"
    case .meanField: "normal, f = W_N⋯W_1x/(d_1⋯d_{N−1}) shared out evenly (Mei et al., 2018)"
    case .small: "normal, all entries of standard deviation scale, by default 1e-3"
    }
  }

  /// The layers W_1, …, W_N.
  ///
  /// - Parameters:
  ///   - widths: d_0, …, d_N.
  ///   - scale: by which every layer is multiplied.
  ///   - generator: of everything random.
  public func network(
    widths: [Int], scale: Double, using generator: inout SeededGenerator
  ) -> LinearNetwork {
    let N = widths.count - 1
    let scale = scale * common(widths)
    return LinearNetwork(
      layers: (1...N).map { j in scale * layer(widths[j], widths[j - 1], isLast: j == N, &generator) })
  }

  /// What all layers of these widths are multiplied by.
  private func common(_ widths: [Int]) -> Double {
    let power: Double = self == .ntk ? 0.5 : self == .meanField ? 1 : 0
    let sum = widths.dropFirst().dropLast().reduce(0) { $0 + log(Double($1)) }
    return exp(-power * sum / Double(widths.count - 1))
  }

  private func layer(
    _ rows: Int, _ columns: Int, isLast: Bool, _ generator: inout SeededGenerator
  ) -> Matrix {
    func uniform(_ bound: Double) -> Matrix {
      Matrix(rows, columns) { _, _ in bound * (2 * generator.uniform() - 1) }
    }
    switch self {
    case .gaussian:
      return (1 / Double(columns).squareRoot()) * Matrix.gaussian(rows, columns, using: &generator)
    case .orthogonal:
      return rows >= columns
        ? .randomOrthonormal(rows, columns, using: &generator)
        : Matrix.randomOrthonormal(columns, rows, using: &generator).transpose
    case .identity: return Matrix(rows, columns) { $0 == $1 ? 1 : 0 }
    case .zeroAsymmetric: return Matrix(rows, columns) { $0 == $1 && !isLast ? 1 : 0 }
    case .xavier: return uniform((6 / Double(rows + columns)).squareRoot())
    case .kaiming:
      return (2 / Double(columns)).squareRoot() * Matrix.gaussian(rows, columns, using: &generator)
    case .pytorch: return uniform(1 / Double(columns).squareRoot())
    case .small, .ntk, .meanField: return .gaussian(rows, columns, using: &generator)
    }
  }
}
