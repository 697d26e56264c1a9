import LinearAlgebra
import Theory

/// Ends a run whose det W(t) has lost the sign that Lemma 3.3 conserves: the exact flow approaches the singular matrices for ever, and beyond them round-off would decide.
///
/// Only where the certificate says so beyond round-off, that is, where det W_0 and det W* have opposite signs; and only near a stationary point, where the computed sign is beyond its round-off too: small
/// matrices of very different singular values lose it in mid-flight.
struct SingularMatrixRule: StopRule {
  /// The sign of det W(0), ±1.
  let sign: Int

  /// Nil where no sign is conserved, or where it does not keep the flow from the minimum.
  init?(_ run: TrainingRun) {
    guard Set(run.reduction.widths).count == 1, run.start.depth >= 2 else { return nil }
    guard Setting(problem: run.problem, start: run.start).keepsOppositeSign else { return nil }
    sign = run.reducedStart.endToEndMatrix.determinantSign
    if sign == 0 { return nil }
  }

  func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    guard moment.relativeGradientNorm <= 1e-3 else { return nil }
    return moment.matrix.certainDeterminantSign(relativeError: 0) == -sign ? .reachedSingularMatrix : nil
  }
}
