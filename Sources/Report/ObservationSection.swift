import Theory
import Training

/// What happened, beside what was promised.
struct ObservationSection {
  let result: TrainingReport

  init(_ result: TrainingReport) { self.result = result }

  var html: HTML {
    Block.section(
      "Promise against observation", id: "observation",
      [run]
        + (result.certificate.rate.timeToAccuracy.contains { $0.bound != nil || $0.observed != nil }
          ? [Block.subheading("Times to accuracy"), accuracies] : [])
        + (result.certificate.observation.map { [Block.subheading("Bounds and rates"), checks($0)] } ?? []))
  }

  private var run: HTML {
    let method = result.method
    var rows: [(name: HTML, value: HTML, equation: String)] = [
      (
        "run", HTML("\(result.termination.description); t = \(number(result.termination.time))"), ""
      ),
      (
        "method",
        HTML(
          "\(method.name): \(method.reason); \(method.steps) steps, \(method.unknowns) unknowns for \(method.weights) weights"
        ), method.flow == "induced" ? "(17)" : "(13)"
      ),
    ]
    if let error = method.estimatedError {
      rows.append(
        ("precision", HTML("W(t) within \(number(error.relativeError, 2)) (relative), estimated"), ""))
    }
    for other in result.agreement?.comparisons ?? [] {
      rows.append(
        (
          "agreement",
          HTML(
            "\(result.agreement!.reference) and \(other.name): W(t) within \(number(other.relativeDifference, 2)) (relative)"
          ), ""
        ))
    }
    for plateau in result.plateaus {
      rows.append(
        (
          "plateau",
          HTML(
            "from t = \(number(plateau.start)) to \(number(plateau.end)), loss gap \(number(plateau.gap, 3))"),
          "Definition 2.1"
        ))
    }
    let drift = result.trajectory.imbalanceDrift.max() ?? 0
    rows.append(
      (
        "conservation", HTML("imbalance drifted by \(number(drift, 2)) at most, relative to the layers"),
        "(15)"
      ))
    return Block.facts(rows)
  }

  private var accuracies: HTML {
    Block.table(
      ["‖Z_1 − W‖²/‖Z_1‖²", "promised: t at most (38)", "observed t", "observed/promised"],
      result.certificate.rate.timeToAccuracy.map { row in
        let ratio = row.bound.flatMap { bound in row.observed.map { $0 / bound } }
        return [
          HTML(number(row.accuracy)), HTML(number(row.bound)), HTML(number(row.observed)),
          HTML(number(ratio, 2)),
        ]
      }, className: "numbers")
  }

  private func checks(_ observation: Observation) -> HTML {
    var rows = observation.checks.map { check -> (name: HTML, value: HTML, equation: String) in
      guard let worst = check.violations.first else {
        return (
          .element("span", ["class": "good"], "✓ bound kept"),
          HTML(
            "at all \(check.count) recorded times: rate \(number(check.promisedRate)) promised"
              + (check.largestValidRate.map { ", would hold up to \(number($0))" } ?? "")), check.equation
        )
      }
      return (
        .element("span", ["class": "poor"], "✗ violated"),
        HTML(
          "at \(check.violations.count) of \(check.count) times, first t = \(number(worst.time)): ‖Z_1−W‖² = \(number(worst.observed)) > \(number(worst.bound))"
        ), check.equation
      )
    }
    if let tau = observation.tau, let bound = result.certificate.rate.tauBound, bound > 0 {
      rows.append(("τ", HTML("observed \(number(tau)), promised at most \(number(bound))"), "Theorem 4.4"))
    }
    if let measured = observation.finalRate, let predicted = result.certificate.finalRate {
      rows.append(("final rate", HTML("measured \(number(measured)), predicted \(number(predicted))"), "D6"))
    }
    return Block.facts(rows)
  }
}
