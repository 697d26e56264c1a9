/// The time left of a run that ends by the first of several rules: unknown, or a range.
struct TimeLeft {
  /// For each rule, one for each way to measure how far its ending is.
  private var progress: [[SteadyProgress]] = []
  /// Seconds after which the run is given up.
  private let budget: Double

  init(budget: Double) { self.budget = budget }

  /// Takes in where the rules see their endings, and says how many seconds are left.
  mutating func observe(_ moment: RunMoment, _ rules: [any StopRule]) -> ClosedRange<Double>? {
    if progress.isEmpty { progress = Array(repeating: [], count: rules.count) }
    var left: ClosedRange<Double>?
    for (i, rule) in rules.enumerated() {
      for (k, distance) in rule.distances(at: moment).enumerated() {
        if progress[i].count == k { progress[i].append(SteadyProgress()) }
        progress[i][k].observe(seconds: moment.secondsUsed, distance: distance)
      }
      // Of several ways the one that knows best; of several rules the first to be met.
      let own = progress[i].compactMap(\.secondsLeft).min {
        $0.upperBound / $0.lowerBound < $1.upperBound / $1.lowerBound
      }
      guard let own else { continue }
      left = left.map { min($0.lowerBound, own.lowerBound)...min($0.upperBound, own.upperBound) } ?? own
    }
    let most = max(0, budget - moment.secondsUsed)
    return left.map { min($0.lowerBound, most)...min($0.upperBound, most) }
  }
}
