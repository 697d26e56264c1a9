import ExactFlows
import Integration
import LinearAlgebra
import Prose
import Theory

/// When something happened that was asked for.
public struct EventTime: Codable, Sendable, Equatable {
  /// What happened, such as `sigma_1=0.5`, `half-rise of mode_2`, `escape 1`, `largest-gradient`.
  public let event: String
  /// The flow time; of explicit Euler that of an iterate. Null where it did not happen in the run.
  @ExplicitNull public private(set) var time: Double?
  /// The number it is about at that time: the column's, the loss gap, the gradient's norm; null with ``time``.
  @ExplicitNull public private(set) var value: Double?

  init(_ event: String, at time: Double?, value: Double?) {
    (self.event, self.time, self.value) = (event, time, value)
  }
}

extension TrainingOutcome {
  /// When events happened: found in the records, and located between two of them on the solution itself.
  ///
  /// What happens and is undone between two neighbouring records is not seen.
  ///
  /// Accuracy: that of the solution at the time; passages to the last digits of the clock, the largest gradient to about the root of round-off, since it is a maximum.
  ///
  /// - Parameter events: of a run that recorded what they need (``TrainingRun/recordings(for:beside:knowing:)``).
  /// - Returns: in their order; several for those that happen to each mode, or each plateau.
  public func times(of events: [RunEvent]) -> [EventTime] {
    let search = EventSearch(self)
    return events.flatMap { event -> [EventTime] in
      switch event {
      case .passage(let name, let value):
        let column = columns.first { $0.name == name }
        return [
          search.passage(
            "\(name)=\(number(value, digits: 15))", of: column?.value ?? { _ in .nan }, through: value)
        ]
      case .extremum(let name, let isLeast):
        let value = columns.first { $0.name == name }?.value ?? { _ in .nan }
        let event = "\(isLeast ? "least" : "largest"):\(name)"
        return [search.maximum(event, of: isLeast ? { -value($0) } : value).negated(isLeast)]
      case .halfRise:
        let modes = recordings.first { $0.observable == ModeStrengths().name }
        return (modes?.columns ?? []).compactMap { mode in
          guard let goal = mode.goal, goal > 1e-12 * (modes?.columns.first?.goal ?? 0) else { return nil }
          return search.passage(
            "half-rise of \(mode.name)", of: { $0.others[mode.name] ?? .nan }, through: goal / 2)
        }
      case .escapes:
        return plateaus.enumerated().map { i, plateau in
          search.passage(
            "escape \(i + 1)", of: \.gap, through: (1 - SaddleSequence.nearness) * plateau.level.gap,
            after: plateau.end)
        }
      case .largestGradient: return [search.maximum("largest-gradient", of: \.gradientNorm)]
      }
    }
  }
}

extension EventTime {
  /// With the other sign of the value, if that is asked for.
  fileprivate func negated(_ isNegated: Bool) -> EventTime {
    EventTime(event, at: time, value: isNegated ? value.map { -$0 } : value)
  }
}

extension TrainingOutcome {
  /// When a column of an observable is the least, and its value there; nil if it was not recorded.
  func least(_ column: String) -> (time: Double, value: Double)? {
    let found = EventSearch(self).maximum(column, of: { -($0.others[column] ?? .nan) })
    if let time = found.time, let value = found.value { return (time, -value) }
    // It still falls at the end.
    return records.last.flatMap { last in last.others[column].map { (last.time, $0) } }
  }
}

/// Finds in time what the records bracket.
private struct EventSearch {
  let outcome: TrainingOutcome
  let measures: RunMeasures
  let quantities: [Quantity]

  init(_ outcome: TrainingOutcome) {
    self.outcome = outcome
    measures = RunMeasures(outcome.solution.run)
    quantities = outcome.recordings.map(\.quantity)
  }

  private var records: [TrajectoryRecord] { outcome.records }

  /// The record of a moment between those that were kept; nil where the solver does not come there again.
  private func record(at t: Double) -> TrajectoryRecord? {
    outcome.solution.vector(at: t).map {
      RunMoment(time: $0.time, state: $0.state, steps: 0, secondsUsed: 0, measures: measures)
        .record(quantities)
    }
  }

  /// The first time from `start` on at which a quantity passes a value.
  func passage(
    _ event: String, of quantity: (TrajectoryRecord) -> Double, through value: Double, after start: Double = 0
  ) -> EventTime {
    let later = records.drop { $0.time < start }
    guard let first = later.first else { return EventTime(event, at: nil, value: nil) }
    if quantity(first) == value { return EventTime(event, at: first.time, value: value) }
    for (a, b) in zip(later, later.dropFirst()) {
      let (fa, fb) = (quantity(a) - value, quantity(b) - value)
      guard fa.isFinite, fb.isFinite, fa != 0, fb == 0 || (fa > 0) != (fb > 0) else { continue }
      let time = located(from: a.time, fa, to: b.time, fb) { t in
        (record(at: t).map(quantity) ?? .nan) - value
      }
      return EventTime(event, at: time, value: record(at: time).map(quantity) ?? value)
    }
    return EventTime(event, at: nil, value: nil)
  }

  /// Where f, of different signs at a and b, passes zero.
  private func located(
    from a: Double, _ fa: Double, to b: Double, _ fb: Double, _ f: (Double) -> Double
  ) -> Double {
    let run = outcome.solution.run
    if run.takesIterates {
      // The first iterate on the other side, by halving: between iterates there is nothing.
      var (low, high) = (run.iterate(at: a), run.iterate(at: b))
      while high - low > 1 {
        let middle = low + (high - low) / 2
        let value = f(Double(middle) * run.options.step!)
        guard value.isFinite else { break }
        if value != 0 && (value > 0) == (fa > 0) { low = middle } else { high = middle }
      }
      return high == run.iterate(at: b) ? b : Double(high) * run.options.step!
    }
    let sign: Double = fa > 0 ? 1 : -1
    return bracketedRoot(from: a, sign * fa, to: b, sign * fb) { t in
      let value = sign * f(t)
      return value.isNaN ? 0 : value
    }
  }

  /// When a quantity is the largest; nil where it still grows at the end.
  func maximum(_ event: String, of quantity: (TrajectoryRecord) -> Double) -> EventTime {
    let values = records.map(quantity)
    guard let i = values.indices.max(by: { values[$0] < values[$1] || values[$0].isNaN }), values[i].isFinite
    else { return EventTime(event, at: nil, value: nil) }
    if i == 0 { return EventTime(event, at: records[0].time, value: values[0]) }
    if i == values.count - 1 { return EventTime(event, at: nil, value: nil) }
    let found =
      outcome.solution.run.takesIterates
      ? (records[i].time, values[i])
      : goldenSection(records[i - 1].time, records[i].time, records[i + 1].time, values[i]) {
        record(at: $0).map(quantity) ?? -.infinity
      }
    return EventTime(event, at: found.0, value: found.1)
  }
}

/// The maximum of f in (a, c), of which b is the best that is known: the golden section, with a and c as the bracket.
///
/// Accuracy: √eps, below which a maximum is flat.
///
/// Source: Kiefer, "Sequential minimax search for a maximum", Proc. AMS 4 (1953).
func goldenSection(
  _ a: Double, _ b: Double, _ c: Double, _ best: Double, _ f: (Double) -> Double
) -> (Double, Double) {
  var (low, middle, high, value) = (a, b, c, best)
  let share = 0.381966011250105
  while high - low > 1e-9 * max(high.magnitude, .leastNormalMagnitude) {
    let isRight = high - middle > middle - low
    let t = isRight ? middle + share * (high - middle) : middle - share * (middle - low)
    guard t > low, t < high, t != middle else { break }
    let found = f(t)
    if found > value {
      if isRight { low = middle } else { high = middle }
      (middle, value) = (t, found)
    } else if isRight {
      high = t
    } else {
      low = t
    }
  }
  return (middle, value)
}
