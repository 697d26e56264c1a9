import Figures
import Foundation
import Prose
import Verification

/// What is drawn about a verification: two pictures for each statement, and the studies.
struct VerifyFigures {
  /// By the statement's name: the margins of the sample.
  let margins: [String: LineFigure]
  /// By the statement's name: both sides along the worst trajectory, where there is one.
  let trajectories: [String: LineFigure]
  /// The studies, in order, with the file's name.
  let studies: [(name: String, figure: LineFigure)]

  init(_ report: VerifyReport, _ claims: [String: Claim]) {
    margins = Dictionary(
      uniqueKeysWithValues: report.claims.compactMap { claim in
        LineFigure.margins(claim).map { (claim.id, $0) }
      })
    trajectories = Dictionary(
      uniqueKeysWithValues: report.claims.compactMap { report in
        guard let worst = report.worst, let claim = claims[report.id] else { return nil }
        return LineFigure.worstTrajectory(report, worst, claim.profile(of: worst)).map { (report.id, $0) }
      })
    studies = report.studies.map(LineFigure.studies) ?? []
  }

  /// All figures under their files' names.
  var all: [(name: String, figure: LineFigure)] {
    margins.sorted { $0.key < $1.key }.map { ("\($0.key)-margins", $0.value) }
      + trajectories.sorted { $0.key < $1.key }.map { ("\($0.key)-worst", $0.value) } + studies
  }
}

extension LineFigure {
  /// How often the margins of a sample fall into each cell.
  fileprivate static func margins(_ report: ClaimReport) -> LineFigure? {
    let histogram = report.histogram
    guard !histogram.counts.isEmpty else { return nil }
    var points: [Point] = [Point(histogram.edges[0], 0)]
    for (k, count) in histogram.counts.enumerated() {
      points += [Point(histogram.edges[k], Double(count)), Point(histogram.edges[k + 1], Double(count))]
    }
    points.append(Point(histogram.edges.last!, 0))
    let isIdentity = histogram.quantity == .logarithmicError
    return LineFigure(
      title: "Margins of \(report.source)",
      subtitle: "\(count(report.instances, "random instance")), \(report.violations) violations",
      horizontalAxis: Axis(
        isIdentity ? "log₁₀ of error / round-off allowed" : "relative margin (right − left) / unit"),
      verticalAxis: Axis("instances"), series: [Series("", style: .line(.solid), hue: 0, points: points)],
      rules: [Rule(.vertical(x: 0), label: isIdentity ? "fails beyond" : "fails below")],
      caption: isIdentity
        ? "An identity: the difference of both sides relative to what rounding may do. Exact agreement stands at −6."
        : "An inequality: how far the instance is from violating it, in the unit of the statement. "
          + "The last cell holds everything above the 98th percentile.")
  }

  /// Both sides of a statement along the trajectory of its worst instance.
  fileprivate static func worstTrajectory(
    _ report: ClaimReport, _ worst: ClaimReport.Finding, _ profile: [Comparison]
  ) -> LineFigure? {
    // Several comparisons at one time are several statements; that of the worst is drawn.
    var places: [Double: Int] = [:]
    var groups: [[Comparison]] = []
    for comparison in profile {
      guard let t = comparison.time, t > 0 else { continue }
      let place = places[t, default: 0]
      places[t] = place + 1
      if place == groups.count { groups.append([]) }
      groups[place].append(comparison)
    }
    let shown = groups.filter { $0.count > 2 }.min { ($0.worst?.score ?? 0) < ($1.worst?.score ?? 0) }
    guard let group = shown else { return nil }
    let comparisons = group.sorted { $0.time! < $1.time! }
    let values = comparisons.flatMap { [$0.left, $0.right] }.filter(\.isFinite)
    let sign: Double = values.allSatisfy { $0 <= 0 } ? -1 : 1
    let positive = values.filter { sign * $0 > 0 }
    let isLogarithmic =
      positive.count == values.count
      && (values.map(\.magnitude).max() ?? 1)
        > 30 * (values.map(\.magnitude).min() ?? 1)
    let largest = values.map(\.magnitude).max() ?? 0
    if !values.isEmpty, values.max()! - values.min()! < 1e-4 * largest {
      return gap(report, worst, comparisons)
    }
    let note =
      sign < 0
      ? " Both sides are negative; their magnitudes are shown, so that the statement wants left above right."
      : ""
    return LineFigure(
      title: "Worst instance of \(report.source)",
      subtitle:
        "least margin \(number(worst.margin, digits: 3)), round-off \(number(worst.comparison.roundOff, digits: 2))",
      horizontalAxis: Axis("time t", scale: .logarithmic),
      verticalAxis: Axis(
        sign < 0 ? "magnitude of both sides" : "both sides", scale: isLogarithmic ? .logarithmic : .linear),
      series: [
        Series(
          "left side", style: .line(.solid), hue: 0,
          points: comparisons.map { Point($0.time!, sign * $0.left) }),
        Series(
          comparisons[0].relation == .equal ? "right side" : "bound", style: .bound(.dashed), hue: 1,
          points: comparisons.map { Point($0.time!, sign * $0.right) }),
      ],
      caption: "\(report.formula).\(note) Numbers: Eftekhari (2020); D1, D2, …: derived.md.")
  }

  /// The margin along the trajectory, where both sides are too close to be told apart in a picture.
  private static func gap(
    _ report: ClaimReport, _ worst: ClaimReport.Finding, _ comparisons: [Comparison]
  ) -> LineFigure {
    LineFigure(
      title: "Worst instance of \(report.source)",
      subtitle: "least margin \(number(worst.margin, digits: 3))",
      horizontalAxis: Axis("time t", scale: .logarithmic), verticalAxis: Axis("(right − left) / unit"),
      series: [
        Series(
          "margin", style: .line(.solid), hue: 0, points: comparisons.map { Point($0.time!, $0.margin) }),
        Series(
          "− round-off", style: .bound(.dashed), hue: 1,
          points: comparisons.map { Point($0.time!, -$0.roundOff) }),
      ],
      rules: [Rule(.horizontal(y: 0), label: "fails below")],
      caption:
        "\(report.formula). Both sides agree to more digits than a picture shows, so their difference is drawn."
    )
  }

  /// The figures about all statements.
  fileprivate static func studies(_ studies: VerifyStudies) -> [(name: String, figure: LineFigure)] {
    [
      ("tightness-near-gap", tightness(studies.tightness.near, "(38b)", byAlpha: false)),
      ("tightness-far-gap", tightness(studies.tightness.far, "(38a)", byAlpha: false)),
      ("tightness-near-alpha", tightness(studies.tightness.near, "(38b)", byAlpha: true)),
      ("tightness-far-alpha", tightness(studies.tightness.far, "(38a)", byAlpha: true)),
      ("stable-set", stableSet(studies.stableSet)), ("final-rates", finalRates(studies.finalRates)),
    ]
  }

  private static func tightness(_ rows: [RateTightness.Row], _ equation: String, byAlpha: Bool) -> LineFigure
  {
    let series = RateTightness.depths.enumerated().flatMap { i, N -> [Series] in
      let mine = rows.filter { $0.depth == N && ($0.alpha != nil) == byAlpha }
      func curve(_ value: (RateTightness.Row) -> Double?) -> [Point] {
        mine.compactMap { row in value(row).map { Point(byAlpha ? row.alpha! : row.gapRatio, $0) } }
      }
      return [
        Series("N = \(N)", hue: i, points: curve(\.median)),
        Series("lower quartile", style: .bound(.dotted), hue: i, points: curve(\.lowerQuartile)),
        Series("upper quartile", style: .bound(.dotted), hue: i, points: curve(\.upperQuartile)),
      ].enumerated().map { k, series in
        var series = series
        // One label a depth.
        if k > 0 { series.name = "" }
        return series
      }
    }
    return LineFigure(
      title: "How tight \(equation) is",
      subtitle: byAlpha
        ? "γ_Z = \(number(RateTightness.gapForAlpha)), against the best α" : "against the gap γ_Z",
      horizontalAxis: byAlpha ? Axis("α, best") : Axis("γ_Z", scale: .logarithmic),
      verticalAxis: Axis("promised / observed rate", scale: .logarithmic), series: series,
      caption:
        "Median (thick) and quartiles (dotted) of the promised rate of \(equation), Theorem 4.4, at the best α and β (D12), "
        + "relative to the largest rate with which it would still hold. 1 could not be improved.")
  }

  private static func stableSet(_ study: StableSetShare) -> LineFigure {
    LineFigure(
      title: "The stable set inside the exact basin",
      subtitle: "\(study.starts) random balanced rank-one starts for each dimension",
      horizontalAxis: Axis("dimension dx = dy", scale: .logarithmic),
      verticalAxis: Axis("share of starts", scale: .logarithmic),
      series: StableSetShare.gapRatios.enumerated().map { i, γ in
        Series(
          "γ_Z = \(number(γ))", hue: i,
          points: study.rows.filter { $0.gapRatio == γ }.map { Point(Double($0.dimension), $0.share) })
      },
      rules: [Rule(.horizontal(y: 1), label: "exact basin (D5)")],
      caption:
        "Starts with c_0 > γ_Z, from which Theorem 3.8 proves convergence; by D5 all but a null set converge."
    )
  }

  private static func finalRates(_ study: FinalRates) -> LineFigure {
    LineFigure(
      title: "Final rates against depth and size",
      subtitle: "γ_Z = \(number(study.gapRatio)); circles measured, lines 2 s_Z^p (1 − γ_Z)",
      horizontalAxis: Axis("s_Z", scale: .logarithmic),
      verticalAxis: Axis("final rate of ‖Z₁ − W‖² / m", scale: .logarithmic),
      series: FinalRates.depths.enumerated().flatMap { i, N -> [Series] in
        let rows = study.rows.filter { $0.depth == N }
        return [
          Series("N = \(N)", hue: i, points: rows.map { Point($0.targetScale, $0.predicted) }),
          Series(
            "N = \(N), measured", style: .markers, hue: i,
            points: rows.map { Point($0.targetScale, $0.measured) }),
        ]
      },
      rules: [Rule(.vertical(x: 1), label: "s_Z = 1")],
      caption:
        "Near the target depth helps where s_Z > 1 and hurts where s_Z < 1 (D6): the answer to the question under Figure 1."
    )
  }
}
