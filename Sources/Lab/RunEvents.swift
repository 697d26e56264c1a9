import Foundation
import Landscape
import LinearAlgebra
import Theory
import Training

/// The lines of a streamed run, one JSON object each (NDJSON), in this order: `queued`, `started`, any number of `progress`, and `result` or `failed`.
enum RunEvent: Encodable {
  case queued(id: String, ahead: Int)
  case started(Promise)
  case progress(TrainingProgress)
  case result(TrainingReport)
  case failed(LabError)

  /// What is known before the run.
  struct Promise: Encodable {
    let problem: TrainingReport.ProblemSummary
    let target: TrainingReport.Target
    let globalMinimum: TrainingReport.Minimum
    let certificate: Certificate
    let method: String
    let reason: String
    /// The start alone, as the first record of a trajectory.
    let trajectory: Beginning

    /// Parallel arrays of one entry, with the keys of `result.json`.
    struct Beginning: Encodable {
      let times = [0.0]
      let loss, gap, distanceToTarget, alignment: [Double]
      let singularValues: [[Double]]

      init(_ run: TrainingRun) {
        let minimum = GlobalMinimum(of: run.problem, rank: run.start.bottleneckWidth)
        let W = run.start.endToEndMatrix
        let (norm, target) = (W.frobeniusNorm, minimum.minimiser.frobeniusNorm)
        gap = [minimum.gap(of: W)]
        loss = [minimum.loss + gap[0]]
        distanceToTarget = [(W - minimum.minimiser).frobeniusNorm]
        alignment = [norm > 0 && target > 0 ? Matrix.inner(W, minimum.minimiser) / norm / target : 0]
        singularValues = [Array(W.singularValues.prefix(run.start.bottleneckWidth))]
      }
    }

    init(_ run: TrainingRun, _ promise: CertificateReport) {
      (problem, target, globalMinimum) = (promise.problem, promise.target, promise.globalMinimum)
      certificate = promise.certificate
      (method, reason) = (run.method.method.rawValue, run.method.reason)
      trajectory = Beginning(run)
    }
  }

  private enum Key: String, CodingKey {
    case event, id, ahead, promise, result, error, message
    case time, lossGap, relativeGradientNorm, alignment, step, secondsUsed, secondsLeft
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .queued(let id, let ahead):
      try values.encode("queued", forKey: .event)
      try values.encode(id, forKey: .id)
      try values.encode(ahead, forKey: .ahead)
    case .started(let promise):
      try values.encode("started", forKey: .event)
      try values.encode(promise, forKey: .promise)
    case .progress(let p):
      try values.encode("progress", forKey: .event)
      for (key, x) in [
        (Key.time, p.time), (.lossGap, p.lossGap), (.relativeGradientNorm, p.relativeGradientNorm),
        (.alignment, p.alignment), (.step, p.step), (.secondsUsed, p.secondsUsed),
      ] { try values.encode(x, forKey: key) }
      try values.encode(p.secondsLeft.map { [$0.lowerBound, $0.upperBound] }, forKey: .secondsLeft)
    case .result(let report):
      try values.encode("result", forKey: .event)
      try values.encode(report, forKey: .result)
    case .failed(let error):
      try values.encode("failed", forKey: .event)
      try values.encode(error.kind, forKey: .error)
      try values.encode(error.description, forKey: .message)
    }
  }

  /// The line, with its end.
  var line: Data {
    // A value that JSON cannot hold is written as a word, so this does not fail.
    ((try? LabJSON.encode(self)) ?? Data(#"{"event":"failed","message":"cannot be encoded"}"#.utf8))
      + Data("\n".utf8)
  }
}
