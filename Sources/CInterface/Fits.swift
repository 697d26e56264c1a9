import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import Regression
import RunFiles

/// What is fitted and how its rank is chosen.
private struct FitRequest {
  let preparation: Preparation
  let weights: OutputWeights
  let penalties: [Double]
  /// Nil if ``criterion`` chooses one.
  let rank: Int?
  let criterion: RankCriterion?
  let folds: Int?
  let repetitions: Int
  let seed: UInt64

  var usesFolds: Bool { folds != nil || criterion?.usesFolds ?? false }

  func check(samples m: Int, inputs dx: Int, outputs dy: Int) throws {
    if preparation == .whiten {
      throw ArgumentError(
        "prepare",
        "a fit is the same for every invertible change of its inputs, so there is nothing to whiten: use prepare=\"center\", \"standardize\" or \"none\"",
        value: "whiten")
    }
    if let rank {
      try require(rank >= 0, "rank", "not be negative", rank)
      guard rank <= min(dx, dy) else {
        throw RegressionError.rankTooLarge(rank: rank, inputs: dx, outputs: dy)
      }
    }
    if let folds {
      try require(folds >= 2, "cv", "be at least 2 folds", folds)
      guard folds <= m else { throw RegressionError.moreFoldsThanSamples(folds: folds, samples: m) }
    }
    try require((1...1000).contains(repetitions), "repeats", "lie between 1 and 1000", repetitions)
    try require(!penalties.isEmpty, "ridge", "be at least one penalty", "[]")
    for λ in penalties {
      try require(λ >= 0 && λ.isFinite, "ridge", "be a penalty (a number, not negative)", λ)
    }
    if repetitions > 1, !usesFolds {
      throw ArgumentError(
        "repeats", "repeats repeats a cross-validation: add cv, or leave it out", value: "\(repetitions)")
    }
    if penalties.count > 1, !usesFolds {
      throw ArgumentError(
        "ridge", "of several ridge values one is chosen by cross-validation: add cv, or give one",
        value: "\(penalties)")
    }
  }

  func rule(_ inputs: [NamedColumn], _ outputs: [NamedColumn]) -> FittingRule {
    FittingRule(
      inputs: inputs, outputs: outputs, preparation: preparation, weights: weights, penalties: penalties,
      rank: rank.map { .given($0) } ?? .chosen(criterion!, upTo: min(inputs.count, outputs.count)),
      folds: usesFolds ? folds ?? 10 : nil, repetitions: repetitions, seed: seed)
  }
}

/// The best linear predictors of every rank, and the rank that was chosen.
final class FitBox: Box {
  let fit: ReducedRankRegression
  let rank: Int
  /// Nil without folds.
  let validation: CrossValidation?
  let criterion: String

  init(_ fit: ReducedRankRegression, rank: Int, validation: CrossValidation?, criterion: RankCriterion?) {
    (self.fit, self.rank, self.validation) = (fit, rank, validation)
    self.criterion = criterion?.rawValue ?? "given"
  }

  private struct OutputSummary: Encodable {
    let name: String
    let r2: Double?
    let rmse: Double
  }

  /// The members are those of fit.json.
  private struct Summary: Encodable {
    let samples, inputRank, rank: Int
    let criterion: String
    let ridge, loss, irreducibleLoss: Double
    let droppedConstants: [String]
    let path: RankPath
    let crossValidation: CrossValidation?
    let singularValues: [Double]
    let canonicalCorrelations: [Double]?
    let outputs: [OutputSummary]
    let collinearity: Collinearity
    let neglected: NeglectedOutputs?
  }

  override func json(_ part: String) throws -> Data {
    guard part == "fit" else { throw unknownWord(part, "part", ["fit"]) }
    let (r, factor) = (rank, fit.factor)
    let outputs = zip(factor.outputs, zip(factor.totalSquares, fit.squaredErrorsByOutput(rank: r))).map {
      output, squares in
      OutputSummary(
        name: output.name, r2: squares.0 > 0 ? 1 - squares.1 / squares.0 : nil,
        rmse: (squares.1 / Double(factor.sampleCount)).squareRoot())
    }
    return try CanonicalJSON.encode(
      Summary(
        samples: factor.sampleCount, inputRank: fit.inputRank, rank: r, criterion: criterion,
        ridge: fit.ridge,
        loss: fit.loss(rank: r), irreducibleLoss: fit.irreducibleLoss,
        droppedConstants: factor.constantInputs.map { factor.inputs[$0].name }, path: RankPath(fit),
        crossValidation: validation, singularValues: fit.singularValues,
        canonicalCorrelations: fit.canonicalCorrelations, outputs: outputs,
        collinearity: Collinearity(factor), neglected: NeglectedOutputs(fit, rank: r)), layout: .line)
  }

  override func array(_ name: String) throws -> (values: [Double], shape: [Int]) {
    switch name {
    case "inputMeans": fit.factor.inputMeans.vector
    case "outputMeans": fit.factor.outputMeans.vector
    case "inputScales": fit.factor.inputScales.vector
    // Of the prepared inputs; W_r = A B.
    case "inputDirections": fit.factors(rank: rank).inputs.rowMajor
    case "outputDirections": fit.factors(rank: rank).outputs.rowMajor
    case "standardErrors":
      (CoefficientInference(fit, rank: rank)?.standardErrors ?? Matrix(zeros: 0, 0)).rowMajor
    default:
      throw unknownWord(
        name, "array",
        ["inputMeans", "outputMeans", "inputScales", "inputDirections", "outputDirections", "standardErrors"])
    }
  }
}

extension FitBox {
  /// Writes y = C x + b.
  ///
  /// - Parameter wanted: below zero for the one that was chosen.
  fileprivate func write(
    rank wanted: Int64, _ coefficients: UnsafeMutablePointer<Double>?,
    _ intercept: UnsafeMutablePointer<Double>?,
    _ chosen: UnsafeMutablePointer<Int64>?
  ) throws {
    guard let coefficients, let intercept, let chosen else {
      throw ArgumentError("predictor", "there is no place for the predictor", value: "NULL")
    }
    let factor = fit.factor
    let r = wanted < 0 ? rank : Int(wanted)
    guard r <= fit.maximumRank else {
      throw RegressionError.rankTooLarge(rank: r, inputs: factor.inputs.count, outputs: factor.outputs.count)
    }
    // With zeros for the constant inputs, which a predictor leaves out.
    let C = fit.coefficients(rank: r).scalingColumns(by: factor.inputScales)
    let shift = C * .column(factor.inputMeans)
    for i in 0..<C.rows {
      for j in 0..<C.columns { coefficients[i * C.columns + j] = C[i, j] }
      intercept[i] = factor.outputMeans[i] - shift[i, 0]
    }
    chosen.pointee = Int64(r)
  }
}

@_cdecl("linnet_fit")
public func linnet_fit(
  _ inputs: UnsafePointer<Double>?, _ outputs: UnsafePointer<Double>?, _ samples: Int64,
  _ inputCount: Int64, _ outputCount: Int64, _ names: Text?, _ prepare: Text?, _ weights: Text?,
  _ penalties: UnsafePointer<Double>?, _ penaltyCount: Int64, _ rank: Int64, _ criterion: Text?,
  _ folds: Int64, _ repetitions: Int64, _ seed: UInt64, _ coefficients: UnsafeMutablePointer<Double>?,
  _ intercept: UnsafeMutablePointer<Double>?, _ chosen: UnsafeMutablePointer<Int64>?, _ fit: HandleOut?,
  _ error: TextOut?
) -> Int32 {
  answer(error) {
    let (m, dx) = try checkedShape(samples, inputCount, "X")
    let (_, dy) = try checkedShape(samples, outputCount, "Y")
    let request = FitRequest(
      preparation: try prepare.map { try word(String(cString: $0), of: Preparation.self, "prepare") }
        ?? .center,
      weights: try weights.map { try word(String(cString: $0), of: OutputWeights.self, "weights") }
        ?? .identity,
      penalties: penalties.map { Array(UnsafeBufferPointer(start: $0, count: Int(penaltyCount))) } ?? [0],
      rank: criterion == nil ? Int(rank) : nil,
      criterion: try criterion.map { try word(String(cString: $0), of: RankCriterion.self, "criterion") },
      folds: folds == 0 ? nil : Int(folds), repetitions: Int(repetitions), seed: seed)
    try request.check(samples: m, inputs: dx, outputs: dy)
    let known = try names.map { try decoded(NamesRequest.self, $0) }
    let inputColumns = try columns(known?.inputNames, dx, prefix: "x", array: "X", from: 0)
    let outputColumns = try columns(known?.outputNames, dy, prefix: "y", array: "Y", from: dx)
    if let rank = request.rank, !request.usesFolds {
      // As the rule below does it, but for the table of the other ranks, which takes longer than a small fit and is made when it is asked for.
      var table = SampleCompression(columns: dx + dy)
      try compressedSamples(
        inputs, outputs, samples: samples, inputCount: inputCount, outputCount: outputCount
      ) { table.append(rowMajor: $0, rows: $1) }
      let factor = try RegressionFactor(
        table, inputs: inputColumns, outputs: outputColumns, preparation: request.preparation)
      if factor.constantInputs.count == dx { throw RegressionError.noVaryingInput }
      let found = FitBox(
        try ReducedRankRegression(factor, weights: request.weights, ridge: request.penalties[0]), rank: rank,
        validation: nil, criterion: nil)
      try found.write(rank: -1, coefficients, intercept, chosen)
      return try found.hand(to: fit)
    }
    let rule = request.rule(inputColumns, outputColumns)
    var dealt = rule.emptyFolds(columns: dx + dy)
    try compressedSamples(
      inputs, outputs, samples: samples, inputCount: inputCount, outputCount: outputCount
    ) { rows, count in for i in dealt.indices { dealt[i].append(rowMajor: rows, rows: count) } }
    // Ten is a default, not a wish: with fewer samples each is a fold of its own.
    if request.folds == nil { dealt = dealt.map(\.withoutEmptyFolds) }
    let ruled = try rule.fit(dealt)
    let found = FitBox(
      ruled.fit, rank: ruled.rank, validation: ruled.validation, criterion: request.criterion)
    try found.write(rank: -1, coefficients, intercept, chosen)
    try found.hand(to: fit)
  }
}

private struct NamesRequest: Decodable {
  let inputNames, outputNames: [String]?
}

@_cdecl("linnet_fit_predictor")
public func linnet_fit_predictor(
  _ fit: UnsafeRawPointer?, _ rank: Int64, _ coefficients: UnsafeMutablePointer<Double>?,
  _ intercept: UnsafeMutablePointer<Double>?, _ chosen: UnsafeMutablePointer<Int64>?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let box: FitBox = try box(fit)
    try box.write(rank: rank, coefficients, intercept, chosen)
  }
}

@_cdecl("linnet_fit_network")
public func linnet_fit_network(
  _ fit: UnsafeRawPointer?, _ hidden: UnsafePointer<Int64>?, _ count: Int64, _ network: HandleOut?,
  _ error: TextOut?
) -> Int32 {
  answer(error) {
    let box: FitBox = try box(fit)
    let (factor, r) = (box.fit.factor, box.rank)
    let widths =
      hidden.map { UnsafeBufferPointer(start: $0, count: Int(max(0, count))).map { Int($0) } } ?? []
    try require(widths.allSatisfy { $0 >= max(r, 1) }, "widths", "be at least the rank \(r)", widths)
    let all = [factor.usedInputPositions.count] + widths + [factor.outputs.count]
    try StartRequest.check(all)
    try NetworkBox(
      box.fit.network(rank: r, widths: all), words: "fit of rank \(r)"
    ).hand(to: network)
  }
}
