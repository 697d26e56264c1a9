import Foundation
import LinearAlgebra
import LinearNetworks
import Testing
import Training

/// A run in other units is the same run: with X·2^x, Y·2^y and layers·2^k, y − x = N·k, the flow takes the time t·2^(2(k−y)), and powers of two round nothing.
@Suite struct UnitsTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let inputs, outputs: Matrix
    let layers: [Matrix]
    let method: TrainingOptions.Method

    func outcome(_ x: Int, _ y: Int) -> TrainingOutcome {
      var options = TrainingOptions()
      options.method = method
      let network = LinearNetwork(layers: layers.map { times($0, (y - x) / layers.count) })
      return TrainingRun(
        problem: Problem(inputs: times(inputs, x), outputs: times(outputs, y)), start: network,
        options: options
      ).run()
    }
  }

  static let cases: [Case] = {
    var generator = SeededGenerator(seed: 90)
    func gaussian(_ rows: Int, _ columns: Int, _ size: Double = 1) -> Matrix {
      size * Matrix.gaussian(rows, columns, using: &generator)
    }
    let X = gaussian(3, 30)
    let Y = gaussian(2, 3) * X + gaussian(2, 30, 0.1)
    // X Xᵀ = c·I exactly: the closed forms hold.
    let white = Matrix(4, 4) { i, j in
      [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]][i][j]
    }
    let Z = gaussian(3, 4)
    let (u, v) = (gaussian(3, 1, 0.4), gaussian(1, 4, 0.4))
    let A = gaussian(3, 4, 0.2)
    let balanced = try! LinearNetwork.balanced(factoring: A, widths: [4, 3, 3])
    let rankOne = try! LinearNetwork.balanced(factoring: u * v, widths: [4, 1, 1, 3])
    return [
      Case(
        testDescription: "explicit, three layers", inputs: X, outputs: Y,
        layers: [gaussian(3, 3, 0.3), gaussian(2, 3, 0.3), gaussian(2, 2, 0.3)], method: .erk),
      Case(
        testDescription: "implicit, two layers", inputs: X, outputs: Y,
        layers: [gaussian(3, 3, 0.3), gaussian(2, 3, 0.3)], method: .cvode),
      Case(
        testDescription: "closed form, two layers", inputs: white, outputs: Z * white,
        layers: balanced.layers,
        method: .exact),
      Case(
        testDescription: "closed form, rank one", inputs: white, outputs: Z * white, layers: rankOne.layers,
        method: .exact),
      Case(
        testDescription: "closed form, one layer", inputs: white, outputs: Z * white, layers: [A],
        method: .exact),
    ]
  }()

  @Test(arguments: cases, [(0, 396), (0, -396), (396, 396), (-396, -396), (-240, 0), (240, -60)])
  func `every quantity of a run scales`(run: Case, exponents: (x: Int, y: Int)) throws {
    let (x, y) = exponents
    let k = (y - x) / run.layers.count
    let (plain, scaled) = (run.outcome(0, 0), run.outcome(x, y))
    #expect(plain.ending == .converged)
    #expect(scaled.ending == plain.ending && scaled.verdict.kind == plain.verdict.kind)
    #expect(agree([scaled.time], [plain.time], exponent: 2 * (k - y)))
    func series(_ quantity: (TrajectoryRecord) -> Double, exponent: Int, floor: Double = 0) -> Bool {
      agree(scaled.records.map(quantity), plain.records.map(quantity), exponent: exponent, floor: floor)
    }
    #expect(series(\.time, exponent: 2 * (k - y)))
    #expect(series(\.loss, exponent: 2 * y))
    #expect(series(\.gap, exponent: 2 * y, floor: 1e-14))
    #expect(series(\.gradientNorm, exponent: 2 * y - k, floor: 1e-14))
    #expect(series(\.distanceToTarget, exponent: y - x, floor: 1e-14))
    #expect(series(\.alignment, exponent: 0) && series(\.imbalance, exponent: 0, floor: 1e-14))
    for i in plain.records[0].singularValues.indices {
      #expect(series({ $0.singularValues[i] }, exponent: y - x, floor: 1e-14), "\(i)")
    }
    #expect(
      agree(
        scaled.accuracyTimes.compactMap(\.self), plain.accuracyTimes.compactMap(\.self), exponent: 2 * (k - y)
      ))
  }

  /// To 1e-10, or to the floor in units of the first: norms may be taken in units that are no powers of two, and the error estimate of a step, a difference that nearly cancels, hands their
  /// round-off on to the times of the steps (1e-11 was seen).
  private func agree(_ found: [Double], _ expected: [Double], exponent: Int, floor: Double = 0) -> Bool {
    let size = expected.reduce(0) { max($0, $1.magnitude) }
    return found.count == expected.count
      && zip(found, expected).allSatisfy {
        (scalbn($0, -exponent) - $1).magnitude <= 1e-10 * $1.magnitude + floor * size
      }
  }
}

private func times(_ A: Matrix, _ exponent: Int) -> Matrix {
  Matrix(rows: A.rows, columns: A.columns, storage: A.storage.map { scalbn($0, exponent) })
}
