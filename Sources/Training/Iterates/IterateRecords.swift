import LinearAlgebra

/// What is kept of a run in steps of one size, whose iterates are the solution of nothing but themselves.
struct IterateRecords: Codable, Sendable {
  /// k.
  private(set) var count = 0
  /// Whether L_N has risen from one iterate to the next by more than round-off: then the run does not go down a landscape, and its standstills are no plateaus.
  private(set) var lossHasRisen = false
  /// The period of the iterates, once it is certain.
  private(set) var period: Int?

  private var choice: IterateChoice
  private var cycle = CycleDetection()
  private var gap = Double.infinity

  init(_ choice: IterateChoice) { self.choice = choice }

  /// Whether the iterate is recorded; asked once for each, in order.
  mutating func takes() -> Bool { choice.takes(count) }

  /// The start.
  mutating func begin(_ W: Matrix, _ measures: RunMeasures) { gap = measures.minimum.gap(of: W) }

  /// The next iterate.
  ///
  /// - Parameters:
  ///   - y: its state.
  ///   - W: its end-to-end matrix.
  mutating func advance(_ y: UnsafePointer<Double>, _ W: Matrix, _ measures: RunMeasures) {
    count += 1
    let new = measures.minimum.gap(of: W)
    // Round-off of the gap is some eps of the terms that cancel in it.
    if new > gap + 1e-9 * gap.magnitude + 1e-13 * measures.minimum.learnableLoss { lossHasRisen = true }
    gap = new
    if period == nil { period = cycle.observe(count, y, count: measures.flow.dimension) }
  }
}
