import Integration
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

/// A data set with a start.
struct ReductionCase: Sendable, CustomStringConvertible {
  let name: String
  let data: RegressionCase
  let start: LinearNetwork
  /// The widths that the documentation promises.
  let reduced: [Int]

  var description: String { name }

  private static func balanced(_ widths: [Int], rank: Int) -> LinearNetwork {
    let W = SyntheticData.target(
      singularValues: (0..<rank).map { 1 / Double($0 + 1) }, inputs: widths[0], outputs: widths.last!,
      seed: 131)
    return try! .balanced(factoring: W, widths: widths)
  }

  /// Balanced, with hidden bases that are not columns of the identity: W_j → R_j W_j R_{j−1}ᵀ.
  private static func rotated(_ network: LinearNetwork) -> LinearNetwork {
    var generator = SeededGenerator(seed: 132)
    let rotations = network.widths.map { Matrix.randomOrthonormal($0, $0, using: &generator) }
    let (last, d) = (network.depth, network.widths)
    let R = rotations.indices.map { $0 == 0 || $0 == last ? .identity(d[$0]) : rotations[$0] }
    return LinearNetwork(layers: network.layers.enumerated().map { j, W in R[j + 1] * W * R[j].transpose })
  }

  /// With a part of rank one in its second layer that no other layer knows.
  private static func disturbed(_ network: LinearNetwork, by size: Double) -> LinearNetwork {
    var generator = SeededGenerator(seed: 155)
    var layers = network.layers
    let W = layers[1]
    layers[1] +=
      size * Matrix.gaussian(W.rows, 1, using: &generator) * Matrix.gaussian(1, W.columns, using: &generator)
    return LinearNetwork(layers: layers)
  }

  static let all: [ReductionCase] = [
    ReductionCase(
      name: "balanced, rank one in wide layers",
      data: .random(inputs: 5, outputs: 3, samples: 40, seed: 133),
      start: rotated(balanced([5, 7, 6, 3], rank: 1)), reduced: [5, 1, 1, 3]),
    ReductionCase(
      name: "balanced, rank two in wide layers",
      data: .random(inputs: 5, outputs: 3, samples: 40, seed: 134),
      start: rotated(balanced([5, 4, 8, 3], rank: 2)), reduced: [5, 2, 2, 3]),
    ReductionCase(
      name: "balanced, whitened, one output",
      data: .whitened(inputs: 12, outputs: 1, samples: 60, seed: 135),
      start: rotated(balanced([12, 6, 6, 1], rank: 1)), reduced: [2, 1, 1, 1]),
    ReductionCase(
      name: "balanced, whitened, rank two",
      data: .whitened(inputs: 12, outputs: 3, samples: 60, seed: 136),
      start: rotated(balanced([12, 6, 5, 3], rank: 2)), reduced: [5, 2, 2, 3]),
    ReductionCase(
      name: "balanced, one output of many moves",
      data: RegressionCase(
        "outputs of rank one",
        inputs: RegressionCase.random(inputs: 4, outputs: 1, samples: 30, seed: 137).inputs,
        outputs: Matrix.column([1, 2, 3, 4, 5])
          * RegressionCase.random(inputs: 4, outputs: 1, samples: 30, seed: 137).outputs),
      start: rotated(balanced([4, 6, 5], rank: 1)), reduced: [4, 1, 2]),
    ReductionCase(
      name: "unbalanced and wide",
      data: .random(inputs: 3, outputs: 2, samples: 30, seed: 138),
      start: NetworkCase.random(widths: [3, 20, 15, 2], seed: 139).network, reduced: [3, 18, 15, 2]),
    ReductionCase(
      name: "unbalanced, wide and whitened",
      data: .whitened(inputs: 8, outputs: 1, samples: 30, seed: 140),
      start: NetworkCase.random(widths: [8, 2, 9, 1], seed: 141).network, reduced: [3, 2, 3, 1]),
    ReductionCase(
      name: "nothing to reduce",
      data: .random(inputs: 3, outputs: 3, samples: 30, seed: 142),
      start: NetworkCase.random(widths: [3, 2, 3], seed: 143).network, reduced: [3, 2, 3]),
    ReductionCase(
      name: "fewer samples than inputs",
      data: .random(inputs: 6, outputs: 2, samples: 3, seed: 144),
      start: rotated(balanced([6, 4, 2], rank: 1)), reduced: [4, 1, 2]),
    ReductionCase(
      name: "few samples of many inputs",
      data: .random(inputs: 700, outputs: 2, samples: 5, seed: 156),
      start: rotated(balanced([700, 4, 2], rank: 1)), reduced: [6, 1, 2]),
    ReductionCase(
      name: "few samples of many inputs, unbalanced",
      data: .random(inputs: 700, outputs: 2, samples: 5, seed: 157),
      start: NetworkCase.random(widths: [700, 3, 2], seed: 158).network, reduced: [8, 3, 2]),
    ReductionCase(
      name: "balanced but for a millionth of a hidden layer",
      data: .random(inputs: 5, outputs: 3, samples: 40, seed: 133),
      start: disturbed(rotated(balanced([5, 7, 6, 3], rank: 1)), by: 1e-6), reduced: [5, 2, 2, 3]),
    ReductionCase(
      name: "balanced with a narrow hidden layer",
      data: .whitened(inputs: 12, outputs: 9, samples: 60, seed: 154),
      start: rotated(balanced([12, 8, 3, 8, 9], rank: 2)), reduced: [11, 2, 2, 2, 9]),
    ReductionCase(
      name: "narrow on a large target",
      data: .whitened(inputs: 26, outputs: 24, samples: 60, seed: 159),
      start: rotated(balanced([26, 6, 5, 24], rank: 2)), reduced: [26, 2, 2, 24]),
    ReductionCase(
      name: "narrow, two layers, unbalanced, on a large target",
      data: .whitened(inputs: 24, outputs: 30, samples: 60, seed: 160),
      start: NetworkCase.random(widths: [24, 3, 30], seed: 161).network, reduced: [24, 3, 27]),
    ReductionCase(
      name: "narrow on a large target of rank three",
      data: RegressionCase(
        "outputs of rank three",
        inputs: RegressionCase.whitened(inputs: 26, outputs: 3, samples: 60, seed: 162).inputs,
        outputs: NetworkCase.random(widths: [3, 24], seed: 163).network.layers[0]
          * RegressionCase.whitened(inputs: 26, outputs: 3, samples: 60, seed: 162).outputs),
      start: rotated(balanced([26, 6, 5, 24], rank: 2)), reduced: [5, 2, 2, 5]),
    ReductionCase(
      name: "depth one", data: .whitened(inputs: 9, outputs: 2, samples: 20, seed: 145),
      start: balanced([9, 2], rank: 1), reduced: [3, 2]),
  ]
}

struct ReductionTests {
  private func distance(_ a: LinearNetwork, _ b: LinearNetwork) -> Double {
    zip(a.layers, b.layers).map { ($0 - $1).frobeniusNorm }.max()!
  }

  /// −∇_{W_j} L_N on the raw samples.
  private func velocity(_ data: RegressionCase, at network: LinearNetwork) -> LinearNetwork {
    LinearNetwork(
      layers: Naive.gradient(network.layers) { W in (W * data.inputs - data.outputs) * data.inputs.transpose }
        .map { -$0 })
  }

  /// eps times what the gradient is a difference of.
  private func roundOff(_ item: ReductionCase) -> Double {
    let size = item.start.layers.reduce(1) { $0 * max(1, $1.frobeniusNorm) } * item.data.inputs.frobeniusNorm
    return 100 * .ulpOfOne * size * (size + item.data.outputs.frobeniusNorm)
  }

  @Test(arguments: ReductionCase.all) func `the unknowns that are left are those documented`(
    _ item: ReductionCase
  ) {
    let problem = Problem(inputs: item.data.inputs, outputs: item.data.outputs)
    let reduction = Reduction(of: problem, from: item.start)
    #expect(reduction.widths == item.reduced)
    #expect(reduction.original == item.start.widths)
    for Q in reduction.bases {
      #expect((Q.transpose * Q - .identity(Q.columns)).maximumMagnitude <= 100 * .ulpOfOne)
    }
  }

  @Test(arguments: ReductionCase.all) func `reducing and expanding undo each other`(_ item: ReductionCase) {
    let problem = Problem(inputs: item.data.inputs, outputs: item.data.outputs)
    let reduction = Reduction(of: problem, from: item.start)
    let reduced = reduction.reduce(item.start)
    #expect(reduced.widths == reduction.widths)
    #expect(distance(reduction.expand(reduced), item.start) <= roundOff(item))
    let other = NetworkCase.random(widths: reduction.widths, seed: 146).network
    #expect(distance(reduction.reduce(reduction.expand(other)), other) <= 1e3 * .ulpOfOne * 10)
    let W = reduction.expand(endToEnd: other.endToEndMatrix)
    #expect((W - reduction.expand(other).endToEndMatrix).frobeniusNorm <= 1e4 * .ulpOfOne)
  }

  @Test(arguments: ReductionCase.all) func `the loss is the same, also away from the start`(
    _ item: ReductionCase
  ) {
    let problem = Problem(inputs: item.data.inputs, outputs: item.data.outputs)
    let reduction = Reduction(of: problem, from: item.start)
    for seed in 147..<152 {
      let network = NetworkCase.random(widths: reduction.widths, seed: UInt64(seed)).network
      let direct = problem.loss(reduction.expand(network).endToEndMatrix)
      let reduced = reduction.problem.loss(network.endToEndMatrix)
      #expect((direct - reduced).magnitude <= 1e3 * .ulpOfOne * direct)
    }
  }

  @Test(arguments: ReductionCase.all) func `the reduced velocity expands to the full one`(
    _ item: ReductionCase
  ) {
    let problem = Problem(inputs: item.data.inputs, outputs: item.data.outputs)
    let reduction = Reduction(of: problem, from: item.start)
    let flow = GradientFlow(NetworkLoss(problem: reduction.problem, widths: reduction.widths))
    // At the start and after an Euler step: the form W_j = Q_j C_j Q_{j−1}ᵀ persists.
    var reduced = reduction.reduce(item.start)
    for _ in 0..<2 {
      let rate = LinearNetwork(widths: reduction.widths, parameters: flow(reduced.parameters))
      let full = velocity(item.data, at: reduction.expand(reduced))
      #expect(distance(reduction.expand(rate), full) <= roundOff(item))
      #expect(full.layers.contains { $0.frobeniusNorm > 1e6 * roundOff(item) })
      reduced = LinearNetwork(layers: zip(reduced.layers, rate.layers).map { $0 + 1e-3 * $1 })
    }
  }

  @Test(arguments: ReductionCase.all) func `reduced and unreduced trajectories agree`(_ item: ReductionCase)
    throws
  {
    let problem = Problem(inputs: item.data.inputs, outputs: item.data.outputs)
    let reduction = Reduction(of: problem, from: item.start)
    // Three times of the scale 1/‖X‖².
    let unit = 1 / (problem.inputScales[0] * problem.inputScales[0])
    let times = [0.3 * unit, unit, 3 * unit]

    let flow = GradientFlow(NetworkLoss(problem: reduction.problem, widths: reduction.widths))
    let recorder = Recorder(dimension: flow.dimension)
    let stepper = Integration.DormandPrince(relativeTolerance: 1e-11).start(
      flow, from: reduction.reduce(item.start).parameters, at: 0, events: .none)
    #expect(
      integrate(stepper, outputTimes: times, finalTime: times[2], observer: recorder) == .reachedFinalTime)
    #expect(recorder.outputs.map(\.time) == times)

    for (time, state) in recorder.outputs {
      let reduced = reduction.expand(LinearNetwork(widths: reduction.widths, parameters: state))
      // On all layers and the raw samples, by the tests' own integrator.
      var last: [Double] = []
      let finished = TestSupport.DormandPrince(tolerance: 1e-11).integrate(
        from: item.start.parameters, to: time,
        { velocity(item.data, at: LinearNetwork(widths: item.start.widths, parameters: $0)).parameters },
        visit: { _, y in
          last = y
          return true
        })
      #expect(finished)
      let full = LinearNetwork(widths: item.start.widths, parameters: last)
      let size = full.layers.map(\.frobeniusNorm).max()!
      // Some hundred steps of local error 1e-11 on either side.
      #expect(distance(reduced, full) <= 2e-9 * size)
      #expect(distance(full, item.start) > 1e-3 * size)
    }
  }

  @Test func `zero layers keep one dimension and stay where they are`() {
    let data = RegressionCase.random(inputs: 3, outputs: 2, samples: 20, seed: 153)
    let start = LinearNetwork(layers: [Matrix(zeros: 4, 3), Matrix(zeros: 2, 4)])
    let reduction = Reduction(of: Problem(inputs: data.inputs, outputs: data.outputs), from: start)
    #expect(reduction.widths == [3, 1, 2])
    let reduced = reduction.reduce(start)
    #expect(reduced.parameters.allSatisfy { $0 == 0 })
    #expect(reduction.expand(reduced) == start)
  }
}
