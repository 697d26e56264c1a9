import Landscape
import Prose

/// D14: below the lowest stationary level above the minimum there is only the minimum left.
///
/// The loss falls, and the flow converges to a critical point (Bah et al., 2022), whose value is one of the discrete levels L_S = ½‖Y P_X⊥‖² + ½ Σ_{i∉S} σ̂_i², |S| ≤ r. So if ε_0 = 2(L_N − min L_N)
/// is below the smallest positive level, σ̂_r² − σ̂_{r+1}² without ties and σ̂_ρ² where r ≥ ρ = rank Ẑ, the limit is a global minimiser: from any start, balanced or not, at any width, on any data.
///
/// *Accuracy*: an error e of Ŵ enters ε as 2‖Ŵ − Ẑ‖e + e² (``Setting/excessError``); certain means below the level by more than that.
///
/// Source: D14 of Documentation/derived.md.
struct LevelCertificate: Theorem {
  let reference = Reference.levelCertificate

  func conditions(in setting: Setting) -> [Condition] {
    [
      Condition("depth", "N", .levelCertificate, setting.depth, .atLeast, 2),
      .belowLevel(setting, .levelCertificate),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    guard let level = setting.lowestLevel else {
      return Conclusion(
        "there is no stationary level but the minimum: every limit is one", limit: .globalMinimiser)
    }
    let below = 1 - setting.excess / level
    return Conclusion(
      "the loss is \(number(100 * below, digits: 3)) % below the lowest saddle level: the limit is a global minimiser",
      limit: .globalMinimiser,
      quantities: [
        Quantity("ε_0", "2(L_N − min L_N), in units of the loss", setting.excess),
        Quantity("level", "twice the lowest stationary level above the minimum", level),
      ])
  }
}

extension Setting {
  /// The stationary levels that the flow can still come to, the minimum included: those not above ε; at most `limit` are counted.
  ///
  /// For balanced layers with rank W ≤ k, and for layers of which only k units are alive, those of |S| ≤ k.
  public func possibleLevels(upTo limit: Int) -> Int {
    let reach = min(liveWidth, bottleneck)
    return levels.lowest(limit, upTo: 0.5 * (excess + excessError + levelError)).count { $0.rank <= reach }
  }
}
