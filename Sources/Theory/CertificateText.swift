import Prose

extension Certificate: CustomStringConvertible {
  /// The certificate in lines of at most 110 columns.
  public var description: String { lines.joined(separator: "\n") }

  /// The conclusion, the strongest theorem in full, every other one in a line.
  public var lines: [String] {
    var lines = labelledLines("Conclusion", unbroken(conclusion))
    if let strongest {
      lines += strongest.detail
    }
    let others = theorems.filter { $0.id != best }
    for finding in others where finding.applies {
      lines += labelledLines("✓ \(finding.id)", unbroken(finding.conclusion ?? ""))
    }
    // Theorems that are silent for one reason share a line.
    var reasons: [(mark: String, reason: String, ids: [String])] = []
    for finding in others {
      guard let reason = finding.shortReason else { continue }
      if let i = reasons.firstIndex(where: { $0.reason == reason }) {
        reasons[i].ids.append(finding.id)
      } else {
        reasons.append((finding.conditions.allSatisfy { $0.holds == true } ? "–" : "✗", reason, [finding.id]))
      }
    }
    for (mark, reason, ids) in reasons {
      lines += labelledLines(
        "\(mark) \(ids[0])",
        (ids.count > 1 ? "(and \(ids.dropFirst().joined(separator: ", "))) " : "") + unbroken(reason))
    }
    return lines
  }
}

/// A sentence in which no line ends within "t = 3" or "c_0 > γ_Z".
func unbroken(_ sentence: String) -> String {
  ["=", "≠", "<", ">", "≤", "≥", "~", "→", "−"].reduce(sentence) { text, sign in
    text.replacing(" \(sign) ", with: "\u{a0}\(sign)\u{a0}")
  }.replacing(" t)", with: "\u{a0}t)")
}

extension Finding {
  /// The first condition that fails, and how many more; the whole reason where all conditions hold. Nil if it applies.
  var shortReason: String? {
    guard let reason else { return nil }
    let certain = conditions.filter { $0.holds == false }
    let failures = certain.isEmpty ? conditions.filter { $0.holds == nil } : certain
    guard let first = failures.first else { return reason }
    return first.failure + (failures.count > 1 ? ", and \(failures.count - 1) more" : "")
  }

  /// What it says, its numbers, and the times that it promises.
  var detail: [String] {
    var lines = labelledLines(
      id, "\(unbroken(conclusion ?? ""))   [\(source.replacing(" ", with: "\u{a0}"))]")
    if !quantities.isEmpty {
      lines += labelledLines(
        "",
        quantities.map { "\($0.symbol)\u{a0}=\u{a0}\(number($0.value))" }.joined(separator: ", "))
    }
    lines += timeTable(observed: nil)
    return lines
  }

  /// Accuracies and promised times, every second one, as a screen is narrow; with the observed ones below.
  package func timeTable(observed: [Double?]?) -> [String] {
    guard let bound else { return [] }
    let rows = bound.timesToAccuracy.enumerated().filter { $0.offset % 2 == 1 }
    guard rows.contains(where: { $0.element.bound != nil }) else { return [] }
    func cells(_ values: [Double?]) -> String {
      values.map { value in
        let text = number(value)
        return String(repeating: " ", count: max(11 - text.count, 0)) + text
      }.joined()
    }
    let what = bound.on == .gap ? "of 2(L − min L)/Σσ̂²" : "of ‖W−W*‖²/‖W*‖²"
    var lines =
      labelledLines("Accuracy", cells(rows.map(\.element.accuracy)) + "   \(what)", width: 130)
      + labelledLines("  promised", cells(rows.map(\.element.bound)) + "   time at most", width: 130)
    if let observed {
      lines += labelledLines("  observed", cells(rows.map { observed[$0.offset] }) + "   time", width: 130)
    }
    return lines
  }
}
