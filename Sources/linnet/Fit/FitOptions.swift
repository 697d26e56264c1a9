import ArgumentParser
import Foundation
import Regression

/// What is fitted and how its rank is chosen.
struct FitOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The rank, instead of choosing one by --criterion.", valueName: "r"))
  var rank: Int?

  @Option(
    help: ArgumentHelp(
      "How a rank is chosen. cv: least error in cross-validation (the default); cv-1se: smallest rank within one standard error of it; gcv: generalised cross-validation; aic, bic: information criteria of a normal model (bic is the default with --pca).",
      valueName: "criterion"))
  var criterion: RankCriterion?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Folds of the cross-validation. Default: 10, or one a sample if there are fewer.", valueName: "k"))
  var cv: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How often the samples are dealt to the folds anew; errors are averaged.", valueName: "n"))
  var repeats = 1

  @Option(
    help: ArgumentHelp(
      "Samples that the fit does not see, to report R² and RMSE on: a share of the rows, drawn at random (0.2), or a file with the same columns.",
      valueName: "share|file"))
  var test: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The confidence of the coefficients' intervals, between 0 and 1.", valueName: "p"))
  var confidence = 0.95

  @Option(
    help: ArgumentHelp(
      "Standard errors and intervals of coefficients. formula: the classical ones at full rank, asymptotic ones below, for a rank that is taken for known; bootstrap: the scatter of fits to resampled rows, in each of which rank and penalty are chosen anew (rows stay in memory). Default: formula.",
      valueName: "way"))
  var intervals: Intervals = .formula

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Resamples of --intervals bootstrap. Default: 999.", valueName: "B"))
  var resamples: Int?

  /// Where standard errors come from.
  enum Intervals: String, ExpressibleByArgument, CaseIterable { case formula, bootstrap }

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Penalty λ of ½‖Y − WX‖² + ½λ‖W‖² (a sum over samples, intercept free); of several, cross-validation takes one. Default: 0.",
      valueName: "λ[,λ…]"))
  var ridge: String?

  @Option(
    help: ArgumentHelp(
      "identity: squared errors in the units of the outputs; residual-covariance: maximum likelihood for correlated errors, independent of units. Default: identity.",
      valueName: "weights"))
  var weights: OutputWeights?

  @Flag(help: "Principal components: the inputs are the outputs too.")
  var pca = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Layers of the network that is written. Default: 2.", valueName: "N"))
  var depth: Int?

  @Option(
    help: ArgumentHelp(
      "Widths of its hidden layers, separated by commas. Default: the rank. No rank above the narrowest is chosen.",
      valueName: "d1,d2,…"))
  var widths: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of the folds and of the samples that are drawn.", valueName: "number"))
  var seed: UInt64 = 1

  func validate() throws {
    if let rank, rank < 0 { throw ValidationError("--rank must not be negative: \(rank).") }
    if let cv, cv < 2 { throw ValidationError("--cv needs at least 2 folds, not \(cv).") }
    if repeats < 1 { throw ValidationError("--repeats must be at least 1, not \(repeats).") }
    if !(confidence > 0 && confidence < 1) {
      throw ValidationError("--confidence must lie between 0 and 1, not at \(confidence).")
    }
    if resamples != nil, intervals != .bootstrap {
      throw ValidationError("--resamples goes with --intervals bootstrap.")
    }
    // Below that the quantiles would lie beyond the last of them.
    let fewest = Int((2 / (1 - confidence) - 1).rounded(.up))
    if intervals == .bootstrap, (resamples ?? 999) < fewest {
      throw ValidationError(
        "An interval of confidence \(confidence) needs --resamples \(fewest) or more, not \(resamples ?? 999)."
      )
    }
    if let test, let share = Double(test), !(share > 0 && share < 1) {
      throw ValidationError(
        "--test \(test): a share of the rows lies between 0 and 1; for a file of that name write ./\(test).")
    }
    if rank != nil, criterion != nil {
      throw ValidationError("Give --rank, or a --criterion to choose one, not both.")
    }
    if let depth, depth < 1 { throw ValidationError("--depth must be at least 1, not \(depth).") }
    if depth != nil, widths != nil {
      throw ValidationError("--widths gives the hidden widths, and with them the depth; leave out --depth.")
    }
    if let rank, let narrowest = try hiddenWidths()?.min(), rank > narrowest {
      throw ValidationError(
        "--rank \(rank) does not pass through a hidden layer of width \(narrowest) (--widths).")
    }
    let plan = try plan()
    if pca {
      if let criterion, criterion != .akaike, criterion != .schwarz {
        throw ValidationError(
          "--criterion \(criterion.rawValue) cannot choose a number of components: the held-out error of a reconstruction falls with every component. Use aic, bic or --rank."
        )
      }
      if cv != nil || ridge != nil || weights != nil || test != nil || repeats != 1
        || intervals != .formula
      {
        throw ValidationError(
          "--cv, --repeats, --test, --ridge, --weights and --intervals do not go with --pca.")
      }
    } else if repeats > 1, !plan.usesFolds {
      throw ValidationError("--repeats repeats a cross-validation: add --cv, or leave it out.")
    } else if plan.penalties.count > 1, !plan.usesFolds {
      throw ValidationError(
        "Of several --ridge values one is chosen by cross-validation: add --cv, or give one.")
    }
  }

  /// The values.
  func plan() throws -> FitPlan {
    FitPlan(
      rank: rank, criterion: rank == nil ? criterion ?? (pca ? .schwarz : .crossValidation) : nil, folds: cv,
      penalties: try penalties(), weights: weights ?? .identity, depth: depth ?? 2,
      hiddenWidths: try hiddenWidths(), seed: seed, repetitions: repeats, confidence: confidence,
      resamples: intervals == .bootstrap ? resamples ?? 999 : nil,
      test: test.map { name in Double(name).map { .share($0) } ?? .file(name) })
  }

  /// λ in the order given.
  private func penalties() throws -> [Double] {
    try (ridge ?? "0").split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let λ = Double(text.filter { $0 != " " }), λ >= 0, λ.isFinite else {
        throw ValidationError("--ridge: \"\(text)\" is not a penalty (a number, not negative).")
      }
      return λ
    }
  }

  private func hiddenWidths() throws -> [Int]? { try widths.map(NetworkOptions.hiddenWidths) }
}

extension OutputWeights: ExpressibleByArgument {}
extension RankCriterion: ExpressibleByArgument {}
