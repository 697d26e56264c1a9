import CReferenceLAPACK
import Foundation
import LinearAlgebra
import LinearNetworks

/// Gradient and Hessian product of the network loss against their two bounds: operations and memory.
struct DerivativesBenchmark {
  /// From a rank-one run in reduced coordinates to layers as wide as BLAS likes them.
  let shapes = [
    [10, 1, 1, 1], [20, 3, 3, 3], [20, 5, 5, 10], [20, 10, 10, 10], [64, 10, 10, 10], [50, 50, 50, 50],
    [784, 32, 32, 32, 10], [200, 200, 200, 200], [500, 500, 500],
  ]

  static let explanation = """
    `NetworkLoss` evaluated at random weights, against what nothing could be faster than: one square `dgemm` with as many
    operations, and a copy of as many numbers as must be read and written once (weights, labels and the result; in the
    processor's cache where they fit). All three are timed in turn; the bound is the slower of the two, and the last figure of each is
    bound / time. Thin layers cannot reach the speed of a square product: each number read is used too few times, and
    below some thousand operations it is the calls themselves that cost.
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
        "widths", "operations", "gradient", "GFLOP/s", "dgemm", "copy", "bound / time", "Hessian product",
        "GFLOP/s", "dgemm", "copy", "bound / time",
      ])
    for widths in shapes {
      var generator = SeededGenerator(seed: 1)
      let loss = NetworkLoss(
        problem: Problem(
          target: .gaussian(widths.last!, widths[0], using: &generator), sampleCount: 3), widths: widths)
      let weights = (0..<loss.shape.parameterCount).map { _ in 0.1 * generator.normal() }
      let direction = (0..<loss.shape.parameterCount).map { _ in generator.normal() }
      var result = weights
      let operations = Self.gradientOperations(widths)
      let numbers = 2 * weights.count + widths[0] * widths.last!
      let gradient = compare(operations, numbers) { loss.gradient(weights, into: &result) }
      loss.linearize(at: weights)
      // The product rule makes two products of each, apart from those of the linearisation, and reads a direction too.
      let hessian = compare(2 * operations, numbers + weights.count) {
        loss.hessianProduct(direction, into: &result)
      }
      table.rows.append(
        [widths.map(String.init).joined(separator: "–"), short(operations)]
          + [(gradient, operations), (hessian, 2 * operations)].flatMap { times, count in
            [
              duration(times.time), short(count / times.time / 1e9), duration(times.product),
              duration(times.copy), short(max(times.product, times.copy) / times.time),
            ]
          })
    }
    return table
  }

  /// Medians of the time of one call, of a product of as many operations, and of a copy of as many numbers.
  private func compare(_ operations: Double, _ numbers: Int, _ work: () -> Void)
    -> (time: Double, product: Double, copy: Double)
  {
    let n = max(1, Int(cbrt(operations / 2).rounded()))
    var generator = SeededGenerator(seed: 2)
    let (A, B) = (Matrix.gaussian(n, n, using: &generator), Matrix.gaussian(n, n, using: &generator))
    var C = Matrix(zeros: n, n)
    // Half of the numbers are read, half written.
    let half = (numbers + 1) / 2
    let (source, target) = (
      [Double](repeating: 1, count: half), UnsafeMutablePointer<Double>.allocate(capacity: half)
    )
    defer { target.deallocate() }
    // Timed by the 10 ms and more: several time slices of a busy machine.
    let calls = max(1, Int(1e-2 / max(Clock.processor.seconds(work), 1e-7)))
    var times: [(time: Double, product: Double, copy: Double)] = []
    for _ in 0..<15 {
      let time = Clock.processor.seconds { for _ in 0..<calls { work() } }
      let product = Clock.processor.seconds {
        C.storage.withUnsafeMutableBufferPointer { c in
          for _ in 0..<calls {
            cblas_dgemm(
              CblasColMajor, CblasNoTrans, CblasNoTrans, Int32(n), Int32(n), Int32(n), 1, A.storage, Int32(n),
              B.storage, Int32(n), 0, c.baseAddress!, Int32(n))
          }
        }
      }
      let copy = Clock.processor.seconds {
        for _ in 0..<calls { cblas_dcopy(Int32(half), source, 1, target, 1) }
      }
      times.append((time, product, copy))
    }
    // The square product has 2n³ operations, not exactly as many.
    let share = operations / (2 * Double(n * n * n)) / Double(calls)
    return (
      median(times.map(\.time)) / Double(calls), median(times.map(\.product)) * share,
      median(times.map(\.copy)) / Double(calls)
    )
  }
}
