import Figures
import Foundation
import Training

/// The three figures of a run: convergence with its bounds, singular values, drift of the imbalance.
struct TrainingFigures {
  let figures: [(name: String, figure: LineFigure)]

  init(_ run: TrainingRun, _ outcome: TrainingOutcome, _ report: TrainingReport) {
    let records = outcome.records
    let times = records.map(\.time)
    let subtitle = "depth \(run.start.depth), widths \(run.start.widths.map(String.init).joined(separator: "–"))"
    // A run that passes through many decades of time is read on a logarithmic axis.
    let isLong = !outcome.plateaus.isEmpty
    let scale: LineFigure.Axis.Scale = isLong ? .logarithmic : .linear
    let rate = report.certificate.rate
    var bounds: [(name: String, points: [LineFigure.Point])] = []
    if let bound = rate.bound {
      let turn = bound.tauBound
      let curve = times.map { LineFigure.Point($0, bound.distanceSquared(at: $0).squareRoot()) }
      let far = curve.filter { $0.x <= turn }
      let near = curve.filter { $0.x >= turn }
      if turn > 0, far.count > 1 { bounds.append(("bound (38a)", far)) }
      if near.count > 1 { bounds.append(("bound (38b)", near)) }
    }
    let rank = records.first?.singularValues.count ?? 0
    figures = [
      (
        "convergence",
        .convergence(
          times: times, lossGap: records.map(\.gap), distance: records.map(\.distanceToTarget), bounds: bounds,
          switchTime: rate.tauObserved.flatMap { $0 > 0 ? $0 : nil },
          plateaus: outcome.plateaus.map { $0.start...$0.end }, timeScale: scale, subtitle: subtitle)
      ),
      (
        "singular-values",
        .singularValues(
          times: times, values: records.map(\.singularValues),
          targets: Array(report.target.singularValues.prefix(rank)), timeScale: scale, subtitle: subtitle)
      ),
      (
        "imbalance",
        .imbalance(times: times, defect: records.map(\.imbalanceDrift), timeScale: scale, subtitle: subtitle)
      ),
    ]
  }

  func write(to folder: OutputFolder) throws -> FigureFiles {
    try FigureRenderer.located().write(figures, to: URL(fileURLWithPath: folder.path))
  }
}
