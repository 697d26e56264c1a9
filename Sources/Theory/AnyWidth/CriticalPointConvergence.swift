import Prose

/// Gradient flow converges to a critical point, from any start, and from almost every one to no strict saddle.
///
/// XXᵀ is invertible on the range of X, in which the flow moves.
///
/// Source: Bah, Rauhut, Terstiege, Westdickenberg (2022).
struct CriticalPointConvergence: Theorem {
  let reference = Reference.criticalPointConvergence

  func conditions(in setting: Setting) -> [Condition] { [] }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let most = 200
    let count = setting.possibleLevels(upTo: most)
    let many = count >= most ? "\(most) or more" : "\(count)"
    return Conclusion(
      "the flow converges to a critical point; \(many) stationary level\(count == 1 ? " is" : "s are") at or below the start",
      quantities: [Quantity("levels", "stationary levels that can still be the limit's", Double(count))])
  }
}

/// N = 2: almost every start goes to a global minimiser.
///
/// The starts are all networks; balanced ones are a null set among them, of which D13 and D19 speak.
///
/// Source: Bah, Rauhut, Terstiege, Westdickenberg (2022).
struct DepthTwoAlmostEvery: Theorem {
  let reference = Reference.depthTwoAlmostEvery

  func conditions(in setting: Setting) -> [Condition] {
    [
      Condition("depth", "N", .depthTwoAlmostEvery, setting.depth, .equal, 2),
      Condition(
        "imbalance", "‖D_j‖/‖W_j‖²", .balance, setting.relativeImbalance, .above, Setting.defectTolerance),
      Condition(
        "live hidden units", "live width", .reach, setting.liveWidth, .atLeast,
        min(setting.bottleneck, setting.targetRank)),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    Conclusion(
      "two layers: almost every start goes to a global minimiser, without a bound on the time",
      limit: .globalMinimiser,
      strength: .almostEvery)
  }
}
