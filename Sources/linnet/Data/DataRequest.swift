import DataFormats
import LinearNetworks
import Prose
import Samples

/// What is read and how it is prepared: the values behind the data options.
struct DataRequest {
  enum Source {
    /// Files with the same columns, one after the other.
    case table(files: [String], ColumnChoice)
    /// Factors of tables with the same columns, merged.
    case factors(files: [String], ColumnChoice)
    /// Rows of inputs in one file, of outputs in another.
    case matrices(inputs: String, outputs: String)
    /// A whitened problem, given by Z.
    case target(file: String, samples: Int)
  }

  var source: Source
  /// What may be done so that cells become numbers.
  let reading: ReadingOptions
  /// Nil for what suits the source.
  var preparation: Preparation?
  let whitenRank: Int?
  /// Whether the samples get an input that is always 1.
  let hasConstantInput: Bool
  /// How the cells of a table become numbers, if a model has settled that; nil for what ``reading`` allows.
  var coding: TableCoding? = nil

  /// The files that are read.
  var files: [String] {
    switch source {
    case .table(let files, _), .factors(let files, _): files
    case .matrices(let inputs, let outputs): [inputs, outputs]
    case .target(let file, _): [file]
    }
  }

  /// The samples as numbers and which of their columns are what; without targets all columns are inputs.
  func table() throws -> SampleTable {
    let table = try uncodedTable()
    if let coding, let coded = table.applying(coding) { return coded.withoutGaps }
    return try (hasConstantInput ? table.addingConstant() : table).coded()
  }

  /// The chosen columns, whose cells have not become numbers yet.
  func uncodedTable() throws -> SampleTable {
    switch source {
    case .table(let files, let choice): try SampleTable(files: files, reading).choosing(choice)
    case .matrices(let inputs, let outputs): try SampleTable(inputs: inputs, outputs: outputs, reading)
    case .factors(let files, _): preconditionFailure("\(files) are factors, which have no rows")
    case .target(let file, _): preconditionFailure("\(file) is a target, which has no samples")
    }
  }

  /// The samples, compressed: read with a line of progress, or the factors that are given.
  ///
  /// - Parameter predictsTargets: whether columns that factors name are predicted if none are named here.
  func compressed(predictsTargets: Bool = true) throws -> CompressedTable {
    guard case .factors(let files, let choice) = source else {
      return try table().compressed(showing: ProgressLine())
    }
    let table = try TableFactor(files: files).choosing(
      choice, predictsTargets: predictsTargets, addingConstant: hasConstantInput ? "1" : nil)
    if table.outputs.isEmpty, predictsTargets { throw SessionError.noTargetsNamed(factor: table.name) }
    return table
  }

  /// Reads everything, with a line of progress.
  func load() throws -> LoadedProblem {
    if case .target(let file, let samples) = source {
      let source = try DataFile.open(file, reading.format)
      let Z = try source.readMatrix()
      guard Z.maximumMagnitude == 0 || PreparationError.scales.contains(Z.maximumMagnitude) else {
        throw PreparationError.extremeScale(column: file, size: Z.maximumMagnitude)
      }
      return LoadedProblem(
        problem: Problem(target: Z, sampleCount: samples), prepared: nil, coding: nil,
        summary: "whitened problem given by its \(Z.rows)×\(Z.columns) target, m = \(samples)",
        notices: source.notices.inWords)
    }
    let table = try compressed()
    let prepared = try table.prepared(preparation, whitenRank: whitenRank)
    return LoadedProblem(
      problem: prepared.problem, prepared: prepared, coding: table.coding,
      summary:
        "\(table.name): \(count(table.samples.sampleCount, "sample")), \(count(prepared.inputNames.count, "input")), "
        + "\(count(table.outputs.count, "output")); \(inWords(prepared))",
      notices: table.notices.inWords
        + (prepared.droppedConstants.isEmpty
          ? [] : ["constant columns left out: \(list(prepared.droppedConstants.map(visible)))"]))
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

extension [Notice] {
  /// With the options that overrule what was recognised.
  var inWords: [String] { map { $0.message { $0.option } } }
}

/// A problem as it was read.
struct LoadedProblem {
  let problem: Problem
  /// Nil for a problem given by its target.
  let prepared: PreparedProblem?
  /// How the columns of a table became numbers; nil where they are numbers as they stand.
  let coding: TableCoding?
  let summary: String
  let notices: [String]

  /// What the inputs of a network for this problem are: their preparation and names.
  var inputsDescription: String {
    prepared.map { "\($0.preparation.rawValue): \($0.inputNames.joined(separator: ","))" } ?? "whitened"
  }
}
