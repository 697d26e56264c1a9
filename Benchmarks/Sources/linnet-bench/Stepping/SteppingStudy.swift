import Figures
import Foundation
import Integration
import LinearAlgebra

/// The methods of CVODE and ARKODE against each other, as work–precision.
struct SteppingStudy {
  /// Of the steps.
  static let tolerances = [1e-4, 1e-6, 1e-8, 1e-10, 1e-12]
  /// Seconds of processor time after which an integration is given up, and the tighter tolerances with it.
  static let limit = 2.0

  static let explanation = """
    Gradient flow on the reduced problem, W at 200 times, local tolerances 1e-4 … 1e-12, all with the same norm, Jacobian
    products and preconditioner. `cvode` and `erk` are the library's; the others exist in this study only. The error is
    max ‖W − W_ref‖/‖W_ref‖ over the times. Times are medians of processor time, interpolated between tolerances to the
    error; – where it was not reached, or not within \(short(limit)) s. Bold: the fastest.
    """

  private let problems: [SteppingProblem]
  /// By problem and method.
  private let points: [[[Point]]]
  /// By problem: what the reference is.
  private let references: [String]

  /// One integration: a point of the diagram, or where it stopped.
  private struct Point {
    let result: PeerPoint
    let work: Work
    let reached: Double
  }

  /// Measures everything.
  init() throws {
    problems = try SteppingProblem.all()
    let measured = problems.map { problem in
      let reference = SteppingStudy.reference(problem)
      let points = SteppingMethod.all.map {
        SteppingStudy.measure($0, on: problem, reference: reference.states)
      }
      return (points: points, reference: reference.description)
    }
    (points, references) = (measured.map(\.points), measured.map(\.reference))
  }

  /// A tight integration, and by how much one by an unrelated method differs from it.
  private static func reference(_ problem: SteppingProblem) -> (states: [Matrix], description: String) {
    // Each at the tightest tolerance that it comes to an end with.
    let candidates =
      problem.isStiff
      ? [("cvode: BDF 1–5", [3e-15, 1e-13, 1e-12]), ("DIRK 5(4), ESDIRK547L2SA2", [1e-12, 1e-10])]
      : [("Fehlberg 8(7)", [1e-15]), ("cvode: BDF 1–5", [3e-15])]
    let found = candidates.compactMap { name, tolerances -> (name: String, states: [Matrix])? in
      let method = SteppingMethod.all.first { $0.name == name }!
      for tolerance in tolerances {
        let result = method.integrated(problem, relativeTolerance: tolerance, limit: 10)
        if result.isComplete { return ("\(name) at \(short(tolerance))", result.states) }
      }
      return nil
    }
    guard let best = found.first else { preconditionFailure("no reference for \(problem.key)") }
    let difference = found.dropFirst().first.map {
      ", from which \($0.name) differs by \(short(PeerInstance.error($0.states, best.states)))"
    }
    return (best.states, best.name + (difference ?? " (the other methods do not come to the end)"))
  }

  private static func measure(_ method: SteppingMethod, on problem: SteppingProblem, reference: [Matrix])
    -> [Point]
  {
    var points: [Point] = []
    for tolerance in tolerances {
      let first = method.integrated(problem, relativeTolerance: tolerance, limit: limit)
      var times = [first.seconds]
      while first.isComplete, times.count < 5, first.seconds < 0.2 {
        times.append(method.integrated(problem, relativeTolerance: tolerance, limit: limit).seconds)
      }
      points.append(
        Point(
          result: PeerPoint(
            problem: problem.key, method: method.name, formulation: "ours", tolerance: tolerance,
            error: first.isComplete ? PeerInstance.error(first.states, reference) : nil,
            seconds: first.isComplete ? median(times) : nil),
          work: first.work, reached: first.reached))
      FileHandle.standardError.write(
        Data("\(problem.key) \(method.name) \(short(tolerance)): \(duration(first.seconds))\n".utf8))
      if !first.isComplete { break }
    }
    return points
  }

  // MARK: Tables

  var tables: [Table] { [summary] + problems.indices.map(table) }

  private var summary: Table {
    let errors = [1e-4, 1e-6, 1e-8, 1e-10]
    var table = Table(
      title: "Methods of stepping", explanation: SteppingStudy.explanation,
      columns: ["problem", "error"] + SteppingMethod.all.map(\.name))
    for (problem, methods) in zip(problems, points) {
      for error in errors {
        let times = methods.map { $0.map(\.result).seconds(atError: error) }
        let best = times.compactMap(\.self).min()
        table.rows.append(
          [error == errors[0] ? problem.key : "", short(error)]
            + times.map { time in
              time.map { $0 == best ? "**\(duration($0))**" : duration($0) } ?? "–"
            })
      }
    }
    return table
  }

  private func table(of index: Int) -> Table {
    let problem = problems[index]
    return Table(
      title: "Stepping: \(problem.title)",
      explanation: """
        \(problem.start.parameterCount) unknowns, widths \(problem.start.widths.map(String.init).joined(separator: "–")),
        to t = \(short(problem.times.last!)). Reference: \(references[index]).
        Each entry: error, time, evaluations + Jacobian products.
        """,
      columns: ["method"] + SteppingStudy.tolerances.map(short),
      rows: zip(SteppingMethod.all, points[index]).map { method, points in
        [method.name]
          + SteppingStudy.tolerances.indices.map { k in
            guard k < points.count else { return "–" }
            let point = points[k]
            guard let error = point.result.error, let time = point.result.seconds else {
              return "given up at \(short(point.reached)) of the time"
            }
            return
              "\(short(error)), \(duration(time)), \(point.work.evaluations) + \(point.work.jacobianProducts)"
          }
      })
  }

  // MARK: Figures

  /// Error against time on one problem.
  private func figure(of index: Int) -> LineFigure {
    let series = zip(SteppingMethod.all, points[index]).enumerated().compactMap {
      hue, pair -> LineFigure.Series? in
      let frontier = pair.1.map(\.result).frontier
      guard !frontier.isEmpty else { return nil }
      // One hue for a place in its family, and a stroke for the family.
      return LineFigure.Series(
        pair.0.name, style: .line(pair.0.isImplicit ? .dashed : .solid), hue: hue % 4,
        points: frontier.map { .init($0.seconds, max($0.error, 1e-17)) })
    }
    return LineFigure(
      title: "Error against time: \(problems[index].key)", subtitle: problems[index].title,
      horizontalAxis: .init("time of 200 states", unit: "s", scale: .logarithmic),
      verticalAxis: .init("largest relative error of W", scale: .logarithmic), series: series,
      caption:
        "Gradient flow (13) of Eftekhari (2020), local tolerances from 1e-4 to 1e-12; dashed: implicit methods, all with the same preconditioner. Points beaten in both time and error are left out."
    )
  }

  /// Draws the figures among the images of the documentation, where more than one method came to the end.
  func writeFigures() throws {
    let figures = problems.indices.map { (name: "stepping-\(problems[$0].key)", figure: figure(of: $0)) }
    try DocumentationImages.write(figures.filter { $0.figure.series.count > 1 })
  }
}
