import Foundation
import LinearAlgebra
import LinearNetworks
import Training

/// How the cost of narrow networks grows with the size of the target.
struct SizeStudy {
  static let sizes = [50, 100, 200, 400]
  static let families = [
    (depth: 3, rank: 1), (depth: 2, rank: 10), (depth: 3, rank: 10), (depth: 4, rank: 10),
  ]

  static let explanation = """
    An n × n Gaussian target, m = 50, a random balanced start of rank r and the size of the target, at the default tolerance: reduction, certificate,
    run until convergence with its error estimate, and verdict. One singular value decomposition of Z is a part of it that nothing can avoid; its time stands beside, measured in turn
    with ours. The exponent is the slope of log(time − decomposition) against log n from n = 100 on: 1 is the goal, since W(t) and all that is asked of it live in (dx + dy)·r numbers.
    """

  func run() throws -> Table {
    var table = Table(
      title: "Cost against size", explanation: Self.explanation,
      columns: ["network", "method"] + Self.sizes.map { "n = \($0)" } + [
        "exponent", "SVD of Z, n = \(Self.sizes.last!)",
      ])
    for (depth, rank) in Self.families {
      var (times, decompositions, method) = ([Double](), [Double](), "")
      for n in Self.sizes {
        var generator = SeededGenerator(seed: 1)
        let Z = Matrix.gaussian(n, n, using: &generator)
        let widths = [n] + Array(repeating: rank, count: depth - 1) + [n]
        let start = try Start.random(norm: 1).network(widths: widths, target: Z, seed: 1)
        let paired = PairedTimes(
          repetitions: 3,
          ours: {
            // A problem of its own each time: it keeps its decomposition.
            let run = TrainingRun(
              problem: Problem(target: Z, sampleCount: 50), start: start, options: TrainingOptions())
            let outcome = run.run()
            precondition(outcome.ending == .converged, "\(outcome.ending)")
            precondition(run.promise.certificate.best != nil, "nothing is promised")
            method = run.method.method.rawValue
          }, preparingReference: {}, reference: { _ = Z.singularValueDecomposition })
        times.append(median(paired.ours))
        decompositions.append(median(paired.reference))
      }
      let points = Self.sizes.indices.filter { Self.sizes[$0] >= 100 }.map {
        (log(Double(Self.sizes[$0])), log(max(times[$0] - decompositions[$0], 1e-9)))
      }
      table.rows.append(
        ["depth \(depth), rank \(rank)", method] + times.map(duration)
          + [short(slope(points)), duration(decompositions.last!)])
    }
    return table
  }

  /// Of the least-squares line through points.
  private func slope(_ points: [(x: Double, y: Double)]) -> Double {
    let n = Double(points.count)
    let (x, y) = (points.reduce(0) { $0 + $1.x } / n, points.reduce(0) { $0 + $1.y } / n)
    return points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) }
      / points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
  }
}
