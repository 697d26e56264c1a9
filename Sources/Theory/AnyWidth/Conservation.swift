import Prose

/// (15): the imbalances are conserved, whatever the start.
struct Conservation: Theorem {
  let reference = Reference.conservation

  func conditions(in setting: Setting) -> [Condition] {
    [Condition("depth", "N", .conservation, setting.depth, .atLeast, 2)]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    Conclusion(
      "every D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ is conserved",
      quantities: [
        Quantity(
          "‖D_j‖/‖W_j‖²", "relative imbalance of the start, on the range of X", setting.relativeImbalance)
      ])
  }
}

/// Lemma 3.3: the rank of the end-to-end matrix of balanced layers is conserved.
struct RankConservation: Theorem {
  let reference = Reference.rankConservation

  func conditions(in setting: Setting) -> [Condition] { Condition.balancedLayers(setting, .rankConservation) }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    Conclusion(
      "balanced: rank W(t) = rank W_0 = \(setting.startRank) for all t; only the limit may have less",
      quantities: [Quantity("rank W_0", "rank of the start on the range of X", Double(setting.startRank))])
  }
}

/// D2: a balanced start of smaller rank moves as a narrower network.
struct WidthCompression: Theorem {
  let reference = Reference.widthCompression

  func conditions(in setting: Setting) -> [Condition] {
    Condition.balancedLayers(setting, .widthCompression) + [
      Condition(
        "rank of the start", "rank W_0", .widthCompression, setting.startRank, .below, setting.bottleneck)
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let rank = setting.startRank
    return Conclusion("W(t) moves as with all hidden widths \(rank): certify those for their rates")
  }
}
