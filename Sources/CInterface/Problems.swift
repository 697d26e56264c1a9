import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import RunFiles
import Samples

/// A problem, and how its samples were prepared.
final class ProblemBox: Box {
  let problem: Problem
  /// Nil for a problem given by its target.
  let prepared: PreparedProblem?
  /// How the columns of a table became numbers; nil where they are numbers as they stand.
  let coding: TableCoding?
  /// The data in words.
  let words: String
  let notices: [String]

  init(
    _ problem: Problem, prepared: PreparedProblem? = nil, coding: TableCoding? = nil, words: String,
    notices: [String] = []
  ) {
    (self.problem, self.prepared, self.coding) = (problem, prepared, coding)
    (self.words, self.notices) = (words, notices)
  }

  /// What a table prepared as asked gives.
  convenience init(_ table: CompressedTable, _ preparation: Preparation?, whitenRank: Int?) throws {
    let prepared = try table.prepared(preparation, whitenRank: whitenRank)
    let dropped = prepared.droppedConstants
    self.init(
      prepared.problem, prepared: prepared, coding: table.coding,
      words:
        "\(table.name): \(count(table.samples.sampleCount, "sample")), \(count(prepared.inputNames.count, "input")), "
        + "\(count(table.outputs.count, "output")); \(prepared.preparation.rawValue)",
      notices: table.notices.map { $0.message { $0.argument } }
        + (dropped.isEmpty ? [] : ["constant columns left out: \(list(dropped.map(visible)))"]))
  }

  /// What the inputs of a network for this problem are: their preparation and names.
  var inputsDescription: String {
    prepared.map { "\($0.preparation.rawValue): \($0.inputNames.joined(separator: ","))" } ?? "whitened"
  }

  private struct Summary: Encodable {
    let samples, inputs, outputs: Int
    let inputNames, outputNames: [String]?
    let droppedConstants, notices: [String]
    let preparation: String
    let words: String
    let whitened: Bool
    let inputConditionNumber: Double?
  }

  override func json(_ part: String) throws -> Data {
    guard part == "summary" else { throw unknownWord(part, "part", ["summary"]) }
    return try CanonicalJSON.encode(
      Summary(
        samples: problem.sampleCount, inputs: problem.inputs, outputs: problem.outputs,
        inputNames: prepared?.inputNames, outputNames: prepared?.outputNames,
        droppedConstants: prepared?.droppedConstants ?? [], notices: notices,
        preparation: prepared?.preparation.rawValue ?? "whitened", words: words,
        whitened: problem.isWhitened(), inputConditionNumber: prepared?.inputConditionNumber), layout: .line)
  }

  override func array(_ name: String) throws -> (values: [Double], shape: [Int]) {
    switch name {
    case "target": problem.crossCovariance.rowMajor
    case "inputCovariance": problem.inputCovariance.rowMajor
    case "targetSingularValues": problem.targetSingularValues.vector
    case "inputTransform": (prepared?.inputTransform ?? .identity(problem.inputs)).rowMajor
    case "inputMeans": (prepared?.inputMeans ?? Array(repeating: 0, count: problem.inputs)).vector
    case "outputMeans": (prepared?.outputMeans ?? Array(repeating: 0, count: problem.outputs)).vector
    default:
      throw unknownWord(
        name, "array",
        [
          "target", "inputCovariance", "targetSingularValues", "inputTransform", "inputMeans", "outputMeans",
        ])
    }
  }
}

/// How samples in memory are called and prepared.
private struct SamplesRequest: Decodable {
  let inputNames, outputNames: [String]?
  let prepare: String?
  let whitenRank: Int?

  func preparation() throws -> Preparation? {
    if let whitenRank {
      try require(whitenRank >= 1, "whiten_rank", "be at least 1", whitenRank)
      if let prepare, prepare != Preparation.whiten.rawValue {
        throw ArgumentError("whiten_rank", "whiten_rank goes with prepare=\"whiten\"", value: prepare)
      }
    }
    return try prepare.map { try word($0, of: Preparation.self, "prepare") }
  }
}

/// The columns of an array, called as asked or numbered behind a prefix.
func columns(_ names: [String]?, _ count: Int, prefix: String, array: String, from first: Int) throws
  -> [NamedColumn]
{
  let names = names ?? (1...count).map { "\(prefix)\($0)" }
  guard names.count == count else {
    throw ArgumentError(
      array, "\(array) has \(Prose.count(count, "column")) but \(Prose.count(names.count, "name"))",
      value: "\(names.count)")
  }
  var seen = Set<String>()
  if let twice = names.first(where: { !seen.insert($0).inserted }) {
    throw ArgumentError(array, "\(array) has two columns “\(visible(twice))”", value: twice)
  }
  return names.enumerated().map { NamedColumn(column: first + $0.offset, name: $0.element) }
}

/// Inputs and outputs side by side, exactly compressed.
func compressedSamples(
  _ inputs: UnsafePointer<Double>?, _ outputs: UnsafePointer<Double>?, samples: Int64, inputCount: Int64,
  outputCount: Int64, append: (UnsafePointer<Double>, Int) -> Void
) throws {
  let (m, dx) = try checkedShape(samples, inputCount, "X")
  let (_, dy) = try checkedShape(samples, outputCount, "Y")
  guard let inputs, let outputs else { throw ArgumentError("X, Y", "samples are missing", value: "NULL") }
  try checkFinite(inputs, rows: m, columns: dx, name: "X")
  try checkFinite(outputs, rows: m, columns: dy, name: "Y")
  // In blocks that stay in the cache.
  let n = dx + dy
  let block = max(1, min(m, 65_536 / n))
  withUnsafeTemporaryAllocation(of: Double.self, capacity: block * n) { rows in
    let start = rows.baseAddress!
    var first = 0
    while first < m {
      let count = min(block, m - first)
      for i in 0..<count {
        (start + i * n).update(from: inputs + (first + i) * dx, count: dx)
        (start + i * n + dx).update(from: outputs + (first + i) * dy, count: dy)
      }
      append(start, count)
      first += count
    }
  }
}

@_cdecl("linnet_problem_from_samples")
public func linnet_problem_from_samples(
  _ inputs: UnsafePointer<Double>?, _ outputs: UnsafePointer<Double>?, _ samples: Int64,
  _ inputCount: Int64, _ outputCount: Int64, _ request: Text?, _ problem: HandleOut?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let request = try decoded(SamplesRequest.self, request)
    let preparation = try request.preparation()
    _ = try checkedShape(samples, inputCount, "X")
    _ = try checkedShape(samples, outputCount, "Y")
    let X = try columns(request.inputNames, Int(inputCount), prefix: "x", array: "X", from: 0)
    let Y = try columns(
      request.outputNames, Int(outputCount), prefix: "y", array: "Y", from: Int(inputCount))
    var compression = SampleCompression(columns: X.count + Y.count)
    try compressedSamples(
      inputs, outputs, samples: samples, inputCount: inputCount, outputCount: outputCount
    ) { compression.append(rowMajor: $0, rows: $1) }
    let table = CompressedTable(
      name: "X, Y", inputs: X, outputs: Y, defaultPreparation: .none, samples: compression)
    try ProblemBox(table, preparation, whitenRank: request.whitenRank).hand(to: problem)
  }
}

@_cdecl("linnet_problem_from_target")
public func linnet_problem_from_target(
  _ target: UnsafePointer<Double>?, _ outputCount: Int64, _ inputCount: Int64, _ samples: Int64,
  _ problem: HandleOut?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    try require(samples >= 1, "samples", "be at least 1", samples)
    let Z = try matrix(target, rows: outputCount, columns: inputCount, name: "Z")
    guard Z.maximumMagnitude == 0 || PreparationError.scales.contains(Z.maximumMagnitude) else {
      throw PreparationError.extremeScale(column: "Z", size: Z.maximumMagnitude)
    }
    try ProblemBox(
      Problem(target: Z, sampleCount: Int(samples)),
      words: "whitened problem given by its \(Z.rows)×\(Z.columns) target, m = \(samples)"
    ).hand(to: problem)
  }
}

/// Files of samples, their columns, and how they are prepared.
private struct FilesRequest: Decodable {
  let files: [String]
  let targets: [String]
  let drop, keep: [String]?
  let missing, encode, separator, decimal, encoding: String?
  let header: Bool?
  let prepare: String?
  let whitenRank: Int?

  func table() throws -> SampleTable {
    guard !files.isEmpty else { throw ArgumentError("path", "no file is named", value: "[]") }
    guard !files.contains("-") else {
      throw ArgumentError("path", "standard input cannot be read from here", value: "-")
    }
    var format = TextFormat()
    format.separator = try separator.map { try word($0, of: TextFormat.Separator.self, "separator") }
    format.decimal = try decimal.map { try word($0, of: TextFormat.Decimal.self, "decimal") }
    if let header { format.header = header ? .present : .absent }
    if let encoding {
      guard let known = TextEncoding(name: encoding) else {
        throw unknownWord(
          encoding, "encoding", ["utf-8", "utf-16", "utf-16be", "latin-1", "windows-1252"])
      }
      format.encoding = known
    }
    let options = ReadingOptions(
      format: format, missing: try word(missing ?? "refuse", of: MissingValues.self, "missing"),
      words: try word(encode ?? "refuse", of: WordCoding.self, "encode"))
    guard !targets.isEmpty else {
      throw ArgumentError("targets", "name the columns to predict", value: "[]")
    }
    let choice = try ColumnChoice(
      targets: targets.map { .written($0) }, drop: (drop ?? []).map { .written($0) },
      keep: keep.map { $0.map { .written($0) } })
    return try SampleTable(files: files, options).choosing(choice)
  }
}

@_cdecl("linnet_problem_from_files")
public func linnet_problem_from_files(_ request: Text?, _ problem: HandleOut?, _ error: TextOut?) -> Int32 {
  answer(error) {
    let request = try decoded(FilesRequest.self, request)
    let preparation = try SamplesRequest(
      inputNames: nil, outputNames: nil, prepare: request.prepare, whitenRank: request.whitenRank
    ).preparation()
    try ProblemBox(
      try request.table().compressed(), preparation, whitenRank: request.whitenRank
    ).hand(to: problem)
  }
}
