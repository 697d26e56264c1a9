import Landscape
import Theory
import Training

/// One line of a sweep: a point, and what came of its run.
package struct RunRecord: Codable, Equatable, Sendable {
  /// The mark of the sweep.
  package let sweep: String
  /// The number of the point.
  package let point: Int
  package let parameters: [String: String]
  /// Why there was no run; nil if there was one.
  package let failure: String?
  package let run: Summary?

  package init(_ point: SweepPoint, of sweep: String, _ result: Result<Summary, Failure>) {
    (self.sweep, self.point, parameters) = (sweep, point.index, point.parameters)
    switch result {
    case .success(let summary): (failure, run) = (nil, summary)
    case .failure(let reason): (failure, run) = (reason.words, nil)
    }
  }

  /// Why a point has no run.
  package struct Failure: Error {
    package let words: String
    package init(_ words: String) { self.words = words }
  }

  /// A run in a few numbers, each as `result.json` of the run alone has it.
  package struct Summary: Codable, Equatable, Sendable {
    /// ``TrainingReport/MethodSummary/name``.
    package let method: String
    /// The theorems that speak.
    package let theorems: [String]
    /// Those of them that name the limit of exactly this start.
    package let naming: [String]
    /// The strongest promise about the limit.
    package let best: String?
    package let promisedLimit: String?
    package let strength: String?
    /// What the best promise bounds: `gap` or `distance`.
    package let observable: String?
    /// When it says that this is 1e-1, …, 1e-12; empty without a bound.
    package let promised: [Double?]
    /// When that was seen.
    package let observed: [Double?]
    /// Of every theorem that bounds the way from the start: the time to ``sharpnessAccuracy`` that was seen as a share of the time that was promised, at most 1.
    package let sharpness: [String: Double]
    /// First times of ‖W − W*‖²/‖W*‖² ≤ 1e-1, …, 1e-12.
    package let distance: [Double?]
    /// From when on the limit was certain.
    package let certainSince: Double?
    package let ending: String
    /// `globalMinimiser`, `saddle`, `origin`; nil where the run came to none.
    package let limit: String?
    package let verdict: String
    package let rank: Int
    /// Flow time at the end.
    package let time: Double
    package let loss: Double
    package let gap: Double
    package let relativeGap: Double
    package let plateaus: Int
    /// When the last plateau was left.
    package let plateauEnd: Double?
    package let turningTime: Double?
    package let promisedRate: Double?
    package let measuredRate: Double?
    /// Promises that were broken.
    package let violations: Int
    package let steps: Int
    package let evaluations: Int
    package let seconds: Double
    package let error: Double?
    /// When the events happened whose times were asked for, null where they did not; nil where none were.
    package let events: [EventTime]?

    /// The accuracy, squared and relative, at which promises of different theorems are compared.
    package static let sharpnessAccuracy = 1e-6

    /// The summary of a run.
    package init(_ report: TrainingReport, _ outcome: TrainingOutcome) {
      let best = report.certificate.strongest
      let seen = report.observations.first { $0.id == best?.id }
      method = report.method.name
      let speaking = report.certificate.theorems.filter(\.applies)
      theorems = speaking.map(\.id)
      naming = speaking.filter { $0.limit != nil && $0.strength == .certain }.map(\.id)
      self.best = best?.id
      (promisedLimit, strength) = (best?.limit?.word, best?.strength?.rawValue)
      observable = best?.bound?.on.rawValue
      promised = best?.bound?.timesToAccuracy.map(\.bound) ?? []
      observed = best?.bound == nil ? [] : seen?.timeToAccuracy.map(\.observed) ?? []
      let bounds: [(String, Double)] = report.observations.filter { $0.from == 0 }.compactMap { observation in
        guard let row = observation.timeToAccuracy.first(where: { $0.accuracy == Self.sharpnessAccuracy }),
          let promised = row.promised, promised > 0, let observed = row.observed
        else { return nil }
        return (observation.id, observed / promised)
      }
      sharpness = Dictionary(bounds) { first, _ in first }
      distance = outcome.accuracyTimes
      certainSince = report.certainty?.time
      ending = report.termination.kind
      limit = outcome.limitWord
      (verdict, rank) = (report.verdict.kind.rawValue, report.verdict.rank)
      time = report.termination.time
      (loss, gap, relativeGap) = (report.verdict.loss, report.verdict.lossGap, report.verdict.relativeLossGap)
      (plateaus, plateauEnd) = (report.plateaus.count, report.plateaus.last?.end)
      turningTime = report.turningTime
      let rates = report.observations.first { $0.promisedRate != nil && $0.measuredRate != nil }
      (promisedRate, measuredRate) = (rates?.promisedRate, rates?.measuredRate)
      violations = report.observations.count(where: \.isViolated)
      (steps, evaluations) = (report.method.steps, report.method.evaluations)
      (seconds, error) = (report.method.seconds, report.method.estimatedError?.relativeError)
      events = report.events
    }
  }
}
