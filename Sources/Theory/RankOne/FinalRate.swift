import Foundation
import LinearAlgebra
import Prose

/// The exact asymptotic rate of ‖Z_1 − W(t)‖² for a balanced rank-one flow on whitened data.
///
/// Linearised at Z_1, with p = 2 − 2/N and k = m s_Z^p, a perturbation of s decays at the rate N k; one of the
/// directions towards the pair (u_i, v_i), i ≥ 2, at k(1 − σ_i/s_Z) in its part p_i and k(1 + σ_i/s_Z) in its part q_i; and
/// null directions (and pairs with σ_i = 0) at k. ‖Z_1−W‖² decays at twice the slowest rate that W_0 excites: 2k(1 − γ_Z)
/// in general, 2k for a scalar output or input, 2Nk for dx = dy = 1 or an aligned start.
///
/// Why: every direction rate is below 2k ≤ Nk, and the directions force s only at second order, so they decide
/// whenever one of them is excited.
///
/// Source: D6 (derived).
public struct FinalRate: Equatable, Sendable {
  /// The rate of ‖Z_1−W‖² in 1/time.
  public let rate: Double
  /// The mode that decides ``rate``.
  public let slowestMode: Mode

  /// What a perturbation of Z_1 can be, with its decay rate relative to k = m s_Z^p.
  public enum Mode: Equatable, Sendable, CustomStringConvertible {
    /// The size s: N.
    case size
    /// The part p_i of the pair i (from 1): 1 − σ_i/s_Z.
    case direction(pair: Int)
    /// The part q_i of the pair i (from 1): 1 + σ_i/s_Z.
    case opposedDirection(pair: Int)
    /// Directions that Z does not see: 1.
    case nullDirection

    public var description: String {
      switch self {
      case .size: "size s"
      case .direction(let i): "direction of singular pair \(i)"
      case .opposedDirection(let i): "opposed direction of singular pair \(i)"
      case .nullDirection: "null directions"
      }
    }
  }

  /// nil if W_0 = Z_1 up to round-off: nothing is left to decay.
  ///
  /// Needs γ_Z < 1 and a start in the exact basin of Z_1.
  public init?(spectrum: TargetSpectrum, start: RankOneState, depth: Int, sampleCount: Double) {
    let (sZ, N) = (spectrum.leadingValue, Double(depth))
    let excitation = Excitation(spectrum: spectrum, start: start)
    var modes: [(relativeRate: Double, mode: Mode)] = []
    for group in spectrum.groups.dropFirst() {
      let ratio = spectrum.singularValues[group[0]] / sZ
      let zero = excitation.threshold(group)
      if excitation.growing(group).magnitude > zero {
        modes.append((1 - ratio, .direction(pair: group[0] + 1)))
      }
      if excitation.decaying(group).magnitude > zero {
        modes.append((1 + ratio, .opposedDirection(pair: group[0] + 1)))
      }
    }
    if let first = spectrum.groups.first, excitation.resting > excitation.threshold(first) {
      modes.append((1, .nullDirection))
    }
    if (start.scale - sZ).magnitude > spectrum.resolution { modes.append((N, .size)) }
    guard let slowest = modes.min(by: { $0.relativeRate < $1.relativeRate }) else { return nil }
    rate = 2 * sampleCount * power(sZ, 2 - 2 / N) * slowest.relativeRate
    slowestMode = slowest.mode
  }
}

/// D6: the exact final rate of a balanced rank-one start in the basin of Z_1.
struct FinalRateTheorem: Theorem {
  let reference = Reference.finalRate

  func conditions(in setting: Setting) -> [Condition] { RankOneAssumption.conditions(setting) }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    guard let state = setting.rankOneState else { throw Silence("W_0 = 0 has no direction") }
    guard ExactBasin(spectrum: setting.spectrum, start: state, depth: setting.depth).limit == .target else {
      throw Silence("W(t) is not known to approach Z_1")
    }
    guard
      let final = FinalRate(
        spectrum: setting.spectrum, start: state, depth: setting.depth, sampleCount: setting.inputPower),
      final.rate.isFinite
    else { throw Silence("W_0 = Z_1 up to round-off: nothing is left to decay") }
    return Conclusion(
      "‖Z_1 − W‖² ~ e^(−\(number(final.rate)) t), slowest: \(final.slowestMode)",
      decay: .exponential(rate: final.rate, mode: final.slowestMode.description))
  }
}
