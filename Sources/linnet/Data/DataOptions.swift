import ArgumentParser
import LinearNetworks
import Samples

/// Where the samples come from and how they are prepared.
struct DataOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A table with one sample a row: text (.csv, .tsv, .txt, …) with a header, .npy or .npz, also packed (.gz), or - for standard input; or factors (.linnet) of linnet compress. Several files with the same columns are read one after the other.",
      valueName: "data"))
  var data: [String] = []

  @Option(
    help: ArgumentHelp(
      "Columns of the table to predict, separated by commas: names, names in double quotes, patterns (is_*), ranges (x1..x9).",
      valueName: "names"))
  var targets: String?

  @Option(help: ArgumentHelp("Columns of the table to leave out, whatever they hold.", valueName: "names"))
  var drop: String?

  @Option(
    help: ArgumentHelp("Columns of the table to predict from. Default: all others.", valueName: "names"))
  var keep: String?

  @Option(
    help: ArgumentHelp(
      "What is done where values are missing (empty, NA, NaN, null, none, ?). refuse: an error; drop: leave the rows out; mean: put the column's mean there; indicator: the same, and a column that marks them. Rows without a target are left out. Default: refuse.",
      valueName: "way"))
  var missing: MissingValues = .refuse

  @Option(
    help: ArgumentHelp(
      "What is done with words. refuse: an error; auto: true and false become 1 and 0, dates days since 1970, categories a column each but for the first. Default: refuse.",
      valueName: "way"))
  var encode: WordCoding = .refuse

  @Flag(
    help:
      "Train the network to reproduce its inputs: the outputs are the inputs, as they are (--prepare none) or centred (the default)."
  )
  var autoencoder = false

  @OptionGroup(title: "Text tables") var text: TextOptions

  @Option(
    help: ArgumentHelp(
      "Inputs as a matrix file (.npy, .npz:NAME or text), one sample a row.", valueName: "X.npy"))
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
    if autoencoder {
      guard inputs == nil, target == nil else {
        throw ValidationError(
          "--autoencoder needs one table of samples; give the file alone, without --inputs, --outputs and --target."
        )
      }
      if targets != nil {
        throw ValidationError(
          "--autoencoder predicts all inputs; leave out --targets, and choose columns by --keep or --drop.")
      }
      if whitenRank != nil || prepare == .standardize || prepare == .whiten {
        throw ValidationError(
          "--autoencoder goes with --prepare none or center: outputs keep their units, and of whitened inputs all directions would be alike."
        )
      }
    }
    _ = try columnChoice()
    if hasFactors {
      guard data.allSatisfy(TableFactor.isFactor) else {
        throw ValidationError(
          "Factors (\(TableFactor.ending)) and tables do not go together: make a factor of the tables with linnet compress."
        )
      }
      guard missing == .refuse, encode == .refuse, !text.isGiven else {
        throw ValidationError(
          "A factor has no cells: give --missing, --encode and the form of text tables to linnet compress.")
      }
    }
    if data.isEmpty, targets != nil || drop != nil || keep != nil {
      throw ValidationError("--targets, --drop and --keep choose columns of a table; there is none.")
    }
    if target != nil, missing != .refuse || encode != .refuse {
      throw ValidationError("--missing and --encode are for samples; the entries of a --target are numbers.")
    }
    if data.count(where: { $0 == "-" }) + [inputs, outputs, target].count(where: { $0 == "-" }) > 1 {
      throw ValidationError("Standard input (-) can be read as one table only.")
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
    do {
      return try ColumnChoice(
        targets: targets.map(ColumnSelector.list) ?? [], drop: drop.map(ColumnSelector.list) ?? [],
        keep: keep.map(ColumnSelector.list))
    } catch {
      throw ValidationError("--targets, --drop, --keep: \(error)")
    }
  }

  /// Required by the commands that need data; `--resume` and `--repeat` do not.
  func requireData() throws {
    if !isGiven {
      throw ValidationError(
        "No data: give a table with --targets, or --inputs and --outputs, or --target and --samples.")
    }
    // A factor may know them.
    if !data.isEmpty, targets == nil, !hasFactors, !autoencoder {
      throw ValidationError("Name the columns to predict: --targets name[,name…].")
    }
  }

  /// Whether the table is given by factors, of which the rows cannot be had.
  var hasFactors: Bool { data.contains(where: TableFactor.isFactor) }

  /// Whether any data is named.
  var isGiven: Bool { !data.isEmpty || inputs != nil || target != nil }

  /// The values; data must be given.
  ///
  /// - Parameter hasConstantInput: whether the samples get an input that is always 1.
  func request(hasConstantInput: Bool = false) throws -> DataRequest {
    let source: DataRequest.Source =
      if let inputs, let outputs {
        .matrices(inputs: inputs, outputs: outputs)
      } else if let target, let samples {
        .target(file: target, samples: samples)
      } else if hasFactors {
        .factors(files: data, try columnChoice())
      } else {
        .table(files: data, try columnChoice())
      }
    return DataRequest(
      source: source, reading: ReadingOptions(format: text.format, missing: missing, words: encode),
      preparation: hasConstantInput ? Preparation.none : prepare, whitenRank: whitenRank,
      hasConstantInput: hasConstantInput, reproducesInputs: autoencoder)
  }
}

extension Preparation: ExpressibleByArgument {}
extension MissingValues: ExpressibleByArgument {}
extension WordCoding: ExpressibleByArgument {}
