import Foundation
import LinearAlgebra
import Theory

/// The final rates of ‖Z_1 − W‖² against depth and s_Z, measured and predicted: does depth help near the target?
///
/// The open question under Figure 1 of the paper, answered by D6: the rate is 2 m s_Z^p (1 − γ_Z) with p = 2 − 2/N, so that depth helps if s_Z > 1 and hurts if
/// s_Z < 1.
public struct FinalRates: Codable, Sendable {
  /// One depth and size.
  public struct Row: Codable, Equatable, Sendable {
    /// N.
    public let depth: Int
    /// s_Z.
    public let targetScale: Double
    /// −d/dt log‖Z_1 − W‖² late in the flow, divided by m.
    public let measured: Double
    /// 2 s_Z^p (1 − γ_Z).
    public let predicted: Double
  }

  /// γ_Z of all rows.
  public let gapRatio: Double
  /// By depth, then s_Z.
  public let rows: [Row]

  /// Depths of the curves.
  public static let depths = [2, 3, 5, 10]
  /// s_Z from 0.1 to 10.
  public static let targetScales = (0...12).map { pow(10, -1 + Double($0) / 6) }

  /// - Parameters:
  ///   - gapRatio: γ_Z.
  ///   - seed: of the starts.
  public init(gapRatio: Double = 0.3, seed: UInt64) {
    self.gapRatio = gapRatio
    var rows: [Row] = []
    for N in Self.depths {
      for sZ in Self.targetScales {
        let family = RankOneFamily {
          $0.depths = N...N
          $0.dimensions = 3...3
          $0.targetScale = log10(sZ)...log10(sZ)
          $0.startScale = 0...0
          $0.gap = { _ in gapRatio }
          $0.direction = .stable
        }
        var draw = Draw(Recipe(name: "final rate", seed: seed, index: rows.count))
        guard let instance = family.instance(&draw) else { continue }
        // Late: 30 and 60 e-foldings of the slowest mode.
        let rate = 2 * instance.rateUnit * (1 - gapRatio)
        let states = instance.states(at: [30 / rate, 60 / rate])
        let measured =
          2 * log(states[0].distanceToTarget / states[1].distanceToTarget) / (states[1].time - states[0].time)
        let m = instance.flow.sampleCount
        rows.append(
          Row(depth: N, targetScale: sZ, measured: measured / m, predicted: rate / m))
      }
    }
    self.rows = rows
  }
}
