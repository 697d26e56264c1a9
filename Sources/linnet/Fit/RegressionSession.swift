import DataFormats
import Figures
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import Regression
import RunFiles
import Samples

/// One `linnet fit` of outputs on inputs, from the files to the closing screen.
struct RegressionSession {
  let table: FittedTable
  let preparation: Preparation
  let plan: FitPlan
  let reading: ReadingOptions
  let destination: Destination

  /// Samples drawn for the figure of observed against fitted values: more would only blacken it (tuned).
  static let drawnSamples = 2000

  func run() throws {
    let (dx, dy) = (table.inputs.count, table.outputs.count)
    let largest = plan.largestRank(min(dx, dy))
    if let rank = plan.rank, rank > min(dx, dy) {
      throw RegressionError.rankTooLarge(rank: rank, inputs: dx, outputs: dy)
    }

    let rule = FittingRule(
      inputs: table.inputs, outputs: table.outputs, preparation: preparation, weights: plan.weights,
      penalties: plan.penalties,
      rank: plan.rank.map { .given($0) } ?? .chosen(plan.criterion!, upTo: largest),
      folds: plan.usesFolds ? plan.folds ?? 10 : nil, repetitions: plan.repetitions, seed: plan.seed)
    var dealt: [FoldedSamples]
    var drawn = DrawnRows(columns: table.columnCount, limit: Self.drawnSamples, seed: plan.seed)
    var kept: [Double] = []
    var areIndicators: Bool
    switch table {
    case .factor(let compressed): (dealt, areIndicators) = ([FoldedSamples(whole: compressed.samples)], false)
    case .rows: (dealt, areIndicators) = (rule.emptyFolds(columns: table.columnCount), true)
    }
    try forEachBlock(.fitted) { block, rows in
      for i in dealt.indices { dealt[i].append(rowMajor: block.baseAddress!, rows: rows) }
      // Those of classes are read once more, to count them.
      areIndicators =
        areIndicators
        && (0..<rows).allSatisfy { i in
          Classification.isIndicator(table.outputs.lazy.map { block[i * table.columnCount + $0.column] })
        }
      if destination.writesFiles { drawn.append(rowMajor: block.baseAddress!, rows: rows) }
      if plan.resamples != nil { kept.append(contentsOf: block) }
    }
    // Ten is a default, not a wish: with fewer samples each is a fold of its own.
    if plan.folds == nil { dealt = dealt.map(\.withoutEmptyFolds) }

    let found = try apply(rule, to: dealt)
    let (fit, rank, factor) = (found.fit, found.rank, found.fit.factor)
    let widths = plan.widths(inputs: dx - factor.constantInputs.count, outputs: dy, rank: rank)
    let predictor = fit.predictor(rank: rank)
    let report = FitReport(
      fit, of: table, path: found.path,
      ridgePath: try FitReport.RidgeStep.path(factor, plan.weights, plan.penalties, rank: rank),
      inference: inference(found, rule, kept), test: try test(predictor),
      classification: areIndicators ? try errors(predictor, on: .fitted).classification : nil,
      choice: .init(
        criterion: plan.criterion?.rawValue ?? "given", rank: rank,
        reason: reason(found.validation, rank: rank, largest: largest < min(dx, dy) ? largest : nil),
        seed: plan.seed, crossValidation: found.validation),
      widths: widths)

    // First to the screen: a full disk must not swallow the result.
    if destination.printsJSON { Screen.standardOutput(try CanonicalJSON.encode(report)) }
    FitScreen.lines(report).forEach(destination.say)
    if let folder = try destination.folder(stem: "linnet-fit") {
      try folder.write(json: report, to: "fit.json")
      try NetworkFile.write(
        fit.network(rank: rank, widths: widths), to: folder.file("network.safetensors"),
        metadata: [
          "program": "linnet \(programVersion)", "rank": "\(rank)", NetworkMeaning.key: try meaning(fit).text,
          "inputs": "\(preparation.rawValue): \(factor.usedInputs.map(\.name).joined(separator: ","))",
        ])
      let figures = FitFigures(report, observed: table.readable == nil ? nil : drawn, of: factor)
      try figures.write(to: folder, alsoWritten: ["report.html"], saying: destination.say)
      let page = FitPage(
        report: report,
        figures: RunFolder.figures(figures.figures.map(\.name), in: folder.path),
        chartLibrary: FigureRenderer.located().chartLibrary)
      try AtomicFile.write(Data(page.html.utf8), to: folder.file("report.html"))
    }
  }

  /// Which samples of the table are read.
  private enum Part { case fitted, heldOut }

  /// Reads the samples of one part, the same at every reading; a factor has none to be read.
  private func forEachBlock(
    _ part: Part, _ body: (UnsafeBufferPointer<Double>, _ rows: Int) throws -> Void
  ) throws {
    guard let table = table.readable else { return }
    guard case .share(let share) = plan.test else {
      if part == .fitted { try table.forEachBlock(showing: ProgressLine(), body) }
      return
    }
    // Not the seed of the folds, so that the two draws have nothing in common.
    var split = RandomSplit(fraction: share, seed: plan.seed ^ 0x7465_7374)
    let n = table.columnCount
    var kept: [Double] = []
    try table.forEachBlock(showing: ProgressLine()) { block, rows in
      kept.removeAll(keepingCapacity: true)
      for i in 0..<rows where split.isHeldOut() == (part == .heldOut) {
        kept.append(contentsOf: block[i * n..<(i + 1) * n])
      }
      if !kept.isEmpty { try kept.withUnsafeBufferPointer { try body($0, $0.count / n) } }
    }
  }

  /// The errors of the predictor on one part of the table.
  private func errors(_ predictor: AffinePredictor, on part: Part) throws -> PredictionErrors {
    let positions = Dictionary((table.inputs + table.outputs).map { ($0.name, $0.column) }) { first, _ in
      first
    }
    let inputs = predictor.inputs.map { positions[$0]! }
    var errors = PredictionErrors(predictor.outputs, observed: table.outputs.map(\.column))
    let n = table.columnCount
    try forEachBlock(part) { block, rows in
      let X = Matrix(rows, inputs.count) { i, j in block[i * n + inputs[j]] }
      errors.append(predicted: predictor.predictions(on: X), block: block, columns: n)
    }
    return errors
  }

  private func test(_ predictor: AffinePredictor) throws -> FitReport.Test? {
    switch plan.test {
    case nil: return nil
    case .share(let share):
      return FitReport.Test(source: "\(number(share)) of the rows", try errors(predictor, on: .heldOut))
    case .file(let file):
      let model = SavedModel(name: "the fit", predictor: predictor, coding: table.coding)
      let application = try ModelApplication(model, to: SampleTable(file, reading))
      let test = FitReport.Test(source: file, try application.forEachBlock(showing: ProgressLine()) { _ in })
      guard !test.outputs.isEmpty else {
        throw SessionError.noTargets(file: file, targets: predictor.outputs)
      }
      return test
    }
  }

  /// Fits, with a line of progress for the folds.
  private func apply(_ rule: FittingRule, to dealt: [FoldedSamples]) throws -> RuledFit {
    let progress = ProgressLine()
    defer { progress.clear() }
    return try rule.fit(dealt) { done, all in progress.show("cross-validation: \(done) of \(all) folds") }
  }

  /// Standard errors and intervals, by a formula or by a bootstrap of the rows.
  private func inference(_ found: RuledFit, _ rule: FittingRule, _ rows: [Double]) -> FitReport.Inference? {
    guard let resamples = plan.resamples else {
      return CoefficientInference(found.fit, rank: found.rank, confidence: plan.confidence).map {
        FitReport.Inference($0, found.fit.predictor(rank: found.rank))
      }
    }
    let progress = SharedProgressLine()
    defer { progress.clear() }
    return CoefficientBootstrap(
      rule, rows: rows, columns: table.columnCount, used: found.fit.factor.usedInputPositions,
      resamples: resamples, confidence: plan.confidence, seed: plan.seed,
      workers: ProcessInfo.processInfo.activeProcessorCount
    ) { progress.show("bootstrap: \($0) of \(resamples) resamples") }
    .map { FitReport.Inference($0, choosesRank: rule.choosesRank, seed: plan.seed) }
  }

  private func reason(_ validation: CrossValidation?, rank: Int, largest: Int?) -> String {
    let folds =
      validation.map {
        "\($0.folds)-fold cross-validation\($0.repetitions > 1 ? ", \($0.repetitions) times" : "") (seed \(plan.seed))"
      } ?? ""
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
