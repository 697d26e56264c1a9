import LinearAlgebra
import LinearNetworks
import Prose
import Regression
import RunFiles
import Samples
import Theory

/// The result of `linnet fit --pca` as it is stored in `fit.json`, described in Documentation/fit.md.
struct ComponentsReport: Codable {
  struct ProblemSummary: Codable {
    /// The files.
    let source: String
    let samples: Int
    /// Columns in use.
    let columns: Int
    let preparation: Preparation
    let droppedConstants: [String]
  }

  struct Choice: Codable {
    let criterion: String
    let rank: Int
    let reason: String
    /// For r = 0, 1, …, rank of the table − 1.
    let aic: [Double]
    let bic: [Double]
  }

  struct Minimum: Codable {
    let loss: Double
  }

  /// Names of the columns of `vectors`, a row for each component.
  struct Components: Codable {
    let columns: [String]
    let vectors: Matrix
    let means: [Double]
    let scales: [Double]
    let singularValues: [Double]
    let explainedVariance: [Double]
    let explainedVarianceRatio: [Double]
  }

  let formatVersion: Int
  let program: String
  let version: String
  let problem: ProblemSummary
  /// What was recognised while the table was read.
  let notices: [String]
  let rank: Int
  let choice: Choice
  let minimum: Minimum
  let components: Components
  let predictor: AffinePredictor
  /// How the columns of the table became numbers; null where they are numbers as they stand.
  @ExplicitNull var coding: TableCoding?
  let network: FitReport.NetworkSummary

  init(_ pca: PrincipalComponents, of table: FittedTable, choice: Choice, widths: [Int]) {
    (formatVersion, program, version) = (modelFormatVersion, "linnet", programVersion)
    notices = table.notices.inWords
    problem = ProblemSummary(
      source: table.name, samples: pca.sampleCount, columns: pca.columns.count, preparation: pca.preparation,
      droppedConstants: pca.constantColumns)
    rank = choice.rank
    self.choice = choice
    minimum = Minimum(loss: pca.loss(rank: choice.rank))
    components = Components(
      columns: pca.columns.map(\.name), vectors: pca.components.transpose, means: pca.means,
      scales: pca.scales,
      singularValues: pca.singularValues, explainedVariance: pca.explainedVariance,
      explainedVarianceRatio: pca.explainedVarianceRatio)
    predictor = pca.predictor(rank: choice.rank)
    coding = table.coding
    network = .init(depth: widths.count - 1, widths: widths)
  }
}
