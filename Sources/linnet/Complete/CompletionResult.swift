import Completion
import LinearAlgebra
import Prose

/// `completion.json`.
struct CompletionResult: Encodable {
  struct Problem: Encodable {
    let file: String
    let rows, columns, observed, heldOut: Int
    let widths: [Int]
    let norm: Double
    let seed: UInt64
    /// From 1.
    let emptyRows, emptyColumns: [Int]
  }

  struct Termination: Encodable {
    let kind: String
    let time: Double
    let steps, evaluations: Int
    let seconds: Double
    let resumedAt: [Double]
  }

  /// The completion of least nuclear norm beside that of the flow.
  struct NuclearNorm: Codable, Equatable, Sendable {
    /// ‖X‖_* of a matrix with the observed entries, and a bound of all such from below.
    let upperBound, lowerBound: Double
    let rank: Int
    let effectiveRank: Double
    @ExplicitNull var testError: Double?
    /// ‖W − X‖/‖X‖.
    @ExplicitNull var distance: Double?
  }

  let problem: Problem
  let options: CompletionOptions
  let trajectory: [CompletionRecord]
  let termination: Termination
  let verdict: CompletionVerdict
  @ExplicitNull var nuclearNorm: NuclearNorm?
  let final: CompletionRecord

  init(
    file: String, train: ObservedMatrix, test: ObservedMatrix?, widths: [Int], norm: Double, seed: UInt64,
    options: CompletionOptions, _ outcome: CompletionOutcome, _ comparison: NuclearNormCompletion?
  ) {
    problem = Problem(
      file: file, rows: train.rows, columns: train.columns, observed: train.entries.count,
      heldOut: test?.entries.count ?? 0, widths: widths, norm: norm, seed: seed,
      emptyRows: train.emptyRows.map { $0 + 1 }, emptyColumns: train.emptyColumns.map { $0 + 1 })
    self.options = options
    trajectory = outcome.records
    termination = Termination(
      kind: outcome.ending.kind, time: outcome.records.last!.time, steps: outcome.work.steps,
      evaluations: outcome.work.evaluations, seconds: outcome.secondsUsed, resumedAt: outcome.resumptions)
    verdict = outcome.verdict
    final = outcome.records.last!
    nuclearNorm = comparison.map { found in
      let record = CompletionRecord(of: found.matrix, train: train, test: test)
      let size = found.matrix.frobeniusNorm
      return NuclearNorm(
        upperBound: found.upperBound, lowerBound: found.lowerBound, rank: record.rank,
        effectiveRank: record.effectiveRank, testError: record.testError,
        distance: size > 0 ? (outcome.network.endToEndMatrix - found.matrix).frobeniusNorm / size : nil)
    }
  }
}
