import Foundation
import LinearAlgebra
import LinearNetworks
import Testing
import Theory
import Training

/// The numbers of Documentation/studies/published: formulas of the field beside the runs.
@Suite struct PublishedTests {
  private func run(
    _ Z: Matrix, samples: Int = 1, hidden: [Int], _ start: Start, seed: UInt64 = 1,
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> TrainingRun {
    try run(Problem(target: Z, sampleCount: samples), hidden: hidden, start, seed: seed, change)
  }

  private func run(
    _ problem: Problem, hidden: [Int], _ start: Start, seed: UInt64 = 1,
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> TrainingRun {
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    change(&options)
    let widths = [problem.inputs] + hidden + [problem.outputs]
    return TrainingRun(
      problem: problem, start: try start.network(for: problem, widths: widths, seed: seed), options: options)
  }

  private func times(_ run: TrainingRun, _ texts: String...) throws -> [Double?] {
    let events = try texts.map { text in try RunEvent(text) }
    return run.run(observing: try run.recordings(for: events, beside: [])).times(of: events).map(\.time)
  }

  private func report(_ run: TrainingRun, _ outcome: TrainingOutcome) -> TrainingReport {
    TrainingReport(
      run: run, outcome: outcome, promise: CertificateReport(problem: run.problem, start: run.start),
      prepared: nil)
  }

  @Test func `1: modes of a tree rise by half at ln(s/s_0 − 1)/2s`() throws {
    let tree = SyntheticData.hierarchy(branching: [2, 2, 2]).samples
    let problem = Problem(inputs: tree.inputs, outputs: tree.outputs)
    let σ = SyntheticData.hierarchySpectrum(branching: [2, 2, 2])
    #expect(zip(σ, tree.outputs.singularValues).allSatisfy { abs($0 - $1) < 1e-13 })
    let run = try run(problem, hidden: [8], .aligned(norm: 1e-3))
    let s_0 = run.start.endToEndMatrix.frobeniusNorm / 8.0.squareRoot()
    for (s, t) in zip(σ, try times(run, "half-rise")) {
      #expect(abs(t! / (log(s / s_0 - 1) / (2 * s)) - 1) < 1e-10)
    }
  }

  @Test func `2: broad distinctions of items come before fine ones`() throws {
    let items = SyntheticData.items
    let problem = Problem(inputs: items.samples.inputs, outputs: items.samples.outputs)
    let run = try run(problem, hidden: [8], .layers(.small, scale: 1e-3))
    let all = try Representations(of: .identity(8), names: items.items).recording(of: run)
    let rises = try RunEvent("half-rise")
    let modes = try run.recordings(for: [rises], beside: [all])
    let outcome = run.run(observing: modes)
    // Each pair is alike while only what it shares is learnt, and falls apart for good later the more it shares.
    let last = try ["drum", "guitar", "cello"].map { name -> Double in
      let above = outcome.records.filter { $0.others["similarity_violin_\(name)"]! > 0.9 }
      return try #require(above.last?.time)
    }
    #expect(last[0] < last[1] && last[1] < last[2])
    // Modes 3 and 4, and 6 to 8, are nearly or quite as strong as each other, and in what order they come the start decides.
    let halves = outcome.times(of: [rises]).compactMap(\.time)
    #expect(halves[0] < halves[1] && halves[1] < min(halves[2], halves[3]))
    #expect(max(halves[2], halves[3]) < halves[4] && halves[4] < halves[5...].min()!)
  }

  @Test func `3: depth multiplies the rate and the condition number as the kernel at the limit says`() throws
  {
    // Two inputs with X Xᵀ = diag(1, 100), w* = (1, 1): K = ‖w‖^{2−2/N}(I + (N−1)ŵŵᵀ).
    let problem = Problem(inputs: .diagonal([1, 10]), outputs: Matrix(rows: [[1, 10]]))
    for N in 1...4 {
      let run = try run(problem, hidden: Array(repeating: 1, count: N - 1), .random(norm: 0.5))
      let outcome = run.run(observing: try run.recordings(of: ["kernel-eigenvalues"]))
      let s = 2.0.squareRoot()
      let size = pow(s, 2 - 2 / Double(N))
      let K = Matrix(2, 2) { i, j in size * ((i == j ? 1 : 0) + 0.5 * Double(N - 1)) }
      // K^{1/2}ΛK^{1/2} has the eigenvalues of Λ^{1/2}KΛ^{1/2}.
      let λ = SymmetricEigendecomposition(K.scalingRows(by: [1, 10]).scalingColumns(by: [1, 10])).eigenvalues
      let end = outcome.records.last!.others
      #expect(abs(end["ntk_largest"]! / λ[1] - 1) < 1e-6)
      #expect(abs(end["ntk_smallest"]! / λ[0] - 1) < 1e-6)
    }
  }

  @Test func `4: inside the margin the promised rate holds, outside a sign decides`() throws {
    let Z = Matrix.diagonal([3, 2])
    for N in [2, 3] {
      let inside = Matrix(rows: [[2.5, 0.5], [-0.5, 1.5]])
      let c = 2 - (Z - inside).frobeniusNorm
      #expect(abs(c - 1) < 1e-14)
      let run = try run(Z, hidden: Array(repeating: 2, count: N - 1), .matrix(inside))
      let outcome = run.run()
      #expect(outcome.verdict.kind == .globalMinimiser)
      // ‖Z − W‖² ≤ ‖Z − W_0‖² exp(−2c^{2−2/N}t) at every record.
      let rate = 2 * pow(c, 2 - 2 / Double(N))
      for record in outcome.records {
        #expect(2 * record.gap <= 2 * outcome.records[0].gap * exp(-rate * record.time) * (1 + 1e-9) + 1e-18)
      }
      let outside = try self.run(
        Z, hidden: Array(repeating: 2, count: N - 1), .matrix(Matrix(rows: [[-0.5, 0.3], [0.2, 0.4]])))
      let saddle = outside.run().verdict
      #expect(saddle.kind == (N == 2 ? .strictSaddle : .nonStrictSaddle))
      // The second direction is not learnt.
      #expect(abs(saddle.lossGap - 2) < 1e-3)
      let good = try self.run(
        Z, hidden: Array(repeating: 2, count: N - 1), .matrix(Matrix(rows: [[0.5, 0.3], [-0.2, 0.4]])))
      #expect(good.run().verdict.kind == .globalMinimiser)
    }
  }

  @Test func `5: modes are learnt one after another at t = δ/σ as the start vanishes`() throws {
    let Z = Matrix.diagonal([3, 2, 1])
    var errors: [Double] = []
    for δ in [5.0, 10, 15, 40, 100, 300] {
      let run = try run(Z, hidden: [3], .layers(.identity, scale: exp(-δ)))
      #expect(run.run().ending == .converged)
      let found = try times(run, "half-rise")
      let scaled = zip([3.0, 2, 1], found).map { $0 * $1! / δ }
      for (σ, x) in zip([3.0, 2, 1], scaled) {
        #expect(abs(x - log(σ * exp(2 * δ) - 1) / (2 * δ)) < 1e-9)
      }
      errors.append(scaled.reduce(0) { max($0, abs($1 - 1)) })
    }
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $0 > $1 })
    #expect(errors[2] < 0.04 && errors.last! < 0.002)
  }

  @Test func `6: a noisy teacher is best learnt at the time that the modes' formula gives`() throws {
    let (noisy, teacher) = SyntheticData.teacher(
      singularValues: [3, 2, 1.5], noise: 0.14, design: .identity, samples: 50, inputs: 50, outputs: 50,
      seed: 3)
    let problem = Problem(inputs: noisy.inputs, outputs: noisy.outputs)
    let clean = Problem(inputs: noisy.inputs, outputs: teacher)
    let run = try run(problem, hidden: [50], .aligned(norm: 1e-4)) { $0.finalTime = 30 }
    let outcome = run.run(observing: try run.recordings(of: ["test-loss"], knowing: [TestLoss(on: clean)]))
    let found = try #require(HeldOutSummary(outcome, source: "teacher", rows: 50))
    let svd = noisy.outputs.singularValueDecomposition
    let s_0 = 1e-4 * noisy.outputs.frobeniusNorm / 50.0.squareRoot()
    func loss(_ t: Double) -> Double {
      let s = svd.singularValues.map { $0 / (1 + ($0 / s_0 - 1) * exp(-2 * $0 * t)) }
      let error = Matrix.product(svd.U.scalingColumns(by: s), .plain, svd.V, .transposed) - teacher
      return 0.5 * error.frobeniusNorm * error.frobeniusNorm
    }
    #expect(abs(found.leastLoss / loss(found.leastTime!) - 1) < 1e-10)
    for shift in [0.999, 1.001] { #expect(loss(shift * found.leastTime!) > found.leastLoss) }
    #expect(found.finalLoss > 5 * found.leastLoss)
  }

  @Test func `7: the deeper, the lower the rank on the way`() throws {
    // By SciPy (DOP853 at 1e-12) on ds/dt = N s^{2−2/N}(σ − s), σ = 4, 3, 2, 1, s_0 = 5e-4 √30.
    let reference = [3.5961154666, 1.9911635730, 1.2370247785, 1.1056934960]
    for (N, expected) in zip(1...4, reference) {
      let run = try run(
        .diagonal([4, 3, 2, 1]), hidden: Array(repeating: 4, count: N - 1), .aligned(norm: 1e-3))
      let outcome = run.run(observing: try run.recordings(of: ["effective-rank"]))
      let least = outcome.records.map { $0.others["effective_rank"]! }.min()!
      // The least of the records, of which the minimum is a little below.
      #expect(least > expected - 1e-8 && least < expected + 1e-3, "\(N): \(least)")
    }
  }

  @Test func `8: plateaus end after log 1/α, 1/α and 1/α² at depths 2, 3 and 4`() throws {
    for (N, limit) in [(2, 0.5), (3, 0.5), (4, 0.25)] {
      var errors: [Double] = []
      for α in [1e-2, 1e-3, 1e-4] {
        let t = try times(
          try run(
            .diagonal([2, 1]), hidden: Array(repeating: 2, count: N - 1), .layers(.identity, scale: α)),
          "escapes")[0]!
        let unit = N == 2 ? log(1 / α) : pow(α, Double(2 - N))
        errors.append(abs(t / unit - limit))
      }
      #expect(
        errors[0] > errors[1] && errors[1] > errors[2] && errors[2] < (N == 2 ? 0.08 : 2e-4),
        "\(N): \(errors)")
    }
  }

  @Test func `9: the kernel turns less the larger |λ|, by as much as the conserved imbalance says`() throws {
    let Z = SyntheticData.target(singularValues: [2, 1.5, 1, 0.5], inputs: 4, outputs: 4, seed: 2)
    var distances: [Double: Double] = [:]
    // At λ = 0 half of all square starts have the wrong sign of the determinant (D10).
    var seed: UInt64 = 1
    while try run(Z, hidden: [4], .lambda([0], norm: 0.1), seed: seed).run().verdict.kind != .globalMinimiser
    {
      seed += 1
      try #require(seed < 20)
    }
    for λ in [-20.0, -5, -1, 0, 1, 5, 20] {
      let run = try run(Z, hidden: [4], .lambda([λ], norm: 0.1), seed: seed)
      let outcome = run.run(observing: try run.recordings(of: ["kernel-distance"]))
      try #require(
        outcome.verdict.kind == .globalMinimiser, "λ = \(λ): \(outcome.ending), seed \(seed)")
      // W_1ᵀW_1 = −λ/2 + √(λ²/4 + WᵀW) and W_2W_2ᵀ = λ/2 + √(λ²/4 + WWᵀ), at the start and at the end.
      func kernel(_ W: Matrix) -> Matrix {
        let svd = W.singularValueDecomposition
        let roots = svd.singularValues.map { (λ * λ / 4 + $0 * $0).squareRoot() }
        func part(_ Q: Matrix, _ shift: Double) -> Matrix {
          Matrix.product(Q.scalingColumns(by: roots.map { $0 + shift }), .plain, Q, .transposed)
        }
        let (B, A) = (part(svd.V, -λ / 2), part(svd.U, λ / 2))
        return Matrix(16, 16) { a, b in
          let (i, j, k, l) = (a % 4, a / 4, b % 4, b / 4)
          return (j == l ? A[i, k] : 0) + (i == k ? B[j, l] : 0)
        }
      }
      let (K_0, K) = (kernel(run.start.endToEndMatrix), kernel(Z))
      let expected = 1 - Matrix.inner(K, K_0) / K.frobeniusNorm / K_0.frobeniusNorm
      let found = outcome.records.last!.others["kernel_distance"]!
      #expect(abs(found - expected) < 1e-6, "λ = \(λ): \(found), not \(expected)")
      distances[λ] = found
    }
    #expect(distances[0]! > distances[1]! && distances[1]! > distances[5]! && distances[5]! > distances[20]!)
    #expect(distances[-1]! > distances[-5]! && distances[-5]! > distances[-20]!)
    #expect(distances[20]! < 0.01 && distances[0]! > 0.05)
  }

  @Test func `10: two scalar layers converge at √(λ² + 4σ²)`() throws {
    for (λ, rate) in [(0.0, 1.0), (0.5, 1.118034), (1, 1.414214), (2, 2.236068), (5, 5.099020)] {
      // Of balanced starts only those of the right sign arrive.
      var candidates: [TrainingRun] = []
      for seed in 1...8 {
        candidates.append(
          try self.run(Matrix(rows: [[0.5]]), hidden: [1], .lambda([λ], norm: 0.1), seed: UInt64(seed)))
      }
      let run = try #require(candidates.first { $0.start.endToEndMatrix[0, 0] > 0 })
      let outcome = run.run()
      #expect(abs((λ * λ + 1).squareRoot() - rate) < 1e-6)
      // ‖W − W*‖ between two late records.
      let late = outcome.records.filter { $0.distanceToTarget < 1e-3 && $0.distanceToTarget > 1e-7 }
      let (a, b) = (late.first!, late.last!)
      let measured = log(a.distanceToTarget / b.distanceToTarget) / (b.time - a.time)
      #expect(abs(measured / rate - 1) < 2e-3, "λ = \(λ): \(measured)")
    }
  }

  @Test func `11: an autoencoder goes to the leading subspace, whatever the depth`() throws {
    let samples = SyntheticData.spiked(spikes: [9, 4], samples: 60, inputs: 5, seed: 4)
    let problem = Problem(inputs: samples.inputs, outputs: samples.inputs)
    let svd = samples.inputs.singularValueDecomposition
    let U = svd.U.columns(0..<2)
    let projection = Matrix.product(U, .plain, U, .transposed)
    for N in [2, 3, 5, 10] {
      let outcome = try run(problem, hidden: Array(repeating: 2, count: N - 1), .random(norm: 0.3)).run()
      #expect(outcome.verdict.kind == .globalMinimiser)
      #expect((outcome.network.endToEndMatrix - projection).frobeniusNorm < 1e-5)
      let rest = svd.singularValues.dropFirst(2).reduce(0) { $0 + 0.5 * $1 * $1 }
      #expect(abs(outcome.verdict.loss / rest - 1) < 1e-9)
    }
  }

  @Test(arguments: [(0.3, true), (0.36, true), (0.4, true), (0.5, true), (0.8, false)])
  func
    `12: steps that settle do so where the curvature is below 2/η, and no promise about the flow is held against the others`(
      step: Double, settles: Bool
    ) throws
  {
    let run = try run(Matrix(rows: [[1]]), hidden: [1], .lambda([5], norm: 0.1)) {
      ($0.method, $0.step, $0.descent) = (.euler, step, DescentOptions())
      $0.descent?.recordsSharpness = true
      $0.estimatesAccuracy = true
    }
    let outcome = run.run()
    // Descent on two numbers, by hand.
    var (a, b) = (run.start.layers[0][0, 0], run.start.layers[1][0, 0])
    for _ in 0..<5000 where a.magnitude < 1e100 && b.magnitude < 1e100 {
      (a, b) = (a - step * b * (a * b - 1), b - step * a * (a * b - 1))
    }
    let report = report(run, outcome)
    let sharpness = try #require(report.descent?.sharpness)
    if settles {
      // At the minimum ∇²L has the eigenvalues w_1² + w_2² and 0.
      #expect(abs(sharpness.values.last! - (a * a + b * b)) < 1e-6)
      #expect(sharpness.values.last! < 2 / step && outcome.verdict.kind == .globalMinimiser)
    } else {
      #expect(outcome.ending == .diverged && a.magnitude > 1e50)
    }
    #expect(report.observations.allSatisfy { !$0.isViolated })
  }

  @Test func `13: wide layers move by ‖Z − W_0‖/√(2√width)`() throws {
    let Z = Matrix.diagonal([2, 1], rows: 2, columns: 3)
    for width in [1024, 4096] {
      let run = try run(Z, hidden: [width], .layers(.ntk, scale: 1))
      let outcome = run.run(observing: try run.recordings(of: ["distance-travelled", "kernel-eigenvalues"]))
      let (first, last) = (outcome.records[0], outcome.records.last!)
      let moved = hypot(last.others["travelled_1"]!, last.others["travelled_2"]!)
      let expected = first.distanceToTarget / (2 * Double(width).squareRoot()).squareRoot()
      // The kernel of the start is 2√width I up to a few of its root, 1/√width relatively.
      #expect(abs(moved / expected - 1) < 4 / Double(width).squareRoot(), "\(moved / expected)")
      for name in ["ntk_largest", "ntk_smallest"] {
        #expect(abs(last.others[name]! / first.others[name]! - 1) < 1 / Double(width).squareRoot() * 2)
        #expect(
          abs(first.others[name]! / (2 * Double(width).squareRoot()) - 1) < 8 / Double(width).squareRoot())
      }
    }
  }

  @Test func `14: identities cannot reach a negative determinant, the zero-asymmetric start can`() throws {
    let Z = Matrix.diagonal([1, -0.5])
    for N in [2, 4] {
      let hidden = Array(repeating: 2, count: N - 1)
      let identity = try run(Z, hidden: hidden, .layers(.identity, scale: 1)).run()
      #expect(identity.verdict.kind != .globalMinimiser)
      #expect(abs(identity.verdict.lossGap - 0.125) < 1e-3)
      let zas = try run(Z, hidden: hidden, .layers(.zeroAsymmetric, scale: 1))
      let outcome = zas.run()
      #expect(outcome.verdict.kind == .globalMinimiser)
      // Wu, Wang, Ma (2019): L − min ≤ (L_0 − min) e^{−2t}.
      for record in outcome.records {
        #expect(record.gap <= outcome.records[0].gap * exp(-2 * record.time) * (1 + 1e-9) + 1e-17)
      }
      let positive = try run(
        Matrix(rows: [[1.5, 0.5], [-0.5, 0.75]]), hidden: hidden, .layers(.identity, scale: 1))
      #expect(positive.run().verdict.kind == .globalMinimiser)
    }
  }

  @Test
  func `15: beside the negatively aligned saddle a balanced start of depth three still gets to the minimum`()
    throws
  {
    // One output, W_0 = −s v_Zᵀ turned by 1°: at 180° it would end at the origin (D5), beside it at the minimum.
    let Z = Matrix(rows: [[2, 0, 0]])
    let exact = try run(Z, hidden: [1, 1], .matrix(-0.5 * Z)).run()
    #expect(exact.verdict.kind == .nonStrictSaddle)
    let beside = try run(Z, hidden: [1, 1], .angle(degrees: 179, norm: 0.5))
    let outcome = beside.run()
    #expect(outcome.verdict.kind == .globalMinimiser)
    #expect(outcome.records.contains { $0.distanceToTarget > 0.99 * 2 && $0.time > 1 })
  }
}
