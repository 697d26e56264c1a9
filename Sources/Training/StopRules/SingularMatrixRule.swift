import LinearAlgebra

/// Ends a run whose det W(t) has lost the sign that Lemma 3.3 conserves: the exact flow approaches the singular matrices for ever, and beyond them round-off would decide.
struct SingularMatrixRule: StopRule {
  /// The sign of det W(0), ±1.
  let sign: Int

  /// Nil where no sign is conserved: only balanced layers, all square and invertible, have one.
  init?(_ run: TrainingRun) {
    guard Set(run.reduction.widths).count == 1, run.start.depth >= 2, run.start.isBalanced() else {
      return nil
    }
    let sign = run.reducedStart.endToEndMatrix.determinantSign
    guard sign != 0 else { return nil }
    self.sign = sign
  }

  func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    moment.matrix.determinantSign != sign ? .reachedSingularMatrix : nil
  }
}
