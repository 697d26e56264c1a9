import Foundation

/// Ends a run at a flow time that was asked for.
struct FinalTimeRule: StopRule {
  let time: Double

  var finalTime: Double? { time }

  func ending(at moment: RunMoment) -> TrainingOutcome.Ending? {
    moment.time >= time ? .reachedFinalTime : nil
  }

  /// Steps of one size make the time itself run evenly, steps that grow with the time its logarithm.
  func distances(at moment: RunMoment) -> [Double] {
    let left = max(0, time - moment.time)
    return moment.time > 0 ? [left, max(0, log(time / moment.time))] : [left]
  }
}
