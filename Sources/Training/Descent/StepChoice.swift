import Integration
import LinearNetworks
import Theory

extension TrainingOptions {
  /// The options with a step, where the method takes steps of one size and none is given: half of the stability limit; and with the final time of a number of steps.
  func withSteps(for problem: Problem, _ start: LinearNetwork) -> TrainingOptions {
    guard method == .euler else { return self }
    var options = self
    if step == nil {
      let stability = StabilityLimit(problem: problem, start: start, momentum: descent?.momentum ?? 0)
      // Without any curvature every step is as good as another.
      options.step = stability.safeStep ?? 1
    }
    if let count = descent?.steps {
      let clock = IterateClock(
        step: options.step!, momentum: descent?.momentum ?? 0, factors: descent?.factors ?? .constant)
      options.finalTime = clock.time(of: count)
    }
    return options
  }

  /// The options with the best step, where one is asked for, and how it was found; nil where no step comes to the gap.
  ///
  /// - Parameters:
  ///   - problem: what is trained on.
  ///   - start: where descent starts.
  ///   - samples: for batches.
  ///   - isInterrupted: ends the search.
  public func searchingStep(
    for problem: Problem, start: LinearNetwork, samples: PreparedSamples? = nil,
    isInterrupted: @escaping () -> Bool = { false }
  ) -> (options: TrainingOptions, search: StepSearch?)? {
    guard method == .euler, let gap = descent?.bestStepGap else { return (self, nil) }
    guard
      let search = StepSearch(
        problem: problem, start: start, options: self, gap: gap, samples: samples,
        isInterrupted: isInterrupted)
    else { return nil }
    var options = self
    options.step = search.best
    // The run is the one that was looked for, and ends where it is at the gap, unless another end is asked for.
    if finalTime == nil, descent?.steps == nil { options.stopGap = stopGap ?? gap }
    return (options, search)
  }
}
