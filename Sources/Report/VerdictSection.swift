import Landscape
import Prose
import Training

/// The verdicts in words.
enum Verdicts {
  static func word(_ kind: Verdict.Kind) -> String {
    switch kind {
    case .globalMinimiser: "global minimiser"
    case .strictSaddle: "strict saddle"
    case .nonStrictSaddle: "non-strict saddle"
    case .notStationary: "not stationary"
    case .undecided: "undecided"
    }
  }

  static func mark(_ kind: Verdict.Kind) -> String {
    switch kind {
    case .globalMinimiser: "✓"
    case .strictSaddle, .nonStrictSaddle: "△"
    case .notStationary: "✗"
    case .undecided: "?"
    }
  }

  static func meaning(_ kind: Verdict.Kind) -> String {
    switch kind {
    case .globalMinimiser: "no network of these widths has a smaller loss"
    case .strictSaddle: "stationary, with a direction of negative curvature that leads out"
    case .nonStrictSaddle: "stationary without negative curvature, yet above the minimum"
    case .notStationary: "this is not a limit: the flow would go on"
    case .undecided: "a quantity that decides is within its own error of zero"
    }
  }

  static func equation(_ kind: Verdict.Kind) -> String {
    switch kind {
    case .globalMinimiser: "Theorem 2.7"
    case .strictSaddle, .nonStrictSaddle: "Definition 2.3"
    case .notStationary: "Definition 2.1"
    case .undecided: "Definitions 2.1–2.3"
    }
  }
}

/// What the final state is, and the predictor.
struct VerdictSection {
  let result: TrainingReport

  init(_ result: TrainingReport) { self.result = result }

  var html: HTML {
    let v = result.verdict
    let rows: [(name: HTML, value: HTML, equation: String)] = [
      ("limit", HTML("\(Verdicts.word(v.kind)): \(Verdicts.meaning(v.kind))"), Verdicts.equation(v.kind)),
      (
        "loss",
        HTML(
          "\(number(v.loss, digits: 10)); minimum \(number(result.globalMinimum.loss, digits: 10)); gap \(number(v.lossGap, digits: 3)), relative \(number(v.relativeLossGap, digits: 3))"
        ), "(6), Theorem 2.7"
      ),
      (
        "gradient",
        HTML(
          "‖∇L_N‖ relative to its scale \(number(v.relativeGradientNorm, digits: 3)); zero up to \(number(v.gradientTolerance, digits: 3))"
        ),
        "Definition 2.1"
      ),
      (
        "rank", HTML("\(v.rank); singular values up to \(number(v.rankTolerance, digits: 2)) count as zero"),
        "Lemma 3.3"
      ),
      (
        "curvature",
        HTML(
          "smallest eigenvalue of ∇²L_N \(number(v.smallestHessianEigenvalue, digits: 3)) (\(v.hessianMethod.rawValue)); zero within \(number(v.curvatureTolerance, digits: 2))"
        ), "(8)"
      ),
    ]
    let close: [(name: HTML, value: HTML, equation: String)] =
      v.undecided.map { call in
        [
          (
            HTML("too close"),
            HTML(
              "\(call.quantity): \(number(call.value, digits: 3)), within its error \(number(call.tolerance, digits: 2))"
            ),
            Verdicts.equation(v.kind)
          )
        ]
      } ?? []
    return Block.section("Verdict", id: "verdict", [Block.facts(rows + close)] + predictor)
  }

  private var predictor: [HTML] {
    guard let p = result.predictor else { return [] }
    let most = 60
    let inputs = Array(p.inputs.prefix(most))
    let outputs = Array(p.outputs.prefix(12))
    let rows =
      inputs.enumerated().map { i, name in
        [HTML(name)] + outputs.indices.map { HTML(number(p.coefficients[$0, i], digits: 6)) }
      } + [[HTML("intercept")] + outputs.indices.map { HTML(number(p.intercept[$0], digits: 6)) }]
    let omitted =
      inputs.count < p.inputs.count || outputs.count < p.outputs.count
      ? [Block.paragraph("Not all coefficients are shown; result.json has them.")] : []
    return [
      Block.subheading("The predictor in the units of the data"),
      Block.table(["input"] + outputs, rows, className: "numbers"),
    ] + omitted
  }
}
