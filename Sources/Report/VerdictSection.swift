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

extension Verdicts {
  /// What the verdict was read from.
  static func decision(_ v: Verdict) -> String {
    let ranks =
      v.algebra.map { a in
        let pair =
          a.pair.map {
            " (layers \($0.layers[0]) and \($0.layers[1]): ‖M‖ = \(number($0.between, digits: 3)), ‖C‖ = \(number($0.around, digits: 3)))"
          } ?? ""
        return
          "the ranks of the layers' products\(pair), by which no curvature is below \(number(a.lowerBound, digits: 3))"
          + (a.upperBound.map { " and the smallest is at most \(number($0, digits: 3))" } ?? "")
      } ?? "the ranks of the layers' products"
    return switch v.decidedBy {
    case .gradient: "the gradient"
    case .loss: "the loss"
    case .hessian: "the smallest eigenvalue of the Hessian"
    case .algebra: ranks
    case .algebraAndHessian: "\(ranks); and the Hessian, which agrees"
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
          v.algebra == nil
            ? curvature(v) : "\(curvature(v)); zero within \(number(v.curvatureTolerance, digits: 2))"
        ), "(8)"
      ),
      ("decided by", HTML(Verdicts.decision(v)), Verdicts.equation(v.kind)),
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

  private func curvature(_ v: Verdict) -> String {
    guard let λ = v.smallestHessianEigenvalue else {
      return "no smallest eigenvalue of ∇²L_N: \(v.hessianNote ?? "")"
    }
    let error =
      v.smallestHessianEigenvalueError.map { ", none lower by more than \(number($0, digits: 2))" } ?? ""
    return "smallest eigenvalue of ∇²L_N \(number(λ, digits: 3))\(error) (\(v.hessianArgument?.words ?? ""))"
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
