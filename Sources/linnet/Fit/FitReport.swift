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

  struct OutputSummary: Codable, Equatable {
    let name: String
    /// 1 − Σ(y − ŷ)²/Σ(y − ȳ)²; null for a constant output.
    @ExplicitNull var r2: Double?
    let rmse: Double
  }

  /// The errors on samples that the fit has not seen.
  struct Test: Codable, Equatable {
    /// A share of the rows, or a file.
    let source: String
    let samples: Int
    /// Of the outputs that are known there.
    let outputs: [OutputSummary]
    @ExplicitNull var classification: Classification?

    init(source: String, _ errors: PredictionErrors) {
      self.source = source
      samples = errors.rows
      outputs = errors.results.map { OutputSummary(name: $0.name, r2: $0.r2, rmse: $0.rmse) }
      classification = errors.classification
    }
  }

  /// Standard errors with the intervals that follow from them.
  struct Inference: Codable, Equatable {
    let method: CoefficientInference.Method
    let confidence: Double
    let degreesOfFreedom: Int
    /// An interval is the estimate ± so many standard errors.
    let quantile: Double
    /// As the coefficients of the predictor: a row for each output.
    let standardErrors: Matrix
    let lower: Matrix
    let upper: Matrix
    @ExplicitNull var interceptStandardErrors: [Double]?

    init(_ found: CoefficientInference, _ predictor: AffinePredictor) {
      (method, confidence, degreesOfFreedom) = (found.method, found.confidence, found.degreesOfFreedom)
      (quantile, standardErrors) = (found.quantile, found.standardErrors)
      lower = predictor.coefficients - found.quantile * found.standardErrors
      upper = predictor.coefficients + found.quantile * found.standardErrors
      interceptStandardErrors = found.interceptStandardErrors
    }
  }

  /// What a penalty makes of the coefficients.
  struct RidgeStep: Codable, Equatable {
    /// λ.
    let ridge: Double
    /// As those of the predictor.
    let coefficients: Matrix

    /// The steps over several penalties; nil for a single one.
    static func path(
      _ factor: RegressionFactor, _ weights: OutputWeights, _ penalties: [Double], rank: Int
    ) throws -> [RidgeStep]? {
      guard penalties.count > 1 else { return nil }
      return try penalties.map { λ in
        RidgeStep(
          ridge: λ,
          coefficients: try ReducedRankRegression(factor, weights: weights, ridge: λ).predictor(rank: rank)
            .coefficients)
      }
    }
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
  /// The coefficients at the chosen rank for every penalty that was tried; null for a single one.
  @ExplicitNull var ridgePath: [RidgeStep]?
  let singularValues: [Double]
  @ExplicitNull var canonicalCorrelations: [Double]?
  let minimum: Minimum
  let outputs: [OutputSummary]
  /// Predicted against observed classes of the fitted samples; null where the outputs are no indicators.
  @ExplicitNull var classification: Classification?
  /// The errors on samples that the fit has not seen; null without --test.
  @ExplicitNull var test: Test?
  /// Standard errors of the coefficients; null where there are none to state.
  @ExplicitNull var inference: Inference?
  let collinearity: Collinearity
  let predictor: AffinePredictor
  /// How the columns of the table became numbers; null where they are numbers as they stand.
  @ExplicitNull var coding: TableCoding?
  let network: NetworkSummary

  init(
    _ fit: ReducedRankRegression, path: RankPath, ridgePath: [RidgeStep]?, confidence: Double, test: Test?,
    classification: Classification?, choice: Choice, widths: [Int], coding: TableCoding?
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
    self.ridgePath = ridgePath
    singularValues = fit.singularValues
    canonicalCorrelations = fit.canonicalCorrelations
    minimum = Minimum(loss: fit.loss(rank: r), irreducibleLoss: fit.irreducibleLoss, gap: fit.gap(rank: r))
    outputs = zip(factor.outputs, zip(factor.totalSquares, fit.squaredErrorsByOutput(rank: r))).map {
      output, squares in
      OutputSummary(
        name: output.name, r2: squares.0 > 0 ? 1 - squares.1 / squares.0 : nil,
        rmse: (squares.1 / Double(factor.sampleCount)).squareRoot())
    }
    let predictor = fit.predictor(rank: r)
    self.predictor = predictor
    (self.classification, self.test) = (classification, test)
    inference = CoefficientInference(fit, rank: r, confidence: confidence).map { Inference($0, predictor) }
    collinearity = Collinearity(factor)
    self.coding = coding
    network = NetworkSummary(depth: widths.count - 1, widths: widths)
  }
}
