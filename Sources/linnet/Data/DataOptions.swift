import ArgumentParser
import Foundation
import LinearNetworks
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
    if !isGiven {
      throw ValidationError(
        "No data: give a table with --targets, or --inputs and --outputs, or --target and --samples.")
    }
    if !data.isEmpty, targets == nil {
      throw ValidationError("Name the columns to predict: --targets name[,name…].")
    }
  }

  /// Whether any data is named.
  var isGiven: Bool { !data.isEmpty || inputs != nil || target != nil }

  /// The values; data must be given.
  func request() throws -> DataRequest {
    let source: DataRequest.Source =
      if let inputs, let outputs {
        .matrices(inputs: inputs, outputs: outputs)
      } else if let target, let samples {
        .target(file: target, samples: samples)
      } else {
        .table(files: data, try columnChoice())
      }
    return DataRequest(source: source, preparation: prepare, whitenRank: whitenRank)
  }
}

extension Preparation: ExpressibleByArgument {}
