/// The figures of a closed-form fit.
extension LineFigure {
  /// Izenman's rank trace: how much coefficients and residual covariance still change from rank r to full rank.
  ///
  /// - Parameters:
  ///   - coefficientChange: ΔC_r = ‖W_full − W_r‖/‖W_full‖ for r = 0, 1, ….
  ///   - residualChange: ΔE_r = ‖Σ_r − Σ_full‖/‖Σ_0 − Σ_full‖.
  ///   - rank: the rank in use.
  ///   - subtitle: the line below the title.
  ///
  /// Source: Izenman, J. Multivariate Analysis 5 (1975).
  public static func rankTrace(
    coefficientChange: [Double], residualChange: [Double], rank: Int, subtitle: String = ""
  ) -> LineFigure {
    LineFigure(
      title: "Rank trace", subtitle: subtitle, horizontalAxis: Axis("rank r", leastStep: 1),
      verticalAxis: Axis("change up to full rank, relative"),
      series: marked("coefficients", hue: 0, coefficientChange)
        + marked("residual covariance", hue: 1, residualChange),
      rules: [Rule(.vertical(x: Double(rank)), label: "rank \(rank)")],
      caption:
        "‖C − C_r‖/‖C‖ and ‖Σ_r − Σ‖/‖Σ_0 − Σ‖, where C and Σ are coefficients and residual covariance at full rank: "
        + "a rank from which on both are small loses little. After Izenman (1975).")
  }

  /// The held-out error of every rank.
  ///
  /// - Parameters:
  ///   - error: CV(r) for r = 0, 1, ….
  ///   - standardError: of each.
  ///   - rank: the rank in use.
  ///   - criterion: how the rank was chosen.
  ///   - subtitle: the line below the title.
  public static func heldOutError(
    _ error: [Double], standardError: [Double], rank: Int, criterion: String, subtitle: String = ""
  ) -> LineFigure {
    let ranks = error.indices.map(Double.init)
    return LineFigure(
      title: "Error on held-out samples", subtitle: subtitle, horizontalAxis: Axis("rank r", leastStep: 1),
      verticalAxis: Axis("mean squared error"),
      series: marked("cross-validation", hue: 0, error) + [
        Series(
          "+ 1 s.e.", style: .line(.dotted), hue: 1, x: ranks, y: zip(error, standardError).map { $0 + $1 }),
        Series(
          "− 1 s.e.", style: .line(.dotted), hue: 1, x: ranks, y: zip(error, standardError).map { $0 - $1 }),
      ],
      rules: [Rule(.vertical(x: Double(rank)), label: "rank \(rank)")],
      caption:
        "Mean squared error of samples that the fit has not seen, all outputs together, and one standard error "
        + "over the folds. The rank in use: \(criterion).")
  }

  /// The spectrum that decides what each rank adds, on a logarithmic axis.
  ///
  /// - Parameters:
  ///   - values: decreasing, not negative; those below 1e-24 of the first are squares of round-off and left out.
  ///   - quantity: what they are, for the axis.
  ///   - rank: the rank in use.
  ///   - caption: what the values are and where they come from.
  ///   - subtitle: the line below the title.
  public static func scree(
    _ values: [Double], quantity: String, rank: Int, caption: String, subtitle: String = ""
  ) -> LineFigure {
    let shown = values.prefix { $0 > 1e-24 * (values.first ?? 0) }
    let points = shown.enumerated().map { Point(Double($0.offset + 1), $0.element) }
    return LineFigure(
      title: "Scree", subtitle: subtitle, horizontalAxis: Axis("direction i", leastStep: 1),
      verticalAxis: Axis(quantity, scale: .logarithmic),
      series: [
        Series(quantity, hue: 0, points: points), Series("", style: .markers, hue: 0, points: points),
      ],
      rules: rank > 0 ? [Rule(.vertical(x: Double(rank)), label: "rank \(rank)")] : [], caption: caption)
  }

  /// One output of a fit: what was observed and what was fitted for each sample.
  public struct FittedOutput: Equatable, Sendable {
    /// The name of the output.
    public var name: String
    /// A point for each sample: fitted, observed.
    public var points: [Point]

    /// The pairs of one output, in any order.
    public init(name: String, fitted: [Double], observed: [Double]) {
      self.name = name
      points = zip(fitted, observed).map(Point.init).sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    }
  }

  /// Observed against fitted values, with the line on which they are equal.
  ///
  /// - Parameters:
  ///   - outputs: those that are shown.
  ///   - unit: of the axes.
  ///   - caption: which samples are shown.
  ///   - subtitle: the line below the title.
  public static func observedAgainstFitted(
    _ outputs: [FittedOutput], unit: String, caption: String, subtitle: String = ""
  ) -> LineFigure {
    let all = outputs.flatMap { $0.points.map(\.x) }
    let ends = [all.min() ?? 0, all.max() ?? 1]
    return LineFigure(
      title: "Observed against fitted", subtitle: subtitle, horizontalAxis: Axis("fitted", unit: unit),
      verticalAxis: Axis("observed", unit: unit),
      series: outputs.enumerated().map { i, output in
        Series(output.name, style: .dots, hue: i, points: output.points)
      } + [Series("equal", style: .line(.dashed), hue: 6, x: ends, y: ends)],
      caption: caption)
  }

  private static func marked(_ name: String, hue: Int, _ values: [Double]) -> [Series] {
    let points = values.enumerated().map { Point(Double($0.offset), $0.element) }
    return [
      Series(name, style: .line(.solid), hue: hue, points: points),
      Series("\(name), values", style: .markers, hue: hue, points: points),
    ]
  }
}
