/// Ends a run in steps of one size whose iterates have become periodic: it will do nothing else.
struct OscillationRule: StopRule {
  func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    moment.period.map { .oscillating(period: $0) }
  }
}
