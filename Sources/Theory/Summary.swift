import ExactFlows
import Foundation

extension Certificate {
  /// The certificate on one screen: about twelve lines of plain text, each with its equation; with observations, the
  /// table of promise against observation below it. Long lines are wrapped at 110 columns.
  public var summaryLines: [String] { promiseLines + observationLines }

  /// What a run showed beside what was promised: times to each accuracy, bounds kept, τ, the final rate; empty before a run.
  public var observationLines: [String] {
    guard observation != nil else { return [] }
    var lines: [String] = []
    let add = { (label: String, content: String, equation: String) in
      lines += Self.labelled(label, content, equation)
    }
    if rate.timeToAccuracy.contains(where: { $0.observed != nil }) { addAccuracyLines(add) }
    addObservationLines(add)
    return lines
  }

  private static func labelled(_ label: String, _ content: String, _ equation: String) -> [String] {
    wrapped(label, equation.isEmpty ? content : "\(content)   [\(equation.replacing(" ", with: "\u{a0}"))]")
  }

  private var promiseLines: [String] {
    var lines: [String] = []
    func add(_ label: String, _ content: String, _ equation: String = "") {
      lines += Self.labelled(label, content, equation)
    }
    for (k, row) in stride(from: 0, to: hypotheses.count, by: 4).enumerated() {
      let cells = hypotheses[row..<min(row + 4, hypotheses.count)].map { h in
        "\(h.holds ? "✓" : "✗") \(h.symbol) \(h.value.map { text($0, digits: 3) } ?? "–")"
      }
      add(
        k == 0 ? "Hypotheses" : "", cells.joined(separator: "   "),
        k == 0 ? "Assumption 3.6" : "(26), (14), (37)")
    }
    add("Conclusion", conclusion)
    if hypothesesHold {
      addRankOneLines(add)
    } else {
      for (k, statement) in statements.filter(\.applies).enumerated() {
        add(k == 0 ? "Still holds" : "", statement.text, statement.equation)
      }
    }
    let lazy = lazyRegime.margin.map { "margin \(text($0)): " } ?? ""
    add(
      "Lazy regime",
      lazyRegime.distanceRate.map { lazy + "‖Z − W‖ falls at least like e^(−\(text($0)) t)" }
        ?? lazy + (lazyRegime.reason ?? "does not hold"), "(39)")
    if observation == nil, rate.timeToAccuracy.contains(where: { $0.bound != nil }) { addAccuracyLines(add) }
    return lines
  }

  private func addRankOneLines(_ add: (String, String, String) -> Void) {
    if let interval = stableSet.alphaInterval {
      add("Stable set", "W_0 is in N_{N,α} for α in (\(text(interval[0])), \(text(interval[1])))", "(28)")
    } else {
      add("Stable set", "W_0 is outside: \(stableSet.reason)", "(28)")
    }
    if let reason = rate.reason {
      add("Rate", "does not apply: \(reason)", "Theorem 4.4")
    } else if let alpha = rate.alpha, let beta = rate.beta, let far = rate.farExponent,
      let near = rate.nearExponent
    {
      add(
        "Rate",
        "applies: α = \(text(alpha)), β = \(text(beta)), e_far = \(text(far)), e_near = \(text(near))",
        "Theorem 4.4")
    }
    var stages: [String] = []
    if let farRate = rate.farRate, let tau = rate.tauBound {
      stages.append("at least like e^(−\(text(farRate)) t) until τ ≤ \(text(tau))")
    }
    if let bound = rate.bound {
      let when =
        bound.tauBound == 0
        ? "" : rate.farRate == nil ? " from τ ≤ \(text(bound.tauBound)) on" : " afterwards"
      stages.append("at least like e^(−\(text(bound.nearRate)) t)\(when)")
    }
    if !stages.isEmpty { add("Bounds", "‖Z_1 − W‖² falls " + stages.joined(separator: ", "), "(38)") }
    if let p = basin.coordinate, let limit = basin.limit {
      add(
        "Basin", "p_1 = \(text(p)): the limit is \(limit.inWords)\(basin.note.map { " (\($0))" } ?? "")",
        "D5"
      )
    }
    if let finalRate, let finalRateMode {
      add("Final rate", "‖Z_1 − W‖² ~ e^(−\(text(finalRate)) t), slowest: \(finalRateMode)", "D6")
    }
  }

  private func addAccuracyLines(_ add: (String, String, String) -> Void) {
    // Every second accuracy: one screen is 110 columns wide.
    let rows = rate.timeToAccuracy.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    func cells(_ values: [String]) -> String {
      values.map { String(repeating: " ", count: max(11 - $0.count, 0)) + $0 }.joined()
    }
    add("Accuracy", cells(rows.map { text($0.accuracy) }) + "   of ‖Z_1−W‖²/‖Z_1‖²", "")
    add("  promised", cells(rows.map { $0.bound.map { text($0) } ?? "–" }) + "   time at most", "(38)")
    if rows.contains(where: { $0.observed != nil }) {
      add("  observed", cells(rows.map { $0.observed.map { text($0) } ?? "–" }) + "   time", "")
    }
  }

  private func addObservationLines(_ add: (String, String, String) -> Void) {
    guard let observation else { return }
    for check in observation.checks {
      if let worst = check.violations.first {
        add(
          "VIOLATED",
          "at \(check.violations.count) of \(check.count) times, first t = \(text(worst.time)): "
            + "‖Z_1−W‖² = \(worst.observed.map { text($0) } ?? "not finite") > \(worst.bound.map { text($0) } ?? "–")",
          check.equation)
      } else {
        let valid = check.largestValidRate.map { ", would hold up to \(text($0))" } ?? ""
        add(
          "Bound kept",
          "at all \(check.count) recorded times: rate \(text(check.promisedRate)) promised\(valid)",
          check.equation)
      }
    }
    if let tau = observation.tau, let promised = rate.tauBound, promised > 0 {
      add("τ", "observed \(text(tau)), promised at most \(text(promised))", "Theorem 4.4")
    }
    if let measured = observation.finalRate, let finalRate {
      add("Final rate", "measured \(text(measured)), predicted \(text(finalRate))", "D6")
    }
  }

  /// A label of 15 columns and the content, continued on lines of at most 110 columns.
  private static func wrapped(_ label: String, _ content: String) -> [String] {
    let (indent, width) = (15, 110)
    var lines = [label.padding(toLength: indent, withPad: " ", startingAt: 0)]
    var isFirst = true
    // Splitting at single blanks keeps the runs of blanks that align the tables.
    for word in content.split(separator: " ", omittingEmptySubsequences: false) {
      let last = lines.count - 1
      if !isFirst, lines[last].count + 1 + word.count > width {
        lines.append(String(repeating: " ", count: indent) + word)
      } else {
        lines[last] += (isFirst ? "" : " ") + word
      }
      isFirst = false
    }
    // No-break spaces have done their work, and a wrapped line leaves blanks at its end.
    return lines.map { line in
      var line = line.replacing("\u{a0}", with: " ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}

extension ExactRankOneLimit {
  fileprivate var inWords: String {
    switch self {
    case .target: "the target Z_1"
    case .saddle(let i): "the saddle σ_\(i)u_\(i)v_\(i)ᵀ"
    case .origin: "the origin"
    }
  }
}
