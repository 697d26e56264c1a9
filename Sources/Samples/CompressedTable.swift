import LinearNetworks
import Prose

/// A table of which only the triangular factor of its samples is kept (D1): small, whatever their number, and enough for
/// every problem on its columns.
public struct CompressedTable: Sendable {
  /// What the table is called in messages.
  public let name: String
  /// The columns to predict from.
  public let inputs: [NamedColumn]
  /// The columns to predict.
  public let outputs: [NamedColumn]
  /// What is done to the samples unless another preparation is asked for.
  public let defaultPreparation: Preparation
  /// What was done so that the cells became numbers; nil where they are numbers as they stand.
  public let coding: TableCoding?
  /// What was recognised that a user may want to know.
  public let notices: [Notice]
  /// The factor of all columns.
  public let samples: SampleCompression

  /// A table of samples that were compressed elsewhere.
  ///
  /// - Parameters:
  ///   - name: what the table is called in messages.
  ///   - inputs: the columns to predict from.
  ///   - outputs: the columns to predict.
  ///   - defaultPreparation: what is done to the samples unless another preparation is asked for.
  ///   - samples: the factor of all columns.
  package init(
    name: String, inputs: [NamedColumn], outputs: [NamedColumn], defaultPreparation: Preparation,
    samples: SampleCompression
  ) {
    self.init(
      name: name, inputs: inputs, outputs: outputs, defaultPreparation: defaultPreparation, coding: nil,
      notices: [], samples: samples)
  }

  init(
    name: String, inputs: [NamedColumn], outputs: [NamedColumn], defaultPreparation: Preparation,
    coding: TableCoding?, notices: [Notice], samples: SampleCompression
  ) {
    (self.name, self.inputs, self.outputs) = (name, inputs, outputs)
    self.defaultPreparation = defaultPreparation
    (self.coding, self.notices, self.samples) = (coding, notices, samples)
  }

  /// Names of all columns, in the order of the table.
  public var columns: [String] { (inputs + outputs).sorted { $0.column < $1.column }.map(\.name) }

  /// The same table under another name.
  public func named(_ name: String) -> CompressedTable {
    CompressedTable(
      name: name, inputs: inputs, outputs: outputs, defaultPreparation: defaultPreparation,
      coding: coding, notices: notices, samples: samples)
  }

  /// The same samples with the inputs as outputs, too: what an autoencoder reproduces.
  public var autoencoding: CompressedTable {
    CompressedTable(
      name: name, inputs: inputs, outputs: inputs, defaultPreparation: .center, coding: coding,
      notices: notices, samples: samples)
  }

  /// The same samples with other inputs and outputs.
  ///
  /// - Throws: ``SampleTableError`` for a name that no column has, or if no input is left.
  public func choosing(_ choice: ColumnChoice) throws(SampleTableError) -> CompressedTable {
    let all = (inputs + outputs).sorted { $0.column < $1.column }
    let (inputs, outputs) = try choice.sorted(all, of: name)
    return CompressedTable(
      name: name, inputs: inputs, outputs: outputs, defaultPreparation: defaultPreparation,
      coding: coding, notices: notices, samples: samples)
  }

  /// The problem of predicting the outputs from the inputs.
  ///
  /// - Parameters:
  ///   - preparation: what is done to the samples; by default ``defaultPreparation``, or whitening if a rank for it is given.
  ///   - whitenRank: whiten only this many principal directions.
  /// - Throws: `PreparationError`.
  public func prepared(
    _ preparation: Preparation? = nil, whitenRank: Int? = nil
  ) throws(PreparationError) -> PreparedProblem {
    precondition(!outputs.isEmpty, "no column of \(name) was chosen to be predicted")
    for columns in [inputs, outputs] { try checkScale(of: columns) }
    return try PreparedProblem(
      samples, inputs: inputs, outputs: outputs,
      preparation: preparation ?? (whitenRank == nil ? defaultPreparation : .whiten), whitenRank: whitenRank)
  }

  /// The largest column decides; columns of zeros have no scale.
  private func checkScale(of columns: [NamedColumn]) throws(PreparationError) {
    let R = samples.factor(of: columns.map(\.column), centered: false)
    let sizes = columns.indices.map { j in
      R.column(j).reduce(0) { max($0, $1.magnitude) } / Double(max(samples.sampleCount, 1)).squareRoot()
    }
    guard let (largest, size) = zip(columns, sizes).max(by: { $0.1 < $1.1 || $1.1.isNaN }), size != 0,
      !PreparationError.scales.contains(size)
    else { return }
    throw .extremeScale(column: largest.name, size: size)
  }
}
