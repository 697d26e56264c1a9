import DataFormats
import Foundation
import Prose
import Theory

/// All runs of a sweep as columns: `sweep.csv`, `sweep.npz`.
package struct SweepTable: Sendable {
  /// A column by its name.
  package struct Column: Sendable {
    package enum Values: Sendable {
      case numbers([Double?])
      case words([String?])
    }

    package let name: String
    package let values: Values

    package var numbers: [Double?]? {
      if case .numbers(let values) = values { values } else { nil }
    }
  }

  package let grid: SweepGrid
  /// In order of the points.
  package let records: [RunRecord]
  package let columns: [Column]

  /// The columns of some records.
  package init(_ records: [RunRecord], of grid: SweepGrid) {
    let records = records.sorted { $0.point < $1.point }
    (self.grid, self.records) = (grid, records)
    var columns = [Column(name: "point", values: .numbers(records.map { Double($0.point) }))]
    for parameter in grid.parameters {
      let values = records.map { $0.parameters[parameter.name] }
      columns.append(
        Column(
          name: parameter.name,
          values: parameter.scale == .words
            ? .words(values) : .numbers(values.map { $0.flatMap(Double.init) })))
    }
    func add(_ name: String, _ value: (RunRecord.Summary) -> Double?) {
      columns.append(Column(name: name, values: .numbers(records.map { $0.run.flatMap(value) })))
    }
    func addWords(_ name: String, _ value: (RunRecord.Summary) -> String?) {
      columns.append(Column(name: name, values: .words(records.map { $0.run.flatMap(value) })))
    }
    columns.append(Column(name: "failure", values: .words(records.map(\.failure))))
    addWords("ending", \.ending)
    addWords("limit", \.limit)
    addWords("verdict", \.verdict)
    add("limit_rank") { Double($0.rank) }
    add("end_time", \.time)
    add("loss", \.loss)
    add("gap", \.gap)
    add("relative_gap", \.relativeGap)
    for (k, accuracy) in Self.accuracies.enumerated() {
      add("time_\(accuracy)") { $0.distance.count > k ? $0.distance[k] : nil }
    }
    addWords("best", \.best)
    addWords("strength", \.strength)
    addWords("promised_limit", \.promisedLimit)
    addWords("promised_on", \.observable)
    for (k, accuracy) in Self.accuracies.enumerated() {
      add("promised_\(accuracy)") { $0.promised.count > k ? $0.promised[k] : nil }
    }
    for (k, accuracy) in Self.accuracies.enumerated() {
      add("observed_\(accuracy)") { $0.observed.count > k ? $0.observed[k] : nil }
    }
    add("certain_since", \.certainSince)
    add("turning_time", \.turningTime)
    add("plateaus") { Double($0.plateaus) }
    add("plateau_end", \.plateauEnd)
    add("promised_rate", \.promisedRate)
    add("measured_rate", \.measuredRate)
    add("violations") { Double($0.violations) }
    addWords("method_used", \.method)
    add("steps") { Double($0.steps) }
    add("evaluations") { Double($0.evaluations) }
    add("seconds", \.seconds)
    add("error", \.error)
    for event in Self.events(records) {
      add(Self.column(ofEvent: event)) { $0.events?.first { $0.event == event }?.time }
    }
    let speaking = Set(records.flatMap { $0.run?.theorems ?? [] })
    for label in Catalogue.all.map(\.reference.label) where speaking.contains(label) {
      add(label.replacing(" ", with: "_")) { $0.theorems.contains(label) ? 1 : 0 }
    }
    let bounding = Set(records.flatMap { $0.run.map { Array($0.sharpness.keys) } ?? [] })
    for label in Catalogue.all.map(\.reference.label) where bounding.contains(label) {
      add("sharpness_" + label.replacing(" ", with: "_")) { $0.sharpness[label] }
    }
    self.columns = columns
  }

  /// The events of all runs, each once: some happen to every mode, of which runs of other ranks have more.
  private static func events(_ records: [RunRecord]) -> [String] {
    var (found, known): ([String], Set<String>) = ([], [])
    for event in records.lazy.flatMap({ $0.run?.events ?? [] }) where known.insert(event.event).inserted {
      found.append(event.event)
    }
    return found
  }

  /// The column of an event's times: `event_sigma_1=0.5`, `event_half-rise_of_mode_1`.
  package static func column(ofEvent event: String) -> String {
    eventPrefix + event.replacing(" ", with: "_")
  }

  /// How the columns of events begin.
  package static let eventPrefix = "event_"

  /// As the names of columns have them.
  package static let accuracies = (1...12).map { "1e-\($0)" }

  /// The values of a column of numbers, by its name, as a parameter or a quantity.
  ///
  /// - Throws: `SweepError.unknownQuantity`.
  package func numbers(_ name: String) throws(SweepError) -> [Double?] {
    if let found = columns.first(where: { $0.name == name })?.numbers { return found }
    let known = columns.filter { $0.numbers != nil }.map(\.name)
    throw .unknownQuantity(name: name, nearest: nearestName(to: name, among: known), known: known)
  }

  /// The values of any column as text.
  ///
  /// - Throws: `SweepError.unknownQuantity`.
  package func texts(_ name: String) throws(SweepError) -> [String?] {
    if grid.parameters.contains(where: { $0.name == name }) { return records.map { $0.parameters[name] } }
    guard let column = columns.first(where: { $0.name == name }) else {
      let known = columns.map(\.name)
      throw .unknownQuantity(name: name, nearest: nearestName(to: name, among: known), known: known)
    }
    return switch column.values {
    case .words(let words): words
    case .numbers(let numbers): numbers.map { $0.map(Self.text) }
    }
  }

  /// With the digits that tell it from every other double; whole numbers without a point.
  package static func text(_ x: Double) -> String {
    x == x.rounded() && x.magnitude < 1e15 ? "\(Int(x))" : "\(x)"
  }

  /// Writes `sweep.csv`: a row for each run, empty where there is no value.
  ///
  /// - Throws: `DataFormatError`.
  package func writeCSV(to path: String) throws(DataFormatError) {
    try AtomicFile.write(to: path) { sink throws(DataFormatError) in
      try sink.append(columns.map { CSVFile.quoted($0.name) }.joined(separator: ",") + "\n")
      for i in records.indices {
        let cells = columns.map { column -> String in
          switch column.values {
          case .numbers(let values): values[i].map(Self.text) ?? ""
          case .words(let values): values[i].map(CSVFile.quoted) ?? ""
          }
        }
        try sink.append(cells.joined(separator: ",") + "\n")
      }
    }
  }

  /// Writes `sweep.npz`: every column of numbers, NaN where there is no value, and of every column of words the places in the list of its words that ``words`` has.
  ///
  /// - Throws: `DataFormatError`.
  package func writeNPZ(to path: String) throws(DataFormatError) {
    let words = words
    try NPZArchive.write(
      columns.map { column in
        switch column.values {
        case .numbers(let values): (column.name, NDArray(values.map { $0 ?? .nan }))
        case .words(let values):
          (
            column.name,
            NDArray(
              values.map { value in
                value.flatMap { words[column.name]!.firstIndex(of: $0) }.map(Double.init) ?? .nan
              })
          )
        }
      }, to: path)
  }

  /// The different words of each column of words, in alphabetical order.
  package var words: [String: [String]] {
    Dictionary(
      uniqueKeysWithValues: columns.compactMap { column in
        guard case .words(let values) = column.values else { return nil }
        return (column.name, Set(values.compactMap { $0 }).sorted())
      })
  }
}
