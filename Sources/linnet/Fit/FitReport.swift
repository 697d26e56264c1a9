import LinearAlgebra
import LinearNetworks
import Prose
import Regression
import RunFiles
import Samples
import Theory

/// The result of a regression as it is stored in `fit.json`: its keys are a promise, described in Documentation/fit.md.
struct FitReport: Codable {
  struct ProblemSummary: Codable {
    /// The files.
    let source: String
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

    /// What was done to the columns.
    var preparationInWords: String {
      switch preparation {
      case .none: "as they are"
      case .standardize: "centred, inputs scaled to unit variance"
      default: "centred"
      }
    }
  }

  struct Choice: Codable {
    /// `given`, or the criterion.
    let criterion: String
    let rank: Int
    let reason: String
    /// The seed of the folds.
    let seed: UInt64
    @ExplicitNull var crossValidation: CrossValidation?
  }

  struct Minimum: Codable {
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
    enum Method: String, Codable { case classical, asymptotic, bootstrap }

    /// What a bootstrap did.
    struct Bootstrap: Codable, Equatable {
      let resamples: Int
      /// Resamples without a fit.
      let failures: Int
      let seed: UInt64
      /// How many of the fits have the rank 0, 1, ….
      let ranks: [Int]
    }

    let method: Method
    let confidence: Double
    /// Whether the rank is taken for known: what its choice adds to the errors is not in them.
    let conditionalOnRank: Bool
    /// Null for a bootstrap.
    @ExplicitNull var degreesOfFreedom: Int?
    /// An interval is the estimate ± so many standard errors; null for a bootstrap.
    @ExplicitNull var quantile: Double?
    /// As the coefficients of the predictor: a row for each output.
    let standardErrors: Matrix
    let lower: Matrix
    let upper: Matrix
    @ExplicitNull var interceptStandardErrors: [Double]?
    @ExplicitNull var interceptLower: [Double]?
    @ExplicitNull var interceptUpper: [Double]?
    /// Null for a formula.
    @ExplicitNull var bootstrap: Bootstrap?

    init(_ found: CoefficientInference, _ predictor: AffinePredictor) {
      method = found.method == .classical ? .classical : .asymptotic
      conditionalOnRank = true
      (confidence, degreesOfFreedom) = (found.confidence, found.degreesOfFreedom)
      (quantile, standardErrors) = (found.quantile, found.standardErrors)
      lower = predictor.coefficients - found.quantile * found.standardErrors
      upper = predictor.coefficients + found.quantile * found.standardErrors
      interceptStandardErrors = found.interceptStandardErrors
      interceptLower = found.interceptStandardErrors.map {
        zip(predictor.intercept, $0).map { $0 - found.quantile * $1 }
      }
      interceptUpper = found.interceptStandardErrors.map {
        zip(predictor.intercept, $0).map { $0 + found.quantile * $1 }
      }
      bootstrap = nil
    }

    init(_ found: CoefficientBootstrap, choosesRank: Bool, seed: UInt64) {
      (method, confidence, conditionalOnRank) = (.bootstrap, found.confidence, !choosesRank)
      (degreesOfFreedom, quantile) = (nil, nil)
      (standardErrors, lower, upper) = (found.standardErrors, found.lower, found.upper)
      interceptStandardErrors = found.intercepts?.standardErrors
      interceptLower = found.intercepts?.lower
      interceptUpper = found.intercepts?.upper
      bootstrap = Bootstrap(
        resamples: found.resamples, failures: found.failures, seed: seed, ranks: found.ranks)
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

  struct NetworkSummary: Codable {
    let depth: Int
    let widths: [Int]
  }

  let formatVersion: Int
  let program: String
  let version: String
  let problem: ProblemSummary
  /// What was recognised while the table was read.
  let notices: [String]
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
  /// Outputs that are left out because another one's variance decides the rank; null where there are none.
  @ExplicitNull var neglected: NeglectedOutputs?
  let predictor: AffinePredictor
  /// How the columns of the table became numbers; null where they are numbers as they stand.
  @ExplicitNull var coding: TableCoding?
  let network: NetworkSummary

  init(
    _ fit: ReducedRankRegression, of table: FittedTable, path: RankPath, ridgePath: [RidgeStep]?,
    inference: Inference?, test: Test?, classification: Classification?, choice: Choice, widths: [Int]
  ) {
    let (factor, r) = (fit.factor, choice.rank)
    (formatVersion, program, version) = (modelFormatVersion, "linnet", programVersion)
    notices = table.notices.inWords
    problem = ProblemSummary(
      source: table.name, samples: factor.sampleCount,
      inputs: factor.inputs.count - factor.constantInputs.count,
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
    predictor = fit.predictor(rank: r)
    (self.classification, self.test, self.inference) = (classification, test, inference)
    collinearity = Collinearity(factor)
    neglected = NeglectedOutputs(fit, rank: r)
    coding = table.coding
    network = NetworkSummary(depth: widths.count - 1, widths: widths)
  }
}
