import LinearNetworks
import Prose
import Samples

/// What is fitted: a table whose rows can be read again, or a factor of which nothing else is left.
enum FittedTable {
  case rows(SampleTable)
  case factor(CompressedTable)

  /// What the table is called in messages.
  var name: String {
    switch self {
    case .rows(let table): table.name
    case .factor(let table): table.name
    }
  }

  /// The columns to predict from.
  var inputs: [NamedColumn] {
    switch self {
    case .rows(let table): table.inputs
    case .factor(let table): table.inputs
    }
  }

  /// The columns to predict.
  var outputs: [NamedColumn] {
    switch self {
    case .rows(let table): table.outputs
    case .factor(let table): table.outputs
    }
  }

  /// How the cells became numbers; nil where they are numbers as they stand.
  var coding: TableCoding? {
    switch self {
    case .rows(let table): table.coding
    case .factor(let table): table.coding
    }
  }

  /// What was recognised that a user may want to know.
  var notices: [Notice] {
    switch self {
    case .rows(let table): table.notices
    case .factor(let table): table.notices
    }
  }

  /// Columns of the table or of its factor.
  var columnCount: Int {
    switch self {
    case .rows(let table): table.columnCount
    case .factor(let table): table.samples.columns
    }
  }

  /// The rows; nil for a factor.
  var readable: SampleTable? { if case .rows(let table) = self { table } else { nil } }
}
