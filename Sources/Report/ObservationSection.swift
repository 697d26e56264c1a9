import Prose
import Theory
import Training

/// What happened, beside what was promised.
struct ObservationSection {
  let result: TrainingReport

  init(_ result: TrainingReport) { self.result = result }

  var html: HTML {
    Block.section(
      "Promise against observation", id: "observation",
      [run] + plateaus + passages
        + result.observations.filter { $0.timeToAccuracy.contains { $0.promised != nil } }.flatMap(accuracies)
        + (result.observations.isEmpty ? [] : [Block.subheading("Bounds, rates and limits"), checks]))
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
        ("precision", HTML("W(t) within \(number(error.relativeError, digits: 2)) (relative), estimated"), "")
      )
    }
    for other in result.agreement?.comparisons ?? [] {
      rows.append(
        (
          "agreement",
          HTML(
            "\(result.agreement!.reference) and \(other.name): W(t) within \(number(other.relativeDifference, digits: 2)) (relative)"
          ), ""
        ))
    }
    if let certainty = result.certainty {
      rows.append(
        (
          "certainty",
          HTML(
            certainty.level == nil
              ? "from the start: there is no stationary level but the minimum"
              : "since t = \(number(certainty.time)): the loss is \(number(100 * certainty.margin, digits: 3)) % below the lowest saddle level"
          ), certainty.theorem
        ))
    }
    let drift = result.trajectory.imbalanceDrift.max() ?? 0
    rows.append(
      (
        "conservation",
        HTML("imbalance drifted by \(number(drift, digits: 2)) at most, relative to the layers"),
        "(15)"
      ))
    return Block.facts(rows)
  }

  /// Where the run waited: each wait with the saddles that were near.
  private var plateaus: [HTML] {
    guard !result.plateaus.isEmpty else { return [] }
    return [
      Block.subheading("Plateaus, and the saddles that were near"),
      Block.table(
        ["from t", "to t", "loss gap", "saddles near", "their rank", "their loss gap"],
        result.plateaus.map { plateau in
          [
            HTML(number(plateau.start)), HTML(number(plateau.end)), HTML(number(plateau.gap, digits: 3)),
            HTML(plateau.level.kept.isEmpty ? "W = 0" : "keep \(ranges(plateau.level.kept))"),
            HTML("\(plateau.level.rank)"), HTML(number(plateau.level.gap, digits: 5)),
          ]
        }, className: "numbers"),
      Block.paragraph(
        "A saddle is a point at which the loss stands still above its minimum (",
        Citation.links(in: "Definition 2.1"),
        "); it is named by the singular directions of the target, the largest first, that the network has learnt there."
      ),
    ]
  }

  /// The saddles that a small start was predicted to pass, and when it did.
  private var passages: [HTML] {
    guard let saddles = result.saddleSequence else { return [] }
    return [
      Block.subheading("From saddle to saddle"),
      Block.table(
        ["half-way to learning", "predicted t", "passed at t"],
        zip(saddles.predicted.steps, saddles.passed).map { step, passed in
          [HTML(ranges(step.kept)), HTML(number(step.time)), HTML(number(passed))]
        }, className: "numbers"),
      Block.paragraph(
        saddles.predicted.basis == .closedForm
          ? "Predicted before the run by the closed form."
          : "Estimated before the run from the growth at each saddle, for three layers and more to its order only."
      ),
    ]
  }

  private func accuracies(_ observation: Observation) -> [HTML] {
    let what = observation.on == .gap ? "2(L − min L)/Σσ̂²" : "‖W − W*‖²/‖W*‖²"
    return [
      Block.subheading("Times to accuracy, \(observation.id)"),
      Block.table(
        [what, "promised: t at most", "observed: t", "ratio of the two"],
        observation.timeToAccuracy.map { row in
          let ratio = row.promised.flatMap { promised in row.observed.map { $0 / promised } }
          return [
            HTML(number(row.accuracy)), HTML(number(row.promised)), HTML(number(row.observed)),
            HTML(number(ratio, digits: 2)),
          ]
        }, className: "numbers"),
    ]
  }

  private var checks: HTML {
    var rows: [(name: HTML, value: HTML, equation: String)] = []
    for observation in result.observations {
      if let worst = observation.violations.first {
        rows.append(
          (
            .element("span", ["class": "poor"], "✗ violated"),
            HTML(
              "at \(observation.violations.count) of \(observation.count) times, first t = \(number(worst.time)): \(number(worst.observed)) > \(number(worst.bound))"
            ), observation.id
          ))
      } else if observation.count > 0 {
        rows.append(
          (
            observation.undecided < observation.count
              ? .element("span", ["class": "good"], "✓ bound kept") : "bound kept",
            HTML(observation.kept),
            observation.id
          ))
      }
      if let measured = observation.measuredRate {
        rows.append(
          (
            "final rate", HTML("measured \(number(measured)), predicted \(number(observation.promisedRate))"),
            observation.id
          ))
      }
      if let reached = observation.limitReached {
        rows.append(
          (
            reached
              ? .element("span", ["class": "good"], "✓ limit as promised")
              : .element("span", ["class": "poor"], "✗ another limit"), HTML(""), observation.id
          ))
      }
    }
    return Block.facts(rows)
  }
}
