import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Testing
import Theory

private struct ReferenceFile<Case: Decodable>: Decodable {
  let cases: [Case]
}

/// D13–D20 against values computed in fractions or with 50 digits and more: Reference/README.md.
@Suite struct ReferenceValuesTests {
  /// The cases of a file.
  private func cases<Case: Decodable>(_ file: String, of type: Case.Type = Case.self) throws -> [Case] {
    let url = try #require(
      Bundle.module.url(forResource: file, withExtension: "json", subdirectory: "Reference"))
    let found = try JSONDecoder().decode(ReferenceFile<Case>.self, from: Data(contentsOf: url)).cases
    try #require(!found.isEmpty)
    return found
  }

  private func network(_ layers: [[[Double]]]) -> LinearNetwork {
    LinearNetwork(layers: layers.map(Matrix.init(rows:)))
  }

  // MARK: D13

  private struct Basin: Decodable {
    let name: String
    let target: [[Double]]
    let sampleCount: Int
    let layers: [[[Double]]]
    let learned: [Double]
    let isGlobalMinimum, exactZeros: Bool
    let smallestCosine: Double?
  }

  @Test
  func
    `D13: what is said of a limit at depth two is what the exact flow does, and hidden zeros are not told`()
    throws
  {
    var (decided, undecided) = (0, 0)
    for one in try cases("depth-two-basin", of: Basin.self) {
      let setting = Setting(
        problem: Problem(target: Matrix(rows: one.target), sampleCount: one.sampleCount),
        start: network(one.layers))
      let certificate = Certificate(setting)
      var isDecided = false
      for finding in certificate.theorems where finding.applies && finding.strength == .certain {
        switch finding.limit {
        case .globalMinimiser?: #expect(one.isGlobalMinimum, "\(one.name): \(finding.id)")
        case .origin?: #expect(one.learned.isEmpty, "\(one.name): \(finding.id)")
        case .saddle(let kept)?:
          #expect(!one.isGlobalMinimum, "\(one.name): \(finding.id)")
          if let kept {
            let values = kept.map {
              setting.minimum.singularValues[$0 - 1] / Double(one.sampleCount).squareRoot()
            }
            #expect(
              values.count == one.learned.count
                && zip(values, one.learned).allSatisfy {
                  abs($0 - $1) < 1e-12 * one.target.joined().reduce(0) { max($0, abs($1)) } * 4
                },
              "\(one.name): \(finding.id) keeps \(kept)")
          }
        case nil: continue
        }
        isDecided = true
      }
      // A start that meets every direction by 5 % or more is told before the run.
      if let cosine = one.smallestCosine, cosine > 0.05 {
        #expect(certificate.finding("D13")?.limit == .globalMinimiser, "\(one.name)")
        #expect(
          abs((certificate.finding("D13")?.quantity("σ_min") ?? 0) - cosine) < 1e-13, "\(one.name)")
      }
      if isDecided { decided += 1 } else { undecided += 1 }
    }
    // Zeros behind a rotation cannot be told from round-off; most others are decided.
    #expect(decided >= 25 && undecided >= 10, "\(decided) decided, \(undecided) not")
  }

  // MARK: D14

  private struct Levels: Decodable {
    let name: String
    let singularValues: [Double]
    let rank: Int
    let lowestLevel: Double?
    let levels: [Double]
  }

  @Test func `D14: the levels are those of all sets of at most r directions`() throws {
    for one in try cases("levels", of: Levels.self) {
      let n = one.singularValues.count
      let setting = Setting(
        target: .diagonal(one.singularValues), start: Matrix(zeros: n, n), depth: 2, width: one.rank,
        samples: 1)
      let unit = max(1, one.singularValues.reduce(0) { $0 + $1 * $1 })
      let found = setting.levels.map { 2 * $0.gap }
      #expect(found.count == one.levels.count, "\(one.name)")
      for (a, b) in zip(found, one.levels) { #expect(abs(a - b) < 1e-14 * unit, "\(one.name)") }
      #expect((setting.lowestLevel == nil) == (one.lowestLevel == nil), "\(one.name)")
      if let a = setting.lowestLevel, let b = one.lowestLevel {
        #expect(abs(a - b) < 1e-14 * unit, "\(one.name)")
      }
    }
  }

  // MARK: D16

  private struct Time: Decodable {
    let name: String
    let depth, rank, outputs, inputs: Int
    let singularValues, inputScales: [Double]
    let start, end: Double
    let applies: Bool
    let time, finalRate: Double?
  }

  @Test func `D16: promised times are those of the integral, rounded up`() throws {
    for one in try cases("level-rate", of: Time.self) where one.applies && one.depth > 1 {
      let r = one.rank
      let isFull = r == min(one.outputs, one.inputs)
      let rate = LevelRate(
        excess: one.start, time: 0, leading: one.singularValues[r - 1],
        next: r < one.singularValues.count ? one.singularValues[r] : 0,
        smallest: one.inputScales.min()! * one.inputScales.min()!,
        largest: one.inputScales.max()! * one.inputScales.max()!, depth: one.depth, isFull: isFull,
        isSquare: isFull && one.outputs == one.inputs, unit: 1)
      let (time, exact) = (try #require(rate.bound.time(to: one.end)), try #require(one.time))
      // Pieces of the curve are straight at their slowest rate, at most half a unit of y long.
      #expect(time >= exact * (1 - 1e-12) && time <= exact * 1.05, "\(one.name): \(time), exactly \(exact)")
      let final = try #require(one.finalRate)
      #expect(rate.finalRate <= final * (1 + 1e-12) && rate.finalRate > 0.99 * final, "\(one.name)")
    }
  }

  // MARK: D17

  private struct Final: Decodable {
    let name: String
    let depth, rank: Int
    let inputScales: [Double]
    let labels: [[Double]]
    let slowest, exponent, constant: Double?
  }

  @Test func `D17: the final rate is twice the smallest eigenvalue of the linearised flow, on any data`()
    throws
  {
    var generator = SeededGenerator(seed: 17)
    for one in try cases("final-rates", of: Final.self) {
      let problem = Problem(inputs: .diagonal(one.inputScales), outputs: Matrix(rows: one.labels))
      let widths = [problem.inputs] + Array(repeating: one.rank, count: one.depth - 1) + [problem.outputs]
      let start = try LinearNetwork.balanced(
        factoring: Matrix.gaussian(problem.outputs, problem.inputs, using: &generator)
          .singularValueDecomposition.truncated(to: one.rank), widths: widths)
      let setting = Setting(problem: problem, start: start)
      let finding = try #require(Certificate(setting).finding("D17"))
      switch finding.decay {
      case .exponential(let rate, _)?:
        let slowest = try #require(one.slowest, "\(one.name)")
        #expect(abs(rate / (2 * slowest) - 1) < 1e-9, "\(one.name): \(rate), exactly \(2 * slowest)")
      case .power(let exponent, let coefficient)?:
        let constant = try #require(one.constant, "\(one.name)") / setting.targetPower
        #expect(exponent == one.exponent, "\(one.name)")
        #expect(abs(coefficient / constant - 1) < 1e-9, "\(one.name): \(coefficient), exactly \(constant)")
      case nil: Issue.record("\(one.name): \(finding.reason ?? "no law")")
      }
    }
  }

  // MARK: D18

  private struct Imbalance: Decodable {
    struct Ball: Decodable {
      let mu0: Double
      let radius, rate: Double?
    }
    struct TwoLayers: Decodable { let lambdaPlus, lambdaMinus: Double }
    let name: String
    let layers: [[[Double]]]
    let inputScales: [Double]
    let labels: [[Double]]
    let alpha, rate: Double
    let ball: Ball?
    let twoLayers: TwoLayers?
  }

  @Test func `D18: what the imbalances keep, and the ball`() throws {
    var (rates, balls) = (0, 0)
    for one in try cases("imbalance", of: Imbalance.self) {
      let setting = Setting(
        problem: Problem(inputs: .diagonal(one.inputScales), outputs: Matrix(rows: one.labels)),
        start: network(one.layers))
      let certificate = Certificate(setting)
      let finding = try #require(certificate.finding("D18"))
      if one.alpha > 0, one.layers.count > 1, !setting.isBalanced {
        let α = try #require(finding.quantity("α"), "\(one.name): \(finding.reason ?? "")")
        #expect(abs(α / one.alpha - 1) < 1e-12, "\(one.name)")
        #expect(abs((finding.bound?.curve.rate ?? 0) / one.rate - 1) < 1e-12, "\(one.name)")
        rates += 1
      } else {
        #expect(!finding.applies, "\(one.name)")
      }
      let ball = try #require(certificate.finding("D18c"))
      if let rate = one.ball?.rate, let radius = one.ball?.radius, one.layers.count > 1 {
        let R = try #require(ball.quantity("R*"), "\(one.name): \(ball.reason ?? "")")
        // The integral is rounded inwards in 64 pieces.
        #expect(R >= radius * (1 - 1e-12) && R < 1.05 * radius, "\(one.name): \(R), exactly \(radius)")
        let promised = try #require(ball.bound?.curve.rate)
        #expect(
          promised <= rate * (1 + 1e-12) && promised > 0.9 * rate, "\(one.name): \(promised), exactly \(rate)"
        )
        balls += 1
      } else {
        #expect(!ball.applies, "\(one.name)")
      }
    }
    #expect(rates >= 4 && balls >= 2, "\(rates) rates, \(balls) balls")
  }

  // MARK: D19

  private struct Determinant: Decodable {
    let name: String
    let matrix: [[Double]]
    let sign: Int
    let expected: String
  }

  @Test func `D19: the sign of a determinant is right wherever it is told, and told where it can be`() throws
  {
    for one in try cases("determinant-signs", of: Determinant.self) {
      let sign = Matrix(rows: one.matrix).certainDeterminantSign(relativeError: 0)
      if let sign { #expect(sign == one.sign, "\(one.name)") }
      if one.expected == "decided" { #expect(sign != nil, "\(one.name)") }
      if one.expected == "undecided" { #expect(sign == nil, "\(one.name)") }
    }
  }

  private struct Decay: Decodable {
    let name: String
    let depth: Int
    let inputScales: [Double]
    let labels: [[Double]]
    let targetSign: Int
    let gradient: Double
  }

  @Test func `D19: the direction that is lost decays with the gradient at the limit`() throws {
    for one in try cases("decay-law", of: Decay.self) {
      let problem = Problem(inputs: .diagonal(one.inputScales), outputs: Matrix(rows: one.labels))
      let n = problem.outputs
      let widths = Array(repeating: n, count: one.depth + 1)
      for sign in [1.0, -1] {
        // Any start whose determinant has this sign.
        let W0 = Matrix(n, n) { $0 == $1 ? ($0 == 0 ? sign : 1) : 0.1 * Double($0 - 2 * $1) }
        let setting = Setting(problem: problem, start: try .balanced(factoring: W0, widths: widths))
        let finding = try #require(Certificate(setting).finding("D19"))
        let agrees = try #require(W0.certainDeterminantSign(relativeError: 0)) == one.targetSign
        if agrees {
          #expect(finding.limit == .globalMinimiser, "\(one.name)")
        } else if finding.applies {
          #expect(
            finding.limit == (n == 1 ? .origin : .saddle(kept: Array(1..<n))), "\(one.name)")
          let ρ = try #require(finding.quantity("ρ̄"), "\(one.name)")
          #expect(abs(ρ / one.gradient - 1) < 1e-12, "\(one.name)")
        } else {
          Issue.record("\(one.name): \(finding.reason ?? "")")
        }
      }
    }
  }

  // MARK: D20

  private struct Inertia: Decodable {
    let name: String
    let layers: [[[Double]]]
    let labels: [[Double]]
    let layerRanks: [Int]
    let leastRank, best: Int
    let applies: Bool
  }

  @Test func `D20: the ranks that the imbalances keep`() throws {
    for one in try cases("inertia", of: Inertia.self) {
      let labels = Matrix(rows: one.labels)
      let setting = Setting(
        problem: Problem(inputs: .identity(labels.columns), outputs: labels), start: network(one.layers))
      #expect(setting.inertiaFloor.layerRanks == one.layerRanks, "\(one.name)")
      #expect(min(setting.inertiaFloor.rank, one.best) == one.leastRank, "\(one.name)")
      let finding = try #require(Certificate(setting).finding("D20"))
      if !setting.isBalanced {
        #expect(
          (finding.limit == .globalMinimiser) == one.applies, "\(one.name): \(finding.reason ?? "")")
      }
    }
  }

  // MARK: Small starts

  private struct Sequence: Decodable {
    let name: String
    let target: [[Double]]
    let sampleCount: Int
    let layers: [[[Double]]]
    let observed, levels: [Double]
  }

  @Test func `small starts: when two layers pass from saddle to saddle`() throws {
    for one in try cases("depth-two-sequence", of: Sequence.self) {
      let setting = Setting(
        problem: Problem(target: Matrix(rows: one.target), sampleCount: one.sampleCount),
        start: network(one.layers))
      let sequence = try #require(SaddleSequence(setting), "\(one.name)")
      #expect(sequence.basis == .closedForm)
      #expect(sequence.steps.map(\.kept) == (1...one.observed.count).map { Array(1..<$0 + 1) }, "\(one.name)")
      for (step, exact) in zip(sequence.steps, one.observed) {
        let time = try #require(step.time)
        #expect(abs(time / exact - 1) < 2e-9, "\(one.name): \(time), exactly \(exact)")
      }
    }
  }

  private struct Aligned: Decodable {
    let name: String
    let depth, sampleCount: Int
    let singularValues, start: [Double]
    let times: [Double?]
  }

  @Test
  func `small starts: aligned modes are learnt in the order of their times`()
    throws
  {
    for one in try cases("small-starts", of: Aligned.self) {
      let n = one.start.count
      let problem = Problem(target: .diagonal(one.singularValues), sampleCount: one.sampleCount)
      let layers = (0..<one.depth).map { j in
        Matrix.diagonal(
          one.start.map { w in
            let root = pow(abs(w), 1 / Double(one.depth))
            return j == 0 && w < 0 ? -root : root
          })
      }
      let setting = Setting(problem: problem, start: LinearNetwork(layers: layers))
      let sequence = try #require(SaddleSequence(setting), "\(one.name)")
      #expect(sequence.basis == .closedForm)
      let order = (0..<n).filter { one.times[$0] != nil }.sorted { one.times[$0]! < one.times[$1]! }
      // Levels that the loss does not come within a twentieth of, since modes overlap, are no saddles that it passes.
      let chain = order.indices.map { order[...$0].map { $0 + 1 }.sorted() }
      let kept = sequence.steps.map(\.kept)
      #expect(
        kept == chain.filter(kept.contains) && kept.last == chain.last && kept.first == chain.first,
        "\(one.name)")
      for (step, before) in zip(sequence.steps, [[]] + kept) where step.kept.count == before.count + 1 {
        let i = order[before.count]
        let (time, half) = (try #require(step.time), one.times[i]!)
        // The loss is half-way when s = (1 − 1/√2)σ, before s = σ/2: by log(1 + √2)/(2mσ) for two layers, by at most ∫ dx/x²(1 − x) = 2.6 in units of 1/(N m σ^p) for more.
        let σ = one.singularValues[i]
        let rate = Double(one.depth * one.sampleCount) * pow(σ, 2 - 2 / Double(one.depth))
        let lead = (half - time) * rate
        #expect(lead > 0 && lead < 2.6, "\(one.name): \(lead)")
        // To a tenth, as modes overlap.
        if one.depth == 2 { #expect(abs(lead - log(1 + 2.0.squareRoot())) < 0.11, "\(one.name): \(lead)") }
      }
    }
  }

  @Test
  func
    `small starts: a start that is not small has no sequence, unbalanced deep layers have one without times`()
    throws
  {
    let problem = Problem(
      inputs: .diagonal([2, 1, 1.5]), outputs: Matrix(rows: [[3, 1, 0], [0, 2, 1], [1, 0, 1]]))
    var generator = SeededGenerator(seed: 3)
    func start(_ scale: Double) -> LinearNetwork {
      LinearNetwork(layers: (0..<3).map { _ in scale * .gaussian(3, 3, using: &generator) })
    }
    #expect(SaddleSequence(Setting(problem: problem, start: start(1))) == nil)
    let sequence = try #require(SaddleSequence(Setting(problem: problem, start: start(1e-3))))
    #expect(sequence.basis == .estimate)
    #expect(sequence.steps.map(\.kept) == [[1], [1, 2], [1, 2, 3]])
    #expect(sequence.steps.allSatisfy { $0.time == nil })
    #expect(SaddleSequence(Setting(target: Matrix(zeros: 2, 2), start: .identity(2), depth: 2)) == nil)
  }
}
