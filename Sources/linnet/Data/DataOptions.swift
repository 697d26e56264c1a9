import ArgumentParser
import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import Samples

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
    _ = try columnChoice()
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

  /// The columns that the options name.
  func columnChoice() throws -> ColumnChoice {
    func list(_ names: String?) -> [String] {
      names?.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      } ?? []
    }
    do {
      return try ColumnChoice(targets: list(targets), drop: list(drop))
    } catch {
      throw ValidationError("--targets, --drop: \(error)")
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
    let table = try table().compressed(showing: ProgressLine())
    let prepared = try table.prepared(prepare, whitenRank: whitenRank)
    return LoadedProblem(
      problem: prepared.problem, prepared: prepared,
      summary:
        "\(table.name): \(count(table.samples.sampleCount, "sample")), \(count(prepared.inputNames.count, "input")), "
        + "\(count(table.outputs.count, "output")); \(inWords(prepared))",
      notices: prepared.droppedConstants.isEmpty
        ? [] : ["constant columns left out: \(prepared.droppedConstants.joined(separator: ", "))"])
  }

  /// The samples that are read and which of their columns are what; without --targets all columns are inputs.
  func table() throws -> SampleTable {
    if let inputs, let outputs { return try SampleTable(inputs: inputs, outputs: outputs) }
    return try SampleTable(files: data).choosing(columnChoice())
  }

  private func inWords(_ prepared: PreparedProblem) -> String {
    switch prepared.preparation {
    case .none: "as they are"
    case .center: "centred"
    case .standardize: "centred, inputs scaled to unit variance"
    case .whiten:
      whitenRank.map { "centred, \($0) principal directions whitened" }
        ?? "centred and whitened (ZCA, condition number \(number(prepared.inputConditionNumber, digits: 3)))"
    }
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
