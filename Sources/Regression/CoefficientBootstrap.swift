import LinearAlgebra

/// How the coefficients of a fit scatter when it is made again from samples drawn with replacement: standard errors and percentile intervals that include the choice of
/// the rank and of the penalty.
///
/// Each resample takes m of the m samples, each as likely as any other (Efron, 1979), and the whole ``FittingRule`` is applied to it. Nothing is assumed of the errors but that samples are
/// independent; their variance may depend on the inputs. In a cross-validation the copies of a sample lie in one fold: in different ones they would be predicted from themselves, and too
/// large a rank would be chosen.
///
/// An interval reaches from the α/2 to the 1 − α/2 quantile of the resampled coefficients, at the places (B + 1)α/2 and (B + 1)(1 − α/2) of B values in order. Where the rank is
/// chosen, their distribution may have several heaps, and the intervals are no more than what a repetition of the whole procedure would show.
///
/// *Edge cases*: a resample that the rule refuses (all inputs constant, fewer than two folds with samples, a singular residual covariance) is left out and counted. An input that is constant
/// in a resample has the coefficient 0 there.
///
/// *Complexity*: B fits with their cross-validations, on several threads.
///
/// Source: Efron, Annals of Statistics 7 (1979), 1–26; Davison, Hinkley, *Bootstrap Methods and their Application* (1997), sections 5.3 and 6.2.4 (resampling of cases).
public struct CoefficientBootstrap: Sendable, Equatable {
  /// The probability that an interval is to have.
  public let confidence: Double
  /// B, the resamples that have a fit.
  public let resamples: Int
  /// The resamples that have none.
  public let failures: Int
  /// How many of the fits have the rank 0, 1, ….
  public let ranks: [Int]
  /// Standard deviations (divisor B − 1) of the coefficients: outputs × inputs in use, in the units of the data.
  public let standardErrors: Matrix
  /// The lower ends of the intervals, likewise.
  public let lower: Matrix
  /// The upper ends.
  public let upper: Matrix
  /// The same of every intercept; nil where there is none.
  public let intercepts: Intercepts?

  /// Of the intercepts, one for each output.
  public struct Intercepts: Sendable, Equatable {
    /// Standard deviations.
    public let standardErrors: [Double]
    /// The lower ends of the intervals.
    public let lower: [Double]
    /// The upper ends.
    public let upper: [Double]
  }

  /// A resample's fit: C, b and r.
  private struct Draw: Sendable {
    let coefficients: Matrix
    let intercept: [Double]
    let rank: Int
  }

  /// Resamples and fits again; nil if fewer than two resamples have a fit.
  ///
  /// - Parameters:
  ///   - rule: that of the fit.
  ///   - rows: the samples, row-major, in the order in which the fit took them.
  ///   - columns: of the table.
  ///   - used: the inputs in use, by their positions among the inputs of the rule.
  ///   - count: resamples to draw; with a confidence of p no quantile lies beyond the last of 2/(1 − p) − 1 or more.
  ///   - confidence: between 0 and 1.
  ///   - seed: of the resamples.
  ///   - workers: threads.
  ///   - progress: called from any thread, one call at a time, with the number of resamples that are done.
  public init?(
    _ rule: FittingRule, rows: [Double], columns: Int, used: [Int], resamples count: Int = 999,
    confidence: Double = 0.95, seed: UInt64 = 1, workers: Int = 1,
    progress: @Sendable (Int) -> Void = { _ in }
  ) {
    precondition(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1, not at \(confidence)")
    precondition(rows.count % columns == 0, "\(rows.count) numbers are no rows of \(columns)")
    let draws = parallelMap(count, workers: workers, isInterrupted: { false }, finished: progress) { b in
      // Seeds next to each other, of a generator that mixes them; not those of the folds.
      CoefficientBootstrap.draw(rule, rows, columns, seed: (seed ^ 0x626F_6F74) &+ (UInt64(b) << 32))
    }.compactMap { $0! }
    guard draws.count >= 2 else { return nil }
    resamples = draws.count
    failures = count - draws.count
    self.confidence = confidence
    let limit = min(rule.inputs.count, rule.outputs.count)
    ranks = (0...limit).map { r in draws.count { $0.rank == r } }

    let (dx, dy) = (used.count, rule.outputs.count)
    var summaries: [[Summary]] = []
    for i in 0..<dy {
      summaries.append(
        used.map { j in Summary(draws.map { $0.coefficients[i, j] }, confidence) })
    }
    standardErrors = Matrix(dy, dx) { summaries[$0][$1].deviation }
    lower = Matrix(dy, dx) { summaries[$0][$1].lower }
    upper = Matrix(dy, dx) { summaries[$0][$1].upper }
    if rule.preparation == .none {
      intercepts = nil
    } else {
      let all = (0..<dy).map { i in Summary(draws.map { $0.intercept[i] }, confidence) }
      intercepts = Intercepts(
        standardErrors: all.map(\.deviation), lower: all.map(\.lower), upper: all.map(\.upper))
    }
  }

  /// The fit of one resample; nil if there is none.
  private static func draw(_ rule: FittingRule, _ rows: [Double], _ n: Int, seed: UInt64) -> Draw? {
    let m = rows.count / n
    var generator = SeededGenerator(seed: seed)
    var times = [Int](repeating: 0, count: m)
    for _ in 0..<m { times[Int.random(in: 0..<m, using: &generator)] += 1 }
    let k = rule.folds ?? 1
    // Blocks no longer than a fold.
    let blockRows = max(2 * (n + 1), min(8 * (n + 1), m / k))
    let dealt = (0..<rule.repetitions).map { i in
      var samples = FoldedSamples(columns: n, folds: k, seed: rule.seed &+ UInt64(i), blockRows: blockRows)
      rows.withUnsafeBufferPointer { p in
        // In portions, so that the copies of all samples are never in memory together.
        for first in stride(from: 0, to: m, by: 4096) {
          let end = min(first + 4096, m)
          samples.append(rowMajor: p.baseAddress! + first * n, rows: end - first, times: times[first..<end])
        }
      }
      return samples.withoutEmptyFolds
    }
    guard rule.folds == nil || dealt.allSatisfy({ $0.folds.count >= 2 }),
      let found = try? rule.fit(dealt)
    else { return nil }
    let factor = found.fit.factor
    let C = found.fit.coefficients(rank: found.rank).scalingColumns(by: factor.inputScales)
    let shift = C * .column(factor.inputMeans)
    return Draw(
      coefficients: C, intercept: factor.outputMeans.indices.map { factor.outputMeans[$0] - shift[$0, 0] },
      rank: found.rank)
  }

  /// Scatter and interval of one number.
  private struct Summary {
    let deviation, lower, upper: Double

    init(_ values: [Double], _ confidence: Double) {
      let count = Double(values.count)
      let mean = values.reduce(0) { $0 + $1 / count }
      deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
      let sorted = values.sorted()
      /// The value at place (B + 1)p, between its neighbours by a straight line.
      func quantile(_ p: Double) -> Double {
        let place = min(max((count + 1) * p, 1), count)
        let below = Int(place)
        let (a, b) = (sorted[below - 1], sorted[min(below, sorted.count - 1)])
        return a + (place - Double(below)) * (b - a)
      }
      lower = quantile((1 - confidence) / 2)
      upper = quantile((1 + confidence) / 2)
    }
  }
}
