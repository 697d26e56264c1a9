import Foundation

extension Certificate {
  /// The certificate on one screen: about twelve lines of plain text, each with its equation; with observations, the
  /// table of promise against observation below it. Lines stay within 110 columns but for long reasons.
  public var summaryLines: [String] {
    var lines: [String] = []
    func add(_ label: String, _ content: String, _ equation: String = "") {
      let head = label.padding(toLength: 15, withPad: " ", startingAt: 0)
      lines.append(equation.isEmpty ? head + content : "\(head)\(content)   [\(equation)]")
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
      for statement in statements where statement.applies {
        add("Still holds", statement.text, statement.equation)
      }
    }
    let lazy = lazyRegime.margin.map { "margin \(text($0)): " } ?? ""
    add(
      "Lazy regime",
      lazyRegime.distanceRate.map { lazy + "‖Z − W‖ falls at least like e^(−\(text($0)) t)" }
        ?? lazy + (lazyRegime.reason ?? "does not hold"), "(39)")
    if rate.timeToAccuracy.contains(where: { $0.bound != nil || $0.observed != nil }) {
      addAccuracyLines(add)
    }
    addObservationLines(add)
    return lines
  }

  private func addRankOneLines(_ add: (String, String, String) -> Void) {
    if let interval = stableSet.alphaInterval {
      add("Stable set", "W_0 is in N_{N,α} for α in (\(text(interval[0])), \(text(interval[1])))", "(28)")
    } else {
      add("Stable set", "W_0 is outside: \(stableSet.reason)", "(28)")
    }
    if let alpha = rate.alpha, let beta = rate.beta, let far = rate.farExponent, let near = rate.nearExponent
    {
      let applied = rate.applies ? "applies" : "does not apply"
      add(
        "Rate",
        "\(applied): α = \(text(alpha)), β = \(text(beta)), e_far = \(text(far)), e_near = \(text(near))",
        "Theorem 4.4")
    }
    if let reason = rate.reason { add(rate.alpha == nil ? "Rate" : "", reason, "Theorem 4.4") }
    if let bound = rate.bound {
      let far =
        bound.tauBound > 0
        ? "falls like e^(−\(text(bound.farRate)) t) until τ ≤ \(text(bound.tauBound)), then "
        : "falls like "
      add("Bounds", "‖Z_1 − W‖² \(far)e^(−\(text(bound.nearRate)) t)", "(38)")
    }
    if let p = basin.coordinate, let limit = basin.limit {
      add(
        "Basin", "p_1 = \(text(p)): the limit is \(limit)\(basin.note.map { " (\($0))" } ?? "")", "theory 5.2"
      )
    }
    if let finalRate, let finalRateMode {
      add("Final rate", "‖Z_1 − W‖² ~ e^(−\(text(finalRate)) t), slowest: \(finalRateMode)", "theory 5.3")
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
            + "‖Z_1−W‖² = \(text(worst.observed)) > \(text(worst.bound))", check.equation)
      } else {
        let spare = check.tightestMargin.map { ", \(text($0, digits: 2)) decades to spare" } ?? ""
        add("Bound kept", "at all \(check.count) recorded times\(spare)", check.equation)
      }
    }
    if let tau = observation.tau, let promised = rate.tauBound, promised > 0 {
      add("τ", "observed \(text(tau)), promised at most \(text(promised))", "Theorem 4.4")
    }
    if let measured = observation.finalRate, let finalRate {
      add("Final rate", "measured \(text(measured)), predicted \(text(finalRate))", "theory 5.3")
    }
  }
}
