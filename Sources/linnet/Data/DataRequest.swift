import DataFormats
import LinearNetworks
import Prose
import Samples

/// What is read and how it is prepared: the values behind the data options.
struct DataRequest {
  enum Source {
    /// Files with the same columns, one after the other.
    case table(files: [String], ColumnChoice)
    /// Rows of inputs in one file, of outputs in another.
    case matrices(inputs: String, outputs: String)
    /// A whitened problem, given by Z.
    case target(file: String, samples: Int)
  }

  let source: Source
  /// Nil for what suits the source.
  let preparation: Preparation?
  let whitenRank: Int?

  /// The files that are read.
  var files: [String] {
    switch source {
    case .table(let files, _): files
    case .matrices(let inputs, let outputs): [inputs, outputs]
    case .target(let file, _): [file]
    }
  }

  /// The samples and which of their columns are what; without targets all columns are inputs.
  func table() throws -> SampleTable {
    switch source {
    case .table(let files, let choice): try SampleTable(files: files).choosing(choice)
    case .matrices(let inputs, let outputs): try SampleTable(inputs: inputs, outputs: outputs)
    case .target(let file, _): preconditionFailure("\(file) is a target, which has no samples")
    }
  }

  /// Reads everything, with a line of progress.
  func load() throws -> LoadedProblem {
    if case .target(let file, let samples) = source {
      let Z = try DataFile.readMatrix(file)
      return LoadedProblem(
        problem: Problem(target: Z, sampleCount: samples), prepared: nil,
        summary: "whitened problem given by its \(Z.rows)×\(Z.columns) target, m = \(samples)", notices: [])
    }
    let table = try table().compressed(showing: ProgressLine())
    let prepared = try table.prepared(preparation, whitenRank: whitenRank)
    return LoadedProblem(
      problem: prepared.problem, prepared: prepared,
      summary:
        "\(table.name): \(count(table.samples.sampleCount, "sample")), \(count(prepared.inputNames.count, "input")), "
        + "\(count(table.outputs.count, "output")); \(inWords(prepared))",
      notices: prepared.droppedConstants.isEmpty
        ? [] : ["constant columns left out: \(prepared.droppedConstants.joined(separator: ", "))"])
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
