import Figures
import Foundation
import LinearAlgebra
import LinearNetworks
import Regression
import RunFiles
import Samples

/// One `linnet fit` of outputs on inputs, from the files to the closing screen.
struct RegressionSession {
  let table: SampleTable
  let preparation: Preparation
  let plan: FitPlan
  let destination: Destination

  /// Samples drawn for the figure of observed against fitted values: more would only blacken it (tuned).
  static let drawnSamples = 2000

  func run() throws {
    let (dx, dy) = (table.inputs.count, table.outputs.count)
    let largest = plan.largestRank(min(dx, dy))
    if let rank = plan.rank, rank > min(dx, dy) {
      throw RegressionError.rankTooLarge(rank: rank, inputs: dx, outputs: dy)
    }

    var samples = FoldedSamples(
      columns: table.columnCount, folds: plan.usesFolds ? plan.folds ?? 10 : 1, seed: plan.seed)
    var drawn = DrawnRows(columns: table.columnCount, limit: Self.drawnSamples, seed: plan.seed)
    try table.forEachBlock(showing: ProgressLine()) { block, rows in
      samples.append(rowMajor: block.baseAddress!, rows: rows)
      if destination.writesFiles { drawn.append(rowMajor: block.baseAddress!, rows: rows) }
    }
    // Ten is a default, not a wish: with fewer samples each is a fold of its own.
    if plan.folds == nil { samples = samples.withoutEmptyFolds }

    let factor = try RegressionFactor(
      samples.whole, inputs: table.inputs, outputs: table.outputs, preparation: preparation)
    if factor.constantInputs.count == dx { throw RegressionError.noVaryingInput }
    let validation = try validate(samples)
    let (penalty, ruled) = choose(validation, upTo: largest)
    let fit = try ReducedRankRegression(
      factor, weights: plan.weights, ridge: plan.penalties[penalty])
    let path = RankPath(fit)
    // GCV may exist for no rank; then nothing speaks for more than the mean.
    let rank = ruled ?? path.rank(by: plan.criterion!, upTo: largest) ?? 0
    let widths = plan.widths(inputs: dx - factor.constantInputs.count, outputs: dy, rank: rank)
    let report = FitReport(
      fit, path: path,
      choice: .init(
        criterion: plan.criterion?.rawValue ?? "given", rank: rank,
        reason: reason(validation, rank: rank, largest: largest < min(dx, dy) ? largest : nil),
        seed: plan.seed,
        crossValidation: validation),
      widths: widths, coding: table.coding)

    // First to the screen: a full disk must not swallow the result.
    if destination.printsJSON { Screen.standardOutput(try CanonicalJSON.encode(report)) }
    FitScreen.lines(report, table: table).forEach(destination.say)
    if let folder = try destination.folder(stem: "linnet-fit") {
      try folder.write(json: report, to: "fit.json")
      try NetworkFile.write(
        fit.network(rank: rank, widths: widths), to: folder.file("network.safetensors"),
        metadata: [
          "program": "linnet \(programVersion)", "rank": "\(rank)", NetworkMeaning.key: try meaning(fit).text,
        ])
      let figures = FitFigures(report, observed: drawn, of: factor)
      try figures.write(to: folder, saying: destination.say)
    }
  }

  private func validate(_ samples: FoldedSamples) throws -> CrossValidation? {
    guard plan.usesFolds else { return nil }
    let progress = ProgressLine()
    defer { progress.clear() }
    return try CrossValidation(
      samples, inputs: table.inputs, outputs: table.outputs, preparation: preparation,
      weights: plan.weights, penalties: plan.penalties
    ) { done in
      progress.show("cross-validation: \(done) of \(samples.folds.count) folds")
    }
  }

  /// Which penalty, and the rank where it is given or the folds decide.
  private func choose(_ validation: CrossValidation?, upTo largest: Int) -> (penalty: Int, rank: Int?) {
    guard let validation else { return (0, plan.rank) }
    if let rank = plan.rank {
      let errors = validation.error.map { $0[rank] }
      return (errors.indices.min { errors[$0] < errors[$1] }!, rank)
    }
    if let choice = validation.choice(by: plan.criterion!, upTo: largest) {
      return (choice.penalty, choice.rank)
    }
    return (validation.best(upTo: largest).penalty, nil)
  }

  private func reason(_ validation: CrossValidation?, rank: Int, largest: Int?) -> String {
    let folds = validation.map { "\($0.folds)-fold cross-validation (seed \(plan.seed))" } ?? ""
    let limit = largest.map { " among ranks up to \($0), the narrowest width" } ?? ""
    switch plan.criterion {
    case nil: return "given"
    case .crossValidation: return "least error in \(folds)\(limit)"
    case .oneStandardError: return "smallest within one standard error of the least in \(folds)\(limit)"
    case .generalizedCrossValidation: return "least generalised cross-validation\(limit)"
    case .akaike: return "least AIC\(limit)"
    case .schwarz: return "least BIC\(limit)"
    }
  }

  private func meaning(_ fit: ReducedRankRegression) -> NetworkMeaning {
    let factor = fit.factor
    let used = factor.usedInputPositions
    return NetworkMeaning(
      inputs: factor.usedInputs.map(\.name), outputs: factor.outputs.map(\.name),
      inputMeans: used.map { factor.inputMeans[$0] }, outputMeans: factor.outputMeans,
      inputScales: factor.preparation == .standardize ? used.map { factor.inputScales[$0] } : nil,
      coding: table.coding)
  }
}
