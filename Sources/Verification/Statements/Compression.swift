import Foundation
import LinearAlgebra
import LinearNetworks

extension Claim {
  /// D1.
  static let sampleCompression = Claim(
    "d1-samples", title: "Any number of samples is equivalent to dx samples and a constant",
    formula: "½‖Y − WX‖² = ½‖R_xyᵀ − W R_xxᵀ‖² + ½‖R_yy‖² for every W, [Xᵀ Yᵀ] = Q [R_xx R_xy; 0 R_yy]",
    source: "D1", instances: SampleFamily { $0.surplus = -2...20 }.instance,
    mutants: [
      Mutant("R_yy left out") { $0.compressed(constant: 0) },
      Mutant("R_xx in place of R_xxᵀ") { $0.compressed(constant: 1, isTransposed: false) },
    ]
  ) { $0.compressed(constant: 1) }

  /// D2.
  static let widthCompression = Claim(
    "d2-widths", title: "A network moves in the span of its start and the data",
    formula: "W_j = Q_jC_jQ_{j−1}ᵀ ⇒ ∇_{W_j}L = Q_j (∇_{C_j}L) Q_{j−1}ᵀ: the C_j follow the same flow",
    source: "D2", instances: SampleFamily { $0.start = .balanced }.instance,
    mutants: [
      Mutant("the gradient doubled") { $0.reducedGradient(factor: 2) },
      Mutant("its sign") { $0.reducedGradient(factor: -1) },
    ]
  ) { $0.reducedGradient(factor: 1) }

  /// D3.
  static let inputCoordinates = Claim(
    "d3-inputs", title: "In the eigenbasis of X Xᵀ the inputs are a scaling",
    formula: "X = E diag(ξ) Fᵀ ⇒ (WX − Y)Xᵀ E = (WE diag(ξ) − YF) diag(ξ)", source: "D3",
    instances: SampleFamily { $0.surplus = -2...4 }.instance,
    mutants: [
      Mutant("ξ² for the last ξ") { $0.eigenGradient(power: 2) },
      Mutant("the last ξ left out") { $0.eigenGradient(power: 0) },
    ]
  ) { $0.eigenGradient(power: 1) }

  /// D3, whitened.
  static let whitenedSubspace = Claim(
    "d3-subspace", title: "On whitened data W stays in the span of Z and the start",
    formula:
      "X Xᵀ = mI ⇒ the rows of ∇_{W_1}L lie in the row space of Z and W_1, the columns of ∇_{W_N}L in the range of Z and W_N",
    source: "D3",
    instances: SampleFamily {
      $0.isWhitened = true
      $0.widths = 1...5
    }.instance,
    hypotheses: [
      Hypothesis("X whitened", broken: SampleFamily { $0.widths = 1...5 }.instance) { i in
        let m = Double(i.inputs.columns)
        let gram = (1 / m) * Matrix.product(i.inputs, .plain, i.inputs, .transposed)
        return (gram - .identity(gram.rows)).maximumMagnitude < 1e-12
      }
    ],
    mutants: [Mutant("in the row space of Z alone") { $0.leavesSpan(ofTargetAlone: true) }]
  ) { $0.leavesSpan(ofTargetAlone: false) }
}

extension SampleInstance {
  fileprivate func compressed(constant: Double, isTransposed: Bool = true) -> [Comparison] {
    var compression = SampleCompression(columns: inputs.rows + outputs.rows)
    compression.append(inputs.appendingRows(outputs).transpose)
    let (dx, dy) = (inputs.rows, outputs.rows)
    let parts = compression.split(inputs: Array(0..<dx), outputs: Array(dx..<dx + dy), centered: false)
    // Square, also where there are fewer samples than inputs.
    let missing = dx - parts.inputFactor.rows
    func padded(_ R: Matrix) -> Matrix {
      missing > 0 ? R.appendingRows(Matrix(zeros: missing, R.columns)) : R
    }
    let Rxx = isTransposed ? padded(parts.inputFactor).transpose : padded(parts.inputFactor)
    let e = (outputs - W * inputs).frobeniusNorm
    let f = (padded(parts.crossFactor).transpose - W * Rxx).frobeniusNorm
    return [
      .equal(
        e * e / 2, f * f / 2 + constant * parts.irreducible, unit: residualSize * residualSize,
        roundOff: 4 * roundOff)
    ]
  }

  fileprivate func reducedGradient(factor: Double) -> [Comparison] {
    let problem = exhibit.problem
    let reduction = Reduction(of: problem, from: network)
    let loss = NetworkLoss(problem: problem, widths: network.widths)
    let whole = LinearNetwork(widths: network.widths, parameters: loss.gradient(network.parameters))
    let reduced = reduction.reduce(network)
    let small = NetworkLoss(problem: reduction.problem, widths: reduced.widths)
    let part = reduction.expand(
      LinearNetwork(widths: reduced.widths, parameters: small.gradient(reduced.parameters)))
    let norms = network.layers.map(\.frobeniusNorm)
    let unit = residualSize * inputs.frobeniusNorm * norms.reduce(1, *) / norms.min()!
    return zip(whole.layers, part.layers).map {
      .equal(($0 - factor * $1).frobeniusNorm, 0, unit: max(unit, 1e-300), roundOff: 32 * roundOff)
    }
  }

  fileprivate func eigenGradient(power: Double) -> [Comparison] {
    let problem = exhibit.problem
    let direct = problem.inEigenbasis(
      Matrix.product(W * inputs - outputs, .plain, inputs, .transposed))
    let ξ = problem.inputScales
    let scaled = problem.spectralLoss.residual(problem.inEigenbasis(W)).scalingColumns(
      by: ξ.map { pow($0, power) })
    return [
      .equal(
        (direct - scaled).frobeniusNorm, 0, unit: residualSize * inputs.frobeniusNorm, roundOff: 8 * roundOff)
    ]
  }

  fileprivate func leavesSpan(ofTargetAlone: Bool) -> [Comparison] {
    let Z = (1 / Double(inputs.columns)) * Matrix.product(outputs, .plain, inputs, .transposed)
    let problem = exhibit.problem
    let loss = NetworkLoss(problem: problem, widths: network.widths)
    let g = LinearNetwork(widths: network.widths, parameters: loss.gradient(network.parameters)).layers
    func outside(_ A: Matrix, _ spans: [Matrix]) -> Double {
      let scaled = spans.filter { $0.frobeniusNorm > 0 }.map { (1 / $0.frobeniusNorm) * $0 }
      guard let head = scaled.first else { return A.frobeniusNorm }
      // Directions below 1e-10 of the span are not resolved.
      let basis = scaled.dropFirst().reduce(head) { $0.appendingColumns($1) }
        .columnSpaceBasis(relativeTolerance: 1e-10)
      return (A - basis * Matrix.product(basis, .transposed, A, .plain)).frobeniusNorm
    }
    let norms = network.layers.map(\.frobeniusNorm)
    let unit = residualSize * inputs.frobeniusNorm * norms.reduce(1, *) / norms.min()!
    let roundOff = 32 * roundOff + 1e-10
    return [
      .equal(
        outside(g[0].transpose, [Z.transpose] + (ofTargetAlone ? [] : [network.layers[0].transpose])), 0,
        unit: max(unit, 1e-300), roundOff: roundOff),
      .equal(
        outside(g.last!, [Z] + (ofTargetAlone ? [] : [network.layers.last!])), 0, unit: max(unit, 1e-300),
        roundOff: roundOff),
    ]
  }
}
