import Prose

/// Gives a run up after so many seconds of wall clock.
struct WallClockRule: StopRule {
  let seconds: Double

  var ending: TrainingOutcome.Ending {
    .budgetRanOut(budget: "wall clock of \(number(seconds, digits: 6)) s")
  }

  func ending(at moment: RunMoment) -> TrainingOutcome.Ending? { moment.secondsUsed > seconds ? ending : nil }
}

/// Gives a run up after so much flow time.
struct FlowTimeBudgetRule: StopRule {
  let time: Double

  func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    moment.time > time ? .budgetRanOut(budget: "flow time of \(number(time, digits: 6))") : nil
  }
}

/// Ends a run when somebody outside says so.
struct InterruptionRule: StopRule {
  let isInterrupted: () -> Bool

  func ending(at moment: RunMoment) -> TrainingOutcome.Ending? { isInterrupted() ? .interrupted : nil }
}
