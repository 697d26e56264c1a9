import Theory
import Training

/// What the theory promised before the run.
struct CertificateSection {
  let certificate: Certificate

  init(_ result: TrainingReport) { certificate = result.certificate }

  var html: HTML {
    Block.section(
      "What the theory promises", id: "promise",
      [
        .element("p", ["class": "conclusion"], HTML(certificate.conclusion)),
        Block.subheading("Hypotheses"), hypotheses, Block.subheading("What follows"), consequences,
        Block.subheading("Every theorem, and whether it speaks here"), statements,
      ])
  }

  private var hypotheses: HTML {
    Block.table(
      ["hypothesis", "measured", "required", "", "source"],
      certificate.hypotheses.map { h in
        [
          HTML(h.name), HTML("\(h.symbol) = \(number(h.value, 3))"), HTML(h.requirement), Block.sign(h.holds),
          Equation.references(in: h.equation),
        ]
      })
  }

  private var consequences: HTML {
    let rate = certificate.rate
    var rows: [(name: HTML, value: HTML, equation: String)] = []
    if let interval = certificate.stableSet.alphaInterval {
      rows.append(
        (
          "stable set", HTML("W_0 is in N_{N,α} for α in (\(number(interval[0])), \(number(interval[1])))"),
          "(28)"
        ))
    } else {
      rows.append(("stable set", HTML("outside, or undefined: \(certificate.stableSet.reason)"), "(28)"))
    }
    if rate.applies, let alpha = rate.alpha, let beta = rate.beta {
      rows.append(
        (
          "rate",
          HTML(
            "applies: α = \(number(alpha)), β = \(number(beta)), e_far = \(number(rate.farExponent)), e_near = \(number(rate.nearExponent))"
          ), "Theorem 4.4"
        ))
    } else {
      rows.append(("rate", HTML("does not apply: \(rate.reason ?? "")"), "Theorem 4.4"))
    }
    if let far = rate.farRate {
      rows.append(
        (
          "far",
          HTML("‖Z_1 − W‖² falls at least like e^(−\(number(far)) t) until τ ≤ \(number(rate.tauBound))"),
          "(38a)"
        ))
    }
    if let bound = rate.bound {
      rows.append(
        ("near", HTML("‖Z_1 − W‖² falls at least like e^(−\(number(bound.nearRate)) t) afterwards"), "(38b)"))
    }
    if let p = certificate.basin.coordinate, let limit = certificate.basin.limit {
      let note = certificate.basin.note.map { " (\($0))" } ?? ""
      rows.append(("exact basin", HTML("p_1 = \(number(p)): the limit is \(limit.description)\(note)"), "D5"))
    }
    if let final = certificate.finalRate {
      rows.append(
        (
          "exact final rate",
          HTML("‖Z_1 − W‖² ~ e^(−\(number(final)) t); slowest: \(certificate.finalRateMode ?? "")"), "D6"
        ))
    }
    let lazy = certificate.lazyRegime
    rows.append(
      (
        "lazy regime",
        HTML(
          (lazy.margin.map { "margin \(number($0)): " } ?? "")
            + (lazy.distanceRate.map { "‖Z − W‖ falls at least like e^(−\(number($0)) t)" } ?? lazy.reason
              ?? "does not hold")), "(39)"
      ))
    return Block.facts(rows)
  }

  private var statements: HTML {
    Block.table(
      ["source", "here", "statement"],
      certificate.statements.map { s in
        [
          Equation.references(in: s.equation),
          s.applies
            ? .element("span", ["class": "good"], "✓ applies")
            : .element("span", ["class": "fair"], "– silent"), HTML(s.text),
        ]
      })
  }
}
