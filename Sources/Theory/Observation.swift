import Foundation

/// Promise against observation: the bounds of a certificate checked at every recorded time of a run.
public struct Observation: Codable, Equatable, Sendable {
  /// (38a) and (38b), where they apply.
  public let checks: [BoundCheck]
  /// The measured decay rate of ‖Z_1−W‖² at the end, in 1/time.
  @ExplicitNull public private(set) var finalRate: Double?
  /// The first time s ≤ √6 s_Z.
  @ExplicitNull public private(set) var tau: Double?
  /// The relative error of W(t) that was allowed for.
  public let accuracy: Double

  /// Whether a proved bound was crossed: news, or a mistake.
  public var isViolated: Bool { checks.contains { !$0.violations.isEmpty } }
}

/// One bound at all recorded times in its range.
public struct BoundCheck: Codable, Equatable, Sendable {
  /// "(38a)" or "(38b)".
  public let equation: String
  /// The rate of ‖Z_1−W‖² that is promised, in 1/time.
  public let promisedRate: Double
  /// Recorded times in the range of the bound.
  public let count: Int
  /// min over these times of log10(bound/observed), the decades to spare; nil if nothing could be compared.
  @ExplicitNull public private(set) var tightestMargin: Double?
  /// The largest rate with which the bound would have been kept, min over t of log(D(t_0)/D(t))/(t − t_0): by how much
  /// the promise is pessimistic.
  @ExplicitNull public private(set) var largestValidRate: Double?
  /// Every time at which the observation exceeds the bound by more than the allowance.
  public let violations: [Violation]

  /// A record that lies above its bound by more than the accuracy of the run.
  public struct Violation: Codable, Equatable, Sendable {
    /// When.
    public let time: Double
    /// ‖Z_1−W(t)‖²; nil if it was not finite.
    @ExplicitNull public private(set) var observed: Double?
    /// What the theorem promised there for the same quantity.
    @ExplicitNull public private(set) var bound: Double?
  }

  /// Checks D(t) ≤ D(t_0) exp(−rate·(t − t_0)) for the given records, of which the first is t_0.
  ///
  /// Allowance: the distance ‖Z_1−W‖ may exceed the root of the bound by accuracy·max(s_Z, s), and the bound itself
  /// by that amount at t_0, as far as it has decayed.
  public init(
    equation: String, rate: Double, records: Range<Int>, of run: ObservedTrajectory, targetScale sZ: Double
  ) {
    var (margin, validRate) = (Double.infinity, Double.infinity)
    var violations: [Violation] = []
    if let first = records.first {
      let startDistance = run.distancesSquared[first].squareRoot()
      let startError = run.accuracy * max(sZ, run.scales[first])
      for i in records.dropFirst() {
        let (t, observed) = (run.times[i], run.distancesSquared[i])
        let decay = exp(-rate * (t - run.times[first]) / 2)
        let error = run.accuracy * max(sZ, run.scales[i])
        let bound = startDistance * decay
        // Written so that NaN counts as a violation.
        let kept = observed.squareRoot() <= bound + startError * decay + error
        if !kept {
          violations.append(
            Violation(time: t, observed: observed.finiteOrNil, bound: (bound * bound).finiteOrNil))
        }
        // Below the allowance a ratio of the two says nothing.
        if observed > 100 * error * error, bound > 0 {
          margin = min(margin, 2 * log10(bound) - log10(observed))
          validRate = min(validRate, (2 * log(startDistance) - log(observed)) / (t - run.times[first]))
        }
      }
    }
    self.equation = equation
    promisedRate = rate
    count = records.count
    tightestMargin = margin.finiteOrNil
    largestValidRate = validRate.finiteOrNil
    self.violations = violations
  }
}

extension Certificate {
  /// The certificate with what a run showed: observed times to each accuracy, τ, bounds checked, final rate measured.
  ///
  /// (38a) is checked from the first record up to τ; (38b) from the first record with s ≤ √6 s_Z, as the theorem,
  /// applied again there, gives the same exponent. Outside Assumption 3.6 nothing was promised and nothing is filled in.
  ///
  /// - Parameters:
  ///   - run: what was recorded.
  ///   - exact: event times by ε where the integration located them; the others are interpolated.
  public func comparing(
    with run: ObservedTrajectory, timesToAccuracy exact: [Double: Double] = [:]
  ) -> Certificate {
    guard hypothesesHold, !run.times.isEmpty else { return self }
    var copy = self
    let sZ = targetScale
    let root6 = 6.0.squareRoot()
    let turn = run.scales.firstIndex { $0 <= root6 * sZ } ?? run.times.count
    var checks: [BoundCheck] = []
    if let farRate = rate.farRate, turn > 1 {
      checks.append(BoundCheck(equation: "(38a)", rate: farRate, records: 0..<turn, of: run, targetScale: sZ))
    }
    if let bound = rate.bound, turn + 1 < run.times.count {
      checks.append(
        BoundCheck(
          equation: "(38b)", rate: bound.nearRate, records: turn..<run.times.count, of: run, targetScale: sZ))
    }
    let tau = run.time(scaleAtMost: root6 * sZ)
    copy.rate.tauObserved = tau
    for i in copy.rate.timeToAccuracy.indices {
      let accuracy = copy.rate.timeToAccuracy[i].accuracy
      // Below the error of the run a crossing means nothing.
      let reachable = accuracy >= run.accuracy * run.accuracy
      copy.rate.timeToAccuracy[i].observed =
        exact[accuracy] ?? (reachable ? run.time(distanceSquaredAtMost: accuracy * sZ * sZ) : nil)
    }
    copy.observation = Observation(
      checks: checks, finalRate: run.finalRate(targetScale: sZ)?.finiteOrNil, tau: tau, accuracy: run.accuracy
    )
    return copy
  }
}
