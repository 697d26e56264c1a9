import Prose
import Theory
import Training

/// What the theory promised before the run: three answers in words, then every theorem, whose statement, conditions and numbers open on demand.
struct CertificateSection {
  let certificate: Certificate

  init(_ result: TrainingReport) { certificate = result.certificate }

  var html: HTML {
    let speaking = certificate.theorems.filter(\.applies)
    let silent = certificate.theorems.filter { !$0.applies }
    return Block.section(
      "What the theory promises", id: "promise",
      [answers]
        + [Block.subheading("The theorems that speak here")] + speaking.map(theorem)
        + [
          .element(
            "details", ["class": "silent"],
            .element(
              "summary", [:], HTML("\(count(silent.count, "theorem")) with nothing to say here, and why")),
            .joined(silent.map(theorem)))
        ])
  }

  private var answers: HTML {
    func row(_ question: String, _ answer: CertificateAnswers.Answer) -> [HTML] {
      [
        .element("dt", [:], HTML(question)),
        .element(
          "dd", [:],
          HTML(answer.words),
          answer.theorems.isEmpty
            ? .empty
            : HTML(" [") + .joined(answer.theorems.map(Citation.links(in:)), by: HTML(", ")) + HTML("]")),
      ]
    }
    let answers = certificate.answers
    return .element(
      "dl", ["class": "answers"],
      row("Will it converge, and to what?", answers.convergence) + row("How fast?", answers.speed)
        + row("How sure is that?", answers.certainty))
  }

  /// A line that opens: what it says here, or why it is silent; inside, the statement, what was measured, and the numbers.
  private func theorem(_ finding: Finding) -> HTML {
    let mark: HTML =
      finding.applies
      ? .element("span", ["class": "good"], "✓ ") : .element("span", ["class": "fair"], "– ")
    let strength: HTML =
      switch finding.strength {
      case .certain: .element("span", ["class": "tag"], "exactly this start")
      case .almostEvery: .element("span", ["class": "tag"], "almost every start")
      case nil: .empty
      }
    return .element(
      "details", ["class": "theorem"],
      .element(
        "summary", [:], mark, .element("strong", [:], HTML(finding.id)), HTML(" \(finding.title): "),
        HTML(finding.conclusion ?? finding.reason ?? ""), HTML(" "), strength),
      statement(finding), conditions(finding), quantities(finding))
  }

  private func statement(_ finding: Finding) -> HTML {
    let words = Reference.labelled(finding.id).map { HTML("\($0.statement). ") } ?? .empty
    return Block.paragraph(words, HTML("Source: \(finding.source), "), Citation.links(in: finding.id))
  }

  private func conditions(_ finding: Finding) -> HTML {
    guard !finding.conditions.isEmpty else { return Block.paragraph("It needs no condition.") }
    return Block.table(
      ["condition", "measured", "required", "", "source"],
      finding.conditions.map { c in
        [
          HTML(c.name), HTML("\(c.quantity) = \(number(c.value, digits: 3))"), HTML(c.requirement),
          c.holds.map(Block.sign) ?? .element("span", ["class": "fair"], "? cannot tell"),
          Citation.links(in: c.reference),
        ]
      }, className: "measured")
  }

  private func quantities(_ finding: Finding) -> HTML {
    guard !finding.quantities.isEmpty else { return .empty }
    return Block.table(
      ["number", "value", "meaning"],
      finding.quantities.map { [HTML($0.symbol), HTML(number($0.value)), HTML($0.name)] },
      className: "measured")
  }
}
