import LinearAlgebra
import LinearNetworks
import Regression
import Testing

/// The bootstrap of six samples held against all 6⁶ resamples, fitted by hand.
@Suite struct CoefficientBootstrapTests {
  /// One input, one output; the slope is in doubt, so that both ranks are chosen.
  private let x: [Double] = [0, 1, 2, 3, 4, 5]
  private let y: [Double] = [1.0, 3.1, 0.9, 2.4, 3.9, 2.2]

  private func rule(_ rank: FittingRule.Rank, folds: Int?) -> FittingRule {
    FittingRule(
      inputs: [NamedColumn(column: 0, name: "x")], outputs: [NamedColumn(column: 1, name: "y")], rank: rank,
      folds: folds)
  }

  private var rows: [Double] { zip(x, y).flatMap { [$0, $1] } }

  /// The line through samples that count w times; nil slope where all x are alike.
  private func line(_ w: [Double]) -> (mean: Double, center: Double, slope: Double?) {
    let n = w.reduce(0, +)
    let (cx, cy) = (
      zip(w, x).reduce(0) { $0 + $1.0 * $1.1 } / n, zip(w, y).reduce(0) { $0 + $1.0 * $1.1 } / n
    )
    var (xx, xy) = (0.0, 0.0)
    for i in w.indices {
      xx += w[i] * (x[i] - cx) * (x[i] - cx)
      xy += w[i] * (x[i] - cx) * (y[i] - cy)
    }
    return (cy, cx, xx > 1e-12 ? xy / xx : nil)
  }

  /// The slope of a resample whose rank leave-one-sample-out cross-validation chooses; nil where there is no fit.
  private func slope(_ w: [Double], choosing: Bool) -> (slope: Double, rank: Int)? {
    guard let b = line(w).slope else { return nil }
    guard choosing else { return (b, 1) }
    var (mean, straight) = (0.0, 0.0)
    for i in w.indices where w[i] > 0 {
      var others = w
      others[i] = 0  // with all its copies
      let fit = line(others)
      mean += w[i] * (y[i] - fit.mean) * (y[i] - fit.mean)
      let e = y[i] - fit.mean - (fit.slope ?? 0) * (x[i] - fit.center)
      straight += w[i] * e * e
    }
    return straight < mean * (1 - 1e-12) ? (b, 1) : (0, 0)
  }

  /// Every resample, each as likely as any other.
  private func all(choosing: Bool) -> [(slope: Double, rank: Int)] {
    var found: [(slope: Double, rank: Int)] = []
    for code in 0..<46_656 {
      var (rest, w) = (code, [Double](repeating: 0, count: 6))
      for _ in 0..<6 {
        w[rest % 6] += 1
        rest /= 6
      }
      if let one = slope(w, choosing: choosing) { found.append(one) }
    }
    return found
  }

  @Test(arguments: [false, true])
  func `scatter, quantiles and ranks are those of all resamples`(choosing: Bool) throws {
    let B = 4000
    let found = try #require(
      CoefficientBootstrap(
        choosing ? rule(.chosen(.crossValidation, upTo: 1), folds: 6) : rule(.given(1), folds: nil),
        rows: rows,
        columns: 2, used: [0], resamples: B, confidence: 0.9, seed: 3, workers: 2))
    let exact = all(choosing: choosing)
    // 6 of 46,656 resamples are of one sample alone.
    #expect(found.resamples + found.failures == B && found.failures <= 8)
    let n = Double(exact.count)
    let mean = exact.reduce(0) { $0 + $1.slope } / n
    func moment(_ k: Int) -> Double {
      exact.reduce(0) { sum, one in sum + (0..<k).reduce(1.0) { p, _ in p * (one.slope - mean) } / n }
    }
    let variance = moment(2)
    // Four standard errors of a standard deviation of B draws, √((κ − 1)/4B).
    let doubt = 4 * ((moment(4) / (variance * variance) - 1) / (4 * Double(B))).squareRoot()
    #expect((found.standardErrors[0, 0] / variance.squareRoot() - 1).magnitude < doubt)
    // The share of all resamples below an end is what it should be to four standard errors; where many share a slope (zero), the end may be any place of that heap.
    for (end, p) in [(found.lower[0, 0], 0.05), (found.upper[0, 0], 0.95)] {
      let share = 4 * (p * (1 - p) / Double(B)).squareRoot()
      let below = Double(exact.count { $0.slope < end - 1e-9 }) / n
      let upTo = Double(exact.count { $0.slope <= end + 1e-9 }) / n
      #expect(below <= p + share && upTo >= p - share, "\(end): \(below), \(upTo)")
    }
    for r in 0...1 {
      let p = Double(exact.count { $0.rank == r }) / n
      let difference = Double(found.ranks[r]) / Double(found.resamples) - p
      #expect(difference.magnitude <= 4 * (p * (1 - p) / Double(B)).squareRoot())
    }
    if choosing {
      // Negative control: both ranks occur, and without the choice the scatter is another one.
      #expect(found.ranks[0] > B / 20 && found.ranks[1] > B / 20)
      let known = all(choosing: false)
      let center = known.reduce(0) { $0 + $1.slope } / Double(known.count)
      let other = known.reduce(0) { $0 + ($1.slope - center) * ($1.slope - center) } / Double(known.count)
      #expect((other / variance - 1).magnitude > 2 * doubt)
    }
  }

  @Test func `the same seed gives the same intervals on any number of threads, another seed others`() {
    func intervals(seed: UInt64, workers: Int) -> CoefficientBootstrap? {
      CoefficientBootstrap(
        rule(.chosen(.schwarz, upTo: 1), folds: nil), rows: rows, columns: 2, used: [0], resamples: 99,
        seed: seed,
        workers: workers)
    }
    #expect(intervals(seed: 1, workers: 1) == intervals(seed: 1, workers: 2))
    #expect(intervals(seed: 1, workers: 1) != intervals(seed: 2, workers: 1))
  }

  @Test func `copies of a sample stay in the fold where it is alone`() {
    // Each sample is its own number.
    let table = (0..<20).map(Double.init)
    var once = FoldedSamples(columns: 1, folds: 4, seed: 5)
    var often = FoldedSamples(columns: 1, folds: 4, seed: 5)
    once.append(rowMajor: table, rows: 20)
    often.append(rowMajor: table, rows: 20, times: (0..<20).map { $0 % 3 }[...])
    #expect(often.sampleCount == (0..<20).reduce(0) { $0 + $1 % 3 })
    // Sums over the folds: with the multiplicities of the samples there.
    var generatorless = FoldedSamples(columns: 1, folds: 4, seed: 5)
    for i in 0..<20 {
      let row = [Double(i)]
      generatorless.append(rowMajor: row, rows: 1, times: [i % 3])
    }
    for (a, b) in zip(often.folds, generatorless.folds) {
      #expect(a.sampleCount == b.sampleCount)
      if a.sampleCount > 0 { #expect((a.means[0] - b.means[0]).magnitude <= 20 * 20 * .ulpOfOne) }
    }
    for (fold, alone) in zip(often.folds, once.folds) where fold.sampleCount > 0 {
      // No more copies than of its five samples.
      #expect(fold.sampleCount <= 2 * alone.sampleCount)
    }
  }

  @Test func `a rule that no resample can be fitted by gives nothing`() {
    let twins = FittingRule(
      inputs: [NamedColumn(column: 0, name: "x")],
      outputs: [NamedColumn(column: 1, name: "y"), NamedColumn(column: 2, name: "z")],
      weights: .residualCovariance, rank: .given(1), folds: nil)
    // Twice the same output: its residuals have no inverse covariance.
    let rows = zip(x, y).flatMap { [$0, $1, $1] }
    #expect(CoefficientBootstrap(twins, rows: rows, columns: 3, used: [0], resamples: 50) == nil)
  }
}
