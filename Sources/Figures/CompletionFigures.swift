/// Figures of matrix completion.
extension LineFigure {
  /// Root mean square errors on observed and on held-out entries against time.
  ///
  /// - Parameters:
  ///   - records: time, error on the observed entries, error on those held out if there are any.
  ///   - subtitle: the line below the title.
  public static func completionLoss(
    _ records: [(time: Double, train: Double, test: Double?)], subtitle: String
  ) -> LineFigure {
    let times = records.map(\.time)
    var series = [Series("observed", style: .line(.solid), hue: 0, x: times, y: records.map(\.train))]
    if records.contains(where: { $0.test != nil }) {
      series.append(
        Series("held out", style: .line(.dashed), hue: 1, x: times, y: records.map { $0.test ?? .nan }))
    }
    return LineFigure(
      title: "Errors", subtitle: subtitle, horizontalAxis: Axis("time t", scale: .logarithmic),
      verticalAxis: Axis("root mean square error", scale: .logarithmic), series: series,
      caption:
        "Root mean square of W(t) − Z on the observed entries, which the flow fits, and on entries that it does not see."
    )
  }

  /// Singular values and effective rank against time.
  ///
  /// - Parameters:
  ///   - records: time and the largest singular values, as many at each.
  ///   - effectiveRank: at the same times.
  ///   - subtitle: the line below the title.
  public static func completionSpectrum(
    _ records: [(time: Double, values: [Double])], effectiveRank: [Double], subtitle: String
  ) -> LineFigure {
    let times = records.map(\.time)
    let count = records.first?.values.count ?? 0
    var series = (0..<count).map { i in
      Series("σ\(i + 1)(W)", style: .line(.solid), hue: i, x: times, y: records.map { $0.values[i] })
    }
    series.append(Series("effective rank", style: .line(.dashed), hue: count, x: times, y: effectiveRank))
    return LineFigure(
      title: "Singular values", subtitle: subtitle, horizontalAxis: Axis("time t", scale: .logarithmic),
      verticalAxis: Axis("singular value, effective rank"), series: series,
      caption: "Largest singular values of W(t), and e^H with H the entropy of σ/Σσ.")
  }
}
