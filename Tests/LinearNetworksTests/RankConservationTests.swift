import Integration
import LinearAlgebra
import LinearNetworks
import Testing

/// Lemma 3.3 along integrated trajectories of the full layers, without the reduction that builds it in.
@Suite struct RankConservationTests {
  /// σ_{ρ+1}/σ_1 of W(t) at its largest over a few times, from a start of rank ρ.
  private func largestExcess(
    _ problem: Problem, _ start: LinearNetwork, rank: Int, until T: Double
  ) -> Double {
    let loss = NetworkLoss(problem: problem, widths: start.widths)
    let stepper = Integration.DormandPrince(relativeTolerance: 1e-9).start(
      GradientFlow(loss), from: start.parameters, at: 0, events: .none)
    let watcher = RankWatcher(loss: loss, rank: rank)
    let termination = integrate(
      stepper, outputTimes: (1...4).map { T * Double($0) / 4 }, finalTime: T, observer: watcher)
    #expect(termination == .reachedFinalTime)
    return watcher.excess
  }

  @Test func `a balanced flow keeps the rank of W along a thousand random trajectories`() throws {
    var generator = SeededGenerator(seed: 33)
    for _ in 0..<1000 {
      let (dx, dy) = (Int.random(in: 2...5, using: &generator), Int.random(in: 2...4, using: &generator))
      let depth = Int.random(in: 2...5, using: &generator)
      let rank = Int.random(in: 1..<min(dx, dy), using: &generator)
      let problem = Problem(
        inputs: .gaussian(dx, 12, using: &generator), outputs: .gaussian(dy, 12, using: &generator))
      let W0 = Matrix.gaussian(dy, rank, using: &generator) * .gaussian(rank, dx, using: &generator)
      let hidden = (1..<depth).map { _ in Int.random(in: rank...5, using: &generator) }
      let start = try LinearNetwork.balanced(
        factoring: (1 / W0.frobeniusNorm) * W0, widths: [dx] + hidden + [dy])
      // What integration to 1e-9 adds to a singular value that is zero: nothing in the layers, as every stage keeps their spaces.
      #expect(largestExcess(problem, start, rank: rank, until: 0.1) <= 1e-12)
    }
  }

  @Test func `without balance, or in a single layer, the rank changes`() {
    let problem = Problem(target: .diagonal([2, 1]), sampleCount: 10)
    // Depth one from rank one.
    let single = LinearNetwork(layers: [Matrix(rows: [[1, 0], [0, 0]])])
    #expect(largestExcess(problem, single, rank: 1, until: 0.1) > 1e-2)
    // Two layers, W_2 W_1 of rank one although W_1 is not.
    let unbalanced = LinearNetwork(layers: [.identity(2), Matrix(rows: [[1, 0], [0, 0]])])
    #expect(largestExcess(problem, unbalanced, rank: 1, until: 0.1) > 1e-2)
  }
}

private final class RankWatcher: IntegrationObserver {
  let loss: NetworkLoss
  let rank: Int
  private(set) var excess = 0.0

  init(loss: NetworkLoss, rank: Int) { (self.loss, self.rank) = (loss, rank) }

  func output(time: Double, state: UnsafePointer<Double>) {
    let σ = loss.endToEndMatrix(state).singularValues
    if rank < σ.count { excess = max(excess, σ[rank] / σ[0]) }
  }
  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool { true }
}
