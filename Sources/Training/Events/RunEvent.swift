import Foundation
import Prose

/// Something whose time is asked for.
public enum RunEvent: Sendable, Equatable {
  /// A column of trajectory.csv passes a value, from either side, for the first time.
  case passage(column: String, value: Double)
  /// A column is the least, or the largest, of the run.
  case extremum(column: String, isLeast: Bool)
  /// Each mode u_iᵀWv_i comes to half of what it is at the global minimum.
  case halfRise
  /// The loss leaves each plateau.
  case escapes
  /// ‖∇L_N‖ is the largest.
  case largestGradient

  /// The words of those that have no parameters.
  public static let names = ["half-rise", "escapes", "largest-gradient"]

  /// The event in a text: one of ``names``, COLUMN=x, least:COLUMN or largest:COLUMN.
  ///
  /// - Throws: ``RecordingError/unknownEvent(text:nearest:)``.
  public init(_ text: String) throws(RecordingError) {
    let text = text.trimmingCharacters(in: .whitespaces)
    switch text {
    case "half-rise": self = .halfRise
    case "escapes": self = .escapes
    case "largest-gradient": self = .largestGradient
    default:
      for (word, isLeast) in [("least:", true), ("largest:", false)] where text.hasPrefix(word) {
        let column = text.dropFirst(word.count).trimmingCharacters(in: .whitespaces)
        if !column.isEmpty {
          self = .extremum(column: column, isLeast: isLeast)
          return
        }
      }
      let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2, !parts[0].isEmpty, let value = Double(parts[1]), value.isFinite else {
        throw .unknownEvent(text: text, nearest: nearestName(to: text, among: Self.names))
      }
      self = .passage(column: parts[0], value: value)
    }
  }
}

extension TrainingRun {
  /// The observables that events need beside those that are recorded anyway.
  ///
  /// - Throws: ``RecordingError`` where an event is about a column that this run has not.
  public func recordings(
    for events: [RunEvent], beside given: [Recording], knowing others: [any Recordable] = []
  ) throws(RecordingError) -> [Recording] {
    var found = given
    func add(_ recording: Recording) {
      if !found.contains(where: { $0.observable == recording.observable }) { found.append(recording) }
    }
    var possible: [Recording]?
    let standard = RecordColumn.standard(singularValues: start.bottleneckWidth).map(\.name)
    for event in events {
      switch event {
      case .escapes, .largestGradient: break
      case .halfRise: add(try ModeStrengths().recording(of: self))
      case .passage(let column, _), .extremum(let column, _):
        if standard.contains(column) || found.contains(where: { $0.columns.contains { $0.name == column } }) {
          continue
        }
        if possible == nil { possible = try recordings(of: [Recordables.everything], knowing: others) }
        let all = possible!
        guard let recording = all.first(where: { $0.columns.contains { $0.name == column } }) else {
          let known = standard + all.flatMap { $0.columns.map(\.name) }
          throw .unknownColumn(
            name: column, nearest: nearestName(to: column, among: known), known: abridged(known))
        }
        add(recording)
      }
    }
    return found
  }

  /// Of numbered names the first, and how many there are.
  private func abridged(_ names: [String]) -> [String] {
    var stems: [(stem: String, names: [String])] = []
    for name in names {
      let stem = name.replacingOccurrences(of: "[0-9]+", with: "#", options: .regularExpression)
      if let i = stems.firstIndex(where: { $0.stem == stem }) {
        stems[i].names.append(name)
      } else {
        stems.append((stem, [name]))
      }
    }
    return stems.map {
      $0.names.count > 2 ? "\($0.names[0]) … \($0.names.last!)" : $0.names.joined(separator: ", ")
    }
  }
}
