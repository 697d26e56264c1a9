import Foundation
import LinearAlgebra
import LinearNetworks
import Theory
import Training

/// Networks of one neuron that satisfy Assumption 3.6 except that the start is not balanced: W_0 of the stable set (28), layers of different sizes.
func unbalancedStart(_ draw: inout Draw) -> SampleInstance? {
  let instance = SampleFamily {
    $0.depths = 2...4
    $0.widths = 1...4
    $0.surplus = 0...4
    $0.isWhitened = true
  }.instance(&draw)
  return instance.flatMap { narrow($0, &draw) }.flatMap { $0.startsInStableSet ? $0 : nil }
}

/// Networks of one neuron that satisfy Assumption 3.6 except that X Xᵀ/m ≠ I; Z = Y Xᵀ/m, and W_0 in its stable set (28).
func colouredInputs(_ draw: inout Draw) -> SampleInstance? {
  let instance = SampleFamily {
    $0.depths = 2...4
    $0.widths = 2...4
    $0.surplus = 2...6
  }.instance(&draw)
  return instance.flatMap { narrow($0, &draw) }.flatMap { i in
    guard i.inputCondition < 20, i.startsInStableSet,
      let balanced = try? LinearNetwork.balanced(factoring: i.W, widths: i.network.widths)
    else { return nil }
    return SampleInstance(inputs: i.inputs, outputs: i.outputs, network: balanced)
  }
}

/// The same samples with hidden layers of one neuron, whose sizes differ by up to a factor of a hundred.
private func narrow(_ instance: SampleInstance, _ draw: inout Draw) -> SampleInstance? {
  let N = instance.network.depth
  let (dx, dy) = (instance.inputs.rows, instance.outputs.rows)
  let widths = [dx] + Array(repeating: 1, count: N - 1) + [dy]
  // Near Z's leading pair, so that many starts lie in the stable set.
  let Z = TargetSpectrum(instance.crossCovariance)
  guard Z.rank > 0 else { return nil }
  func near(_ z: [Double]) -> [Double] { z.map { $0 + 0.5 * draw.logistic() / Double(z.count) } }
  let (u, v) = (near(Z.leftVectors[0]), near(Z.rightVectors[0]))
  let layers = (1...N).map { j -> Matrix in
    let size = draw.logarithmic(0.1, 10)
    if j == 1 { return size * Matrix.outer([1], v) }
    return j == N ? size * Matrix.outer(u, [1]) : Matrix(1, 1) { _, _ in size }
  }
  let network = LinearNetwork(layers: layers)
  return network.widths == widths
    ? SampleInstance(inputs: instance.inputs, outputs: instance.outputs, network: network) : nil
}

extension SampleInstance {
  /// Z = Y Xᵀ/m.
  var crossCovariance: Matrix {
    (1 / Double(inputs.columns)) * Matrix.product(outputs, .plain, inputs, .transposed)
  }

  /// c_0 > γ_Z, with room: some α in (γ_Z, 1) satisfies (28).
  fileprivate var startsInStableSet: Bool {
    let spectrum = TargetSpectrum(crossCovariance)
    guard let γ = spectrum.gapRatio, γ < 0.95 else { return false }
    let flow = RankOneFlow(depth: max(network.depth, 2), sampleCount: 1, target: spectrum)
    return flow.coordinate(of: RankOneState(leadingPartOf: W)) > γ + 0.02
  }

  /// The flow's limit is a global minimiser; none where no limit was reached.
  var reachesMinimum: [Comparison] {
    let outcome = exhibit.flow()
    guard outcome.ending == .converged else { return [] }
    return [.atMost(outcome.verdict.kind == .globalMinimiser ? 0 : 1, 0, unit: 1, roundOff: 0)]
  }
}
