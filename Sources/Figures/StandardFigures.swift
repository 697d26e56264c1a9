extension LineFigure.Axis {
  /// The axis of the flow's time.
  ///
  /// - Parameters:
  ///   - scale: how it is divided.
  ///   - shortened: intervals that are drawn short.
  public static func time(_ scale: Scale = .linear, shortened: [ClosedRange<Double>] = []) -> Self {
    Self("time t", scale: scale, shortened: shortened)
  }

  /// What a caption says of an axis that does not keep one pace; empty for others.
  var pace: String {
    shortened.isEmpty
      ? "" : "The axis of time changes its pace: plateaus are drawn short, what lies between them wide."
  }

  /// The shortened intervals, shaded, for figures that do not name them.
  var shade: [LineFigure.Band] { shortened.map { LineFigure.Band($0, label: "") } }
}

/// The program's own figures. Their captions name the equations that the curves come from.
extension LineFigure {
  /// Loss gap and distance to the target against time, with the theorem's bounds.
  ///
  /// - Parameters:
  ///   - times: increasing, of every state.
  ///   - lossGap: L_N(t) − min L_N.
  ///   - distance: ‖W(t) − target‖; empty if there is no target.
  ///   - target: what the target is called, Z₁ where the rank is one.
  ///   - bounds: each with its name, such as “bound Theorem 4.4”, on the loss gap or on ‖W − target‖ itself, in increasing time.
  ///   - switchTime: τ, the first time with s ≤ √6 s_Z.
  ///   - certainTime: from when on the limit is certain.
  ///   - plateaus: intervals of time in which the loss hardly changes, each with the name of the saddles that are near.
  ///   - levels: stationary values of the loss gap, with their names.
  ///   - time: the axis of time: linear, with plateaus drawn short, or logarithmic; there, t = 0 has no place.
  ///   - subtitle: the line below the title: data, depth, method.
  ///
  /// Source: Eftekhari (2020), equations (27), (38a), (38b) and Theorem 2.7.
  public static func convergence(
    times: [Double], lossGap: [Double], distance: [Double], target: String = "Z₁",
    bounds: [(name: String, points: [Point])] = [],
    switchTime: Double? = nil, certainTime: Double? = nil,
    plateaus: [(range: ClosedRange<Double>, name: String)] = [],
    levels: [(gap: Double, name: String)] = [], time: Axis = .time(),
    subtitle: String = ""
  ) -> LineFigure {
    var series = [Series]()
    var sources = ["Loss gap: L − min L, the minimum of Theorem 2.7."]
    if !distance.isEmpty {
      series.append(Series("‖W − \(target)‖", style: .line(.solid), hue: 0, x: times, y: distance))
      let origin = target == "Z₁" ? "of (27)" : "of Theorem 2.7"
      sources.insert("Distance to the target \(target) \(origin), the global minimiser.", at: 0)
    }
    series.append(Series("loss gap", style: .line(.longDashed), hue: 1, x: times, y: lossGap))
    for (i, bound) in bounds.enumerated() {
      let dash: Dash = i % 2 == 0 ? .dashed : .dotted
      series.append(Series(bound.name, style: .bound(dash), hue: 2 + i, points: bound.points))
    }
    if !bounds.isEmpty {
      sources.append(
        "Bounds: promised by the theorems that name them, before the run or, renewed, from the moment of certainty on; of the loss gap or of ‖W − \(target)‖."
      )
    }
    if switchTime != nil { sources.append("τ: the first time with ‖W‖ ≤ √6 ‖\(target)‖.") }
    let certain = certainTime.flatMap { $0 > 0 ? $0 : nil }
    if certain != nil { sources.append("Certain: from there on the limit is a global minimiser (D14).") }
    if !levels.isEmpty {
      sources.append(
        "Dashed: stationary values of the loss gap, by the singular directions that W keeps there.")
    }
    if !plateaus.isEmpty { sources.append("Shaded: plateaus, named by the saddles that are near.") }
    if !time.shortened.isEmpty {
      sources.append(
        "The axis of time changes its pace: plateaus are drawn short, what lies between them wide.")
    }
    return LineFigure(
      title: "Convergence", subtitle: subtitle, horizontalAxis: time,
      verticalAxis: Axis(distance.isEmpty ? "loss gap" : "loss gap, distance to target", scale: .logarithmic),
      series: series,
      rules: (switchTime.map { [Rule(.vertical(x: $0), label: "τ")] } ?? [])
        + (certain.map { [Rule(.vertical(x: $0), label: "certain")] } ?? [])
        + levels.map { Rule(.horizontal(y: $0.gap), label: $0.name) },
      bands: plateaus.map { Band($0.range, label: $0.name) }, bandName: "plateau",
      caption: sources.joined(separator: " ") + " Numbers: Eftekhari (2020).")
  }

  /// The singular values of W against time, with the target's as dashed lines of the same colours.
  ///
  /// - Parameters:
  ///   - times: increasing, of every state.
  ///   - values: at each time σ_1 ≥ σ_2 ≥ …; all of one length.
  ///   - targets: the singular values of Z.
  ///   - target: what the target is called in the labels.
  ///   - time: as for the convergence.
  ///   - valueScale: linear, or logarithmic for a small start.
  ///   - subtitle: the line below the title: data, depth, method.
  ///
  /// Source: Eftekhari (2020), equations (19) and (25).
  public static func singularValues(
    times: [Double], values: [[Double]], targets: [Double], target: String = "Z",
    time: Axis = .time(),
    valueScale: Axis.Scale = .linear, subtitle: String = ""
  ) -> LineFigure {
    precondition(times.count == values.count, "\(values.count) spectra at \(times.count) times")
    let series = (0..<(values.first?.count ?? 0)).map { i in
      Series("σ\(subscripted(i + 1))(W)", style: .line(.solid), hue: i, x: times, y: values.map { $0[i] })
    }
    return LineFigure(
      title: "Singular values", subtitle: subtitle, horizontalAxis: time,
      verticalAxis: Axis("singular value", scale: valueScale), series: series,
      rules: targets.enumerated().map { i, sigma in
        Rule(.horizontal(y: sigma), label: "σ\(subscripted(i + 1))(\(target))", hue: i)
      },
      bands: time.shade, bandName: time.shortened.isEmpty ? "" : "plateau",
      caption:
        "Solid: singular values of the end-to-end matrix W(t), which obey (19). Dashed: those of the target "
        + "\(target). \(time.pace.isEmpty ? "" : time.pace + " ")Numbers: Eftekhari (2020).")
  }

  /// How far the layers are from balance, relative to their size, against time.
  ///
  /// - Parameters:
  ///   - times: increasing, of every state.
  ///   - defect: max_j ‖D_j(t) − D_j(0)‖ / max_j ‖W_j(t)‖², with D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ.
  ///   - time: as for the convergence.
  ///   - subtitle: the line below the title: data, depth, method.
  ///
  /// *Edge cases*: exact balance is 0 and has no place on the logarithmic axis: the curve has a gap there.
  ///
  /// Source: Eftekhari (2020), equations (14) and (15).
  public static func imbalance(
    times: [Double], defect: [Double], time: Axis = .time(), subtitle: String = ""
  ) -> LineFigure {
    LineFigure(
      title: "Drift of the imbalance", subtitle: subtitle, horizontalAxis: time,
      verticalAxis: Axis("relative drift", scale: .logarithmic),
      series: [Series("drift", style: .line(.solid), hue: 0, x: times, y: defect)],
      bands: time.shade, bandName: time.shortened.isEmpty ? "" : "plateau",
      caption: "Largest change of the matrices Wⱼ₊₁ᵀWⱼ₊₁ − WⱼWⱼᵀ of (14), relative to the largest ‖Wⱼ‖². "
        + "Gradient flow conserves them exactly (15), so the curve is integration error. Numbers: Eftekhari (2020)."
    )
  }

  /// One depth of Figure 1.
  public struct DepthCurve: Equatable, Sendable {
    /// N.
    public var depth: Int
    /// ‖W(t) − Z₁‖ along the accurate flow.
    public var flow: [Point]
    /// The same by explicit Euler.
    public var euler: [Point]

    /// The curves of depth N.
    public init(depth: Int, flow: [Point], euler: [Point]) {
      self.depth = depth
      self.flow = flow
      self.euler = euler
    }
  }

  /// Figure 1 of the paper: ‖W(t) − Z₁‖ against t for several depths, Euler's points beside the accurate flow.
  ///
  /// - Parameters:
  ///   - curves: one for each depth.
  ///   - time: as for the convergence.
  ///   - subtitle: the line below the title: the problem and the seed.
  ///
  /// Source: Eftekhari (2020), Figure 1, equations (17) and (27).
  public static func depthComparison(
    _ curves: [DepthCurve], time: Axis = .time(), subtitle: String = ""
  ) -> LineFigure {
    LineFigure(
      title: "Depth and the speed of gradient flow", subtitle: subtitle,
      horizontalAxis: time,
      verticalAxis: Axis("‖W(t) − Z₁‖", scale: .logarithmic),
      series: curves.enumerated().flatMap { i, curve in
        [
          Series("N = \(curve.depth)", hue: i, points: curve.flow),
          Series("N = \(curve.depth), Euler", style: .markers, hue: i, points: curve.euler),
        ]
      },
      caption:
        "Distance of the end-to-end matrix to the target Z₁ of (27) for networks of depth N. Lines: the "
        + "induced flow (17), integrated accurately. Circles: explicit Euler on (17). After Figure 1 of Eftekhari (2020)."
    )
  }

  private static func subscripted(_ n: Int) -> String {
    let digits = Array("₀₁₂₃₄₅₆₇₈₉")
    return String(String(n).map { digits[$0.wholeNumberValue!] })
  }
}
