import Figures
import Foundation
import Landscape
import Prose
import RunFiles
import Training

/// What a person sees of a network's place in the landscape.
enum LandscapeScreen {
  private static func n(_ x: Double, _ digits: Int = 3) -> String { number(x, digits: digits) }

  static func lines(_ result: LandscapeResult) -> [String] {
    let report = result.landscape
    return (result.polish.map(polish) ?? []) + ["", "The network"] + stationarity(report) + matrix(report)
      + hessian(report) + ["", "Verdict"] + verdict(report.verdict, result.globalMinimum) + wayOut(result)
      + ["", "What the theory says"] + points(report) + theorem(report)
      + [
        "",
        "Stationary values (of \(report.levels.count == 1 ? "which there is one" : "all networks of these widths, lowest first"))",
      ]
      + levels(report) + [""]
  }

  private static func polish(_ p: LandscapeResult.Polishing) -> [String] {
    let ending =
      switch p.ending {
      case .stationary: "stationary to round-off"
      case .stalled: "it did not fall further"
      case .interrupted: "interrupted"
      }
    return labelledLines(
      "Polish",
      "moved by \(n(p.distance)) (\(n(p.relativeDistance)) of the weights) in \(count(p.steps, "step")); "
        + "gradient \(n(p.gradientBefore)) → \(n(p.gradientAfter)): \(ending)")
  }

  private static func stationarity(_ report: LandscapeReport) -> [String] {
    let f = report.firstOrder
    let meaning =
      switch f.outcome {
      case .stationary: "zero to round-off"
      case .nearlyStationary: "nearly stationary: --polish looks for the point"
      case .notStationary: "not stationary"
      }
    let layers = zip(f.gradientNorms, f.roundOff).prefix(12).enumerated().map { j, g in
      "W_\(j + 1) \(n(g.0)) (round-off \(n(g.1, 2)))"
    }
    let more = f.gradientNorms.count > 12 ? ", …" : ""
    return labelledLines(
      "Gradient",
      "\(n(report.verdict.gradientNorm)), relative \(n(f.relativeGradientNorm)) (small up to \(n(f.tolerance, 2))): \(meaning)",
      source: "Definition 2.1") + labelledLines("  by layer", layers.joined(separator: ", ") + more)
      + (report.nearby.map { nearby in
        labelledLines(
          "  nearby",
          "an exactly stationary network is at most \(n(nearby.distance)) away (\(n(nearby.relativeDistance)) of the weights)"
        )
      } ?? [])
  }

  private static func matrix(_ report: LandscapeReport) -> [String] {
    let e = report.endToEnd
    let shown = e.singularValues.prefix(8).map { n($0, 5) }.joined(separator: ", ")
    let kept =
      e.kept.isEmpty
      ? "none of the singular directions of Y P_X"
      : "of the singular directions of Y P_X: \(ranges(e.kept))"
    return labelledLines(
      "Matrix W",
      "rank \(e.rank) (tolerance \(n(e.rankTolerance, 2))), singular values \(shown)\(e.singularValues.count > 8 ? ", …" : "")"
    )
      + labelledLines("  has learnt", kept)
  }

  private static func hessian(_ report: LandscapeReport) -> [String] {
    let s = report.spectrum
    let here =
      report.secondOrder.distance.map { " at the stationary network \(n($0, 2)) away" } ?? ""
    let second =
      switch report.secondOrder.outcome {
      case .holds: "no negative curvature\(here)"
      case .fails: "negative curvature\(here)"
      case .undecided: "the sign of the lowest is not resolved"
      }
    func counts(_ inertia: Inertia) -> String {
      switch inertia.kind {
      case .exact: "\(inertia.negative) negative, \(inertia.zero) zero, \(inertia.positive) positive"
      case .lowerBounds:
        "at least \(inertia.negative) negative and \(inertia.positive) positive (too many weights to count all)"
      }
    }
    let symmetries = s.symmetries.map { "; the factorisation's symmetries have dimension \($0)" } ?? ""
    return labelledLines(
      "Hessian",
      "\(second): from \(s.lowest.prefix(3).map { n($0) }.joined(separator: ", ")), … to \(n(s.highest[0]))",
      source: "(8), Definition 2.2")
      + labelledLines(
        "  eigenvalues",
        "\(counts(s.inertia)) (of this network, zero within round-off \(n(s.inertia.tolerance, 2)))\(symmetries)"
      )
      + (s.nearbyInertia.map {
        labelledLines(
          "  nearby", "\(counts($0)) (of the stationary network nearby, zero within \(n($0.tolerance, 2)))")
      } ?? [])
  }

  /// Kind, loss and what decided, shared with `linnet train`.
  static func verdict(_ v: Verdict, _ minimum: TrainingReport.Minimum) -> [String] {
    let (meaning, source) = v.meaning
    return labelledLines("Limit", meaning, source: source)
      + labelledLines(
        "Loss",
        "\(n(v.loss, 10)), minimum \(n(minimum.loss, 10)), gap \(n(v.lossGap, 3)) "
          + "(irreducible \(n(minimum.irreducibleLoss, 6)))")
      + labelledLines(
        "State",
        "rank \(v.rank) (tolerance \(n(v.rankTolerance, 2))), relative gradient \(n(v.relativeGradientNorm, 2)), "
          + v.eigenvalueWords
      ) + algebra(v)
  }

  /// What the layers' ranks say, and whether the Hessian was asked too.
  private static func algebra(_ v: Verdict) -> [String] {
    guard let a = v.algebra else { return [] }
    let pair =
      a.pair.map {
        "layers \($0.layers[0]) and \($0.layers[1]): beyond rank \(v.rank) ‖M‖ = \(n($0.between)), ‖C‖ = \(n($0.around)); "
      } ?? ""
    let upper = a.upperBound.map { "at most \(n($0)), " } ?? ""
    let distance = a.distance.map { "; an exact one is at most \(n($0)) away" } ?? ""
    let who =
      switch v.decidedBy {
      case .algebra: "the ranks decide"
      case .algebraAndHessian: "ranks and Hessian agree"
      case .hessian: "the ranks cannot tell, the Hessian decides"
      case .gradient, .loss: "not asked"
      }
    return labelledLines(
      "Ranks", "\(who): \(pair)smallest curvature \(upper)at least \(n(a.lowerBound))\(distance)",
      source: "D20")
  }

  private static func wayOut(_ result: LandscapeResult) -> [String] {
    let v = result.landscape.verdict
    guard let path = result.landscape.escape else {
      guard v.kind == .nonStrictSaddle else { return [] }
      return labelledLines(
        "Way out",
        "none of second order: every direction has curvature zero or more, and the loss is \(n(v.lossGap)) above the minimum"
      )
    }
    var lines = labelledLines(
      "Way out",
      "curvature \(n(path.curvature)); along it the gap falls from \(n(v.lossGap, 5)) to \(n(path.bestGap, 5)) at a distance of \(n(path.bestSize))"
    )
    if let run = result.escapeRun {
      lines += labelledLines(
        "Escape",
        "gradient flow from a distance of \(n(run.size)): \(run.termination.description); t = \(n(run.termination.time, 4)), "
          + "\(run.verdict.meaning.text), gap \(n(run.verdict.lossGap))")
    }
    return lines
  }

  private static func points(_ report: LandscapeReport) -> [String] {
    let c = report.correspondingPoints
    func line(_ label: String, _ p: CorrespondingPoints.Point, _ names: (String, String), _ equation: String)
      -> [String]
    {
      let first =
        switch p.firstOrder {
        case .stationary: "stationary to round-off"
        case .nearlyStationary: "nearly stationary"
        case .notStationary: "not stationary"
        }
      let bounds =
        p.gradientBounds.map { b in
          zip(p.gradientNorms, b).map { "\(n($0)) ≤ \(n($1))" }
        } ?? p.gradientNorms.map { n($0) }
      let second =
        switch p.secondOrder.outcome {
        case .holds: "no negative curvature"
        case .fails: "negative curvature \(n(p.secondOrder.smallestEigenvalue))"
        case .undecided: "curvature not resolved"
        }
      return labelledLines(
        label, "\(first) (∇_\(names.0) \(bounds[0]), ∇_\(names.1) \(bounds[1])), \(second)",
        source: equation)
    }
    let scope =
      c.hasFullRank
      ? "split at layer \(c.layer), rank W = r: stationary points go to stationary points"
      : "split at layer \(c.layer), rank W < r: the lemmas do not speak"
    return labelledLines("Lemmas 2.4–2.6", scope)
      + line("  (P, Q)", c.factors, ("P", "Q"), "(10b)") + line("  (P, Q′)", c.reachable, ("P", "Q′"), "(12)")
  }

  private static func theorem(_ report: LandscapeReport) -> [String] {
    let t = report.secondOrderTheorem
    let conditions = t.conditions.map {
      "\($0.holds ? "✓" : "✗") \($0.statement) (\($0.symbol) \(n($0.value)))"
    }
    return labelledLines("Theorem 2.8", conditions.joined(separator: "  "))
      + labelledLines("", t.conclusion)
  }

  private static func levels(_ report: LandscapeReport) -> [String] {
    let here = report.endToEnd.kept
    return report.levels.enumerated().flatMap { i, level in
      let nature =
        switch level.nature {
        case .globalMinimum: "global minimum"
        case .leading: "saddles of rank \(level.rank)"
        case .strictSaddles: "strict saddles of rank \(level.rank)"
        }
      let isHere = report.firstOrder.holds && level.kept == here
      return labelledLines(
        i == 0 ? "Levels" : "",
        "loss \(n(level.loss, 8)), gap \(n(level.gap, 5)): directions \(ranges(level.kept)); \(nature)\(isHere ? "  ← this network" : "")"
      )
    }
  }

  static func files(_ folder: OutputFolder, _ result: LandscapeResult, _ figures: FigureFiles) -> [String] {
    let names =
      ["landscape.json"] + (result.polish == nil ? [] : ["polished.safetensors"])
      + (result.landscape.escape == nil ? [] : ["escape-direction.safetensors"])
      + (result.escapeRun == nil ? [] : ["escaped.safetensors", "trajectory.csv", "trajectory.npz"])
    let drawn = figures.specifications.map {
      $0.deletingPathExtension().deletingPathExtension().lastPathComponent
    }
    let formats = figures.pictures.isEmpty ? "" : ".svg, .png, .pdf, "
    return labelledLines("Files", "\(folder.path)/: \(names.joined(separator: ", "))")
      + (drawn.isEmpty
        ? [] : labelledLines("Figures", "\(drawn.joined(separator: ", ")) (\(formats).vl.json)"))
      + (figures.shortfall.map { labelledLines("", "\($0)") } ?? [])
  }
}

extension Verdict {
  /// The smallest eigenvalue with its error, or why there is none.
  var eigenvalueWords: String {
    guard let λ = smallestHessianEigenvalue else {
      return "no smallest Hessian eigenvalue: \(hessianNote ?? "")"
    }
    let error =
      smallestHessianEigenvalueError.map {
        " (none is lower by more than \(number($0, digits: 2)): \(hessianArgument?.words ?? ""))"
      } ?? ""
    // What counts as zero matters where the curvature decides.
    let zero = algebra == nil ? "" : "; zero within \(number(curvatureTolerance, digits: 2))"
    return "smallest Hessian eigenvalue \(number(λ, digits: 3))\(error)\(zero)"
  }

  /// The kind in words, and the statement it comes from.
  var meaning: (text: String, source: String) {
    switch kind {
    case .globalMinimiser:
      ("global minimiser: no network of these widths has a smaller loss", "Theorem 2.7")
    case .strictSaddle:
      (
        "strict saddle: curvature \(number(escapeCurvature ?? 0, digits: 3)) leads out",
        "Definition 2.3"
      )
    case .nonStrictSaddle:
      ("non-strict saddle: stationary without negative curvature, yet above the minimum", "Definition 2.3")
    case .notStationary: ("not stationary: this is not a limit", "Definition 2.1")
    case .undecided:
      (
        "undecided: the \(undecided?.quantity ?? "") is \(number(undecided?.value ?? 0, digits: 3)), "
          + "within its error \(number(undecided?.tolerance ?? 0, digits: 2))", "Definitions 2.1–2.3"
      )
    }
  }
}
