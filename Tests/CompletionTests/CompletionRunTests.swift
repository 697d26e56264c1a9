import Completion
import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

/// The flow of a loss that sees some entries only.
@Suite struct CompletionRunTests {
  private func observed(_ rows: [[Double?]]) throws -> ObservedMatrix {
    try ObservedMatrix(
      rows: rows.count, columns: rows[0].count,
      entries: rows.enumerated().flatMap { i, row in
        row.enumerated().compactMap { j, x in x.map { .init(row: i, column: j, value: $0) } }
      })
  }

  private func run(
    _ observed: ObservedMatrix, depth: Int, size: Double, seed: UInt64 = 1, width: Int? = nil,
    _ change: (inout CompletionOptions) -> Void = { _ in }
  ) -> CompletionOutcome {
    let r = width ?? min(observed.rows, observed.columns)
    let widths = [observed.columns] + Array(repeating: r, count: depth - 1) + [observed.rows]
    var options = CompletionOptions()
    change(&options)
    let start = CompletionRun.start(for: observed, widths: widths, size: size, seed: seed)
    return CompletionRun(observed, start: start, options: options).run()
  }

  @Test(arguments: 1...4) func `gradient and Hessian are those of the sum over the observed entries`(
    depth: Int
  ) throws {
    var generator = SeededGenerator(seed: 7)
    let Z = try observed([[1, nil, 2, nil], [nil, -1, nil, 0.5], [3, nil, nil, 1]])
    let widths = [4] + Array(repeating: 3, count: depth - 1) + [3]
    let loss = NetworkLoss(completing: Z, widths: widths)
    let n = loss.shape.parameterCount
    let θ = (0..<n).map { _ in generator.normal() }
    let Δ = (0..<n).map { _ in generator.normal() }
    // By hand: the residual on Ω.
    func value(_ θ: [Double]) -> Double {
      let W = LinearNetwork(widths: widths, parameters: θ).endToEndMatrix
      return Z.entries.reduce(0) { $0 + 0.5 * pow(W[$1.row, $1.column] - $1.value, 2) }
    }
    #expect((loss.value(θ) - value(θ)).magnitude <= 1e-12 * value(θ))
    func moved(_ h: Double) -> [Double] { zip(θ, Δ).map { $0 + h * $1 } }
    let slope = zip(loss.gradient(θ), Δ).reduce(0) { $0 + $1.0 * $1.1 }
    let curvature = zip(loss.hessianProduct(at: θ, Δ), Δ).reduce(0) { $0 + $1.0 * $1.1 }
    // By central differences: errors of order h² times derivatives of order one, and of round-off over h².
    let h = 1e-4
    let (up, down, here) = (value(moved(h)), value(moved(-h)), value(θ))
    #expect(((up - down) / (2 * h) - slope).magnitude <= 1e-5 * (1 + slope.magnitude))
    #expect(((up - 2 * here + down) / (h * h) - curvature).magnitude <= 1e-4 * (1 + curvature.magnitude))
  }

  @Test func `with all entries observed it is the flow of the target`() throws {
    let Z = Matrix(rows: [[3, 0.5], [0, 1.5]])
    let all = try observed(Z.rowArrays.map { $0.map(Optional.some) })
    let outcome = run(all, depth: 3, size: 0.1) { $0.finalTime = 2 }
    let problem = Problem(target: Z, sampleCount: 1)
    let start = CompletionRun.start(for: all, widths: [2, 2, 2, 2], size: 0.1, seed: 1)
    var y = start.parameters
    _ = DormandPrince(tolerance: 1e-12).integrate(
      from: y, to: 2,
      { θ in NetworkLoss(problem: problem, widths: [2, 2, 2, 2]).gradient(θ).map { -$0 } },
      visit: { _, state in
        y = state
        return true
      })
    let W = LinearNetwork(widths: [2, 2, 2, 2], parameters: y).endToEndMatrix
    #expect((outcome.network.endToEndMatrix - W).frobeniusNorm <= 1e-7)
  }

  @Test func `one layer leaves what it does not see as it was`() throws {
    let Z = try observed([[1, nil], [nil, 1]])
    let outcome = run(Z, depth: 1, size: 0.1)
    let start = CompletionRun.start(for: Z, widths: [2, 2], size: 0.1, seed: 1).endToEndMatrix
    let W = outcome.network.endToEndMatrix
    #expect(W[0, 1] == start[0, 1] && W[1, 0] == start[1, 0])
    #expect((W[0, 0] - 1).magnitude <= 1e-7 && (W[1, 1] - 1).magnitude <= 1e-7)
    #expect(outcome.ending == .reachedResidual)
  }

  @Test
  func `small starts of deep factorisations complete by low rank, the better the deeper and the smaller`()
    throws
  {
    // Rank one, (1, 2, 3)ᵀ(1, 1, 2), without its middle, 2, and its last entry, 6.
    let Z = try observed([[1, 1, 2], [2, nil, 4], [3, 3, nil]])
    func last(_ depth: Int, _ size: Double) -> Double {
      run(Z, depth: depth, size: size).network.endToEndMatrix[2, 2]
    }
    // One layer leaves them as they were.
    #expect(last(1, 1e-4).magnitude < 1e-3)
    let errors = [2, 3, 4].map { (last($0, 1e-4) - 6).magnitude }
    #expect(errors[0] < 1 && errors[1] < 1e-2 && errors[2] < errors[1])
    #expect((last(2, 1e-2) - 6).magnitude > errors[0])
  }

  @Test(arguments: 1...4) func `what the flow conserves it conserves, whatever is observed`(depth: Int) throws
  {
    let Z = try observed([[1, nil, 0.5], [nil, 1, nil]])
    let outcome = run(Z, depth: depth, size: 0.3)
    #expect(outcome.records.allSatisfy { $0.imbalanceDrift <= 1e-6 })
    let losses = outcome.records.map(\.loss)
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-9) })
    // dL/dt = −‖∇L‖², by differences of the records at a fine end.
    #expect(outcome.ending == .reachedResidual)
    #expect(outcome.verdict.residual <= 1e-8)
  }

  @Test(arguments: CompletionOptions.Method.allCases)
  func `from a checkpoint it goes on to where it would have come`(method: CompletionOptions.Method) throws {
    let Z = try observed([[1, 1, 2], [2, nil, 4], [3, 3, nil]])
    var options = CompletionOptions()
    (options.method, options.tolerance) = (method, 1e-10)
    let start = CompletionRun.start(for: Z, widths: [3, 3, 3], size: 1e-2, seed: 1)
    let run = CompletionRun(Z, start: start, options: options)
    let whole = run.run()
    // Ended after thirty records, which is on the way.
    var (seen, saved) = (0, [CompletionCheckpoint]())
    let part = run.run(
      progress: { _ in seen += 1 }, checkpoint: { saved.append($0) }, isInterrupted: { seen >= 30 })
    #expect(part.ending == .interrupted && part.ending.canGoOn)
    let stored = try JSONDecoder().decode(
      CompletionCheckpoint.self, from: JSONEncoder().encode(try #require(saved.last)))
    #expect(run.obstacle(to: stored) == nil)
    let resumed = run.run(resuming: stored)
    #expect(resumed.ending == whole.ending && resumed.resumptions == [stored.time])
    #expect(stored.time > 0 && stored.time == part.records.last!.time)
    // The same moments but for the ends, of which each run has its own.
    let (a, b) = (whole.records.dropLast(), resumed.records.dropLast())
    #expect(zip(a, b).allSatisfy { $0.time == $1.time } && (a.count - b.count).magnitude <= 1)
    // Errors of a run at this tolerance, enlarged on the way out of the start's plateau.
    for (x, y) in zip(a, b) {
      #expect((x.singularValues[0] - y.singularValues[0]).magnitude <= 1e-6 * x.singularValues[0])
    }
    #expect(resumed.work.steps > part.work.steps && resumed.secondsUsed >= part.secondsUsed)

    // Those of others are refused.
    let other = CompletionRun(
      Z, start: CompletionRun.start(for: Z, widths: [3, 2, 3], size: 1e-2, seed: 1), options: options)
    #expect(other.obstacle(to: stored) != nil)
    let split = try Z.split(holdingOut: 0.2, seed: 1)
    #expect(CompletionRun(split.train, test: split.test, start: start).obstacle(to: stored) != nil)
  }

  @Test func `a verdict says no more than is known`() throws {
    let Z = try observed([[1, nil], [nil, 1]])
    func verdict(_ layers: [[[Double]]], tolerance: Double = 1e-10) -> CompletionVerdict {
      CompletionVerdict(
        on: LinearNetwork(layers: layers.map { Matrix(rows: $0) }), of: Z, gradientTolerance: tolerance)
    }
    // Exactly fitted.
    #expect(verdict([[[1, 0], [0, 1]], [[1, 0], [0, 1]]]).kind == .globalMinimiser)
    #expect(verdict([[[1, 1], [0, 0]], [[1, 0], [1, 0]]]).kind == .globalMinimiser)
    // The origin: two layers leave it at once, three do not.
    let zero: [[Double]] = [[0, 0], [0, 0]]
    let two = verdict([zero, zero])
    #expect(two.kind == .strictSaddle)
    #expect((two.smallestHessianEigenvalue! + 1).magnitude <= 1e-9)
    #expect(verdict([zero, zero, zero]).kind == .nonStrictSaddle)
    // Half-way it is none.
    #expect(verdict([[[0.5, 0], [0, 1]], [[1, 0], [0, 1]]]).kind == .notStationary)
    // One neuron cannot be known to be the best.
    let narrow = try observed([[1, 0], [0, 2]])
    let root = 2.0.squareRoot()
    let one = CompletionVerdict(
      on: LinearNetwork(layers: [Matrix(rows: [[0, root]]), Matrix(rows: [[0], [root]])]),
      of: narrow, gradientTolerance: 1e-10)
    #expect(one.kind == .secondOrderPoint)
    #expect(one.loss > 0.4)
  }

  @Test func `an entry that is held out is not seen by the flow`() throws {
    let Z = try observed([[1, 2, 3], [2, 4, 6], [3, 6, nil]])
    let (train, test) = try Z.split(holdingOut: 0.25, seed: 2)
    let start = CompletionRun.start(for: train, widths: [3, 3, 3, 3], size: 1e-4, seed: 1)
    let seen = CompletionRun(train, test: test, start: start).run()
    let blind = CompletionRun(train, start: start).run()
    #expect(seen.network == blind.network)
    #expect(
      seen.records.allSatisfy { $0.testError != nil } && blind.records.allSatisfy { $0.testError == nil })
  }

  @Test
  func
    `held-out error falls with depth, and is below that of least nuclear norm, for low rank and small starts`()
    throws
  {
    var generator = SeededGenerator(seed: 11)
    let factor = Matrix.gaussian(20, 2, using: &generator)
    let other = Matrix.gaussian(2, 20, using: &generator)
    let truth = factor * other
    let places = (0..<400).shuffled(using: &generator)
    func entries(_ places: ArraySlice<Int>) throws -> ObservedMatrix {
      try ObservedMatrix(
        rows: 20, columns: 20,
        entries: places.map { .init(row: $0 / 20, column: $0 % 20, value: truth[$0 / 20, $0 % 20]) })
    }
    let (train, test) = (try entries(places[..<150]), try entries(places[150...]))
    let errors = [1, 2, 3].map { depth -> Double in
      let start = CompletionRun.start(
        for: train, widths: Array(repeating: 20, count: depth + 1), size: 1e-3, seed: 1)
      var options = CompletionOptions()
      options.residual = 1e-5
      return CompletionRun(train, test: test, start: start, options: options).run().records.last!.testError!
    }
    #expect(errors[1] < errors[0] && errors[2] < errors[1])
    let least = NuclearNormCompletion(of: train)
    #expect(errors[2] < test.rootMeanSquareError(of: least.matrix))
  }
}
