import LinearAlgebra
import LinearNetworks
import Prose

/// D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ of a start, which the flow conserves (15).
public struct Imbalance: Codable, Equatable, Sendable {
  /// ‖D_j‖_F, in the unit of squared weights.
  public let norm: Double
  /// Its eigenvalues, decreasing.
  public let eigenvalues: [Double]
  /// By how much one of them may be wrong.
  public let error: Double

  /// n_+, the eigenvalues above zero by more than their error.
  public var positive: Int { eigenvalues.filter { $0 > error }.count }
  /// n_−, those below.
  public var negative: Int { eigenvalues.filter { $0 < -error }.count }
}

extension Setting {
  /// D_1, …, D_{N−1} of the start, its first layer restricted to the range of X.
  public var imbalances: [Imbalance] {
    zip(imbalanceSpectrum.values, imbalanceSpectrum.errors).map {
      Imbalance(norm: Matrix.column($0).frobeniusNorm, eigenvalues: $0, error: $1)
    }
  }
}

extension Imbalance {
  /// One line for a screen; none for a balanced start.
  public static func lines(_ all: [Imbalance]) -> [String] {
    guard all.contains(where: { $0.positive + $0.negative > 0 }) else { return [] }
    let shown = all.prefix(4).enumerated().map { j, D in
      "‖D_\(j + 1)‖ = \(number(D.norm, digits: 3)) (\(D.positive) eigenvalues > 0, \(D.negative) < 0)"
    }
    return labelledLines(
      "Imbalance", shown.joined(separator: ", ") + (all.count > 4 ? ", …" : "") + "; conserved",
      source: "(15)")
  }
}
