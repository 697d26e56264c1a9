import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

@Suite struct StationaryZooTests {
  @Test(arguments: StationaryCase.zoo) func `each stationary network gets the verdict that theory gives it`(
    _ example: StationaryCase
  ) {
    let (verdict, escape) = example.rule.verdict(on: example.network)
    #expect(verdict.kind == example.expected, "\(verdict)")
    #expect((escape != nil) == (example.expected == .strictSaddle))
    let test = FirstOrderTest(of: example.network, rule: example.rule)
    #expect(test.outcome == .stationary, "\(test)")
  }

  /// 1e-3, …, 1e-12.
  private static let sizes = (3...12).map { k in (0..<k).reduce(1.0) { x, _ in x / 10 } }

  @Test(arguments: StationaryCase.zoo, sizes)
  func `a perturbed copy is called what it is near, not stationary, or undecided, never another kind`(
    _ example: StationaryCase, size: Double
  ) {
    let verdict = example.rule.verdict(on: example.perturbed(by: size, seed: 7)).verdict
    switch verdict.kind {
    case .notStationary: #expect(verdict.relativeGradientNorm > verdict.gradientTolerance)
    case .undecided:
      let close = verdict.undecided
      #expect(close != nil && close!.value.magnitude <= close!.tolerance)
    default: #expect(verdict.kind == example.expected, "\(verdict)")
    }
  }

  @Test func `what is a thousandth of the tolerance away is decided in almost all cases`() {
    let undecided = StationaryCase.zoo.filter { example in
      example.rule.verdict(on: example.perturbed(by: 1e-12, seed: 8)).verdict.kind != example.expected
    }
    #expect(undecided.count * 20 <= StationaryCase.zoo.count, "\(undecided)")
  }

  @Test(arguments: StationaryCase.zoo)
  func `spare dimensions change no eigenvalue: the compressed spectrum is that of all weights`(
    _ example: StationaryCase
  ) throws {
    let hessian = NetworkHessian(of: example.problem, at: example.network, resolution: 0)
    let found = try #require(hessian.eigenvalues).flatMap {
      Array(repeating: $0.value, count: $0.multiplicity)
    }
    let whole = HessianSpectrum(
      of: NetworkLoss(problem: example.problem, widths: example.network.widths),
      at: example.network.parameters,
      resolution: 0)
    let scale = max(whole.largest, whole.lowest[0].magnitude)
    #expect(found.count == example.network.parameterCount)
    let roundOff = 10 * Double(found.count) * .ulpOfOne * max(scale, 1)
    #expect(zip(found, whole.lowest).allSatisfy { ($0 - $1).magnitude <= roundOff })
    // The direction belongs to the lowest eigenvalue.
    let Δ = hessian.lowestDirection
    let form = NetworkLoss(problem: example.problem, widths: example.network.widths).hessianForm(
      at: example.network, along: Δ)
    #expect((Matrix.column(Δ.parameters).frobeniusNorm - 1).magnitude <= 1e-12)
    #expect((form - hessian.smallest).magnitude <= roundOff)
  }

  @Test(arguments: StationaryCase.zoo)
  func `zero eigenvalues are at least as many as the symmetries explain`(_ example: StationaryCase) throws {
    let hessian = NetworkHessian(of: example.problem, at: example.network, resolution: 0)
    let verdict = example.rule.verdict(on: example.network).verdict
    let inertia = Inertia(of: hessian, tolerance: verdict.curvatureTolerance)
    let symmetries = try #require(FactorisationSymmetry.dimension(at: example.network))
    #expect(inertia.kind == .exact)
    #expect(inertia.negative + inertia.zero + inertia.positive == example.network.parameterCount)
    #expect(inertia.zero >= symmetries)
    #expect((inertia.negative > 0) == (example.expected == .strictSaddle))
  }

  @Test(arguments: StationaryCase.zoo)
  func `the loss is at the level of the directions that are kept`(_ example: StationaryCase) throws {
    let W = example.network.endToEndMatrix
    let captured = CapturedDirections(of: example.problem)
    #expect(captured.defect(of: W) <= 1e-12)
    let kept = captured.subset(of: W)
    let minimum = example.rule.minimum
    let level = try #require(
      CriticalLevels(of: minimum).first { ($0.gap - minimum.gap(of: W)).magnitude <= 1e-12 * minimum.loss })
    #expect(level.kept == kept)
    switch level.nature {
    case .globalMinimum: #expect(example.expected == .globalMinimiser)
    case .strictSaddles: #expect(example.expected == .strictSaddle)
    case .leading: #expect(example.expected != .globalMinimiser)
    }
  }

  @Test(arguments: StationaryCase.zoo)
  func `polishing a copy perturbed by 1e-4 comes back to a stationary point nearby`(_ example: StationaryCase)
  {
    let near = example.perturbed(by: 1e-4, seed: 9)
    let polish = Polish(near, rule: example.rule)
    // Where all of the Hessian of some directions vanishes, for N ≥ 4 and a rank below r, ‖∇L_N‖ may have a minimum that is not zero on the way; it is small.
    let mayStall = example.network.depth >= 4 && example.endToEndRank < example.network.bottleneckWidth
    if mayStall {
      #expect(polish.ending == .stationary || polish.gradientAfter <= 1e-7 * polish.gradientBefore)
      #expect(FirstOrderTest(of: polish.network, rule: example.rule).holds)
    } else {
      #expect(polish.ending == .stationary, "\(polish.gradientBefore) → \(polish.gradientAfter)")
    }
    // Newton's step is about as long as the perturbation, times the condition of the curvature.
    #expect(polish.distance <= 100 * 1e-4 * Double(near.parameterCount).squareRoot())
    let moved = zip(polish.network.parameters, near.parameters).map { $0 - $1 }
    #expect((Matrix.column(moved).frobeniusNorm - polish.distance).magnitude <= 1e-10)
    let verdict = example.rule.verdict(on: polish.network).verdict
    // A point where more of the Hessian vanishes has strict saddles of small curvature beside it, which may be nearer.
    if example.expected == .nonStrictSaddle {
      #expect([.nonStrictSaddle, .strictSaddle, .undecided].contains(verdict.kind))
    } else {
      #expect(verdict.kind == example.expected, "\(verdict)")
    }
  }
}
