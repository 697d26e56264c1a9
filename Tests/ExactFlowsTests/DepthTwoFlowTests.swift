import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

struct DepthTwoFlowTests {
  /// dW/dt = −m((W − Z)W_1ᵀW_1 + W_2W_2ᵀ(W − Z)).
  private func velocity(_ instance: DepthTwoInstance, _ state: DepthTwoState) -> Matrix {
    let (L, R) = (state.outputFactor, state.inputFactor)
    let Δ = instance.sampleCount * (instance.target - state.endToEndMatrix)
    return Matrix.product(Δ, .plain, R, .transposed) * R + L * Matrix.product(L, .transposed, Δ, .plain)
  }

  @Test func `the solution satisfies the differential equation on 1,000 instances of sizes 1e-150 to 1e100`()
    throws
  {
    var generator = SeededGenerator(seed: 11)
    var worst = 0.0
    for k in 0..<1000 {
      let startSize =
        k % 4 == 0 ? pow(10, -150 + 250 * generator.uniform()) : pow(10, -3 + 4 * generator.uniform())
      let instance = DepthTwoInstance.anywhere(size: startSize, using: &generator)
      let flow = try instance.flow()
      // Times spread from one unit of the start's rate to the end of every plateau.
      let unit = 1 / instance.rate(instance.start.endToEndMatrix)
      let plateau = max(1, -log(startSize)) / (instance.sampleCount * instance.target.spectralNorm)
      let t = unit * pow(3 * plateau / unit, generator.uniform())
      let state = flow.state(at: t)
      let rate = instance.rate(state.endToEndMatrix)
      // A decay like 1/t is singular at 0: the differences stay well away from there.
      let step = min(0.03 / rate, t / 80)
      let measured = derivative(of: { flow.state(at: $0).endToEndMatrix }, at: t, step: step)
      let residual = (measured - velocity(instance, state)).frobeniusNorm
      let size = rate * state.endToEndMatrix.frobeniusNorm
      // Starts against the target may have vanished below the smallest number.
      if size > 0 { worst = max(worst, residual / size) }
      #expect(residual <= 1e-10 * size, "instance \(k), size \(startSize), t = \(t)")
    }
    #expect(worst > 0)
  }

  @Test func `1,000 states are balanced factors with constant rank and consistent singular values`() throws {
    var generator = SeededGenerator(seed: 12)
    for k in 0..<1000 {
      let startSize =
        k % 4 == 0 ? pow(10, -150 + 250 * generator.uniform()) : pow(10, -3 + 4 * generator.uniform())
      let instance = DepthTwoInstance.anywhere(size: startSize, using: &generator)
      let flow = try instance.flow()
      let t = pow(10, -3 + Double(k % 5)) / instance.rate(instance.start.endToEndMatrix)
      let state = flow.state(at: t)
      let size = state.endToEndMatrix.frobeniusNorm
      let (L, R) = (state.outputFactor, state.inputFactor)
      #expect((L * R - state.endToEndMatrix).frobeniusNorm <= 1e-14 * size)
      // (15): the imbalance stays what it was, round-off.
      let imbalance = Matrix.product(L, .transposed, L, .plain) - Matrix.product(R, .plain, R, .transposed)
      #expect(imbalance.frobeniusNorm <= 1e-10 * size, "instance \(k)")
      let σ = state.endToEndMatrix.singularValues
      for (a, b) in zip(state.singularValues, σ) { #expect((a - b).magnitude <= 1e-12 * size) }
      #expect(state.singularValues.count == flow.rank)
      #expect(state.singularValues.allSatisfy { $0 > 0 }, "instance \(k)")
    }
  }

  @Test func `states made together are those made one by one`() throws {
    var generator = SeededGenerator(seed: 18)
    for k in 0..<300 {
      let startSize =
        k % 4 == 0 ? pow(10, -150 + 250 * generator.uniform()) : pow(10, -3 + 4 * generator.uniform())
      let instance = DepthTwoInstance.anywhere(size: startSize, using: &generator)
      let flow = try instance.flow()
      let unit = 1 / instance.rate(instance.start.endToEndMatrix)
      // In any order, with the start among them and the pivots of one time far from those of the next.
      var times = [0, 1e12] + (0..<20).map { _ in unit * pow(10, -3 + 8 * generator.uniform()) }
      if k % 2 == 0 { times.sort() }
      let matrices = flow.matrices(at: times)
      #expect(matrices.count == times.count)
      for (t, W) in zip(times, matrices) {
        let state = flow.state(at: t)
        let difference = (W - state.endToEndMatrix).frobeniusNorm
        // Entries up to four times as large leave up to four times the error.
        #expect(
          difference <= 1e-13 * state.endToEndMatrix.frobeniusNorm + 4 * state.errorEstimate,
          "instance \(k), t = \(t)")
      }
    }
  }

  @Test func `a state reached in two parts is the state reached in one`() throws {
    var generator = SeededGenerator(seed: 13)
    for k in 0..<300 {
      let instance = DepthTwoInstance.anywhere(size: pow(10, -2 + 3 * generator.uniform()), using: &generator)
      let flow = try instance.flow()
      let unit = 1 / instance.rate(instance.start.endToEndMatrix)
      let (t1, t2) = (unit * generator.uniform(), 3 * unit * generator.uniform())
      let middle = flow.state(at: t1)
      let second = try ExactDepthTwoFlow(
        target: instance.target, sampleCount: instance.sampleCount,
        start: LinearNetwork(layers: [middle.inputFactor, middle.outputFactor]))
      let (whole, parts) = (flow.state(at: t1 + t2), second.state(at: t2))
      let error = (whole.endToEndMatrix - parts.endToEndMatrix).frobeniusNorm
      #expect(error <= 1e-11 * whole.endToEndMatrix.frobeniusNorm, "instance \(k)")
    }
  }

  @Test func `tiny times move along the initial velocity`() throws {
    var generator = SeededGenerator(seed: 14)
    for size in [1e-150, 1e-20, 1, 1e100] {
      let instance = DepthTwoInstance.anywhere(size: size, using: &generator)
      let flow = try instance.flow()
      let W = instance.start.endToEndMatrix
      let t = 1e-8 / instance.rate(W)
      let expected = W + t * velocity(instance, flow.state(at: 0))
      #expect((flow.state(at: t).endToEndMatrix - expected).frobeniusNorm <= 1e-14 * W.frobeniusNorm)
    }
  }

  @Test func `the limit is the state at very large times`() throws {
    var generator = SeededGenerator(seed: 15)
    for k in 0..<200 {
      let size = k % 2 == 0 ? 0.1 : 1e-150
      let instance = DepthTwoInstance.anywhere(size: size, using: &generator)
      let flow = try instance.flow()
      let limit = flow.limit
      let late = flow.state(at: 1e12)
      #expect(late.endToEndMatrix.isFinite)
      let error = (late.endToEndMatrix - limit.endToEndMatrix).frobeniusNorm
      // What is lost decays like 1/(m t) at worst.
      #expect(error <= 1e-10 * (limit.endToEndMatrix.frobeniusNorm + 1e-2), "instance \(k)")
      // Square starts of full rank with det W_0 det Z < 0 cannot reach Z.
      if instance.target.rows == instance.target.columns, flow.rank == instance.target.rows,
        instance.target.singularValueDecomposition.rank(tolerance: 1e-10) == flow.rank
      {
        let reachable = instance.target.determinantSign == instance.start.endToEndMatrix.determinantSign
        #expect(limit.lostRank == (reachable ? 0 : 1), "instance \(k)")
        #expect(limit.isGlobalMinimum == reachable)
      }
    }
  }

  @Test func `a generic start learns the largest singular values that its rank admits`() throws {
    var generator = SeededGenerator(seed: 16)
    let instance = DepthTwoInstance(
      outputs: 5, inputs: 4, width: 3, targetRank: 4, rank: 2, size: 0.1, using: &generator)
    let limit = try instance.flow().limit
    let best = instance.target.singularValueDecomposition.truncated(to: 2)
    #expect((limit.endToEndMatrix - best).frobeniusNorm <= 1e-13 * best.frobeniusNorm)
    #expect(limit.learned.count == 2 && limit.lostRank == 0)
    // Width 3 could learn three.
    #expect(limit.learnable.count == 3 && !limit.isGlobalMinimum)
  }

  @Test func `a start against the target goes to zero and stays there`() throws {
    var generator = SeededGenerator(seed: 17)
    let Z = SyntheticData.target(singularValues: [3, 2, 1], inputs: 4, outputs: 3, seed: 3)
    let svd = Z.singularValueDecomposition
    let W = -0.5 * Matrix.product(svd.U.columns(0..<1), .plain, svd.V.columns(0..<1), .transposed)
    let start = balancedNetwork(W, rank: 1, widths: [4, 2, 3], using: &generator)
    let flow = try ExactDepthTwoFlow(target: Z, sampleCount: 1, start: start)
    #expect(flow.limit.learned.isEmpty && flow.limit.lostRank == 1)
    // Negative control for round-off: e^{2·3·1000} would blow up any part of 1e-17 that is not zero.
    #expect(flow.state(at: 1000).endToEndMatrix.frobeniusNorm < 1e-300)
    // Logistic against the target: s = s_0/(e^{2σt} + s_0(e^{2σt} − 1)/σ).
    let expected = 0.5 / (exp(6) + 0.5 * (exp(6) - 1) / 3)
    #expect((flow.state(at: 1).endToEndMatrix.frobeniusNorm - expected).magnitude <= 1e-14 * expected)
  }

  @Test(arguments: ["matrix-N2", "scalar-output-N2"])
  func `rank one agrees with the reference trajectories to 1e-12 in every entry`(name: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let start = try LinearNetwork.balanced(
      factoring: reference.start, widths: [reference.target.columns, 1, reference.target.rows])
    let flow = try ExactDepthTwoFlow(
      target: reference.target, sampleCount: reference.sampleCount, start: start)
    for known in reference.states {
      let state = flow.state(at: known.time)
      let error = (state.endToEndMatrix - known.endToEndMatrix).maximumMagnitude
      #expect(error <= 1e-12 * known.scale, "t = \(known.time)")
      #expect(error <= state.errorEstimate + 1e-15 * known.scale)
      #expect((state.singularValues[0] - known.scale).magnitude <= 1e-12 * known.scale)
    }
    for (known, W) in zip(reference.states, flow.matrices(at: reference.states.map(\.time))) {
      #expect((W - known.endToEndMatrix).maximumMagnitude <= 1e-12 * known.scale, "t = \(known.time)")
    }
  }

  @Test func `hypotheses that fail are named with their size`() throws {
    let Z = Matrix.identity(2)
    let balanced = LinearNetwork(layers: [.identity(2), .identity(2)])
    #expect(throws: DepthTwoFailure.depth(found: 1)) {
      try ExactDepthTwoFlow(target: Z, sampleCount: 1, start: LinearNetwork(layers: [Z]))
    }
    #expect(throws: DepthTwoFailure.shape(found: [2, 2], expected: [3, 3])) {
      try ExactDepthTwoFlow(target: .identity(3), sampleCount: 1, start: balanced)
    }
    let unbalanced = LinearNetwork(layers: [2 * Z, Z])
    #expect(
      throws: DepthTwoFailure.notBalanced(relativeImbalance: unbalanced.relativeImbalance, tolerance: 1e-10)
    ) {
      try ExactDepthTwoFlow(target: Z, sampleCount: 1, start: unbalanced)
    }
    let raw = Problem(
      inputs: Matrix(rows: [[1, 0, 2], [0, 1, 1]]), outputs: Matrix(rows: [[1, 2, 3], [0, 1, 0]]))
    #expect(throws: DepthTwoFailure.notWhitened(defect: raw.whiteningDefect, tolerance: 1e-10)) {
      try ExactDepthTwoFlow(problem: raw, start: balanced)
    }
    #expect(throws: DepthTwoFailure.notFinite) {
      try ExactDepthTwoFlow(target: Matrix(rows: [[.nan, 0], [0, 1]]), sampleCount: 1, start: balanced)
    }
  }

  @Test func `zero starts and zero targets are no exception`() throws {
    let zero = LinearNetwork(layers: [Matrix(zeros: 3, 2), Matrix(zeros: 2, 3)])
    let flow = try ExactDepthTwoFlow(target: .identity(2), sampleCount: 3, start: zero)
    #expect(flow.rank == 0)
    #expect(flow.state(at: 1e12).endToEndMatrix == Matrix(zeros: 2, 2))
    #expect(flow.limit.learned.isEmpty)
    // Z = 0: s = s_0/(1 + 2 m s_0 t) for every singular value.
    let start = try LinearNetwork.balanced(factoring: .diagonal([2, 0.5]), widths: [2, 2, 2])
    let decay = try ExactDepthTwoFlow(target: Matrix(zeros: 2, 2), sampleCount: 3, start: start)
    for t in [0.1, 1e6, 1e12] {
      for (s, s0) in zip(decay.state(at: t).singularValues, [2, 0.5]) {
        let expected = s0 / (1 + 6 * s0 * t)
        #expect((s - expected).magnitude <= 1e-13 * expected)
      }
    }
  }
}
