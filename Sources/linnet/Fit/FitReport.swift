import LinearAlgebra
import LinearNetworks
import Prose
import Regression
import RunFiles
import Samples
import Theory

/// The result of a regression as it is stored in `fit.json`: its keys are a promise, described in Documentation/fit.md.
struct FitReport: Encodable {
  struct ProblemSummary: Encodable {
    let samples: Int
    /// Inputs in use.
    let inputs: Int
    let outputs: Int
    let inputRank: Int
    let preparation: Preparation
    let droppedConstants: [String]
    let weights: OutputWeights
    /// λ.
    let ridge: Double
  }

  struct Choice: Encodable {
    /// `given`, or the criterion.
    let criterion: String
    let rank: Int
    let reason: String
    /// The seed of the folds.
    let seed: UInt64
    @ExplicitNull var crossValidation: CrossValidation?
  }

  struct Minimum: Encodable {
    let loss: Double
    let irreducibleLoss: Double
    /// Against full rank.
    let gap: Double
  }

  struct OutputSummary: Encodable {
    let name: String
    /// 1 − Σ(y − ŷ)²/Σ(y − ȳ)²; null for a constant output.
    @ExplicitNull var r2: Double?
    let rmse: Double
  }

  struct NetworkSummary: Encodable {
    let depth: Int
    let widths: [Int]
  }

  let formatVersion = modelFormatVersion
  let program = "linnet"
  let version = programVersion
  let problem: ProblemSummary
  let rank: Int
  let choice: Choice
  let path: RankPath
  let singularValues: [Double]
  @ExplicitNull var canonicalCorrelations: [Double]?
  let minimum: Minimum
  let outputs: [OutputSummary]
  let predictor: AffinePredictor
  /// How the columns of the table became numbers; null where they are numbers as they stand.
  @ExplicitNull var coding: TableCoding?
  let network: NetworkSummary

  init(
    _ fit: ReducedRankRegression, path: RankPath, choice: Choice, widths: [Int], coding: TableCoding?
  ) {
    let (factor, r) = (fit.factor, choice.rank)
    problem = ProblemSummary(
      samples: factor.sampleCount, inputs: factor.inputs.count - factor.constantInputs.count,
      outputs: factor.outputs.count, inputRank: fit.inputRank, preparation: factor.preparation,
      droppedConstants: factor.constantInputs.map { factor.inputs[$0].name }, weights: fit.weights,
      ridge: fit.ridge)
    rank = r
    self.choice = choice
    self.path = path
    singularValues = fit.singularValues
    canonicalCorrelations = fit.canonicalCorrelations
    minimum = Minimum(loss: fit.loss(rank: r), irreducibleLoss: fit.irreducibleLoss, gap: fit.gap(rank: r))
    outputs = zip(factor.outputs, zip(factor.totalSquares, fit.squaredErrorsByOutput(rank: r))).map {
      output, squares in
      OutputSummary(
        name: output.name, r2: squares.0 > 0 ? 1 - squares.1 / squares.0 : nil,
        rmse: (squares.1 / Double(factor.sampleCount)).squareRoot())
    }
    predictor = fit.predictor(rank: r)
    self.coding = coding
    network = NetworkSummary(depth: widths.count - 1, widths: widths)
  }
}
