import Foundation
import LinearAlgebra
import LinearNetworks

/// Gradient and Hessian product of the network loss against one matrix product with as many operations.
struct DerivativesBenchmark {
  /// From a rank-one run in reduced coordinates to layers as wide as BLAS likes them.
  let shapes = [
    [10, 1, 1, 1], [64, 10, 10, 10], [50, 50, 50, 50], [784, 32, 32, 32, 10], [200, 200, 200, 200],
    [500, 500, 500],
  ]

  static let explanation = """
    `NetworkLoss` evaluated at random weights, in multiplications and additions of its matrix products; the reference
    is one square `dgemm` with equally many. The two alternate. Thin layers cannot reach the speed of a square product:
    each number read is used too few times, and below some thousand operations it is the calls themselves that cost.
    """

  /// Operations of the matrix products in one gradient, with W = B_N W_1 first and the layers' products after it.
  static func gradientOperations(_ d: [Int]) -> Double {
    let N = d.count - 1
    if N == 1 { return 0 }
    let ends = 3 * d[N] * d[1] * d[0]
    let inner = (3..<max(N + 1, 3)).reduce(0) { $0 + 2 * d[$1] * d[$1 - 1] * d[1] }
    let sweep = (2..<max(N, 2)).reduce(0) { $0 + d[$1] * d[$1 + 1] * d[1] }
    return Double(2 * (ends + inner + sweep))
  }

  func run() -> Table {
    var table = Table(
      title: "Derivatives", explanation: Self.explanation,
      columns: [
        "widths", "operations", "gradient", "GFLOP/s", "speed / dgemm", "Hessian product", "GFLOP/s",
        "speed / dgemm",
      ])
    for widths in shapes {
      var generator = SeededGenerator(seed: 1)
      let loss = NetworkLoss(
        loss: QuadraticLoss(
          inputScales: (0..<widths[0]).map { _ in 1 + generator.uniform() },
          labels: .gaussian(widths.last!, widths[0], using: &generator), irreducible: 0), widths: widths)
      let weights = (0..<loss.shape.parameterCount).map { _ in 0.1 * generator.normal() }
      let direction = (0..<loss.shape.parameterCount).map { _ in generator.normal() }
      var result = weights
      let operations = Self.gradientOperations(widths)
      let gradient = compare(operations) { loss.gradient(weights, into: &result) }
      loss.linearize(at: weights)
      // The product rule makes two products of each, apart from those of the linearisation.
      let hessian = compare(2 * operations) { loss.hessianProduct(direction, into: &result) }
      table.rows.append(
        [widths.map(String.init).joined(separator: "–"), short(operations)]
          + [(gradient, operations), (hessian, 2 * operations)].flatMap { times, count in
            [duration(times.time), short(count / times.time / 1e9), short(times.speed)]
          })
    }
    return table
  }

  /// The time of one call, and its speed relative to a square product of as many operations.
  private func compare(_ operations: Double, _ work: () -> Void) -> (time: Double, speed: Double) {
    let n = max(1, Int(cbrt(operations / 2).rounded()))
    var generator = SeededGenerator(seed: 2)
    let (A, B) = (Matrix.gaussian(n, n, using: &generator), Matrix.gaussian(n, n, using: &generator))
    var C = Matrix(zeros: n, n)
    // Calls of microseconds are timed by the thousand.
    let calls = max(1, Int(2e-3 / max(seconds(work), 1e-7)))
    let times = PairedTimes(
      repetitions: 41,
      ours: { for _ in 0..<calls { work() } },
      preparingReference: {},
      reference: {
        C.storage.withUnsafeMutableBufferPointer { c in
          for _ in 0..<calls {
            gemm(.plain, .plain, n, n, n, 1, A.storage, n, B.storage, n, 0, c.baseAddress!, n)
          }
        }
      })
    // The square product has 2n³ operations, not exactly as many.
    let exact = 2 * Double(n * n * n)
    return (median(times.ours) / Double(calls), times.relativeSpeed * operations / exact)
  }
}
