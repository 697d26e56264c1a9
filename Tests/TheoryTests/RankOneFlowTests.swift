import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct RankOneFlowTests {
  /// A_W(Δ) of (16) by matrix powers: Σ_j (WWᵀ)^((N−j)/N) Δ (WᵀW)^((j−1)/N).
  private func inducedMap(_ W: RankOneState, _ D: Matrix, depth N: Int) -> Matrix {
    let (u, v) = (Matrix.column(W.left), Matrix.column(W.right))
    let (uu, vv) = (Matrix.product(u, .plain, u, .transposed), Matrix.product(v, .plain, v, .transposed))
    return (1...N).reduce(into: Matrix(zeros: D.rows, D.columns)) { sum, j in
      let left = j == N ? Matrix.identity(D.rows) : pow(W.scale, 2 * Double(N - j) / Double(N)) * uu
      let right = j == 1 ? Matrix.identity(D.columns) : pow(W.scale, 2 * Double(j - 1) / Double(N)) * vv
      sum += left * D * right
    }
  }

  @Test func `the motion of s, u, v is the induced flow (17)`() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      let instance = RankOneInstance.anywhere(using: &generator)
      let (flow, W) = (instance.flow, instance.start)
      let expected =
        -flow.sampleCount * inducedMap(W, W.matrix - flow.target.matrix, depth: flow.depth)
      let d = flow.velocity(at: W)
      let motion = Matrix(W.left.count, W.right.count) { i, j in
        d.scale * W.left[i] * W.right[j] + W.scale * (d.left[i] * W.right[j] + W.left[i] * d.right[j])
      }
      // About N products of matrices of at most 6 columns, each with round-off 6·eps relative to its size.
      let size = Double(flow.depth) * flow.sampleCount * pow(W.scale, flow.exponent) * (W.scale + instance.sZ)
      #expect((motion - expected).frobeniusNorm <= 100 * .ulpOfOne * size)
    }
  }

  @Test func `the derivative of the loss is the derivative of the loss`() {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<200 {
      let instance = RankOneInstance.anywhere(using: &generator)
      let (flow, W) = (instance.flow, instance.start)
      let d = flow.velocity(at: W)
      func loss(_ h: Double) -> Double {
        let moved = RankOneState(
          scale: W.scale + h * d.scale, left: zip(W.left, d.left).map { $0 + h * $1 },
          right: zip(W.right, d.right).map { $0 + h * $1 }
        ).matrix
        let distance = (flow.target.leadingMatrix - moved).frobeniusNorm
        return distance * distance / 2
      }
      // Central differences: error h² relative to the time scale 1/(N m s^p), plus eps/h.
      let rate = Double(flow.depth) * flow.sampleCount * pow(max(W.scale, instance.sZ), flow.exponent)
      let h = 1e-5 / rate
      let difference = (loss(h) - loss(-h)) / (2 * h)
      let scale = rate * (W.scale + instance.sZ) * (W.scale + instance.sZ)
      #expect((difference - flow.targetLossDerivative(at: W)).magnitude <= 1e-7 * scale)
    }
  }

  @Test func `distances and terms agree with matrices, also close to the target`() {
    var generator = SeededGenerator(seed: 3)
    for k in 0..<100 {
      let turn = pow(10, -Double(k % 8))
      let instance = RankOneInstance(
        depth: 3, rows: 4, columns: 3, gamma: 0.5, turn: turn, size: 1 + turn, using: &generator)
      let (flow, W) = (instance.flow, instance.start)
      let distance = (flow.target.leadingMatrix - W.matrix).frobeniusNorm
      // Entries of W and Z_1 carry a few eps of s_Z: the matrix side is the inaccurate one.
      let roundOff = 50 * .ulpOfOne * instance.sZ
      #expect((flow.distanceSquared(of: W).squareRoot() - distance).magnitude <= roundOff)
      let (u, v) = (Matrix.column(W.left), Matrix.column(W.right))
      let pull = Matrix.product(u, .transposed, flow.target.leadingMatrix * v, .plain)[0, 0]
      let (T1, T2) = flow.lossTerms(of: W)
      #expect(((2 * T1).squareRoot() - (W.scale - pull).magnitude).magnitude <= roundOff)
      #expect((T2 - instance.sZ * (instance.sZ - pull)).magnitude <= roundOff * instance.sZ)
    }
  }

  @Test(arguments: ReferenceTrajectory.all.map(\.name))
  func `the flow of s, u, v passes through the reference states`(name: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let target = TargetSpectrum(reference.target)
    let instance = RankOneInstance(
      flow: RankOneFlow(depth: reference.depth, sampleCount: reference.sampleCount, target: target),
      start: RankOneState(
        scale: reference.initialScale, left: reference.initialLeft, right: reference.initialRight))
    for state in reference.states where state.time > 0 {
      let run = instance.trajectory(until: state.time * instance.rateUnit, tolerance: 1e-12)
      let last = try #require(run.last)
      let error = (last.state.matrix - state.endToEndMatrix).frobeniusNorm / state.scale
      // Thousands of steps of error 1e-12 each, damped on the way.
      #expect(error <= 1e-9, "t = \(state.time)")
      let distance = instance.flow.distanceSquared(of: last.state).squareRoot()
      #expect((distance - state.distanceToTarget).magnitude <= 1e-9 * state.scale)
    }
  }
}
