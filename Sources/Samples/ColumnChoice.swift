import LinearNetworks

/// Which columns of a table are predicted, which are left out, and which predict: those that are named for it, or all others.
public struct ColumnChoice: Equatable, Sendable {
  /// The columns to predict, in the order of the outputs.
  public let targets: [ColumnSelector]
  /// The columns to leave out.
  public let drop: [ColumnSelector]
  /// The columns to predict from; nil for all that are neither predicted nor left out.
  public let keep: [ColumnSelector]?

  /// A choice of columns.
  ///
  /// - Parameters:
  ///   - targets: the columns to predict; none if all columns are to be inputs.
  ///   - drop: the columns to leave out.
  ///   - keep: the columns to predict from, of which targets and those left out are none; nil for all.
  /// - Throws: ``SampleTableError`` for a name that is empty, given twice for one use, or for two that exclude each other.
  public init(
    targets: [ColumnSelector] = [], drop: [ColumnSelector] = [], keep: [ColumnSelector]? = nil
  ) throws(SampleTableError) {
    for (use, selectors) in [(ColumnUse.target, targets), (.dropped, drop), (.kept, keep ?? [])] {
      if selectors.contains(where: { $0.text.isEmpty }) { throw .emptyName(use: use) }
      var seen: Set<String> = []
      for selector in selectors where !seen.insert(selector.text).inserted {
        throw .namedTwice(name: selector.text, use: use)
      }
    }
    for (use, selectors) in [(ColumnUse.target, targets), (.kept, keep ?? [])] {
      if let both = selectors.first(where: { a in a.isName && drop.contains { $0.isName && $0.text == a.text }
      }) {
        throw .contradiction(name: both.text, use: use, other: .dropped)
      }
    }
    (self.targets, self.drop, self.keep) = (targets, drop, keep)
  }

  /// The same by names and patterns that are not literals.
  ///
  /// - Parameters:
  ///   - targets: the columns to predict.
  ///   - drop: the columns to leave out.
  /// - Throws: as above.
  public init(targets: [String], drop: [String] = []) throws(SampleTableError) {
    try self.init(targets: targets.map { .written($0) }, drop: drop.map { .written($0) })
  }

  /// Sorts columns into inputs and outputs.
  ///
  /// A name is stronger than a pattern or a range; of two of these, leaving out is stronger than predicting.
  ///
  /// - Throws: ``SampleTableError`` for what no column is called, or if no input is left.
  func sorted(_ columns: [NamedColumn], of table: String) throws(SampleTableError) -> (
    inputs: [NamedColumn], outputs: [NamedColumn]
  ) {
    let names = columns.map(\.name)
    /// Positions in the order in which they were named, and those that were named by their name.
    func resolve(_ selectors: [ColumnSelector], _ use: ColumnUse) throws(SampleTableError) -> (
      all: [Int], byName: Set<Int>
    ) {
      var all: [Int] = []
      var byName: Set<Int> = []
      for selector in selectors {
        let found = try selector.positions(in: names, use: use, table: table)
        all += found.positions.filter { !all.contains($0) }
        if found.isByName { byName.formUnion(found.positions) }
      }
      return (all, byName)
    }
    let (wanted, dropped) = (try resolve(targets, .target), try resolve(drop, .dropped))
    func isDropped(_ position: Int, byName: Set<Int>) -> Bool {
      dropped.all.contains(position) && !(byName.contains(position) && !dropped.byName.contains(position))
    }
    let outputs = wanted.all.filter { !isDropped($0, byName: wanted.byName) }
    let kept = try keep.map { keep throws(SampleTableError) in try resolve(keep, .kept) }
    let inputs = columns.indices.filter { position in
      if outputs.contains(position) { return false }
      guard let kept else { return !dropped.all.contains(position) }
      return kept.all.contains(position) && !isDropped(position, byName: kept.byName)
    }
    guard !inputs.isEmpty else {
      throw .noInputsLeft(table: table, targets: outputs.map { names[$0] })
    }
    if outputs.isEmpty, !targets.isEmpty { throw .noTargetsLeft(table: table) }
    return (inputs.map { columns[$0] }, outputs.map { columns[$0] })
  }
}

/// What a column was named for.
public enum ColumnUse: String, Sendable {
  /// To be predicted.
  case target
  /// To be left out.
  case dropped
  /// To predict from.
  case kept
}
