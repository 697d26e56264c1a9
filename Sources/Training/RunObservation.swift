import Landscape
import LinearAlgebra
import Theory

extension ObservedTrajectory {
  /// What a run recorded, with the error that its measured accuracy leaves in gap and distance.
  ///
  /// An error δ of Ŵ changes ε = ‖Ŵ − Ẑ‖² − Σ_{i>r} σ̂_i² by at most 2‖Ŵ − Ẑ‖δ + δ², and ‖W − W*‖² likewise. Without an estimate the accuracy is taken as 1e-8, what the
  /// integrators reach at their default tolerance on the reference trajectories; round-off leaves 1e-13 in any case. Promises about ‖W − W*‖ are about the range of X; where there are
  /// inputs without data, whose part of W never vanishes, the recorded distance says nothing.
  init(_ run: TrainingRun, _ outcome: TrainingOutcome) {
    let minimum = GlobalMinimum(of: run.problem, rank: run.start.bottleneckWidth)
    let accuracy = max(outcome.accuracy?.relativeError ?? 1e-8, 1e-13)
    let squares = minimum.singularValues.map { $0 * $0 }
    let (power, rest) = (
      squares.prefix(minimum.rank).reduce(0, +), squares.dropFirst(minimum.rank).reduce(0, +)
    )
    let unit = power > 0 ? power : 1
    let size = minimum.minimiser.frobeniusNorm > 0 ? minimum.minimiser.frobeniusNorm : 1
    let scale = run.problem.inputScales.max() ?? 1
    let seesAllInputs = run.problem.inputRank == run.problem.inputs
    func value(_ square: Double, _ length: Double, error δ: Double, unit: Double) -> Value {
      Value(square / unit, error: (2 * length * δ + δ * δ) / unit)
    }
    // The error at the time of a record: a departure that comes a little early or late says nothing of what follows.
    func local(_ time: Double) -> Double {
      max(outcome.accuracy?.relativeError(around: time) ?? accuracy, 1e-13)
    }
    let records = outcome.records
    self.init(
      accuracy: accuracy, times: records.map(\.time),
      gaps: records.map { record in
        let norm = Matrix.column(record.singularValues).frobeniusNorm
        return value(
          2 * record.gap, (max(0, 2 * record.gap) + rest).squareRoot(),
          error: local(record.time) * scale * norm, unit: unit)
      },
      distances: records.map { record in
        let norm = Matrix.column(record.singularValues).frobeniusNorm
        return value(
          record.distanceToTarget * record.distanceToTarget, record.distanceToTarget,
          error: seesAllInputs ? local(record.time) * max(norm, size) : .infinity, unit: size * size)
      },
      located: Dictionary(
        uniqueKeysWithValues: zip(Bound.accuracies, outcome.accuracyTimes).compactMap { ε, t in
          t.map { (ε, $0) }
        }),
      limit: outcome.ending == .converged ? outcome.verdict.limitWord : nil)
  }
}
