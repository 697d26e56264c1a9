import Foundation
import Prose

/// One theorem's promise held against a run.
public struct Observation: Codable, Equatable, Sendable {
  /// The ``Finding/id`` of the promise.
  public let id: String
  /// What was bounded; nil if only a rate or a limit was promised.
  @ExplicitNull public private(set) var on: Observable?
  /// The time from which the promise runs: 0 for one made before the run.
  public let from: Double
  /// Recorded times at which the bound was looked at.
  public let count: Int
  /// Those of them at which the observation is above the bound, but by less than the error of the run: whether the bound is kept there cannot be told.
  public let undecided: Int
  /// min over these times of log10(bound/observed), the decades to spare; nil if nothing could be compared.
  @ExplicitNull public private(set) var tightestMargin: Double?
  /// Every time at which the observation exceeds the bound by more than the error of the run: news, or a mistake.
  public let violations: [Violation]
  /// Promised beside observed times.
  public let timeToAccuracy: [TimeToAccuracy]
  /// The rate that was promised for the end, in 1/time.
  @ExplicitNull public private(set) var promisedRate: Double?
  /// The rate at the end of the run, if it came near enough to have one.
  @ExplicitNull public private(set) var measuredRate: Double?
  /// Whether the run ended where the theorem said; nil if it promised no limit, or the run came to none.
  @ExplicitNull public private(set) var limitReached: Bool?

  /// A record above its bound by more than the error of the run.
  public struct Violation: Codable, Equatable, Sendable {
    /// When.
    public let time: Double
    /// The observable; nil if it was not finite.
    @ExplicitNull public private(set) var observed: Double?
    /// What the theorem promised there.
    public let bound: Double
  }

  /// When the observable was ε.
  public struct TimeToAccuracy: Codable, Equatable, Sendable {
    /// ε, squared and relative.
    public let accuracy: Double
    /// The promised time.
    @ExplicitNull public private(set) var promised: Double?
    /// The time seen; nil if it was not reached, or lies below the error of the run.
    @ExplicitNull public private(set) var observed: Double?
  }

  /// Whether a promise was broken.
  public var isViolated: Bool { !violations.isEmpty || limitReached == false }

  /// The promise of a finding along a run; nil if it promised nothing that a trajectory can show.
  ///
  /// - Parameters:
  ///   - finding: the promise.
  ///   - run: what was recorded.
  public init?(_ finding: Finding, along run: ObservedTrajectory) {
    guard finding.applies, !run.times.isEmpty else { return nil }
    if finding.bound == nil, finding.decay == nil, finding.limit == nil { return nil }
    id = finding.id
    on = finding.bound?.on
    from = finding.bound?.curve.start ?? 0
    var margin = Double.infinity
    var violations: [Violation] = []
    var (count, undecided) = (0, 0)
    if let bound = finding.bound {
      let observed = run.values(bound.on)
      for (i, t) in run.times.enumerated() where t >= bound.curve.start {
        count += 1
        let promised = bound.curve.value(at: t)
        // Written so that NaN counts as a violation.
        if !(observed[i].value - observed[i].error <= promised * (1 + 1e-12)) {
          violations.append(Violation(time: t, observed: observed[i].value.finiteOrNil, bound: promised))
        } else if observed[i].value > promised * (1 + 1e-12) {
          undecided += 1
        }
        // Where the bound starts it is the observation; below the error of the run a ratio of the two says nothing.
        if t > bound.curve.start, observed[i].value > 10 * observed[i].error, promised > 0 {
          margin = min(margin, log10(promised) - log10(observed[i].value))
        }
      }
      timeToAccuracy = bound.timesToAccuracy.map {
        TimeToAccuracy(
          accuracy: $0.accuracy, promised: $0.bound, observed: run.time(bound.on, to: $0.accuracy))
      }
    } else {
      timeToAccuracy = []
    }
    (self.count, self.undecided, self.violations) = (count, undecided, violations)
    tightestMargin = margin.finiteOrNil
    if case .exponential(let rate, _) = finding.decay {
      promisedRate = rate
      // Both quantities end at one rate; where r < rank the error of the gap, of first order in that of W, hides its end.
      measuredRate = (run.finalRate(.distance) ?? run.finalRate(.gap))?.finiteOrNil
    } else {
      (promisedRate, measuredRate) = (nil, nil)
    }
    limitReached =
      finding.strength == .certain
      ? finding.limit.flatMap { run.limit.map($0.admits) } : nil
  }

  /// At how many times the bound was kept, as far as the error of the run lets it be told.
  package var kept: String {
    let spare = tightestMargin.map { ", \(number($0, digits: 2)) decades to spare at the closest" } ?? ""
    if undecided == 0 { return "at all \(count) recorded times\(spare)" }
    if undecided == count {
      return "cannot be told: the error of the run is larger at all \(count) recorded times"
    }
    return
      "at \(count - undecided) of \(count) recorded times\(spare); at the others the error of the run leaves it open"
  }

  /// What became of the promises of a run, for a person: kept or violated, how closely, and rates side by side, once for all theorems that promise the same.
  public static func lines(_ observations: [Observation]) -> [String] {
    var lines: [String] = []
    var said: Set<String> = []
    for observation in observations {
      lines += observation.ownLines
      guard let rates = observation.rates, said.insert(rates).inserted else { continue }
      let ids = observations.filter { $0.rates == rates }.map(\.id).joined(separator: ", ")
      lines += labelledLines("Final rate", "\(rates)   [\(ids)]")
    }
    return lines
  }

  /// What became of this promise, for a person.
  public var lines: [String] { Observation.lines([self]) }

  /// The final rate, measured and predicted.
  private var rates: String? {
    guard let promisedRate, let measuredRate else { return nil }
    return "measured \(number(measuredRate)), predicted \(number(promisedRate))"
  }

  /// Whether the promise was kept, but for its rate.
  private var ownLines: [String] {
    var lines: [String] = []
    if let worst = violations.first {
      lines += labelledLines(
        "VIOLATED",
        "\(id) at \(violations.count) of \(count) times, first t = \(number(worst.time)): \(number(worst.observed)) > \(number(worst.bound))"
      )
    } else if count > 0 {
      lines += labelledLines("Bound kept", "\(kept)   [\(id)]")
    }
    if limitReached == false {
      lines += labelledLines("VIOLATED", "the limit is not the one that \(id) promises")
    }
    return lines
  }
}

extension Certificate {
  /// Every promise of the certificate along a run.
  public func observations(along run: ObservedTrajectory) -> [Observation] {
    theorems.compactMap { Observation($0, along: run) }
  }
}
