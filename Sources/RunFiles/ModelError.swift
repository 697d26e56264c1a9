import Prose

/// Why a saved model cannot be read, or not be applied to a table.
public enum ModelError: MendableError, Equatable {
  /// A file or folder holds no predictor.
  case notAModel(path: String, problem: String)
  /// A newer program wrote the file.
  case newerFormat(path: String, found: Int, known: Int)
  /// A number of the predictor is none.
  case nonFinite(path: String, what: String, value: Double)
  /// A prediction is beyond the largest number; rows are counted from 1.
  case overflow(table: String, row: Int, output: String)
  /// Columns that the model needs and the table lacks, each with the nearest name that the table has.
  case missingColumns(table: String, missing: [String], nearest: [String: String])
  /// A table without names has other numbers of columns than the model has inputs.
  case columnCount(table: String, found: Int, expected: [String])

  public var problem: String {
    switch self {
    case .notAModel(let path, let problem): "\(path) \(problem)."
    case .newerFormat(let path, let found, let known):
      "\(path) has format version \(found), but this program (\(programVersion)) knows versions up to \(known): "
        + "it was written by a newer linnet."
    case .nonFinite(let path, let what, let value):
      "\(path): \(what) is \(value); a predictor needs finite numbers. Fit or train again."
    case .overflow(let table, let row, let output):
      "\(table), sample \(row): the prediction of “\(output)” is beyond the largest number (1.8e308). Fit or predict in other units."
    case .missingColumns(let table, let missing, let nearest):
      "\(table) lacks \(missing.count == 1 ? "a column" : "\(missing.count) columns") that the model needs: "
        + list(missing.map { name in "“\(name)”" + (nearest[name].map { " (is it “\($0)”?)" } ?? "") })
        + ". Columns are matched by name."
    case .columnCount(let table, let found, let expected):
      "\(table) does not name its columns, so they must be the \(expected.count) inputs of the model in order "
        + "(\(list(expected, atMost: 6))), but it has \(count(found, "column"))."
    }
  }

  public var remedies: [Remedy] {
    if case .newerFormat = self { [.update] } else { [] }
  }
}
