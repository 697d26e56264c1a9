import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing
import Theory

/// The theorems on gradient descent against iterates computed here, layer by layer.
@Suite struct DescentTheoremTests {
  /// A start on data with its steps.
  private struct Case {
    let problem: Problem
    let start: LinearNetwork
    let inputs, cross: Matrix

    init(_ inputs: Matrix, best: Matrix, _ start: LinearNetwork) {
      (self.inputs, cross, self.start) = (
        inputs, Matrix.product(inputs, .plain, best, .transposed), start
      )
      problem = Problem(sampleCount: 1, inputFactor: inputs, crossFactor: cross, irreducible: 0)
    }

    func finding(_ label: String, step: Double) -> Finding {
      Certificate(Setting(problem: problem, start: start, step: step)).finding(label)!
    }

    /// The iterates 0, …, count.
    func iterates(_ step: Double, _ count: Int) -> [LinearNetwork] {
      var network = start
      var all = [network]
      for _ in 0..<count {
        let g = network.descent(inputs, cross)
        let θ = zip(network.parameters, g).map { $0 - step * $1 }
        network = LinearNetwork(widths: start.widths, parameters: θ)
        all.append(network)
      }
      return all
    }

    func excess(_ network: LinearNetwork) -> Double { Setting(problem: problem, start: network).excess }
  }

  /// Depths 1–4, balanced, unbalanced or zero-asymmetric starts on data of condition up to two.
  private static func cases(_ count: Int) -> [Case] {
    var generator = SeededGenerator(seed: 22)
    func size(_ n: Int) -> Int { 1 + Int(generator.next() % UInt64(n)) }
    return (0..<count).map { i in
      let (N, dx, dy) = (size(4), size(3), size(3))
      let scales = (0..<dx).map { _ in i % 2 == 0 ? 1.5 : 0.7 + 0.7 * generator.uniform() }
      let X = Matrix.product(
        .diagonal(scales), .plain, .randomOrthonormal(dx, dx, using: &generator), .transposed)
      let best = Matrix.gaussian(dy, dx, using: &generator)
      let kind = i % 4
      let widths = [dx] + (1..<max(N, 1)).map { _ in kind == 0 ? size(3) : max(dx, dy) } + (N > 0 ? [dy] : [])
      let start: LinearNetwork
      switch kind {
      case 0, 1:
        let W0 = best + 0.1 * Matrix.gaussian(dy, dx, using: &generator)
        start = try! .balanced(
          factoring: W0.singularValueDecomposition.truncated(to: widths.min()!), widths: widths)
      case 2:
        start = LinearNetwork(
          layers: zip(widths.dropFirst(), widths).map { 0.7 * Matrix.gaussian($0, $1, using: &generator) })
      default:
        start = LinearNetwork(
          layers: (1...N).map { j in
            j == N
              ? Matrix(zeros: dy, widths[N - 1])
              : .diagonal(
                Array(repeating: 1, count: min(widths[j], widths[j - 1])), rows: widths[j],
                columns: widths[j - 1])
          })
      }
      return Case(X, best: best, start)
    }
  }

  @Test
  func `steps that are called safe never raise the loss, and lower it by half of what their gradient says`() {
    var checked = 0
    for each in Self.cases(200) {
      let all = each.finding("D21", step: 1e-9)
      guard let largest = all.quantity("η_max"), largest > 0 else { continue }
      let step = 0.99 * largest
      #expect(each.finding("D21", step: step).applies)
      #expect(!each.finding("D21", step: 1.01 * largest).applies)
      let layers = each.finding("D21", step: step).quantity("b²")!
      let curvature = each.finding("D21", step: step).quantity("Λ")!
      let iterates = each.iterates(step, 60)
      let losses = iterates.map { each.problem.loss($0.endToEndMatrix) }
      for k in 0..<60 {
        let g = iterates[k].descent(each.inputs, each.cross).reduce(0) { $0 + $1 * $1 }
        #expect(losses[k + 1] <= losses[k] - 0.5 * step * g + 1e-12 * losses[0])
        // The bounds behind it.
        if each.start.depth > 1 {
          for W in iterates[k].layers { #expect(W.spectralNorm * W.spectralNorm <= layers * (1 + 1e-9)) }
        }
      }
      #expect(Sharp.largest(each.problem, iterates[30]) <= curvature * (1 + 1e-9))
      checked += 1
    }
    #expect(checked >= 190)
  }

  @Test func `imbalances drift no more than is said, and more than nothing`() {
    for each in Self.cases(120) where each.start.depth > 1 {
      guard let largest = each.finding("D21", step: 1e-9).quantity("η_max") else { continue }
      let step = 0.9 * largest
      guard let drift = each.finding("D26", step: step).quantity("drift") else { continue }
      let iterates = each.iterates(step, 200)
      let first = iterates[0].imbalances
      for network in iterates {
        for (D, D0) in zip(network.imbalances, first) {
          #expect((D - D0).spectralNorm <= drift * (1 + 1e-9) + 1e-14)
        }
      }
      // One step by the identity: η²(g_{j+1}ᵀg_{j+1} − g_jg_jᵀ).
      let g = LinearNetwork(
        widths: each.start.widths, parameters: each.start.descent(each.inputs, each.cross)
      ).layers
      for j in first.indices {
        let change =
          step * step
          * (Matrix.product(g[j + 1], .transposed, g[j + 1], .plain)
            - Matrix.product(g[j], .plain, g[j], .transposed))
        let scale = iterates[0].layers.reduce(1) { max($0, $1.frobeniusNorm) }
        #expect((iterates[1].imbalances[j] - first[j] - change).frobeniusNorm <= 1e-13 * scale * scale)
      }
    }
  }

  @Test(arguments: ["D23", "D24", "Arora (2018)"]) func `a promised rate holds at every iterate`(
    label: String
  ) {
    var spoke = 0
    for each in Self.cases(400) {
      guard let largest = each.finding("D21", step: 1e-9).quantity("η_max") else { continue }
      // The steps of Arora et al. are far smaller.
      for share in label == "Arora (2018)" ? [1e-4, 1e-6] : [0.99, 0.2] {
        let step = share * largest
        guard let bound = each.finding(label, step: step).bound else { continue }
        spoke += 1
        let unit = Setting(problem: each.problem, start: each.start).targetPower
        for (k, network) in each.iterates(step, 100).enumerated() {
          let gap = each.excess(network) / unit
          #expect(gap <= bound.curve.value(at: Double(k) * step) * (1 + 1e-9) + 1e-13)
        }
      }
    }
    #expect(spoke >= (label == "Arora (2018)" ? 3 : 40), "\(label) spoke \(spoke) times")
  }

  @Test func `where Theorem 1 of Arora et al. speaks, D24 speaks and promises more`() {
    var spoke = 0
    for each in Self.cases(400) {
      guard let largest = each.finding("D21", step: 1e-9).quantity("η_max") else { continue }
      let step = 1e-6 * largest
      guard let theirs = each.finding("Arora (2018)", step: step).bound else { continue }
      let ours = each.finding("D24", step: step)
      #expect(ours.applies)
      #expect((ours.bound?.curve.time(to: 1e-6) ?? .infinity) <= theirs.curve.time(to: 1e-6)!)
      // Far above their step they are silent.
      #expect(!each.finding("Arora (2018)", step: largest).applies)
      spoke += 1
    }
    #expect(spoke >= 3)
  }

  @Test func `the zero-asymmetric start has its rate for every target`() {
    var generator = SeededGenerator(seed: 5)
    for N in 2...5 {
      let best = 3 * Matrix.gaussian(3, 3, using: &generator)
      let start = LinearNetwork(
        layers: (1...N).map { $0 == N ? Matrix(zeros: 3, 3) : .identity(3) })
      let each = Case(.identity(3), best: best, start)
      let largest = each.finding("D21", step: 1e-9).quantity("η_max")!
      let finding = each.finding("D23", step: 0.01 * largest)
      #expect(finding.applies)
      #expect(finding.quantity("α")! > 0.9)
      #expect(finding.limit == .globalMinimiser && finding.strength == .certain)
    }
  }

  @Test func `descent leaves a minimiser above the stability limit, and stays below it`() {
    // Balanced, one neuron: λ_max(W*) = N m s^{2−2/N}.
    for (N, s) in [(2, 1.5), (3, 0.8), (4, 2.0)] {
      let problem = Problem(target: Matrix(rows: [[s]]), sampleCount: 2)
      let w = pow(s, 1 / Double(N))
      let start = LinearNetwork(layers: (0..<N).map { _ in Matrix(rows: [[w]]) })
      let λ = Double(N) * 2 * pow(s, 2 - 2 / Double(N))
      let limit = StabilityLimit(problem: problem, start: start)
      #expect((limit.sharpnessAtMinimiser! / λ - 1).magnitude <= 1e-9)
      #expect((limit.limit! * λ / 2 - 1).magnitude <= 1e-9)
      #expect(
        (StabilityLimit(problem: problem, start: start, momentum: 0.5).limit! * λ / 3 - 1).magnitude <= 1e-9)
      for share in [0.9, 1.1] {
        let step = share * 2 / λ
        var x = w * (1 + 1e-3)
        for _ in 0..<200 { x -= step * 2 * (pow(x, Double(N)) - s) * pow(x, Double(N - 1)) }
        #expect(((x - w).magnitude < 1e-6) == (share < 1))
        let certificate = Certificate(Setting(problem: problem, start: start, step: step))
        #expect(certificate.finding("D25")!.applies == (share < 1))
      }
    }
  }

  @Test func `a level certificate of descent holds where it is given`() {
    var spoke = 0
    for each in Self.cases(200) where each.start.depth >= 2 {
      guard let largest = each.finding("D21", step: 1e-9).quantity("η_max") else { continue }
      let step = 0.99 * largest
      guard each.finding("D22", step: step).applies else { continue }
      spoke += 1
      // No bound on the time: it goes down, and is still on its way or at the minimum.
      let iterates = each.iterates(step, 2000)
      let (middle, last) = (each.excess(iterates[1000]), each.excess(iterates[2000]))
      let scale = 1e-12 * Setting(problem: each.problem, start: each.start).targetPower
      #expect(last < middle && middle < each.excess(each.start) || middle <= scale)
    }
    #expect(spoke >= 40)
  }
}

private enum Sharp {
  /// λ_max by power iteration on the shifted Hessian: independent of the module's own.
  static func largest(_ problem: Problem, _ network: LinearNetwork) -> Double {
    let loss = NetworkLoss(problem: problem, widths: network.widths)
    let n = network.parameterCount
    var H = Matrix(zeros: n, n)
    for j in 0..<n {
      var e = [Double](repeating: 0, count: n)
      e[j] = 1
      for (i, x) in loss.hessianProduct(at: network.parameters, e).enumerated() { H[i, j] = x }
    }
    return SymmetricEigendecomposition(0.5 * (H + H.transpose)).eigenvalues.last!
  }
}
