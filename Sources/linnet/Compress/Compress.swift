import ArgumentParser
import Samples

struct Compress: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Reduce a table of any length to a small factor that fits, runs and certificates take in its place.",
    discussion: """
      Reads every row once and keeps the triangular factor R of the samples, with their means, number and names: all that linnet fit, train, \
      certify, landscape and sweep need of them (D1), exactly, whatever is predicted from what. Factors of parts of a table, made anywhere and at any \
      time, are merged where they are used, or by linnet compress into one file. What is done with rows is done here: --missing, --encode, and which \
      columns are looked at. Parts whose cells have to become numbers in one way are compressed --like the first.

      A factor has no rows: there is no cross-validation, bootstrap or held-out share, and nothing can be predicted for it.

      Examples:
        linnet compress part-*.csv --out all.linnet
        linnet compress part-1.csv --encode auto --missing drop --out 1.linnet
        linnet compress part-2.csv --like 1.linnet --out 2.linnet
        linnet compress 1.linnet 2.linnet --out all.linnet
        linnet fit 1.linnet 2.linnet --targets y --criterion bic
        linnet train all.linnet --targets y --depth 3
      """)

  @OptionGroup(title: "Data") var data: DataOptions

  @Option(
    help: ArgumentHelp(
      "Take the columns and their coding from another factor, so that the two can be merged.",
      valueName: "factor"))
  var like: String?

  @Option(help: ArgumentHelp("The file of the factor, NAME.linnet.", valueName: "file"))
  var out: String

  @Flag(help: "Replace an existing file.") var force = false

  @Flag(help: "Describe the factor as JSON on standard output.") var json = false

  func validate() throws {
    guard data.isGiven else {
      throw ValidationError("No data: give a table, or --inputs and --outputs, or factors to merge.")
    }
    if data.target != nil {
      throw ValidationError("--target gives no samples; there is nothing to compress.")
    }
    if data.prepare != nil || data.whitenRank != nil {
      throw ValidationError(
        "A factor is of the samples as they are; --prepare and --whiten-rank are said where it is used.")
    }
    guard TableFactor.isFactor(out) else {
      throw ValidationError("--out \(out): the name of a factor ends in \(TableFactor.ending).")
    }
    let chooses = data.targets != nil || data.drop != nil || data.keep != nil
    if data.hasFactors, chooses || like != nil {
      throw ValidationError(
        "Factors are merged as they are; leave out --targets, --drop, --keep and --like, and choose columns where the factor is used."
      )
    }
    if like != nil, chooses || data.missing != .refuse || data.encode != .refuse {
      throw ValidationError("--like brings columns and their coding; leave out other options of both.")
    }
  }

  func run() throws {
    try CompressSession(
      data: data.request(), like: like, file: out, replacesFile: force, printsJSON: json
    ).run()
  }
}
