/// The figures of the landscape: the way out of a saddle, the spectrum of the Hessian, sharpness along a run.
extension LineFigure {
  /// The loss gap along the direction that leads out of a strict saddle, beside its quadratic model.
  ///
  /// - Parameters:
  ///   - sizes: ε, increasing from 0.
  ///   - lossGap: L_N(W + ε Δ) − min L_N.
  ///   - model: L_N(W) − min L_N + ½ λ ε².
  ///   - curvature: λ.
  ///   - levels: stationary values with the directions that they keep; those within the range of the curve are drawn.
  ///   - subtitle: the line below the title.
  ///
  /// Source: Eftekhari (2020), equation (8), Definition 2.3.
  public static func escape(
    sizes: [Double], lossGap: [Double], model: [Double], curvature: Double,
    levels: [(gap: Double, name: String)] = [], subtitle: String = ""
  ) -> LineFigure {
    let top = lossGap.max() ?? 0
    let inside = levels.filter { $0.gap <= top }
    let lowest = min(lossGap.min() ?? 0, inside.map(\.gap).min() ?? 0)
    return LineFigure(
      title: "The way out of the saddle", subtitle: subtitle,
      horizontalAxis: Axis("distance ε from the saddle"),
      verticalAxis: Axis("loss gap"),
      series: [
        Series("loss gap", style: .line(.solid), hue: 0, x: sizes, y: lossGap),
        // The parabola ends where the figure does.
        Series(
          "quadratic model", style: .bound(.dashed), hue: 1,
          points: zip(sizes, model).filter { $0.1 >= lowest }.map { Point($0.0, $0.1) }),
      ],
      rules: inside.map {
        Rule(.horizontal(y: $0.gap), label: $0.name == "none" ? "keeps none" : "keeps \($0.name)")
      },
      caption:
        "Loss above the minimum along the unit direction of most negative curvature λ of (8), and its quadratic model. "
        + "Dashed: stationary values, by the singular directions that they keep. Numbers: Eftekhari (2020).")
  }

  /// The eigenvalues of the Hessian by size, negative and positive ones apart.
  ///
  /// - Parameters:
  ///   - eigenvalues: all of them, in any order.
  ///   - tolerance: below which they count as zero.
  ///   - subtitle: the line below the title.
  ///
  /// *Edge cases*: eigenvalues that count as zero are not drawn but counted in the caption.
  ///
  /// Source: Eftekhari (2020), equation (8).
  public static func hessianSpectrum(
    _ eigenvalues: [Double], tolerance: Double, subtitle: String = ""
  ) -> LineFigure {
    let sorted = eigenvalues.map(\.magnitude).sorted(by: >)
    func points(_ belongs: (Double) -> Bool) -> [Point] {
      eigenvalues.filter(belongs).map(\.magnitude).sorted(by: >).enumerated().map {
        Point(Double($0.offset + 1), $0.element)
      }
    }
    let (positive, negative) = (points { $0 > tolerance }, points { $0 < -tolerance })
    let zeros = sorted.count - positive.count - negative.count
    // A few are points; many, a curve.
    func style(_ points: [Point], _ dash: Dash) -> Style { points.count <= 30 ? .markers : .line(dash) }
    var series: [Series] = []
    if !positive.isEmpty {
      series.append(
        Series("positive: \(positive.count)", style: style(positive, .solid), hue: 0, points: positive))
    }
    if !negative.isEmpty {
      series.append(
        Series("negative: \(negative.count)", style: style(negative, .longDashed), hue: 1, points: negative))
    }
    return LineFigure(
      title: "Spectrum of the Hessian", subtitle: subtitle, horizontalAxis: Axis("number, by size"),
      verticalAxis: Axis("|eigenvalue|", scale: .logarithmic), series: series,
      caption:
        "Eigenvalues of the second derivative (8) of the loss over all weights. "
        + "\(zeros) of \(sorted.count) are zero and not drawn. Numbers: Eftekhari (2020).")
  }

  /// The largest and the lowest curvature along a run, the largest eigenvalue of the neural tangent kernel, and 2/η.
  ///
  /// - Parameters:
  ///   - times: increasing.
  ///   - largest: λ_max of ∇²L_N.
  ///   - lowest: λ_min; what is negative of it is drawn as −λ_min.
  ///   - kernel: λ_max of the neural tangent kernel.
  ///   - stability: 2/η for a run of explicit Euler with step η.
  ///   - time: as for the convergence.
  ///   - subtitle: the line below the title.
  ///
  /// Source: Eftekhari (2020), equation (8); Cohen, Kaur, Li, Kolter, Talwalkar (2021) for 2/η.
  public static func sharpness(
    times: [Double], largest: [Double], lowest: [Double], kernel: [Double], stability: Double?,
    time: Axis = .time(), subtitle: String = ""
  ) -> LineFigure {
    LineFigure(
      title: "Sharpness", subtitle: subtitle, horizontalAxis: time,
      verticalAxis: Axis("eigenvalue", scale: .logarithmic),
      series: [
        Series("λmax", style: .line(.solid), hue: 0, x: times, y: largest),
        Series("−λmin", style: .line(.longDashed), hue: 1, x: times, y: lowest.map { -$0 }),
        Series("λmax of K", style: .line(.dashed), hue: 2, x: times, y: kernel),
      ],
      rules: stability.map { [Rule(.horizontal(y: $0), label: "2/η")] } ?? [],
      caption:
        "Extreme eigenvalues of the second derivative (8) over all weights, and of the neural tangent kernel K = JJᵀ."
        + (stability == nil ? "" : " Gradient descent with step η is unstable where λmax exceeds 2/η.")
        + " Numbers: Eftekhari (2020).")
  }
}
