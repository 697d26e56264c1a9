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
      // Each direction in the colour that its singular value has in every other picture.
      series: [Series("", style: .line(.solid), hue: 6, points: points)]
        + points.enumerated().map { i, point in Series("", style: .markers, hue: i, points: [point]) },
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

  /// The share of ones among samples of like fitted values, for outputs that are 0 or 1: a scatter of them would be two bars.
  ///
  /// Samples in the order of their fitted values are divided into ten groups of equal size, or fewer of at least five.
  ///
  /// - Parameters:
  ///   - outputs: those that are shown.
  ///   - caption: which samples are shown.
  ///   - subtitle: the line below the title.
  public static func observedShareAgainstFitted(
    _ outputs: [FittedOutput], caption: String, subtitle: String = ""
  ) -> LineFigure {
    let curves = outputs.map { output in
      let m = output.points.count
      let groups = max(1, min(10, m / 5))
      return (0..<groups).compactMap { g -> Point? in
        let part = output.points[(g * m / groups)..<((g + 1) * m / groups)]
        let n = Double(part.count)
        return n > 0
          ? Point(part.reduce(0) { $0 + $1.x } / n, part.reduce(0) { $0 + $1.y } / n) : nil
      }
    }
    let all = curves.flatMap { $0.map(\.x) }
    let ends = [all.min() ?? 0, all.max() ?? 1]
    return LineFigure(
      title: "Share of ones against fitted", subtitle: subtitle,
      horizontalAxis: Axis("fitted, mean of a group"),
      verticalAxis: Axis("share of ones"),
      series: zip(outputs, curves).enumerated().flatMap { i, pair in
        [
          Series(pair.0.name, style: .line(.solid), hue: i, points: pair.1),
          Series("", style: .dots, hue: i, points: pair.1),
        ]
      } + [Series("equal", style: .line(.dashed), hue: 6, x: ends, y: ends)],
      caption: "\(caption) Samples in groups of like fitted values. Dashed: as many ones as fitted.")
  }

  /// A column of a table in a biplot: its direction and length beside the samples.
  public struct Loading: Equatable, Sendable {
    /// The name of the column.
    public var name: String
    /// Where its arrow ends, in units of the data.
    public var end: Point

    /// The arrow of a column.
    public init(name: String, end: Point) { (self.name, self.end) = (name, end) }
  }

  /// Samples and columns on two principal components: dots are samples, lines from the middle are columns.
  ///
  /// Samples are in standard deviations of the components and columns as long as their standard deviations, so that the product of a dot and a line is what
  /// the two components give of that entry; all lines are drawn longer or shorter by one factor.
  ///
  /// - Parameters:
  ///   - scores: of the samples, in standard deviations.
  ///   - loadings: of the columns; the seven longest are shown, since more colours could not be told apart.
  ///   - explained: the part of the variance on each of the two components.
  ///   - caption: which samples are shown.
  ///   - subtitle: the line below the title.
  ///
  /// Source: Gabriel, "The biplot graphic display of matrices", Biometrika 58 (1971).
  public static func biplot(
    scores: [Point], loadings: [Loading], explained: (Double, Double), caption: String, subtitle: String = ""
  ) -> LineFigure {
    func length(_ p: Point) -> Double { (p.x * p.x + p.y * p.y).squareRoot() }
    let shown = loadings.sorted { length($0.end) > length($1.end) }.prefix(7)
    let reach = scores.map(length).max() ?? 1
    let longest = shown.first.map { length($0.end) } ?? 1
    let factor = longest > 0 ? 0.8 * reach / longest : 1
    func percent(_ part: Double) -> String { "\((1000 * part).rounded() / 10) %" }
    let left = loadings.count - shown.count
    return LineFigure(
      title: "Biplot", subtitle: subtitle,
      horizontalAxis: Axis("component 1, \(percent(explained.0)) of the variance"),
      verticalAxis: Axis("component 2, \(percent(explained.1))"),
      series: [Series("", style: .dots, hue: 6, points: scores.sorted { ($0.x, $0.y) < ($1.x, $1.y) })]
        + shown.enumerated().map { i, loading in
          let ends = [Point(0, 0), Point(factor * loading.end.x, factor * loading.end.y)]
          return Series(loading.name, style: .line(.solid), hue: i % 6, points: ends.sorted { $0.x < $1.x })
        },
      caption:
        "\(caption) Dots: samples in standard deviations of the components. Lines from the middle: columns\(left > 0 ? ", the \(shown.count) longest of \(loadings.count)" : ""). After Gabriel (1971)."
    )
  }

  /// The coefficients of one output over the penalties that were tried, on a logarithmic axis.
  ///
  /// - Parameters:
  ///   - penalties: λ; zero has no place on the axis.
  ///   - coefficients: for each input its coefficients at every penalty, in comparable units; the six largest inputs are shown.
  ///   - chosen: the penalty in use.
  ///   - output: which output.
  ///   - subtitle: the line below the title.
  public static func ridgePath(
    penalties: [Double], coefficients: [(name: String, values: [Double])], chosen: Double, output: String,
    subtitle: String = ""
  ) -> LineFigure {
    func size(_ values: [Double]) -> Double { values.map(\.magnitude).max() ?? 0 }
    let shown = coefficients.sorted { size($0.values) > size($1.values) }.prefix(6)
    let order = penalties.indices.filter { penalties[$0] > 0 }.sorted { penalties[$0] < penalties[$1] }
    let left = coefficients.count - shown.count
    return LineFigure(
      title: "Ridge path", subtitle: subtitle, horizontalAxis: Axis("penalty λ", scale: .logarithmic),
      verticalAxis: Axis("coefficient × standard deviation of its input"),
      series: shown.enumerated().map { i, input in
        Series(
          input.name, style: .line(), hue: i, points: order.map { Point(penalties[$0], input.values[$0]) })
      },
      rules: chosen > 0 ? [Rule(.vertical(x: chosen), label: "in use")] : [],
      caption:
        "Coefficients of \(output)\(left > 0 ? ", the \(shown.count) largest of \(coefficients.count)" : "") at the rank in use for every penalty that was tried."
    )
  }

  private static func marked(_ name: String, hue: Int, _ values: [Double]) -> [Series] {
    let points = values.enumerated().map { Point(Double($0.offset), $0.element) }
    return [
      Series(name, style: .line(.solid), hue: hue, points: points),
      Series("", style: .markers, hue: hue, points: points),
    ]
  }
}
