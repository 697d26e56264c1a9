import LinearNetworks

/// How much may be done beside a descent, to know how sharp the loss is along it and where the flow is: as much as twenty times its own gradients, or what takes about half a second.
///
/// In gradients and not in seconds, so that the same command gives the same result on every machine.
struct WorkBeside {
  /// Times the work of the descent (tuned: what a user who waits for a descent still waits for what is said of it).
  private static let share = 20
  /// Multiplications that are always allowed (tuned: half a second).
  private static let allowance = 3e9

  /// Gradients that take the allowance.
  private let free: Int

  init(_ run: TrainingRun) {
    let loss = NetworkShape(widths: run.reduction.widths).gradientProducts
    free = Int(min(Self.allowance / loss, 1e9))
  }

  /// Gradients that may be taken beside so many steps.
  func gradients(besides steps: Int) -> Int { max(Self.share * steps, free) }
}

/// Gives up the flow beside a descent where it takes more than it may.
struct WorkRule: StopRule {
  /// Steps of an adaptive method, at about eight gradients each.
  let steps: Int

  init(_ gradients: Int) { steps = max(gradients / 8, 1) }

  var ending: TrainingOutcome.Ending { .budgetRanOut(budget: "\(steps) steps beside a descent") }

  func ending(at moment: RunMoment) -> TrainingOutcome.Ending? { moment.steps > steps ? ending : nil }
}
