/// Figures of gradient descent beside the flow.
extension LineFigure {
  /// The loss gap of descent and of the flow from the same start at t = kη, and how far apart they are.
  ///
  /// - Parameters:
  ///   - times: t_k of the recorded iterates, increasing.
  ///   - descent: L_N − min L_N of the iterates.
  ///   - flow: the same of the flow at `flowTimes`; NaN where it is not known.
  ///   - flowTimes: increasing.
  ///   - distance: ‖W_k − W(t_k)‖/‖W(t_k)‖ at `flowTimes`.
  ///   - modified: the same beside the modified equation; empty if that was not followed.
  ///   - band: times with the least and the largest loss gap of runs on other batches; nil without batches.
  ///   - timeScale: linear, or logarithmic to resolve a long run.
  ///   - subtitle: the line below the title.
  public static func descent(
    times: [Double], descent: [Double], flowTimes: [Double], flow: [Double], distance: [Double],
    modified: [Double] = [], band: (times: [Double], least: [Double], largest: [Double])? = nil,
    timeScale: Axis.Scale = .linear, subtitle: String = ""
  ) -> LineFigure {
    var series = [
      Series("flow: loss gap", style: .line(.solid), hue: 0, x: flowTimes, y: flow),
      Series("descent: loss gap", style: .markers, hue: 1, x: times, y: descent),
      Series("distance", style: .line(.dashed), hue: 2, x: flowTimes, y: distance),
    ]
    if !modified.isEmpty {
      series.append(
        Series("distance, modified equation", style: .line(.dotted), hue: 3, x: flowTimes, y: modified))
    }
    if let band {
      series.append(
        Series("largest of the batches", style: .line(.dotted), hue: 1, x: band.times, y: band.largest))
      series.append(
        Series("least of the batches", style: .line(.dotted), hue: 1, x: band.times, y: band.least))
    }
    return LineFigure(
      title: "Gradient descent beside the flow", subtitle: subtitle,
      horizontalAxis: Axis("time t = kη", scale: timeScale),
      verticalAxis: Axis("loss gap, relative distance", scale: .logarithmic), series: series,
      caption:
        "Loss gap: L − min L, of the flow (13) and of the iterates. Distance: ‖W_k − W(t_k)‖/‖W(t_k)‖, of first order in η."
        + (modified.isEmpty ? "" : " Modified equation: θ′ = −∇L − (η/2)∇²L∇L, of second order in η."))
  }

  /// The sharpness along the iterates of descent, with the value above which they are unstable.
  ///
  /// - Parameters:
  ///   - times: t_k, increasing.
  ///   - values: λ_max(∇²L_N).
  ///   - limit: 2(1 + β)/η.
  ///   - hasMomentum: whether β > 0.
  ///   - timeScale: as for the descent.
  ///   - subtitle: the line below the title.
  public static func descentSharpness(
    times: [Double], values: [Double], limit: Double, hasMomentum: Bool, timeScale: Axis.Scale = .linear,
    subtitle: String = ""
  ) -> LineFigure {
    let name = hasMomentum ? "2(1 + β)/η" : "2/η"
    return LineFigure(
      title: "Sharpness", subtitle: subtitle, horizontalAxis: Axis("time t = kη", scale: timeScale),
      verticalAxis: Axis("λmax", scale: .logarithmic),
      series: [Series("λmax", style: .line(.solid), hue: 0, x: times, y: values)],
      rules: [Rule(.horizontal(y: limit), label: name)],
      caption:
        "Largest eigenvalue of the second derivative (8) over all weights at the iterates. Steps of η are unstable where it exceeds \(name)."
    )
  }
}
