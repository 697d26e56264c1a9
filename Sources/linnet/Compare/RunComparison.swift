import DataFormats
import Figures
import Foundation
import Prose
import RunFiles
import Training

/// Finished runs side by side.
struct RunComparison: Encodable {
  /// One run.
  struct Entry: Encodable {
    let folder: String
    /// Options of `linnet train` whose values are not the same in all runs; null where this run has not the option.
    let options: [String: String?]
    let ending: String
    /// Whether the run came to its limit, and what that is.
    let limit: String?
    /// Flow time at the end.
    let time: Double
    /// The loss gap L − min L at the end.
    let gap: Double
    /// Since when only the minimum was left.
    @ExplicitNull var certainSince: Double?
    /// For each accuracy, the time of the first record at which the gap is that share of the start's or less; null where there is none.
    let reachedBy: [Double?]
    let evaluations: Int
    let seconds: Double

    /// What the run is called.
    fileprivate let name: String
    fileprivate let curve: [LineFigure.Point]
    fileprivate let waits: Bool

    private enum CodingKeys: String, CodingKey {
      case folder, options, ending, limit, time, gap, certainSince, reachedBy, evaluations, seconds
    }
  }

  /// Shares of the start's loss gap.
  let accuracies = [1e-2, 1e-4, 1e-6, 1e-8]
  /// What is drawn.
  let quantity: String
  let runs: [Entry]
  private let axis: LineFigure.Axis.Scale

  private enum CodingKeys: String, CodingKey { case accuracies, quantity, runs }

  /// Reads the folders.
  ///
  /// - Parameters:
  ///   - folders: of finished runs.
  ///   - quantity: a column of `trajectory.npz`.
  ///   - axis: of time; nil to go by the runs.
  /// - Throws: `RunFileError`, `DataFormatError`, `ComparisonError`.
  init(_ folders: [String], quantity: String, axis: LineFigure.Axis.Scale?) throws {
    self.quantity = quantity
    let read = try folders.map { try RunFolder($0) }
    let options = read.map { Self.options($0.origin) }
    let varying = Set(options.flatMap(\.keys)).filter { name in
      !Set(options.map { $0[name] }).isSubset(of: [options[0][name]])
    }.sorted()
    let accuracies = accuracies
    let runs = try zip(read, options).map { run, options in
      let archive = try NPZArchive(run.path + "/" + TrajectoryFiles.archive)
      let columns = archive.names.filter { !$0.hasPrefix("end_to_end") }
      guard columns.contains(quantity) else {
        throw ComparisonError.noSuchQuantity(
          quantity, folder: run.path, columns: columns.filter { $0 != "time" })
      }
      let times = try archive.array("time").values
      let gaps = try archive.array("gap").values
      let values = try archive.array(quantity).values
      let own = varying.map { name in (name, options[name]) }
      let named = own.compactMap { name, value in value.map { "\(name) \($0)" } }
      let result = run.result
      return Entry(
        folder: run.path, options: Dictionary(uniqueKeysWithValues: own), ending: result.termination.kind,
        limit: Self.limit(result), time: result.termination.time, gap: gaps.last ?? .nan,
        certainSince: result.certainty?.time,
        reachedBy: accuracies.map { ε in
          gaps.first.flatMap { first in zip(times, gaps).first { $0.1 <= ε * first }?.0 }
        },
        evaluations: result.method.evaluations, seconds: result.method.seconds,
        name: named.isEmpty ? run.path : named.joined(separator: ", "),
        curve: zip(times, values).map { LineFigure.Point($0, $1) }, waits: !result.plateaus.isEmpty)
    }
    let ends = runs.map(\.time).filter { $0 > 0 }
    let isLong = runs.contains(where: \.waits) || (ends.max() ?? 0) > 20 * (ends.min() ?? 0)
    self.runs = runs
    self.axis = axis ?? (isLong ? .logarithmic : .linear)
  }

  /// The limit that a run came to; nil where its ending names none.
  private static func limit(_ result: TrainingReport) -> String? {
    let isArrival = ["converged", "stationaryAtStart"].contains(result.termination.kind)
    return isArrival ? result.verdict.kind.rawValue : nil
  }

  /// The options of a line with their values; positional arguments stand under “data”.
  private static func options(_ origin: RunDescription) -> [String: String] {
    var options: [String: String] = [:]
    var name: String?
    for argument in origin.arguments {
      if argument.hasPrefix("--") {
        let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
        name = parts[0]
        options[parts[0]] = parts.count > 1 ? parts[1] : "yes"
        if parts.count > 1 { name = nil }
      } else if let option = name {
        options[option] = argument
        name = nil
      } else {
        options["data"] = [options["data"], argument].compactMap(\.self).joined(separator: " ")
      }
    }
    // Where the results went is no property of a run.
    for name in ["out", "force", "json", "no-files", "no-figures"] { options[name] = nil }
    return options
  }

  /// The table.
  var lines: [String] {
    var table = ScreenTable(
      header: ["", "ended", "t at the end"] + accuracies.map { "gap ≤ \(number($0))" } + ["certain since"])
    table.leftAligned = [0, 1]
    for run in runs {
      table.rows.append(
        [run.name, run.limit ?? run.ending, number(run.time, digits: 4)]
          + run.reachedBy.map { $0.map { number($0, digits: 4) } ?? "–" }
          + [run.certainSince.map { number($0, digits: 4) } ?? "–"])
    }
    return table.lines(label: "Runs")
      + labelledLines("", "the gap as a share of the start's, by the first record at which it is so small")
  }

  /// The quantity of all runs against time.
  var figure: LineFigure {
    let isPositive = runs.allSatisfy { run in
      let values = run.curve.map(\.y).filter(\.isFinite)
      return values.allSatisfy { $0 >= 0 } && values.contains { $0 > 0 }
    }
    let spans = runs.map { run -> Double in
      let values = run.curve.map(\.y).filter { $0 > 0 && $0.isFinite }
      return (values.max() ?? 1) / (values.min() ?? 1)
    }
    return LineFigure(
      title: "\(runs.count) runs", subtitle: "",
      horizontalAxis: LineFigure.Axis("time t", scale: axis),
      verticalAxis: LineFigure.Axis(
        quantity.replacingOccurrences(of: "_", with: " "),
        scale: isPositive && (spans.max() ?? 1) > 100 ? .logarithmic : .linear),
      series: runs.map { LineFigure.Series($0.name, points: $0.curve) },
      caption: "\(quantity) of trajectory.csv, each run by what its command line has of its own.")
  }
}

/// Why runs cannot be compared.
enum ComparisonError: Error, CustomStringConvertible {
  /// A run has recorded no column of this name.
  case noSuchQuantity(String, folder: String, columns: [String])

  var description: String {
    switch self {
    case .noSuchQuantity(let name, let folder, let columns):
      "\(folder) has no column “\(name)” in trajectory.csv"
        + (nearestName(to: name, among: columns).map { " (did you mean \($0)?)" } ?? "")
        + "; it has \(columns.joined(separator: ", "))."
    }
  }
}
