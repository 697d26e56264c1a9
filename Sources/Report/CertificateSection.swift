import Prose
import Theory
import Training

/// What the theory promised before the run: the conclusion, every theorem that speaks with its conditions and numbers, and those that are silent with their reasons.
struct CertificateSection {
  let certificate: Certificate

  init(_ result: TrainingReport) { certificate = result.certificate }

  var html: HTML {
    Block.section(
      "What the theory promises", id: "promise",
      [
        .element("p", ["class": "conclusion"], HTML(certificate.conclusion)),
        Block.subheading("Every theorem, and whether it speaks here"), theorems,
        Block.subheading("What was measured"), conditions,
      ])
  }

  private var theorems: HTML {
    Block.table(
      ["source", "about", "here", "what it says"],
      certificate.theorems.map { finding in
        let numbers = finding.quantities.map { "\($0.symbol) = \(number($0.value))" }.joined(separator: ", ")
        return [
          Citation.links(in: finding.id), HTML(finding.title),
          finding.applies
            ? .element("span", ["class": "good"], "✓ applies")
            : .element("span", ["class": "fair"], "– silent"),
          finding.applies
            ? HTML(finding.conclusion ?? "")
              + (numbers.isEmpty ? .empty : .element("small", [:], HTML(" (\(numbers))")))
            : HTML(finding.reason ?? ""),
        ]
      })
  }

  private var conditions: HTML {
    var seen: Set<String> = []
    let all = certificate.theorems.flatMap(\.conditions).filter {
      seen.insert("\($0.name) \($0.requirement)").inserted
    }
    return Block.table(
      ["condition", "measured", "required", "", "source"],
      all.map { c in
        [
          HTML(c.name), HTML("\(c.quantity) = \(number(c.value, digits: 3))"), HTML(c.requirement),
          c.holds.map(Block.sign) ?? .element("span", ["class": "fair"], "? cannot tell"),
          Citation.links(in: c.reference),
        ]
      })
  }
}
