import Figures
import Foundation
import Landscape
import Prose

/// The figures of a network: the loss along the way out of a strict saddle, and the spectrum of the Hessian.
package struct LandscapeFigures {
  /// The figures with their files' names.
  package let figures: [(name: String, figure: LineFigure)]

  /// The figures of a result.
  package init(_ result: LandscapeResult) {
    let report = result.landscape
    let widths = result.problem.widths.map(String.init).joined(separator: "–")
    let subtitle = "depth \(result.problem.depth), widths \(widths)"
    var figures: [(name: String, figure: LineFigure)] = []
    if let path = report.escape {
      figures.append(
        (
          "escape",
          .escape(
            sizes: path.sizes, lossGap: path.gaps, model: path.model, curvature: path.curvature,
            levels: report.levels.map { (gap: $0.gap, name: ranges($0.kept)) },
            subtitle: subtitle)
        ))
    }
    if let eigenvalues = report.spectrum.eigenvalues, let multiplicities = report.spectrum.multiplicities {
      let all = zip(eigenvalues, multiplicities).flatMap { Array(repeating: $0, count: min($1, 10_000)) }
      figures.append(
        (
          "spectrum",
          .hessianSpectrum(
            all, tolerance: (report.spectrum.nearbyInertia ?? report.spectrum.inertia).tolerance,
            subtitle: subtitle)
        ))
    }
    self.figures = figures
  }

  /// Writes every figure into an existing folder.
  ///
  /// - Throws: `FigureError`.
  package func write(to folder: String) throws -> FigureFiles {
    try FigureRenderer.located().write(figures, to: URL(fileURLWithPath: folder))
  }
}
