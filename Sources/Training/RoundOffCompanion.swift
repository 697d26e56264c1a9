import ExactFlows
import Integration
import LinearAlgebra
import LinearNetworks

/// A run beside a run, from data and a start that are moved by some units of their round-off.
///
/// A saddle is left along directions that grow from what the start has of them. Where that is less than the round-off of data, of the start's rotation into the basis in which it is
/// integrated, or of the steps, the numbers leave the saddle all the same, when round-off takes them away; the exact flow may stay. Then sixteen units of round-off change the time of
/// departure by the logarithm of sixteen in that of 1/eps at least, 7 %, and elsewhere by nothing that is seen.
///
/// What is known exactly is not moved: zeros, and, up to a relative change, numbers that no rotation has touched.
struct RoundOffCompanion {
  /// In units of round-off: enough to be told from those of the run itself (tuned).
  private static let displacement = 16 * Double.ulpOfOne

  /// The reduced problem and start, moved.
  let run: TrainingRun

  init(of run: TrainingRun) {
    var generator = SeededGenerator(seed: 1)
    let reduction = run.reduction
    let isExact = reduction.bases.map(\.isSignedPermutation)
    let N = run.start.depth
    func moved(_ A: Matrix, isExact: Bool, byRows: Bool) -> Matrix {
      let noise = Matrix.gaussian(A.rows, A.columns, using: &generator)
      let norms = (0..<A.rows).map { i in
        byRows
          ? Matrix.column((0..<A.columns).map { A[i, $0] }).frobeniusNorm : A.frobeniusNorm
      }
      return Matrix(A.rows, A.columns) { i, j in
        let a = A[i, j]
        return a == 0 ? 0 : a + Self.displacement * noise[i, j] * (isExact ? a : norms[i])
      }
    }
    let loss = reduction.problem.spectralLoss
    let problem = Problem(
      sampleCount: reduction.problem.sampleCount,
      diagonal: QuadraticLoss(
        inputScales: loss.inputScales,
        // Outputs have units of their own.
        labels: moved(loss.labels, isExact: isExact[0] && isExact[N], byRows: isExact[N]),
        irreducible: loss.irreducible))
    let start = LinearNetwork(
      layers: run.reducedStart.layers.enumerated().map { j, W in
        moved(W, isExact: isExact[j] && isExact[j + 1], byRows: false)
      })
    var options = run.options
    (options.formulation, options.method) = (.layers, run.method.method)
    self.run = TrainingRun(problem: problem, start: start, options: options)
  }
}

/// How the passages of a run and of its companion compare.
struct PassageComparison {
  /// Relative differences up to this are those of the accuracy of the runs; a departure that round-off decides differs by 7 % of the time of waiting.
  static let tolerance = 0.01

  /// The largest relative difference; 1 where only one of the two passed.
  let difference: Double

  /// - Parameters:
  ///   - a: of the run.
  ///   - b: of its companion.
  ///   - end: up to where the companion went.
  init(_ a: LevelPassages, _ b: LevelPassages, until end: Double) {
    difference = zip(a.times, b.times).reduce(0) { worst, pair in
      switch pair {
      case (nil, nil): worst
      // The companion, within the tolerance, had no time to pass.
      case (let s?, nil) where s * (1 + PassageComparison.tolerance) > end: worst
      case (let s?, let t?): max(worst, s == t ? 0 : (s - t).magnitude / max(s, t))
      default: 1
      }
    }
  }
}

extension Matrix {
  /// Whether a product with it rounds nothing: square, with one entry ±1 in each row and column and zeros elsewhere.
  fileprivate var isSignedPermutation: Bool {
    guard rows == columns else { return false }
    var seen = Set<Int>()
    for j in 0..<columns {
      let entries = (0..<rows).filter { self[$0, j] != 0 }
      guard entries.count == 1, self[entries[0], j].magnitude == 1, seen.insert(entries[0]).inserted else {
        return false
      }
    }
    return true
  }
}
