import LinearAlgebra

/// What is kept of a run in steps of one size, whose iterates are the solution of nothing but themselves.
struct IterateRecords: Codable, Sendable {
  /// k.
  private(set) var count = 0
  /// Whether L_N has risen from one iterate to the next by more than round-off: then the run does not go down a landscape, and its standstills are no plateaus.
  private(set) var lossHasRisen = false
  /// The largest L_N − min L_N of all iterates.
  private(set) var highestGap = 0.0
  /// The number of the first iterate whose loss gap is at most the share of the start's that was asked for; nil before.
  private(set) var goalReached: Int?
  /// The period of the iterates, once it is certain.
  private(set) var period: Int?

  private var choice: IterateChoice
  private var cycle = CycleDetection()
  private var gap = Double.infinity

  init(_ choice: IterateChoice) { self.choice = choice }

  /// Whether the counts are such as a run leaves.
  func isSound(dimension: Int, choice first: IterateChoice) -> Bool {
    (0..<1 << 53).contains(count) && choice.isSound(from: first)
      && cycle.isSound(after: count, dimension: dimension)
      && (period.map { (1...max(count, 1)).contains($0) } ?? true)
  }

  /// The start, which is recorded.
  mutating func begin(_ measure: EndToEndMeasure) {
    gap = measure.gap
    highestGap = gap
    choice.advance()
  }

  /// The next iterate; returns its number and whether it is recorded.
  ///
  /// - Parameters:
  ///   - y: its state.
  ///   - measure: its loss.
  ///   - measures: of the run.
  mutating func advance(
    _ y: UnsafePointer<Double>, _ measure: EndToEndMeasure, _ measures: RunMeasures
  ) -> (number: Int, isRecorded: Bool) {
    count += 1
    // Round-off of the gap is some eps of the terms that cancel in it.
    if measure.gap > gap + 1e-9 * gap.magnitude + 1e-13 * measures.minimum.learnableLoss {
      lossHasRisen = true
    }
    gap = measure.gap
    highestGap = max(highestGap, gap)
    if goalReached == nil, let goal = measures.gapGoal, gap <= goal { goalReached = count }
    if period == nil { period = cycle.observe(count, y, count: measures.flow.dimension) }
    guard count == choice.next else { return (count, false) }
    choice.advance()
    return (count, true)
  }
}
