import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing
import Theory

/// Every theorem of the catalogue, whatever it promises, against flows of all kinds integrated layer by layer.
@Suite struct EveryPromiseTests {
  /// A start, its problem, and (13) for it.
  private struct Case {
    let problem: Problem
    let start: LinearNetwork
    private let inputs: Matrix
    private let cross: Matrix

    /// Depth 1–4, dimensions 1–3, whitened or not; starts near the minimiser, anywhere, unbalanced, or zero-asymmetric.
    init(using generator: inout SeededGenerator) {
      func size(_ n: Int) -> Int { 1 + Int(generator.next() % UInt64(n)) }
      let (N, dx, dy) = (size(4), size(3), size(3))
      let isWhite = generator.uniform() < 0.5
      let scales = (0..<dx).map { _ in isWhite ? 1.5 : 0.7 + generator.uniform() }
      inputs = Matrix.product(
        .diagonal(scales), .plain, .randomOrthonormal(dx, dx, using: &generator), .transposed)
      let best = Matrix.gaussian(dy, dx, using: &generator)
      cross = Matrix.product(inputs, .plain, best, .transposed)
      problem = Problem(sampleCount: 1, inputFactor: inputs, crossFactor: cross, irreducible: 0)
      // The test integrator takes its first step from the size of the start: a single layer is not zero.
      let kind = Int(generator.next() % (N == 1 ? 3 : 4))
      let hidden = (1..<max(N, 1)).map { _ in kind == 3 ? max(dx, dy) : size(3) }
      let widths = [dx] + (N > 1 ? hidden : []) + [dy]
      let rank = widths.min()!
      switch kind {
      case 0, 1:
        let W0 =
          kind == 0
          ? best + 0.1 * generator.uniform() * Matrix.gaussian(dy, dx, using: &generator)
          : Matrix.gaussian(dy, dx, using: &generator)
        start = try! .balanced(factoring: W0.singularValueDecomposition.truncated(to: rank), widths: widths)
      case 2:
        start = LinearNetwork(
          layers: zip(widths.dropFirst(), widths).map { 1.5 * Matrix.gaussian($0, $1, using: &generator) })
      default:
        start = LinearNetwork(
          layers: (1...N).map { j in
            j == N
              ? Matrix(zeros: dy, widths[N - 1])
              : Matrix.diagonal(
                Array(repeating: 1, count: min(widths[j], widths[j - 1])), rows: widths[j],
                columns: widths[j - 1])
          })
      }
    }

    /// Squared relative gaps along the flow until it has converged to 1e-11, or to `end`.
    func run(until end: Double) -> ObservedTrajectory {
      let widths = start.widths
      func layers(_ y: [Double]) -> LinearNetwork { LinearNetwork(widths: widths, parameters: y) }
      let first = Setting(problem: problem, start: start)
      let unit = first.targetPower
      var (times, gaps): ([Double], [ObservedTrajectory.Value]) = ([], [])
      var limit: String?
      // A balanced flow into a singular matrix leaves it by round-off of the layers, which the exact one does not (D10).
      var isLost = false
      // Stiff flows end early; what they showed until then counts.
      DormandPrince(tolerance: 1e-10, maximumSteps: 4000).integrate(
        from: start.parameters, to: end,
        { y in layers(y).descent(inputs, cross).map { -$0 } },
        visit: { t, y in
          let network = layers(y)
          let W = network.endToEndMatrix
          // An error of 1e-8 of W, the integrator's 1e-10 in some thousand steps, damped on the way.
          let error = 1e-8 * (W.frobeniusNorm + 1) * first.largestEigenvalue.squareRoot()
          let length = (2 * problem.loss(W)).squareRoot()
          let gap = Setting(problem: problem, start: network).excess
          times.append(t)
          gaps.append(.init(gap / unit, error: (2 * length * error + error * error) / unit))
          let values = W.singularValues
          isLost = isLost || (first.isBalanced && values[first.bottleneck - 1] < 1e-6 * values[0])
          if gap < 1e-11 * unit, !isLost { limit = "globalMinimiser" }
          return limit == nil && !isLost
        })
      return ObservedTrajectory(
        times: times, gaps: gaps, distances: times.map { _ in .init(0, error: 0) }, limit: limit)
    }
  }

  @Test func `no bound and no limit of any theorem is broken along five hundred flows of all kinds`() throws {
    var generator = SeededGenerator(seed: 90)
    var (bounds, limits, controls, caught) = ([String: Int](), [String: Int](), 0, 0)
    for _ in 0..<500 {
      let example = Case(using: &generator)
      let certificate = Certificate(problem: example.problem, start: example.start)
      let run = example.run(until: 60)
      for observation in certificate.observations(along: run) {
        #expect(!observation.isViolated, "\(observation.lines) \(example.start) \(example.problem)")
        let finding = try #require(certificate.finding(observation.id))
        if observation.limitReached != nil { limits[observation.id, default: 0] += 1 }
        guard let bound = finding.bound, bound.on == .gap, run.times.count > 10 else { continue }
        bounds[observation.id, default: 0] += 1
        // Negative control: the same curve with a clock that is ten times as fast.
        let curve = bound.curve
        let hasty = DecayCurve(
          points: zip(curve.times, curve.logarithms).map { ($0 / 10, $1) }, rate: 10 * curve.rate)
        let wrong = Claimed(conclusion: Conclusion("too fast", bound: Bound(on: .gap, hasty))).finding
        controls += 1
        if try #require(Observation(wrong, along: run)).isViolated { caught += 1 }
      }
    }
    for id in ["D9", "D16", "D18", "D18b", "D18c"] {
      #expect(bounds[id, default: 0] >= 20, "\(id) was tried on \(bounds[id, default: 0])")
    }
    for id in ["D13", "D14", "D5", "(39)"] {
      #expect(limits[id, default: 0] >= 10, "\(id) was tried on \(limits[id, default: 0])")
    }
    #expect(caught * 2 > controls, "a clock ten times as fast was caught on \(caught) of \(controls)")
  }
}

extension LinearNetwork {
  /// ∇L_N for L_1(W) = ½‖W R_xxᵀ − R_xyᵀ‖², the layers one after the other.
  func descent(_ inputs: Matrix, _ cross: Matrix) -> [Double] {
    let G = (Matrix.product(endToEndMatrix, .plain, inputs, .transposed) - cross.transpose) * inputs
    return layers.indices.flatMap { j -> [Double] in
      let after = layers[(j + 1)...].reduce(Matrix.identity(layers[j].rows)) { $1 * $0 }
      let before = layers[..<j].reduce(Matrix.identity(widths[0])) { $1 * $0 }
      return (after.transpose * G * before.transpose).storage
    }
  }
}
