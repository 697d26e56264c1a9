import ArgumentParser
import Foundation
import LinearNetworks

struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fit the best linear predictor of every rank in closed form, and choose a rank.",
    discussion: """
      Reduced-rank regression: the global minimum of every linear network of that bottleneck, without training. Samples are rows and are read \
      once. Columns are centred unless --prepare none; nothing needs to be whitened, and dependent inputs are no error: of all solutions the one \
      of least norm is given. The result goes to a folder: fit.json, network.safetensors (the fit as a balanced network), and figures. \
      linnet predict applies it to new data.

      Examples:
        linnet fit diabetes.csv --targets progression
        linnet fit tobacco.csv --targets burn_rate,sugar,nicotine \\
          --weights residual-covariance
        linnet fit digits.csv --targets 'is_*' --criterion cv-1se --cv 5
        linnet fit --inputs X.npy --outputs Y.npy --rank 2 --depth 3
        linnet fit diabetes.csv --targets progression --test 0.2 --repeats 10
        linnet fit train.csv --targets y --test test.csv
        linnet fit wide.csv --targets y --ridge 0,1,10,100
        linnet fit digits.csv --pca --rank 10 --drop 'is_*'
        linnet fit part-1.linnet part-2.linnet --targets y --criterion bic
      """)

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Fit") var fit: FitOptions
  @OptionGroup(title: "Results") var results: ResultOptions

  func validate() throws {
    if data.target != nil {
      throw ValidationError("--target gives no samples; a fit needs a table, or --inputs and --outputs.")
    }
    if data.whitenRank != nil || data.prepare == .whiten {
      throw ValidationError(
        "A fit is the same for every invertible change of its inputs, so there is nothing to whiten: use --prepare center, standardize or none."
      )
    }
    if fit.pca {
      if data.data.isEmpty {
        throw ValidationError("--pca needs a table; give an NPY file without --inputs.")
      }
      if data.targets != nil {
        throw ValidationError(
          "--pca takes the inputs as outputs; leave out --targets (--drop leaves columns out).")
      }
    } else {
      try data.requireData()
    }
    if data.hasFactors { try checkFactors() }
  }

  /// Refuses what a factor cannot know.
  private func checkFactors() throws {
    let needsRows: String? =
      if fit.cv != nil || fit.repeats != 1 {
        "a cross-validation (--cv, --repeats)"
      } else if let criterion = fit.criterion, criterion.usesFolds {
        "--criterion \(criterion.rawValue)"
      } else if fit.intervals == .bootstrap {
        "--intervals bootstrap"
      } else if let test = fit.test, Double(test) != nil {
        "--test \(test)"
      } else if try fit.plan().penalties.count > 1 {
        "a choice of --ridge by cross-validation"
      } else {
        nil
      }
    if let needsRows {
      throw ValidationError(
        "A factor has no rows, which \(needsRows) would have to leave out or draw: give --rank, or choose it by --criterion gcv, aic or bic; samples to be held out stay a table of their own (--test file)."
      )
    }
    if fit.rank == nil, fit.criterion == nil, !fit.pca {
      throw ValidationError(
        "A factor has no rows, so that no cross-validation can choose a rank: give --criterion gcv, aic or bic, or --rank."
      )
    }
  }

  func run() throws {
    let (destination, plan) = (results.destination, try fit.plan())
    try destination.check()
    let request = try data.request()
    let table: FittedTable =
      data.hasFactors
      ? .factor(try request.compressed(predictsTargets: !fit.pca)) : .rows(try request.table())
    let preparation = data.prepare ?? .center
    if fit.pca {
      try ComponentsSession(table: table, preparation: preparation, plan: plan, destination: destination)
        .run()
    } else {
      try RegressionSession(
        table: table, preparation: preparation, plan: plan, reading: request.reading, destination: destination
      ).run()
    }
  }
}
