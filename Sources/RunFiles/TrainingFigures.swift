import Figures
import Foundation
import Landscape
import LinearAlgebra
import Prose
import Theory
import Training

/// The three figures of a run: convergence with its bounds, singular values, drift of the imbalance.
public struct TrainingFigures: Sendable {
  /// The figures with their files' names.
  public let figures: [(name: String, figure: LineFigure)]
  /// Figures that would be empty, each with the reason.
  public let omitted: [(name: String, reason: String)]

  /// The files' names of all figures that a run can have.
  private static let names = ["convergence", "singular-values", "imbalance", "sharpness"]

  /// The figures of a run.
  ///
  /// - Parameters:
  ///   - run: what was run.
  ///   - outcome: what came of it.
  ///   - report: promise, run and verdict; its bounds are drawn.
  public init(_ run: TrainingRun, _ outcome: TrainingOutcome, _ report: TrainingReport) {
    let tau = report.turningTime.flatMap { $0 > 0 ? $0 : nil }
    let time = TrainingFigures.timeAxis(outcome, turning: tau)
    let records =
      time.scale == .logarithmic ? TrainingFigures.eventful(outcome.records) : outcome.records
    let times = records.map(\.time)
    let r = run.start.bottleneckWidth
    let target = run.problem.isWhitened() ? "Z" + TrainingFigures.subscripted(r) : "W*"
    let minimum = GlobalMinimum(of: run.problem, rank: r)
    var bounds: [(name: String, points: [LineFigure.Point])] = []
    for finding in report.certificate.theorems + (report.renewal?.theorems ?? []) {
      guard let bound = finding.bound else { continue }
      let later = times.filter { $0 >= bound.curve.start }
      if later.count > 1 {
        bounds.append(
          (
            "bound \(finding.id)" + (bound.curve.start > 0 ? ", renewed" : ""),
            later.map { LineFigure.Point($0, TrainingFigures.height(bound, at: $0, minimum)) }
          ))
      }
    }
    let subtitle =
      "depth \(run.start.depth), widths \(run.start.widths.map(String.init).joined(separator: "–"))"
    var figures: [(name: String, figure: LineFigure)] = [
      (
        "convergence",
        .convergence(
          times: times, lossGap: records.map(\.gap), distance: records.map(\.distanceToTarget),
          target: target,
          bounds: bounds, switchTime: tau,
          certainTime: report.certainty.map(\.time),
          plateaus: outcome.plateaus.map { ($0.start...$0.end, TrainingFigures.name(of: $0.level)) },
          levels: TrainingFigures.levels(minimum, outcome), time: time,
          subtitle: subtitle)
      ),
      (
        "singular-values",
        .singularValues(
          times: times, values: records.map(\.singularValues),
          targets: minimum.minimiserSingularValues, target: target, time: time,
          subtitle: subtitle)
      ),
    ]
    let drift = records.map(\.imbalanceDrift)
    if let reason = Self.reasonToOmit(
      drift: outcome.records.map(\.imbalanceDrift), depth: run.start.depth, method: run.method.method.rawValue
    ) {
      omitted = [("imbalance", reason)]
    } else {
      omitted = []
      figures.append(("imbalance", .imbalance(times: times, defect: drift, time: time, subtitle: subtitle)))
    }
    let spectrum = outcome.spectrum.filter { $0.time >= times.first ?? 0 }
    if !spectrum.isEmpty {
      figures.append(
        (
          "sharpness",
          .sharpness(
            times: spectrum.map(\.time), largest: spectrum.map(\.largestHessianEigenvalue),
            lowest: spectrum.map { $0.smallestHessianEigenvalue ?? .nan },
            kernel: spectrum.map(\.largestKernelEigenvalue),
            stability: run.options.step.map { 2 / $0 }, time: time, subtitle: subtitle)
        ))
    }
    figures += Self.descent(report.descent, records, time.scale, subtitle, hasSpectrum: !spectrum.isEmpty)
    let held = report.heldOut
    self.figures =
      figures
      + outcome.recordings.map {
        TrainingFigures.figure(of: $0, records, time: time, stop: held?.leastTime, subtitle: subtitle)
      }
  }

  /// Curves of an observable that are drawn at most.
  private static let mostCurves = 10

  /// The columns of an observable in time, with what they are at the global minimum.
  private static func figure(
    of recording: Recording, _ records: [TrajectoryRecord], time: LineFigure.Axis, stop: Double?,
    subtitle: String
  ) -> (name: String, figure: LineFigure) {
    let isTest = recording.columns.first?.name == TestLoss.column
    // Of the held-out loss the two that have one unit.
    let all = isTest ? Array(recording.columns.dropFirst()) : recording.columns
    let columns = all.prefix(mostCurves)
    // A start of size zero, or a distance of zero, has no place on a logarithmic axis.
    let isLogarithmic = recording.isLogarithmic
    let rest =
      all.count > columns.count ? " The first \(columns.count) of \(all.count); trajectory.csv has all." : ""
    let figure = LineFigure(
      title: recording.title, subtitle: subtitle,
      horizontalAxis: time,
      verticalAxis: .init(recording.axis, scale: isLogarithmic ? .logarithmic : .linear),
      series: columns.enumerated().map { i, column in
        LineFigure.Series(
          column.label, style: .line(.solid), hue: i, x: records.map(\.time),
          y: records.map { $0.others[column.name] ?? .nan })
      },
      rules: columns.enumerated().compactMap { i, column in
        column.goal.map { .init(.horizontal(y: $0), label: "\(column.label), W*", hue: i) }
      } + (isTest ? stop.map { [.init(.vertical(x: $0), label: "least")] } ?? [] : []),
      caption: recording.caption + rest)
    return (recording.observable, figure)
  }

  /// The figures of a run with the bounds of every theorem that speaks about its start.
  public init(_ run: TrainingRun, _ outcome: TrainingOutcome) {
    self.init(run, outcome, TrainingReport(run: run, outcome: outcome, promise: run.promise, prepared: nil))
  }

  /// Descent beside the flow, and its sharpness; none for other methods.
  private static func descent(
    _ report: DescentReport?, _ records: [TrajectoryRecord], _ scale: LineFigure.Axis.Scale,
    _ subtitle: String, hasSpectrum: Bool
  ) -> [(name: String, figure: LineFigure)] {
    guard let report else { return [] }
    var figures: [(name: String, figure: LineFigure)] = []
    let first = records.first?.time ?? 0
    if let flow = report.flow {
      let from = flow.times.firstIndex { $0 >= first } ?? 0
      func later(_ values: [Double?]) -> [Double] { values[from...].map { $0 ?? .nan } }
      figures.append(
        (
          "descent",
          .descent(
            times: records.map(\.time), descent: records.map(\.gap), flowTimes: Array(flow.times[from...]),
            flow: later(flow.gaps), distance: later(flow.distances),
            modified: flow.modifiedDistances.map { later($0) } ?? [],
            band: report.band.map { ($0.times, $0.least, $0.largest) }, timeScale: scale,
            subtitle: subtitle + ", η = \(number(report.promise.step))")
        ))
    }
    if let sharp = report.sharpness, !hasSpectrum {
      let from = sharp.times.firstIndex { $0 >= first } ?? 0
      figures.append(
        (
          "sharpness",
          .descentSharpness(
            times: Array(sharp.times[from...]), values: Array(sharp.values[from...]), limit: sharp.limit,
            hasMomentum: report.promise.momentum > 0, timeScale: scale, subtitle: subtitle)
        ))
    }
    return figures
  }

  /// A bound in the units of the figure: L_N − min L_N, or ‖W − W*‖.
  private static func height(_ bound: Bound, at t: Double, _ minimum: GlobalMinimum) -> Double {
    switch bound.on {
    case .gap:
      0.5 * minimum.singularValues.prefix(minimum.rank).reduce(0) { $0 + $1 * $1 } * bound.curve.value(at: t)
    case .distance: minimum.minimiser.frobeniusNorm * bound.curve.value(at: t).squareRoot()
    }
  }

  /// The stationary values that the run passed near, and of leading directions those that its loss crossed; none where there was no plateau. The lowest six.
  private static func levels(_ minimum: GlobalMinimum, _ outcome: TrainingOutcome) -> [(
    gap: Double, name: String
  )] {
    guard !outcome.plateaus.isEmpty else { return [] }
    let all = CriticalLevels(of: minimum)
    let passed = outcome.plateaus.map(\.level)
    let highest = outcome.records.first?.gap ?? 0
    let leading = (0..<min(minimum.rank, minimum.targetRank)).map { all.level(keeping: Array(1..<$0 + 1)) }
      .filter { level in level.gap <= 1.01 * highest && !passed.contains { $0.kept == level.kept } }
    return (passed + leading).filter { $0.gap > 0 }.sorted { $0.gap < $1.gap }.prefix(6).map {
      (gap: $0.gap, name: name(of: $0))
    }
  }

  /// The saddles of a level, by the singular directions that W keeps there.
  private static func name(of level: CriticalLevel) -> String {
    level.kept.isEmpty ? "W = 0" : "keeps \(ranges(level.kept))"
  }

  /// Why a figure of the imbalance would be empty; nil if it has something to show.
  ///
  /// - Parameters:
  ///   - drift: the drift of the imbalance at the recorded times.
  ///   - depth: N.
  ///   - method: how the run was integrated.
  package static func reasonToOmit(drift: [Double], depth: Int, method: String) -> String? {
    if depth == 1 { return "a single layer has no neighbour to be balanced with" }
    if drift.contains(where: { $0 > 0 && $0.isFinite }) { return nil }
    return "its drift is exactly 0 at all recorded times"
      + (method == "exact" ? ", as the closed form keeps it" : "")
  }

  /// The axis of time on which all events of a run can be seen.
  ///
  /// Plateaus, and a far regime that is over at once, are read on a logarithmic axis. Where that leaves what happens between the plateaus less than a twelfth of the width (tuned), the plateaus are drawn short
  /// instead; not so many of them that no room is left for the rest.
  private static func timeAxis(_ outcome: TrainingOutcome, turning τ: Double?) -> LineFigure.Axis {
    let plateaus = outcome.plateaus
    guard !plateaus.isEmpty else {
      return .time(τ.map { $0 < 0.05 * outcome.time } ?? false ? .logarithmic : .linear)
    }
    let first = eventful(outcome.records).first { $0.time > 0 }?.time ?? outcome.time
    let events =
      zip([first] + plateaus.map(\.end), plateaus.map(\.start) + [outcome.time]).filter { $0 < $1 && $0 > 0 }
    let narrowest = events.map { log($1 / $0) }.min() ?? 0
    let isCrowded = narrowest < log(outcome.time / first) / 12
    guard isCrowded, plateaus.count <= 6 else { return .time(.logarithmic) }
    return .time(shortened: plateaus.map { $0.start...$0.end })
  }

  /// The records from a tenth of the first time on at which the gap or the distance has changed by a thousandth: before that a logarithmic axis shows nothing.
  private static func eventful(_ records: [TrajectoryRecord]) -> [TrajectoryRecord] {
    guard let first = records.first else { return [] }
    let event = records.first {
      ($0.gap - first.gap).magnitude > 1e-3 * first.gap.magnitude
        || ($0.distanceToTarget - first.distanceToTarget).magnitude > 1e-3 * first.distanceToTarget
    }
    let start = (event?.time ?? 0) / 10
    return records.filter { $0.time >= start }
  }

  private static func subscripted(_ n: Int) -> String {
    String(String(n).map { Array("₀₁₂₃₄₅₆₇₈₉")[$0.wholeNumberValue!] })
  }

  /// Removes what ``write(to:)`` has written into a folder before.
  public static func remove(from folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasSuffix(".vl.json") {
      let stem = name.dropLast(".vl.json".count)
      for ending in ["vl.json", "svg", "png", "pdf"] { unlink("\(folder)/\(stem).\(ending)") }
    }
  }

  /// Writes every figure into a folder, which is made if there is none: NAME.vl.json always, and pictures where a renderer is
  /// installed.
  ///
  /// - Throws: `FigureError`.
  @discardableResult
  public func write(to folder: String) throws(FigureError) -> FigureFiles {
    // What hinders it is said by the writing.
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // A figure that an earlier run had and this one has not would be taken for this one's.
    for stale in Self.names where !figures.contains(where: { $0.name == stale }) {
      for ending in ["vl.json"] + FigureRenderer.Format.allCases.map(\.rawValue) {
        try? FileManager.default.removeItem(atPath: "\(folder)/\(stale).\(ending)")
      }
    }
    return try FigureRenderer.located().write(figures, to: URL(fileURLWithPath: folder))
  }
}
