import Foundation
import Integration
import Landscape
import LinearAlgebra
import LinearNetworks
import Testing
import Theory
import Training

/// Gradient descent beside the flow.
@Suite struct DescentTests {
  /// Three layers on six samples; iterates and curvature by NumPy 2.4, matrix by matrix, from the same numbers.
  private static let X = Matrix(rows: [
    [1, 0, 2, -1, 0.5, 1], [0, 1, 1, 2, -1, 0.5], [2, -1, 0, 1, 1, 0.25],
  ])
  private static let Y = Matrix(rows: [[1, 2, 0, 1, -1, 0.5], [0, 1, -1, 2, 0.5, 1]])
  private static let start = LinearNetwork(layers: [
    Matrix(rows: [[0.5, -0.25, 0.75], [0.25, 1, -0.5]]), Matrix(rows: [[1, 0.5], [-0.5, 0.75]]),
    Matrix(rows: [[0.75, -0.25], [0.5, 1]]),
  ])
  private static let problem = Problem(inputs: X, outputs: Y)

  private func run(
    step: Double?, _ change: (inout TrainingOptions) -> Void = { _ in }
  ) -> (run: TrainingRun, outcome: TrainingOutcome) {
    var options = TrainingOptions()
    (options.method, options.step, options.descent) = (.euler, step, DescentOptions())
    change(&options)
    let run = TrainingRun(
      problem: Self.problem, start: Self.start, options: options,
      samples: PreparedSamples(inputs: Self.X, outputs: Self.Y))
    return (run, run.run())
  }

  private static let references:
    [(step: Double, momentum: Double, factors: StepFactors, W: [[Double]], loss: Double)] = [
      (
        0.02, 0, .constant,
        [
          [-0.17230589947150707, 0.6564667814524686, 0.195288733799885],
          [-0.2096766686675793, 0.6386463537977738, 0.09306244910955465],
        ], 3.8884682993517323
      ),
      (
        0.005, 0.9, .constant,
        [
          [-0.2228605242861148, 0.5313739924467237, 0.2225620075761314],
          [-0.31437076547712206, 0.6311237311857963, 0.23688578084886375],
        ], 3.824067609688226
      ),
      (
        0.02, 0, .harmonic,
        [
          [0.17503546156132913, 0.4020307323369793, 0.17896277342282557],
          [0.027555899006332284, 0.6415492943943856, -0.16565747182309054],
        ], 5.360707677325264
      ),
    ]

  @Test(arguments: 0..<3) func `25 steps, with momentum and fading too, are those of NumPy`(i: Int) {
    let reference = Self.references[i]
    let (_, outcome) = run(step: reference.step) {
      $0.descent?.momentum = reference.momentum
      $0.descent?.factors = reference.factors
      $0.descent?.steps = 25
    }
    #expect(outcome.ending == .reachedFinalTime)
    #expect(outcome.work.steps == 25)
    // 25 steps of some hundred operations on numbers of order one, enlarged by the motion less than a hundredfold.
    let W = Matrix(rows: reference.W)
    #expect((outcome.network.endToEndMatrix - W).frobeniusNorm <= 1e-12)
    #expect((outcome.records.last!.loss - reference.loss).magnitude <= 1e-12)
    let fading = (0..<25).reduce(0.0) { $0 + reference.step / Double($1 + 1) }
    let end = reference.factors == .harmonic ? fading : 25 * reference.step / (1 - reference.momentum)
    #expect((outcome.time - end).magnitude <= 1e-12)
  }

  /// 25 steps of 0.03, 0.01, 0.02 on the three layers by NumPy 2.4, layer by layer, without and with momentum.
  private static let byLayers: [(momentum: Double, layers: [[[Double]]], loss: Double)] = [
    (
      0,
      [
        [
          [0.25202144043038976, 0.24310466899262537, 0.30817504664970974],
          [-0.4980141641281689, 0.8767625678742265, 0.07594281538471719],
        ], [[0.9234615436307826, 0.6002023240017541], [-0.3962769354433851, 0.5804943441314683]],
        [[0.6912767948993446, 0.3042190631668663], [0.5113246806266584, 0.6162370436007688]],
      ], 3.7842492086427835
    ),
    (
      0.5,
      [
        [
          [0.288344659081549, 0.42030111488497446, 0.20807191796191737],
          [-0.5522374074126011, 0.8581279653728473, 0.18643760589987934],
        ], [[0.8962359302799988, 0.5963578163320199], [-0.371114464394591, 0.5241199765661422]],
        [[0.6246001432127174, 0.31444573651944774], [0.4899617231556353, 0.6484460938075836]],
      ], 3.704093123485135
    ),
  ]

  @Test(arguments: 0..<2) func `steps of layers are one step on scaled layers, and come back as given`(i: Int)
  {
    let reference = Self.byLayers[i]
    let steps = LayerSteps([0.03, 0.01, 0.02])
    #expect((steps.mean - cbrt(6e-6)).magnitude <= 1e-16)
    #expect((steps.factors.reduce(1, *) - 1).magnitude <= 1e-15)
    var options = TrainingOptions()
    (options.method, options.step, options.descent) = (.euler, steps.mean, DescentOptions())
    options.descent?.layerSteps = steps
    options.descent?.momentum = reference.momentum
    options.descent?.steps = 25
    options.outputTimes = [0]
    let start = steps.taken(by: Self.start)
    #expect((start.endToEndMatrix - Self.start.endToEndMatrix).frobeniusNorm <= 1e-15)
    let run = TrainingRun(problem: Self.problem, start: start, options: options)
    let outcome = run.run()
    #expect(outcome.work.steps == 25)
    // As above.
    for (W, expected) in zip(run.given(outcome.network).layers, reference.layers) {
      #expect((W - Matrix(rows: expected)).frobeniusNorm <= 1e-12)
    }
    #expect((outcome.records.last!.loss - reference.loss).magnitude <= 1e-12)
    // One step for all is another run.
    let other = self.run(step: steps.mean) {
      $0.descent?.momentum = reference.momentum
      $0.descent?.steps = 25
    }
    #expect((other.outcome.records.last!.loss - reference.loss).magnitude > 1e-3)
    #expect(LayerSteps([0.1, 0.1, 0.1]).factors == [1, 1, 1])
  }

  @Test func `distances of layers are those of the given ones`() throws {
    let steps = LayerSteps([0.03, 0.01, 0.02])
    var options = TrainingOptions()
    (options.method, options.step, options.descent) = (.euler, steps.mean, DescentOptions())
    options.descent?.layerSteps = steps
    options.descent?.steps = 25
    let run = TrainingRun(problem: Self.problem, start: steps.taken(by: Self.start), options: options)
    let outcome = run.run(observing: try run.recordings(of: ["distance-travelled", "layer-singular-values"]))
    let last = outcome.records.last!.others
    for (j, layer) in Self.byLayers[0].layers.enumerated() {
      let W = Matrix(rows: layer)
      let distance = (W - Self.start.layers[j]).frobeniusNorm
      #expect((last["travelled_\(j + 1)"]! - distance).magnitude <= 1e-12)
      #expect((last["layer_\(j + 1)_sigma_1"]! - W.spectralNorm).magnitude <= 1e-12)
    }
  }

  @Test func `the sharpness of the start is that of NumPy's Hessian`() {
    // By differences of step 1e-5: ten digits.
    let value = Sharpness.value(of: Self.problem, at: Self.start)
    #expect((value - 45.090947425413816).magnitude <= 1e-6)
    let (run, outcome) = run(step: 0.02) {
      $0.descent?.recordsSharpness = true
      $0.descent?.steps = 25
    }
    let report = DescentReport(run, outcome)!
    #expect(report.sharpness!.iterates.first == 0)
    #expect((report.sharpness!.values[0] - 45.090947425413816).magnitude <= 1e-6)
    #expect((report.sharpness!.limit - 100).magnitude <= 1e-10)
    #expect(report.sharpness!.crossed == nil)
    let last = NetworkHessian(of: Self.problem, at: outcome.network, resolution: 0).largest
    #expect((report.sharpness!.values.last! / last - 1).magnitude <= 1e-6)
  }

  @Test(arguments: [([5, 7, 6, 3], 1e-3), ([5, 7, 6, 3], 0.3), ([4, 6, 3], 1e-3), ([4, 6, 3], 2.0)])
  func `the sharpness of the reduced network is that of all weights`(widths: [Int], size: Double) throws {
    var generator = SeededGenerator(seed: 12)
    let X = Matrix.gaussian(widths[0], 30, using: &generator)
    let Y = Matrix.gaussian(widths.last!, 30, using: &generator)
    let W =
      Matrix.gaussian(widths.last!, 1, using: &generator) * Matrix.gaussian(1, widths[0], using: &generator)
    let start = try LinearNetwork.balanced(factoring: size * W, widths: widths)
    let problem = Problem(inputs: X, outputs: Y)
    let whole = HessianSpectrum(
      of: NetworkLoss(problem: problem, widths: widths), at: start.parameters, resolution: 0)
    // Spare dimensions have curvature of their own, of both signs.
    #expect(Reduction(of: problem, from: start).widths != widths && whole.lowest[0] < 0)
    #expect((Sharpness.value(of: problem, at: start) / whole.largest - 1).magnitude <= 1e-5)
  }

  @Test
  func `the distance to the flow is of first order in the step, that to the modified equation of second`()
    throws
  {
    func distances(_ step: Double) throws -> (flow: Double, modified: Double) {
      let (_, outcome) = run(step: step) {
        $0.finalTime = 0.64
        $0.tolerance = 1e-12
        $0.descent?.comparesModified = true
      }
      let flow = try #require(outcome.flow)
      // At the end all steps have the same time.
      #expect((flow.times.last! - 0.64).magnitude <= 1e-12)
      return (try #require(flow.distances.last!), try #require(flow.modifiedDistances?.last))
    }
    let found = try [0.004, 0.002, 0.001, 0.0005].map(distances)
    for (coarse, fine) in zip(found, found.dropFirst()) {
      // Slopes 1 + O(η) and 2 + O(η).
      #expect((log2(coarse.flow / fine.flow) - 1).magnitude <= 0.05)
      #expect((log2(coarse.modified / fine.modified) - 2).magnitude <= 0.1)
    }
    #expect(found.last!.modified < 0.05 * found.last!.flow)
  }

  @Test func `the flow beside a short descent of a wide network is not worth ten thousand times its work`() {
    // 490,000 weights, whose flow takes some hundred steps of seven gradients where descent takes five of one.
    var generator = SeededGenerator(seed: 11)
    let widths = [3, 700, 700, 2]
    let start = LinearNetwork(
      layers: zip(widths, widths.dropFirst()).map {
        (1 / Double($0.0).squareRoot()) * Matrix.gaussian($0.1, $0.0, using: &generator)
      })
    var options = TrainingOptions()
    (options.method, options.step, options.finalTime) = (.euler, 0.02, 0.1)
    let short = TrainingRun(problem: Self.problem, start: start, options: options).run()
    let flow = short.flow
    #expect(flow?.isTooDear == true)
    // What is not known to the end is no estimate of the run's error.
    #expect(flow?.end.map { $0 < 0.1 } == true && short.accuracy == nil)
    #expect(flow?.distances.last == .some(nil))
    // Of a small network the flow is followed as ever.
    let small = run(step: 0.02) { $0.finalTime = 0.1 }.outcome
    #expect(small.flow?.isTooDear == false && small.flow?.end == nil && small.accuracy != nil)
  }

  @Test func `auto is half of the smaller stability limit, and comes to rest`() {
    let (run, outcome) = run(step: nil)
    let stability = StabilityLimit(problem: Self.problem, start: Self.start)
    #expect(run.options.step == stability.safeStep)
    let smallest = min(2 / stability.sharpnessAtStart, stability.limit!)
    #expect((run.options.step! - smallest / 2).magnitude <= 1e-15)
    #expect(outcome.ending == .converged)
    #expect(outcome.verdict.kind == .globalMinimiser)
  }

  @Test func `steps to an accuracy are those of a loop by hand`() {
    // One mode, x ← x(1 + η(σ − x²)) in both layers.
    let problem = Problem(target: Matrix(rows: [[2]]), sampleCount: 1)
    let start = LinearNetwork(layers: [Matrix(rows: [[0.1]]), Matrix(rows: [[0.1]])])
    var options = TrainingOptions()
    (options.method, options.step, options.descent) = (.euler, 0.1, DescentOptions())
    let run = TrainingRun(problem: problem, start: start, options: options)
    let report = DescentReport(run, run.run())!
    for reached in report.reached.prefix(8) {
      var (x, k) = (0.1, 0)
      while (x * x - 2) * (x * x - 2) > reached.accuracy * 4 {
        x *= 1 + 0.1 * (2 - x * x)
        k += 1
      }
      #expect(reached.steps == k)
      // The logistic flow of s = x²: s/(2 − s) = e^{4t} s_0/(2 − s_0), from below.
      let s = 2 - 2 * reached.accuracy.squareRoot()
      let t = 0.25 * log(s / (2 - s) * (2 - 0.01) / 0.01)
      #expect((reached.flow! * 0.1 / t - 1).magnitude <= 1e-6)
    }
  }

  @Test func `a catapult is named, with how far the loss rose, and a convergence without a rise is none`() {
    // Two layers of one weight: at (3, 0.1) λ_max ≈ 9.2, above 2/η = 4; the minimum at σ = 1 has λ_max = a² + b² ≥ 2.
    let problem = Problem(target: Matrix(rows: [[1]]), sampleCount: 1)
    let start = LinearNetwork(layers: [Matrix(rows: [[2.2]]), Matrix(rows: [[0.3]])])
    var (a, b, highest) = (2.2, 0.3, 0.0)
    let first = 0.5 * (a * b - 1) * (a * b - 1)
    for _ in 0..<2000 {
      let r = a * b - 1
      (a, b) = (a - 0.5 * r * b, b - 0.5 * r * a)
      highest = max(highest, 0.5 * (a * b - 1) * (a * b - 1))
    }
    var options = TrainingOptions()
    (options.method, options.step, options.descent) = (.euler, 0.5, DescentOptions())
    let outcome = TrainingRun(problem: problem, start: start, options: options).run()
    guard case .catapult(let rise) = outcome.ending else {
      Issue.record("ended as \(outcome.ending)")
      return
    }
    #expect(highest > first)
    #expect((rise / (highest / first) - 1).magnitude <= 1e-9)
    #expect(outcome.ending.meansConvergence && outcome.ending.kind == "catapult")
    #expect((outcome.network.endToEndMatrix[0, 0] - 1).magnitude <= 1e-6)
    options.step = 0.05
    #expect(TrainingRun(problem: problem, start: start, options: options).run().ending == .converged)
  }

  @Test func `batches are drawn anew by their seed, and on the average they are the gradient`() {
    func field(_ seed: UInt64) -> BatchGradient {
      BatchGradient(
        problem: Self.problem, samples: PreparedSamples(inputs: Self.X, outputs: Self.Y),
        widths: Self.start.widths, size: 2, seed: seed)
    }
    let whole = NetworkLoss(problem: Self.problem, widths: Self.start.widths).gradient(Self.start.parameters)
    let batches = field(3)
    var sum = [Double](repeating: 0, count: whole.count)
    // An epoch of three batches sees every sample once; the third epoch as well as the first.
    for k in 6..<9 {
      batches.prepare(step: k)
      for (i, x) in batches(Self.start.parameters).enumerated() { sum[i] -= x / 3 }
    }
    for (a, b) in zip(sum, whole) { #expect((a - b).magnitude <= 1e-12) }
    // However one comes to step 7.
    let (other, third) = (field(3), field(4))
    for each in [other, third] { each.prepare(step: 7) }
    batches.prepare(step: 7)
    #expect(batches(Self.start.parameters) == other(Self.start.parameters))
    #expect(batches(Self.start.parameters) != third(Self.start.parameters))
    // A batch of all samples is descent.
    func end(_ batch: BatchChoice?) -> Matrix {
      run(step: 0.02) {
        $0.descent?.batch = batch
        $0.descent?.steps = 25
      }.outcome.network.endToEndMatrix
    }
    #expect((end(BatchChoice(size: 6, seed: 1)) - end(nil)).frobeniusNorm <= 1e-12)
    #expect((end(BatchChoice(size: 1, seed: 1)) - end(nil)).frobeniusNorm > 1e-3)
    #expect(end(BatchChoice(size: 1, seed: 1)) == end(BatchChoice(size: 1, seed: 1)))
  }

  @Test func `the band of batches holds its own runs`() throws {
    let (run, outcome) = run(step: 0.02) {
      $0.descent?.batch = BatchChoice(size: 2, seed: 5)
      $0.descent?.steps = 30
    }
    let band = try #require(
      BatchBand(
        repeating: run, outcome, samples: PreparedSamples(inputs: Self.X, outputs: Self.Y), count: 10,
        callbacks: .init()))
    #expect(band.seeds == Array(5..<15))
    #expect(band.iterates == outcome.records.indices.map { DescentReport(run, outcome)!.iterates[$0] })
    for (i, record) in outcome.records.enumerated() {
      #expect(band.least[i] <= record.gap && record.gap <= band.largest[i])
      #expect(band.least[i] <= band.median[i] && band.median[i] <= band.largest[i])
    }
  }

  @Test func `a run with momentum on batches is resumed to the last bit`() throws {
    final class Budget: @unchecked Sendable { var questions = 0 }
    for batch in [nil, BatchChoice(size: 2, seed: 5)] {
      let change: (inout TrainingOptions) -> Void = {
        $0.descent?.momentum = 0.5
        $0.descent?.batch = batch
        $0.descent?.steps = 400
        $0.descent?.recordsSharpness = true
      }
      let (whole, straight) = run(step: 0.005, change)
      let budget = Budget()
      var callbacks = TrainingCallbacks()
      callbacks.isInterrupted = {
        budget.questions += 1
        return budget.questions > 50
      }
      let broken = whole.run(callbacks: callbacks)
      #expect(broken.ending == .interrupted && broken.work.steps < 400)
      let checkpoint = try JSONDecoder().decode(
        Checkpoint.self, from: JSONEncoder().encode(broken.checkpoint))
      #expect(whole.obstacle(to: checkpoint) == nil)
      let resumed = whole.run(resuming: checkpoint)
      #expect(resumed.network == straight.network)
      #expect(resumed.time == straight.time && resumed.work.steps == 400)
      // Where it was interrupted there is one record more.
      #expect(Set(straight.records.map(\.gap)).isSubset(of: Set(resumed.records.map(\.gap))))
    }
  }

  @Test func `the best step needs no more steps than its neighbours, and the search says what it tried`()
    throws
  {
    var options = TrainingOptions()
    (options.method, options.descent) = (.euler, DescentOptions())
    options.descent?.bestStepGap = 1e-6
    let (found, search) = try #require(options.searchingStep(for: Self.problem, start: Self.start))
    let trials = try #require(search)
    #expect(found.step == trials.best)
    #expect(trials.trials.map(\.step) == trials.trials.map(\.step).sorted())
    func steps(_ η: Double) -> Int? {
      let (run, outcome) = run(step: η) {
        $0.stopGap = 1e-6
        $0.maximumTime = 1e4 * η
      }
      return outcome.ending == .reachedLossGap(ratio: 1e-6) ? DescentReport(run, outcome)!.count : nil
    }
    #expect(steps(trials.best) == trials.steps)
    let limit = try #require(StabilityLimit(problem: Self.problem, start: Self.start).limit)
    for factor in [0.25, 0.5, 0.8, 1.1, 1.5] where factor * trials.best < limit {
      #expect(trials.steps <= steps(factor * trials.best) ?? .max)
    }
    // Every trial that came to the gap did so in as many steps as a run of its own.
    for trial in trials.trials.filter({ $0.steps != nil }).prefix(5) {
      #expect(steps(trial.step) == trial.steps)
    }
  }
}
