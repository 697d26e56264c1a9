import Prose

/// What a reader asks of a certificate first: will it converge and to what, how fast, and how sure is that.
///
/// Sentences of words before symbols, made of the findings; each names those it comes from.
public struct CertificateAnswers: Codable, Equatable, Sendable {
  /// A sentence or two, and the findings that they come from.
  public struct Answer: Codable, Equatable, Sendable {
    /// In words.
    public let words: String
    /// The ``Finding/id`` of every finding that is used; empty where none is.
    public let theorems: [String]
  }

  /// Where the flow goes.
  public let convergence: Answer
  /// When it is how near, and how it falls in the end.
  public let speed: Answer
  /// For which starts that is so.
  public let certainty: Answer

  /// The answers of a certificate.
  public init(_ certificate: Certificate) {
    convergence = Self.convergence(certificate)
    speed = Self.speed(certificate)
    certainty = Self.certainty(certificate)
  }

  /// In lines for a screen.
  public var lines: [String] {
    func source(_ answer: Answer) -> String { answer.theorems.joined(separator: ", ") }
    return labelledLines("Converges", unbroken(convergence.words), source: source(convergence))
      + labelledLines("How fast", unbroken(speed.words), source: source(speed))
      + labelledLines("How sure", unbroken(certainty.words), source: source(certainty))
  }

  private static func convergence(_ certificate: Certificate) -> Answer {
    guard let strongest = certificate.strongest, let limit = strongest.limit else {
      // What holds without naming the limit is still an answer.
      let known = certificate.theorems.filter {
        $0.applies && Reference.labelled($0.id)?.answers == .convergence
      }
      let rest = known.compactMap(\.conclusion).map { " What is known: \($0)." }.joined()
      return Answer(
        words: "Not known: no theorem names the limit of exactly this start.\(rest)",
        theorems: known.map(\.id))
    }
    let place =
      switch limit {
      case .globalMinimiser: "to a global minimiser: no network of these widths has a smaller loss"
      case .origin: "to the origin, W = 0"
      case .saddle(let kept?) where !kept.isEmpty:
        "to a saddle: W keeps the singular direction\(kept.count == 1 ? "" : "s") \(ranges(kept)) of the target and no other"
      case .saddle: "to a saddle, not to the global minimum"
      }
    let who = strongest.strength == .certain ? "Yes, " : "Yes, for almost every start like this one, "
    return Answer(words: "\(who)\(place).", theorems: [strongest.id])
  }

  private static func speed(_ certificate: Certificate) -> Answer {
    // A bound that holds for almost every start only would be no promise for this one.
    let bounded = certificate.theorems.compactMap {
      finding -> (finding: Finding, on: Observable, time: Double)? in
      guard finding.applies, finding.strength != .almostEvery, let bound = finding.bound,
        let time = bound.curve.time(to: 1e-6)
      else { return nil }
      return (finding, bound.on, time)
    }
    // How a flow arrives at a minimum says nothing of one that is known to go elsewhere.
    let place = certificate.strongest?.limit
    let ending = certificate.theorems.first {
      $0.applies && $0.decay != nil
        && (place == nil || place == .globalMinimiser || place == $0.limit || $0.id == certificate.best)
    }
    var (words, theorems): ([String], [String]) = ([], [])
    // min(by:) may return any of equals; the first is wanted.
    if let first = bounded.enumerated().min(by: {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    })?
    .element {
      let what = first.on == .gap ? "The loss gap" : "‖W − W*‖²"
      words.append("\(what) is below 1e-6 (relative) by t = \(number(first.time)) at the latest.")
      theorems.append(first.finding.id)
    } else if certificate.strongest?.strength == .almostEvery {
      words.append("No time is promised: a start near one of the exceptions may wait very long.")
    } else {
      words.append("No time is promised.")
    }
    if let ending, let conclusion = ending.conclusion, !theorems.contains(ending.id) {
      words.append("\(conclusion.prefix(1).uppercased())\(conclusion.dropFirst()).")
      theorems.append(ending.id)
    }
    return Answer(words: words.joined(separator: " "), theorems: theorems)
  }

  private static func certainty(_ certificate: Certificate) -> Answer {
    let later = "a run can become certain on its way, once its loss is below that of every saddle"
    guard let strongest = certificate.strongest else {
      return Answer(words: "Nothing is proved about the limit beforehand; \(later).", theorems: [])
    }
    let words =
      strongest.strength == .certain
      ? "Proved for exactly this start: \(strongest.conditions.isEmpty ? "it needs no condition" : "every condition holds, as measured")."
      : "Proved for all starts of this kind but a set of measure zero: one drawn at random is not in it, one made with exact structure may be; \(later)."
    return Answer(words: words, theorems: [strongest.id])
  }
}

extension Certificate {
  /// The three answers that a reader looks for first.
  public var answers: CertificateAnswers { CertificateAnswers(self) }

  /// The answers, and the strongest theorem in full: in lines of at most 110 columns.
  public var summary: [String] { answers.lines + (strongest?.detail ?? []) }

  /// How many theorems speak beside the strongest, and how many are silent.
  public var others: (speaking: Int, silent: Int) {
    let others = theorems.filter { $0.id != best }
    let speaking = others.filter(\.applies).count
    return (speaking, others.count - speaking)
  }
}
