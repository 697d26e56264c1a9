import DataFormats
import LinearAlgebra
import LinearNetworks
import Prose
import Regression
import RunFiles
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
  /// Whether the outputs are the inputs.
  var reproducesInputs = false
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
  ///
  /// - Parameter test: rows that are not trained on.
  func load(holdingOut test: HeldOutRequest? = nil) throws -> LoadedProblem {
    if case .target(let file, let samples) = source {
      if test != nil { throw SessionError.noRowsToHoldOut(reason: "a --target has no rows") }
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
    if case .factors = source {
      if test != nil { throw SessionError.noRowsToHoldOut(reason: "a factor has no rows") }
      let table = try compressed()
      return loaded(table, try table.prepared(preparation, whitenRank: whitenRank))
    }
    let rows = try self.table()
    var (table, drawn) = try divided(rows, test)
    if reproducesInputs { (table, drawn) = (table.autoencoding, drawn?.autoencoding) }
    let prepared = try table.prepared(preparation, whitenRank: whitenRank)
    return loaded(
      table, prepared,
      heldOut: try test.map { try self.heldOut($0, drawn, rows, beside: prepared, table.coding) })
  }

  /// The problem of a table, and what is said of it.
  private func loaded(
    _ table: CompressedTable, _ prepared: PreparedProblem, heldOut: HeldOut? = nil
  ) -> LoadedProblem {
    LoadedProblem(
      problem: prepared.problem, prepared: prepared, coding: table.coding,
      summary:
        "\(table.name): \(count(table.samples.sampleCount, "sample")), \(count(prepared.inputNames.count, "input")), "
        + "\(count(table.outputs.count, "output")); \(inWords(prepared))",
      notices: table.notices.inWords
        + (prepared.droppedConstants.isEmpty
          ? [] : ["constant columns left out: \(list(prepared.droppedConstants.map(visible)))"]),
      heldOut: heldOut)
  }

  /// The rows that are trained on, and those of them that are held out.
  private func divided(
    _ rows: SampleTable, _ test: HeldOutRequest?
  ) throws -> (CompressedTable, CompressedTable?) {
    guard case .share(let share, let seed) = test else {
      return (try rows.compressed(showing: ProgressLine()), nil)
    }
    // Not the seed of the start, so that the two draws have nothing in common.
    var split = RandomSplit(fraction: share, seed: seed ^ 0x7465_7374)
    let (kept, drawn) = try rows.compressed(holdingOut: { split.isHeldOut() }, showing: ProgressLine())
    let (m, n) = (kept.samples.sampleCount, drawn.samples.sampleCount)
    guard m > 0, n > 0 else {
      throw SessionError.noRowsToHoldOut(
        reason: "a share of \(number(share)) of \(count(m + n, "row")) is \(m == 0 ? "all" : "none") of them")
    }
    return (kept, drawn)
  }

  /// The held-out rows in the coordinates of a problem.
  private func heldOut(
    _ test: HeldOutRequest, _ drawn: CompressedTable?, _ rows: SampleTable, beside prepared: PreparedProblem,
    _ coding: TableCoding?
  ) throws -> HeldOut {
    let table: CompressedTable
    let source: String
    switch test {
    case .share(let share, _): (table, source) = (drawn!, "\(number(share)) of the rows")
    case .file(let name):
      source = name
      let parts = HeldOutRequest.parts(of: name)
      let file: SampleTable
      if case .matrices = self.source {
        guard parts.count == 2 else { throw SessionError.testNeedsTwoFiles(file: name) }
        file = try SampleTable(inputs: parts[0], outputs: parts[1], reading)
      } else {
        file = try SampleTable(files: parts, reading)
      }
      let outputs = rows.outputs.map(\.name)
      let known =
        coding ?? TableCoding(numbers: rows.inputs.map(\.name), outputs: outputs)
      guard let coded = file.applying(known)?.withoutGaps else {
        let there = Set(file.inputs.map(\.name))
        throw ModelError.missingColumns(
          table: name, missing: known.inputs.map(\.name).filter { !there.contains($0) }, nearest: [:])
      }
      if reproducesInputs {
        return HeldOut(
          problem: prepared.problem(heldOut: try coded.compressed(showing: ProgressLine())), source: source)
      }
      guard outputs.allSatisfy(coded.outputs.map(\.name).contains) else {
        throw SessionError.noTargets(file: name, targets: outputs)
      }
      table = try coded.compressed(showing: ProgressLine())
    }
    return HeldOut(problem: prepared.problem(heldOut: table), source: source)
  }

  /// Samples in a file with the input columns, in the coordinates of a problem, one a column, and what they are called.
  ///
  /// - Parameter column: which of the file names them; nil for the first that holds words and is no input or output.
  func samples(
    in name: String, namedBy column: String?, beside loaded: LoadedProblem
  ) throws -> (inputs: Matrix, names: [String]) {
    let file = try DataFile.open(name, reading.format)
    let table = try SampleTable(name, reading)
    guard let prepared = loaded.prepared else {
      let samples = try SampleNames(of: file, besides: [], asked: column)
      let columns = (0..<file.columnCount).filter { $0 != samples.column }
      guard columns.count == loaded.problem.inputs else {
        throw ModelError.columnCount(
          table: name, found: columns.count, expected: (1...loaded.problem.inputs).map { "x\($0)" })
      }
      var values: [Double] = []
      try file.forEachBlock(of: columns.map { ColumnReading($0) }) { block, _ in
        values.append(contentsOf: block)
      }
      return (
        Matrix(rows: columns.count, columns: values.count / columns.count, storage: values), samples.names
      )
    }
    let known = loaded.coding ?? TableCoding(numbers: prepared.inputNames, outputs: [])
    let samples = try SampleNames(
      of: file, besides: Set((known.inputs + known.outputs).map(\.name)), asked: column)
    // Where the file names no columns, they are the inputs in their order, with the one that names the samples among them.
    var titles = known.inputs.map(\.name)
    if let place = samples.column, table.inputs.count == titles.count + 1 { titles.insert("", at: place) }
    let named = table.isNamed || table.inputs.count != titles.count ? table : table.calling(titles)
    guard let coded = named.applying(known) else {
      let there = Set(table.inputs.map(\.name))
      throw ModelError.missingColumns(
        table: name, missing: known.inputs.map(\.name).filter { !there.contains($0) }, nearest: [:])
    }
    let positions = Dictionary(coded.inputs.map { ($0.name, $0.column) }) { first, _ in first }
    let n = coded.columnCount
    var values: [Double] = []
    try coded.forEachBlock { block, rows in
      for i in 0..<rows {
        for (input, mean) in zip(prepared.inputNames, prepared.inputMeans) {
          values.append(block[i * n + positions[input]!] - mean)
        }
      }
    }
    let X = Matrix(
      rows: prepared.inputNames.count, columns: values.count / max(prepared.inputNames.count, 1),
      storage: values)
    return (prepared.inputTransform * X, samples.names)
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
  /// Rows that are not trained on, if any are held out.
  var heldOut: HeldOut? = nil

  /// What the inputs of a network for this problem are: their preparation and names.
  var inputsDescription: String {
    prepared.map { "\($0.preparation.rawValue): \($0.inputNames.joined(separator: ","))" } ?? "whitened"
  }
}
