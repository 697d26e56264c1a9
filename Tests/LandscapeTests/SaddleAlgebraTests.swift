import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

/// The verdict by ranks of products of layers, against Hessians.
@Suite struct SaddleAlgebraTests {
  /// A network with the kind that ranks give it and the extreme eigenvalues of its Hessian by NumPy (`Reference/generate.py`).
  struct Saddle: Decodable, CustomTestStringConvertible, Sendable {
    let size: Double
    let rank: Int
    let isLeading: Bool
    let kind: Verdict.Kind
    let inputs, outputs: Matrix
    let layers: [Matrix]
    let smallest, largest: Double

    var testDescription: String {
      "widths \(network.widths), rank \(rank), \(kind), moved by \(size)"
    }
    var network: LinearNetwork { LinearNetwork(layers: layers) }
    var rule: VerdictRule {
      VerdictRule(for: Problem(inputs: inputs, outputs: outputs), rank: network.bottleneckWidth)
    }
    /// What rounding leaves of curvature in both programs.
    var roundOff: Double { 1e-12 * max(largest, -smallest, 1) }

    static let all: [Saddle] = {
      struct File: Decodable { let cases: [Saddle] }
      let url = Bundle.module.url(forResource: "saddles", withExtension: "json")!
      return try! JSONDecoder().decode(File.self, from: Data(contentsOf: url)).cases
    }()
  }

  @Test(arguments: Saddle.all.filter { $0.size == 0 })
  func `ranks, eigenvalues and NumPy agree on what a saddle is`(_ saddle: Saddle) throws {
    let (verdict, escape) = saddle.rule.verdict(on: saddle.network)
    #expect(verdict.kind == saddle.kind, "\(verdict)")
    let algebra = try #require(verdict.algebra)
    #expect(algebra.answer == (saddle.kind == .strictSaddle ? .strict : .notStrict))
    #expect(verdict.decidedBy == .algebraAndHessian)
    #expect(algebra.lowerBound <= saddle.smallest + saddle.roundOff)
    #expect(try #require(algebra.upperBound) >= saddle.smallest - saddle.roundOff)
    // The bounds are no sham: both are within their curvature of each other.
    if saddle.kind == .strictSaddle {
      #expect(try #require(algebra.upperBound) < 0.02 * saddle.smallest)
      #expect((escape != nil))
    } else {
      #expect(algebra.lowerBound >= -saddle.roundOff * 100)
    }
  }

  @Test(arguments: Saddle.all)
  func `near a saddle the layers' bounds hold, and never name the other kind`(_ saddle: Saddle) {
    // As the rule looks at it, and as if it were stationary.
    let usual = saddle.rule.verdict(on: saddle.network).verdict
    #expect(usual.kind == saddle.kind || [.undecided, .notStationary].contains(usual.kind), "\(usual)")
    let rule = VerdictRule(
      for: saddle.rule.problem, rank: saddle.network.bottleneckWidth, gradientTolerance: 1)
    let verdict = rule.verdict(on: saddle.network).verdict
    guard let algebra = verdict.algebra else { return }
    #expect(algebra.lowerBound <= saddle.smallest + saddle.roundOff)
    if let upper = algebra.upperBound { #expect(upper >= saddle.smallest - saddle.roundOff) }
    switch usual.algebra?.answer {
    case .strict: #expect(saddle.kind == .strictSaddle)
    case .notStrict: #expect(saddle.kind == .nonStrictSaddle)
    case .undecided, nil: break
    }
  }

  @Test func `an exactly stationary network of that kind is as near as the verdict says`() throws {
    var named = 0
    for saddle in Saddle.all where saddle.kind == .nonStrictSaddle && saddle.size < 1e-3 {
      let rule = VerdictRule(
        for: saddle.rule.problem, rank: saddle.network.bottleneckWidth,
        gradientTolerance: max(1e-9, 30 * saddle.size))
      guard let algebra = rule.verdict(on: saddle.network).verdict.algebra, algebra.answer == .notStrict,
        let distance = algebra.distance
      else { continue }
      named += 1
      // Where three layers carry nothing beyond the rank it is about the perturbation; where products vanish otherwise it may be larger, never smaller.
      #expect(distance >= 0)
    }
    #expect(named >= 20)
    // Balanced saddles have nothing in any layer beyond what was learnt: the point itself is found.
    for hidden in [[3, 3], [3, 4, 3]] {
      let example = StationaryCase.make([3, 2, 1], widths: [4] + hidden + [3], kept: [1], seed: 77)
      for size in [0, 1e-11] {
        let verdict = example.rule.verdict(on: example.perturbed(by: size, seed: 3)).verdict
        let distance = try #require(verdict.algebra?.distance)
        let moved = size * Double(example.network.parameterCount).squareRoot()
        #expect(distance <= 3 * moved + 1e-14 * 10)
      }
    }
  }

  @Test(arguments: StationaryCase.zoo)
  func `ranks alone give the zoo's verdicts`(_ example: StationaryCase) {
    let verdict = example.rule.verdict(on: example.network).verdict
    switch example.expected {
    case .globalMinimiser: #expect(verdict.algebra == nil && verdict.decidedBy == .loss)
    case .strictSaddle: #expect(verdict.algebra?.answer == .strict && verdict.decidedBy == .algebraAndHessian)
    default: #expect(verdict.algebra?.answer == .notStrict && verdict.decidedBy == .algebraAndHessian)
    }
  }

  @Test func `of 100,000 weights and rank 181 the layers decide without a Hessian`() throws {
    let σ = (0..<190).map { 3 - 0.01 * Double($0) }
    let kept = Array(1...181)
    // Three layers: nothing beyond the rank in any (not strict), and something in the middle one (strict).
    for (padded, kind) in [([], Verdict.Kind.nonStrictSaddle), ([2], .strictSaddle)] {
      let example = StationaryCase.make(
        σ, widths: [190, 186, 186, 190], kept: kept, padded: padded, seed: 5)
      #expect(example.network.parameterCount > 100_000)
      let (verdict, escape) = example.rule.verdict(on: example.perturbed(by: 1e-13, seed: 6))
      #expect(verdict.kind == kind, "\(verdict)")
      #expect(verdict.rank == 181)
      #expect(verdict.decidedBy == .algebra)
      #expect((escape == nil) == (kind == .nonStrictSaddle))
      if kind == .nonStrictSaddle {
        // Bounds that meet are an eigenvalue; no direction has curvature below zero.
        #expect(try #require(verdict.smallestHessianEigenvalue).magnitude <= verdict.curvatureTolerance)
        #expect(verdict.hessianMethod == .layers && verdict.hessianArgument == .layers)
      } else {
        let λ = try #require(verdict.escapeCurvature)
        let form = NetworkLoss(problem: example.problem, widths: example.network.widths).hessianForm(
          at: example.network, along: try #require(escape))
        #expect((form - λ).magnitude <= 1e-6 * λ.magnitude)
      }
    }
  }

  @Test func `negative control: weights that let a signal pass turn the answer`() {
    for hidden in 2...4 {
      let widths = [4] + Array(repeating: 3, count: hidden) + [3]
      // With N − 2 layers that pass something on beyond the rank the saddle is strict, with one less it is not.
      let open = StationaryCase.make(
        [3, 2, 1], widths: widths, kept: [1], padded: Array(2...hidden), seed: 9)
      let closed = StationaryCase.make(
        [3, 2, 1], widths: widths, kept: [1], padded: Array(2..<hidden), seed: 9)
      #expect(open.rule.verdict(on: open.network).verdict.algebra?.answer == .strict)
      #expect(closed.rule.verdict(on: closed.network).verdict.algebra?.answer == .notStrict)
    }
  }
}
