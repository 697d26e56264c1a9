import Prose

/// Theorem 2.7: the global minimum in closed form, on any data, at any width.
struct GlobalMinimumTheorem: Theorem {
  let reference = Reference.globalMinimum

  func conditions(in setting: Setting) -> [Condition] { [] }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let minimum = setting.minimum
    let unique = minimum.isUnique ? "" : "; not unique, σ̂_r = σ̂_{r+1} up to round-off"
    return Conclusion(
      "min L_N = \(number(minimum.loss, digits: 7)), by the best rank-\(setting.bottleneck) approximation\(unique)",
      quantities: [
        Quantity("min L_N", "the global minimum of the loss", minimum.loss),
        Quantity("½‖Y P_X⊥‖²", "what no linear predictor can reach", minimum.irreducibleLoss),
      ])
  }
}

/// Theorem 2.8: what a limit of full rank without negative curvature is.
struct SecondOrderTheorem: Theorem {
  let reference = Reference.secondOrder

  func conditions(in setting: Setting) -> [Condition] {
    [
      Condition("invertible XXᵀ", "rank X", .secondOrder, setting.inputRank, .equal, setting.inputs),
      Condition(
        "rank of the target", "rank(Y P_X)", .secondOrder, setting.targetRank, .atLeast, setting.bottleneck),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    Conclusion("a limit of rank \(setting.bottleneck) without negative curvature is a global minimiser")
  }
}
