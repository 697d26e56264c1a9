import LinearAlgebra
import LinearNetworks
import Regression
import TestSupport
import Testing

@Suite struct CrossValidationTests {
  private func folded(_ data: RegressionCase, _ k: Int, seed: UInt64 = 3, pieces: Int = 1) -> FoldedSamples {
    var samples = FoldedSamples(columns: data.table.columns, folds: k, seed: seed)
    for i in 0..<pieces {
      samples.append(data.table.rows(i * data.sampleCount / pieces..<(i + 1) * data.sampleCount / pieces))
    }
    return samples
  }

  /// Which fold each sample belongs to, found by folding a table that only numbers its rows.
  private func membership(_ m: Int, _ k: Int, seed: UInt64) -> [Int] {
    // One sample at a time: the fold whose count grows has taken it.
    var samples = FoldedSamples(columns: 1, folds: k, seed: seed)
    return (0..<m).map { _ in
      let before = samples.folds.map(\.sampleCount)
      samples.append(Matrix(rows: [[1]]))
      return samples.folds.indices.first { samples.folds[$0].sampleCount > before[$0] }!
    }
  }

  static let shapes: [(RegressionCase, Int)] = [
    (.random("tall", inputs: 4, outputs: 3, samples: 50, seed: 61), 5),
    (.random("outputs outnumber inputs", inputs: 2, outputs: 5, samples: 33, seed: 62), 10),
    (.random("inputs outnumber samples", inputs: 9, outputs: 2, samples: 7, seed: 63), 7),
    (.random("one column each", inputs: 1, outputs: 1, samples: 12, seed: 64), 12),
    (.dependent("dependent inputs", inputs: 6, rank: 3, outputs: 4, samples: 40, seed: 65), 4),
  ]

  @Test(arguments: shapes.indices)
  func `held-out errors are those of refits on the samples of the other folds`(_ i: Int)
    throws
  {
    let (data, k) = CrossValidationTests.shapes[i]
    let member = membership(data.sampleCount, k, seed: 3)
    for (preparation, λ) in [(Preparation.center, 0), (.none, 0), (.standardize, 2.5)]
      as [(Preparation, Double)]
    {
      let found = try CrossValidation(
        folded(data, k), inputs: data.inputColumns, outputs: data.outputColumns, preparation: preparation,
        penalties: [λ])
      let ranks = min(data.inputs.rows, data.outputs.rows) + 1
      var sums = Array(repeating: [Double](), count: ranks)
      var counts: [Double] = []
      for fold in 0..<k {
        let (inside, outside) = (
          member.indices.filter { member[$0] == fold }, member.indices.filter { member[$0] != fold }
        )
        let training = RegressionCase(
          "training", inputs: data.inputs.columns(outside), outputs: data.outputs.columns(outside))
        let fit = try ReducedRankRegression(training.factor(preparation), ridge: λ)
        counts.append(Double(inside.count))
        for r in 0..<ranks {
          let p = fit.predictor(rank: r)
          let used = p.inputs.map { name in Int(name.dropFirst())! - 1 }
          let predicted = p.coefficients * data.inputs.columns(inside).rows(used)
          let errors = Matrix(data.outputs.rows, inside.count) { j, t in
            data.outputs[j, inside[t]] - predicted[j, t] - p.intercept[j]
          }
          sums[r].append(Matrix.inner(errors, errors))
        }
      }
      for r in 0..<ranks {
        let mean = sums[r].reduce(0, +) / Double(data.sampleCount)
        #expect((found.error[0][r] / mean - 1).magnitude <= 1e-11, "\(preparation) rank \(r)")
        let means = zip(sums[r], counts).map { $0 / $1 }
        let center = means.reduce(0, +) / Double(k)
        let variance = means.map { ($0 - center) * ($0 - center) }.reduce(0, +) / Double(k - 1)
        #expect((found.standardError[0][r] - (variance / Double(k)).squareRoot()).magnitude <= 1e-10 * mean)
      }
    }
  }

  @Test func `folds are balanced, seeded, independent of the cut into blocks, and make up the whole`() throws
  {
    let data = RegressionCase.random(inputs: 3, outputs: 2, samples: 101, seed: 66)
    let (one, many) = (folded(data, 10), folded(data, 10, pieces: 7))
    #expect(one.folds.map(\.sampleCount).sorted() == [10, 10, 10, 10, 10, 10, 10, 10, 10, 11])
    #expect(membership(101, 10, seed: 3) == membership(101, 10, seed: 3))
    #expect(membership(101, 10, seed: 3) != membership(101, 10, seed: 4))
    let columns = Array(0..<5)
    func gram(_ c: SampleCompression) -> Matrix {
      let R = c.factor(of: columns, centered: true)
      return Matrix.product(R, .transposed, R, .plain)
    }
    var direct = SampleCompression(columns: 5)
    direct.append(data.table)
    let expected = gram(direct)
    #expect((gram(one.whole) - expected).frobeniusNorm <= 1e-13 * expected.frobeniusNorm)
    #expect((gram(many.whole) - expected).frobeniusNorm <= 1e-13 * expected.frobeniusNorm)
    for (fold, rest) in zip(one.folds, one.complements) {
      #expect(fold.sampleCount + rest.sampleCount == 101)
      var both = rest
      both.merge(fold)
      #expect((gram(both) - expected).frobeniusNorm <= 1e-13 * expected.frobeniusNorm)
      // Negative control: without the fold it is another table.
      #expect((gram(rest) - expected).frobeniusNorm > 1e-3 * expected.frobeniusNorm)
    }
  }

  @Test func `a fold without samples is refused`() throws {
    let data = RegressionCase.random(inputs: 2, outputs: 1, samples: 5, seed: 67)
    for k in [1, 6] {
      #expect(throws: RegressionError.moreFoldsThanSamples(folds: max(k, 2), samples: 5)) {
        try CrossValidation(folded(data, k), inputs: data.inputColumns, outputs: data.outputColumns)
      }
    }
  }

  /// A teacher of rank two with little noise: every criterion finds the rank.
  @Test func `the rank of a teacher is found, and the rule of one standard error never takes more`() throws {
    let teacher = SyntheticData.teacher(rank: 2, noise: 0.3, samples: 400, inputs: 8, outputs: 6, seed: 5)
    let data = RegressionCase("teacher", inputs: teacher.samples.inputs, outputs: teacher.samples.outputs)
    let validation = try CrossValidation(
      folded(data, 10), inputs: data.inputColumns, outputs: data.outputColumns)
    let path = try RankPath(ReducedRankRegression(data.factor(.center)))
    #expect(validation.withinOneStandardError().rank == 2)
    #expect(validation.withinOneStandardError().rank <= validation.best().rank)
    #expect(path.rank(by: .schwarz) == 2)
    #expect(path.rank(by: .generalizedCrossValidation)! >= 2)
    #expect(path.rank(by: .akaike)! >= 2)
    #expect(path.rank(by: .crossValidation) == nil)
    // Negative control: labels without any relation to the inputs.
    var generator = SeededGenerator(seed: 68)
    let noise = RegressionCase("noise", inputs: data.inputs, outputs: .gaussian(6, 400, using: &generator))
    #expect(try RankPath(ReducedRankRegression(noise.factor(.center))).rank(by: .schwarz) == 0)
    #expect(
      try CrossValidation(folded(noise, 10), inputs: data.inputColumns, outputs: data.outputColumns)
        .withinOneStandardError().rank == 0)
  }

  @Test func `of several penalties the one of least held-out error is taken`() throws {
    // As many inputs as samples: without a penalty the fit is noise.
    let data = RegressionCase.random(inputs: 30, outputs: 1, samples: 32, seed: 69)
    let validation = try CrossValidation(
      folded(data, 8), inputs: data.inputColumns, outputs: data.outputColumns, penalties: [0, 10, 1e9])
    #expect(validation.best().penalty == 1)
    let least = validation.error.joined().min()
    #expect(validation.error[validation.best().penalty][validation.best().rank] == least)
  }
}
