import ArgumentParser
import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks

/// Where the samples come from and how they are prepared.
struct DataOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A table with one sample a row: CSV or TSV with a header, or NPY. Several files with the same columns are read one after the other.",
      valueName: "data"))
  var data: [String] = []

  @Option(
    help: ArgumentHelp("Columns of the table to predict, by name, separated by commas.", valueName: "names"))
  var targets: String?

  @Option(help: ArgumentHelp("Columns of the table to leave out.", valueName: "names"))
  var drop: String?

  @Option(help: ArgumentHelp("Inputs as a matrix file (.npy or .csv), one sample a row.", valueName: "X.npy"))
  var inputs: String?

  @Option(help: ArgumentHelp("Outputs as a matrix file, with the rows of --inputs.", valueName: "Y.npy"))
  var outputs: String?

  @Option(
    help: ArgumentHelp(
      "A whitened problem given by its target Z = YXᵀ/m alone: a matrix file with a row for every output and a column for every input.",
      valueName: "Z.csv"))
  var target: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("m, the number of samples of the problem given by --target.", valueName: "m"))
  var samples: Int?

  @Option(
    help: ArgumentHelp(
      "none; center: subtract means; standardize: also scale inputs to unit variance; whiten: centre and make XXᵀ/m = I, the setting of the theorems. Default: whiten for a table, none for --inputs.",
      valueName: "preparation"))
  var prepare: Preparation?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Whiten only the k principal directions of largest variance.", valueName: "k"))
  var whitenRank: Int?

  func validate() throws {
    let forms = [!data.isEmpty, inputs != nil || outputs != nil, target != nil].filter(\.self).count
    guard forms <= 1 else {
      throw ValidationError(
        "Give either a table, or --inputs and --outputs, or --target, not more than one of them.")
    }
    try checkNames()
    if data.isEmpty, targets != nil || drop != nil {
      throw ValidationError("--targets and --drop choose columns of a table; there is none.")
    }
    if (inputs == nil) != (outputs == nil) { throw ValidationError("--inputs and --outputs go together.") }
    if (target == nil) != (samples == nil) { throw ValidationError("--target and --samples go together.") }
    if let samples, samples < 1 { throw ValidationError("--samples must be at least 1, not \(samples).") }
    if let whitenRank, whitenRank < 1 {
      throw ValidationError("--whiten-rank must be at least 1, not \(whitenRank).")
    }
    if target != nil, prepare != nil || whitenRank != nil {
      throw ValidationError("--target gives a whitened problem already; there is nothing to --prepare.")
    }
    if whitenRank != nil, let prepare, prepare != .whiten {
      throw ValidationError("--whiten-rank goes with --prepare whiten.")
    }
  }

  private func checkNames() throws {
    for (option, names) in [("--targets", targets.map(list)), ("--drop", drop.map(list))] {
      guard let names else { continue }
      if names.contains("") {
        throw ValidationError("\(option) names no column, or an empty one: name[,name…].")
      }
      if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
        throw ValidationError("\(option) names \"\(twice)\" twice.")
      }
    }
    let dropped = Set(list(drop ?? ""))
    if let both = list(targets ?? "").first(where: dropped.contains), !both.isEmpty {
      throw ValidationError("\"\(both)\" cannot be both among --targets and --drop.")
    }
  }

  /// Required by the commands that need data; `--resume` and `--repeat` do not.
  func requireData() throws {
    if data.isEmpty, inputs == nil, target == nil {
      throw ValidationError(
        "No data: give a table with --targets, or --inputs and --outputs, or --target and --samples.")
    }
    if !data.isEmpty, targets == nil {
      throw ValidationError("Name the columns to predict: --targets name[,name…].")
    }
  }

  /// The files that are read.
  var files: [String] { data + [inputs, outputs, target].compactMap(\.self) }

  func load() throws -> LoadedProblem {
    if let target {
      let Z = try DataFile.readMatrix(target)
      guard Z.rows > 0 else { throw DataError.targetShape(file: target) }
      return LoadedProblem(
        problem: Problem(target: Z, sampleCount: samples!), prepared: nil,
        summary: "whitened problem given by its \(Z.rows)×\(Z.columns) target, m = \(samples!)", notices: [])
    }
    let table = try table()
    var samples = SampleCompression(columns: table.columnCount)
    try table.forEachBlock { block, rows in samples.append(rowMajor: block.baseAddress!, rows: rows) }
    return try prepared(samples, of: table)
  }

  /// The samples that are read and which of their columns are what; without --targets all columns are inputs.
  func table() throws -> DataTable {
    if let inputs, let outputs {
      let (X, Y) = (try DataFile.open(inputs), try DataFile.open(outputs))
      let names =
        (X.columnNames ?? numbered("x", X.columnCount)) + (Y.columnNames ?? numbered("y", Y.columnCount))
      let columns = names.enumerated().map { NamedColumn(column: $0.offset, name: $0.element) }
      return DataTable(
        sources: [PairedRows(X, Y)], inputs: Array(columns.prefix(X.columnCount)),
        outputs: Array(columns.suffix(Y.columnCount)), defaultPreparation: .none,
        name: "\(inputs), \(outputs)")
    }
    let sources = try data.map { try DataFile.open($0) }
    let first = sources[0]
    let names = first.columnNames ?? numbered("column", first.columnCount)
    for source in sources {
      guard source.columnCount == first.columnCount, source.columnNames == first.columnNames else {
        throw DataError.differentColumns(first: first.path, second: source.path)
      }
    }
    let targets = try columns(self.targets.map(list) ?? [], option: "--targets", in: names)
    let dropped = try columns(drop.map(list) ?? [], option: "--drop", in: names)
    let inputs = names.indices.filter { !targets.contains($0) && !dropped.contains($0) }
    guard !inputs.isEmpty else { throw DataError.noInputsLeft(targets: targets.map { names[$0] }) }
    return DataTable(
      sources: sources, inputs: inputs.map { NamedColumn(column: $0, name: names[$0]) },
      outputs: targets.map { NamedColumn(column: $0, name: names[$0]) }, defaultPreparation: .whiten,
      name: data.joined(separator: ", "))
  }

  private func prepared(_ samples: SampleCompression, of table: DataTable) throws -> LoadedProblem {
    let preparation = prepare ?? (whitenRank != nil ? .whiten : table.defaultPreparation)
    let prepared = try PreparedProblem(
      samples, inputs: table.inputs, outputs: table.outputs, preparation: preparation, whitenRank: whitenRank)
    let done =
      switch preparation {
      case .none: "as they are"
      case .center: "centred"
      case .standardize: "centred, inputs scaled to unit variance"
      case .whiten:
        whitenRank.map { "centred, \($0) principal directions whitened" }
          ?? "centred and whitened (ZCA, condition number \(Screen.number(prepared.inputConditionNumber, digits: 3)))"
      }
    var notices: [String] = []
    if !prepared.droppedConstants.isEmpty {
      notices.append("constant columns left out: \(prepared.droppedConstants.joined(separator: ", "))")
    }
    return LoadedProblem(
      problem: prepared.problem, prepared: prepared,
      summary:
        "\(table.name): \(Screen.count(samples.sampleCount, "sample")), \(Screen.count(prepared.inputNames.count, "input")), \(Screen.count(table.outputs.count, "output")); \(done)",
      notices: notices)
  }

  private func list(_ names: String) -> [String] {
    names.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }

  private func columns(_ wanted: [String], option: String, in names: [String]) throws -> [Int] {
    try wanted.map { name in
      guard let column = names.firstIndex(of: name) else {
        throw DataError.unknownColumn(name: name, option: option, file: data[0], available: names)
      }
      return column
    }
  }

  private func numbered(_ prefix: String, _ count: Int) -> [String] {
    (1...max(count, 1)).map { "\(prefix)\($0)" }
  }
}

/// A problem as it was read.
struct LoadedProblem {
  let problem: Problem
  /// Nil for a problem given by its target.
  let prepared: PreparedProblem?
  let summary: String
  let notices: [String]

  /// What the inputs of a network for this problem are: their preparation and names.
  var inputsDescription: String {
    prepared.map { "\($0.preparation.rawValue): \($0.inputNames.joined(separator: ","))" } ?? "whitened"
  }
}

extension Preparation: ExpressibleByArgument {}
