import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing
import Training

/// Times of events, held against closed forms.
@Suite struct EventTests {
  /// diag(3, 2, 1), m = 2, two layers from s_0 in every mode.
  private func aligned(_ s: Double, _ change: (inout TrainingOptions) -> Void = { _ in }) throws
    -> TrainingRun
  {
    let problem = Problem(target: .diagonal([3, 2, 1]), sampleCount: 2)
    let start = try LinearNetwork.balanced(factoring: s * Matrix.identity(3), widths: [3, 3, 3])
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    options.finalTime = 20
    change(&options)
    return TrainingRun(problem: problem, start: start, options: options)
  }

  private func times(_ run: TrainingRun, _ texts: String...) throws -> [EventTime] {
    let events = try texts.map { text in try RunEvent(text) }
    return run.run(observing: try run.recordings(for: events, beside: [])).times(of: events)
  }

  @Test(arguments: [TrainingOptions.Method.exact, .erk, .cvode])
  func `a mode has risen by half at ln(σ/s_0 − 1)/(2σm)`(method: TrainingOptions.Method) throws {
    // Saxe, McClelland, Ganguli (2014): ds/dt = 2ms(σ − s).
    let s = 1e-4
    let found = try times(try aligned(s) { $0.method = method }, "half-rise")
    #expect(found.map(\.event) == ["half-rise of mode_1", "half-rise of mode_2", "half-rise of mode_3"])
    for (σ, event) in zip([3.0, 2, 1], found) {
      let expected = log(σ / s - 1) / (2 * σ * 2)
      #expect(
        abs(event.time! / expected - 1) < (method == .exact ? 1e-13 : 1e-8), "\(event.time!) \(expected)")
      #expect(abs(event.value! - σ / 2) < 1e-8)
    }
  }

  @Test func `a passage is located, from above and from below, and one that never comes is null`() throws {
    let s = 1e-4
    let found = try times(
      try aligned(s), "sigma_1=2", "gap=1", "mode_3=0.0001", "sigma_1=5", "layer_1_sigma_1=1")
    // s(t) = σ/(1 + (σ/s_0 − 1)e^{−2σmt})
    func time(_ σ: Double, at x: Double) -> Double { log((σ / s - 1) / (σ / x - 1)) / (2 * σ * 2) }
    #expect(abs(found[0].time! - time(3, at: 2)) < 1e-13)
    // The layer's σ is the root of W's.
    #expect(abs(found[4].time! - time(3, at: 1)) < 1e-12)
    #expect(found[2].time == 0)
    #expect(found[3] == EventTime(decoding: "sigma_1=5"))
    // The gap Σ(σ − s)² falls through 1 where W is near diag(3, 2, 0): the third mode then has 1 − s = 1, nearly.
    let t = found[1].time!
    let gap = [3.0, 2, 1].reduce(0) { sum, σ in
      let x = σ / (1 + (σ / s - 1) * exp(-4 * σ * t))
      return sum + (σ - x) * (σ - x)
    }
    #expect(abs(gap - 1) < 1e-10)
  }

  @Test func `events of gradient descent are times of iterates`() throws {
    let run = try aligned(1e-2) {
      $0.method = .euler
      $0.step = 1e-3
      $0.finalTime = 3
    }
    let found = try times(run, "sigma_1=1", "half-rise", "largest-gradient")
    // The first k with s_k ≥ 1 of the iteration on w = √s: w ← w + 2η w(σ − w²)·(m/2)·2/2 … written out.
    var (w, k) = (0.1, 0)
    while w * w < 1 {
      w += 1e-3 * 2 * w * (3 - w * w)
      k += 1
    }
    #expect(abs(found[0].time! - Double(k) * 1e-3) < 1e-12)
    #expect(
      found.allSatisfy { event in event.time.map { abs(($0 * 1e3).rounded() - $0 * 1e3) < 1e-6 } ?? true })
  }

  @Test func `the largest gradient of one mode is where s = σ/3`() throws {
    // ‖∇L‖ = m√2 w(σ − w²) with w = √s, largest at w² = σ/3.
    let problem = Problem(target: .diagonal([3]), sampleCount: 2)
    let start = try LinearNetwork.balanced(factoring: .diagonal([1e-3]), widths: [1, 1, 1])
    var options = TrainingOptions()
    options.finalTime = 5
    options.estimatesAccuracy = false
    let run = TrainingRun(problem: problem, start: start, options: options)
    let found = try times(run, "largest-gradient")[0]
    let expected = log((3 / 1e-3 - 1) / (3 / 1.0 - 1)) / (2 * 3 * 2)
    #expect(abs(found.time! - expected) < 1e-7)
    #expect(abs(found.value! - 2 * 2.0.squareRoot() * 2) < 1e-12)
    // A gradient that only falls is the largest at the start.
    let late = try LinearNetwork.balanced(factoring: .diagonal([2.9]), widths: [1, 1, 1])
    let falling = TrainingRun(problem: problem, start: late, options: options)
    #expect(try times(falling, "largest-gradient")[0].time == 0)
  }

  @Test func `plateaus are left where the loss is a twentieth below their level`() throws {
    let found = try times(try aligned(1e-6), "escapes")
    #expect(found.count == 3)
    // m/2 · Σ of the squares that are missing, at m = 2: 14, 5, 1.
    for (event, level) in zip(found, [14.0, 5, 1]) { #expect(abs(event.value! - 0.95 * level) < 1e-9) }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.time! < $1.time! })
  }

  @Test func `the held-out loss of one layer is the least where calculus says`() throws {
    // One weight: w(t) = 1 − e^{−t} on the samples of the run; held out it should be 1/2, which it passes at ln 2.
    let problem = Problem(inputs: Matrix(rows: [[1]]), outputs: Matrix(rows: [[1]]))
    let held = Problem(inputs: Matrix(rows: [[1, 2]]), outputs: Matrix(rows: [[0.5, 1]]))
    var options = TrainingOptions()
    options.finalTime = 10
    let start = LinearNetwork(layers: [Matrix(zeros: 1, 1)])
    let run = TrainingRun(problem: problem, start: start, options: options)
    let recordings = try run.recordings(of: ["test-loss"], knowing: [TestLoss(on: held)])
    let outcome = run.run(observing: recordings)
    let summary = try #require(HeldOutSummary(outcome, source: "here", rows: 2))
    #expect(abs(summary.leastTime! - log(2)) < 1e-6)
    #expect(summary.leastLoss < 1e-12)
    let w = 1 - exp(-10.0)
    #expect(abs(summary.finalLoss - 0.5 * 5 * (w - 0.5) * (w - 0.5)) < 1e-12)
    // On its own samples the loss only falls: there is nothing to stop for.
    let own = run.run(observing: try run.recordings(of: ["test-loss"], knowing: [TestLoss(on: problem)]))
    #expect(HeldOutSummary(own, source: "here", rows: 1)?.leastTime == nil)
  }

  @Test func `events that there are not are refused`() throws {
    #expect(throws: RecordingError.unknownEvent(text: "escape", nearest: "escapes")) {
      try RunEvent("escape")
    }
    #expect(throws: RecordingError.self) { try RunEvent("sigma_1=x") }
    let run = try aligned(0.1)
    #expect(throws: RecordingError.self) {
      try run.recordings(for: [.passage(column: "sigm_1", value: 1)], beside: [])
    }
  }
}

extension EventTime {
  /// An event that did not happen.
  fileprivate init(decoding event: String) {
    let text = #"{"event": "\#(event)", "time": null, "value": null}"#
    self = try! JSONDecoder().decode(EventTime.self, from: Data(text.utf8))
  }
}
