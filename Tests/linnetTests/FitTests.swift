import DataFormats
import Foundation
import LinearAlgebra
import Testing

@Suite struct FitTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  static let bundled: [(file: String, targets: [String], rank: Int)] = [
    ("diabetes.csv", ["progression"], 1), ("linnerud.csv", ["Weight", "Waist", "Pulse"], 2),
    ("tobacco.csv", ["burn_rate", "sugar", "nicotine"], 2), ("digits.csv", BundledCase.digits, 4),
  ]

  private func fit(_ i: Int, _ more: String...) throws -> CommandRun {
    let data = FitTests.bundled[i]
    return try workspace.linnet(
      ["fit", Workspace.bundled(data.file), "--targets", data.targets.joined(separator: ",")] + more)
  }

  /// The closed form is where training ends, and training begins anywhere.
  @Test(arguments: bundled.indices) func `gradient flow reaches the fit from random starts`(_ i: Int) throws {
    let (file, targets, rank) = FitTests.bundled[i]
    let fitted = try fit(i, "--rank", "\(rank)", "--no-files", "--json").json
    let loss = try fitted.number("minimum.loss")
    for (start, seed) in [("random", 1), ("random", 2), ("unbalanced", 3)] {
      let trained = try workspace.linnet(
        "train", Workspace.bundled(file), "--targets", targets.joined(separator: ","), "--rank", "\(rank)",
        "--depth",
        "2", "--start", start, "--seed", "\(seed)", "--no-files", "--json"
      ).json
      #expect(try trained.text("verdict.kind") == "globalMinimiser")
      // Closed form against closed form of the whitened problem, and the end of the run: its gap counts as zero up to 1e-12.
      #expect(abs(try trained.number("globalMinimum.loss") / loss - 1) <= 1e-12)
      #expect(abs(try trained.number("verdict.loss") / loss - 1) <= 1e-11)
      let difference = relativeDifference(
        try trained.matrix("predictor.coefficients"), try fitted.matrix("predictor.coefficients"))
      // Six digits of W where the loss has twelve; badly conditioned inputs take some of them.
      #expect(difference <= 1e-4)
    }
  }

  @Test(arguments: bundled.indices) func `the files hold what the screen and the JSON say`(_ i: Int) throws {
    let run = try fit(i, "--out", "fit", "--json")
    #expect(run.status == 0)
    let report = try run.json
    #expect(try report == workspace.json("fit/fit.json"))
    for key in promisedKeys { #expect(report[key] != nil, "\(key)") }
    let rank = Int(try report.number("rank"))
    let names = try workspace.names(in: "fit")
    #expect(names.contains("network.safetensors") && names.contains("fitted.vl.json"))
    #expect(names.contains("rank-trace.vl.json") == (FitTests.bundled[i].targets.count > 1))
    #expect(try report.number("minimum.loss") == report.numbers("path.loss")[rank])
    let errors = try report["choice.crossValidation"].map { try $0.matrix("error") }
    let first = try #require(errors).row(0)
    #expect(first.firstIndex(of: first.min()!) == rank)

    // The layers are the predictor in prepared units, which for centred data are those of the file.
    let file = try SafetensorsFile(workspace.path("fit/network.safetensors"))
    let layers = try file.names.sorted().map { try #require(file.array($0).matrix) }
    #expect(layers.count == 2 && layers[0].rows == max(rank, 1))
    let C = try report.matrix("predictor.coefficients")
    let W = layers.dropFirst().reduce(layers[0]) { $1 * $0 }
    #expect((W - C).frobeniusNorm <= 1e-12 * C.frobeniusNorm)
  }

  @Test func `the depth, the widths and the limit that they set to the rank`() throws {
    #expect(try fit(2, "--out", "deep", "--depth", "4", "--rank", "2").status == 0)
    #expect(try workspace.json("deep/fit.json").numbers("network.widths") == [6, 2, 2, 2, 3])
    #expect(try fit(3, "--out", "wide", "--widths", "7,3", "--criterion", "bic").status == 0)
    let report = try workspace.json("wide/fit.json")
    #expect(try report.numbers("network.widths") == [61, 7, 3, 10])
    #expect(try report.number("rank") == 3)
    #expect(try report.text("choice.reason").contains("up to 3"))
    #expect(try fit(2, "--no-files", "--rank", "2", "--widths", "5,1").status == 64)
  }

  @Test func `a seed repeats the folds, another one deals them anew`() throws {
    let runs = try ["1", "1", "2"].map { try fit(2, "--no-files", "--json", "--seed", $0).output }
    #expect(runs[0] == runs[1])
    let errors = try [runs[0], runs[2]].map { try JSONTree(text: $0)["choice.crossValidation"] }
    #expect(errors[0] != errors[1])
  }

  @Test func `criteria, weights and penalties do what they are called`() throws {
    for criterion in ["cv", "cv-1se", "gcv", "aic", "bic"] {
      let report = try fit(2, "--no-files", "--json", "--criterion", criterion).json
      #expect(try report.text("choice.criterion") == criterion)
      #expect((report["choice.crossValidation"] == .null) == !criterion.hasPrefix("cv"))
    }
    let weighted = try fit(2, "--no-files", "--json", "--weights", "residual-covariance").json
    let correlations = try weighted.numbers("canonicalCorrelations")
    #expect(correlations.count == 3 && correlations.allSatisfy { $0 > 0 && $0 < 1 })
    // The penalty that costs least on held-out samples, of those offered.
    let penalized = try fit(1, "--no-files", "--json", "--ridge", "0,1000,1e12").json
    let λ = try penalized.number("problem.ridge")
    #expect([0, 1000, 1e12].contains(λ))
    let errors = try penalized.matrix("choice.crossValidation.error")
    let row = [0, 1000, 1e12].firstIndex(of: λ)!
    #expect(errors.row(row).min() == errors.storage.min())
  }

  @Test func `pairs of matrices, headerless tables and several files are fitted too`() throws {
    let X = Matrix(30, 3) { i, j in Double((i * (j + 2)) % 7) }
    let Y = Matrix(30, 2) { i, j in X[i, 0] - Double(j) * X[i, 2] + 1 + 0.01 * Double((i * i) % 5) }
    try NPYFile.write(X, to: workspace.path("X.npy"))
    try NPYFile.write(Y, to: workspace.path("Y.npy"))
    let names = ["a", "b", "c", "u", "v"]
    let table = X.appendingColumns(Y)
    try CSVFile.write(table.rows(0..<13), columnNames: names, to: workspace.path("one.csv"))
    try CSVFile.write(table.rows(13..<30), columnNames: names, to: workspace.path("two.csv"))
    let pair = try workspace.linnet(
      "fit", "--inputs", "X.npy", "--outputs", "Y.npy", "--rank", "1", "--no-files", "--json"
    ).json
    let files = try workspace.linnet(
      "fit", "one.csv", "two.csv", "--targets", "u,v", "--rank", "1", "--no-files", "--json"
    )
    .json
    #expect(
      relativeDifference(
        try pair.matrix("predictor.coefficients"), try files.matrix("predictor.coefficients")) <= 1e-13)
    #expect(try pair.texts("predictor.inputs") == ["x1", "x2", "x3"])
    // Without centring there is no intercept, and the loss is another.
    let plain = try workspace.linnet(
      "fit", "--inputs", "X.npy", "--outputs", "Y.npy", "--rank", "1", "--prepare", "none", "--no-files",
      "--json"
    ).json
    #expect(try plain.numbers("predictor.intercept") == [0, 0])
    #expect(try plain.number("minimum.loss") > pair.number("minimum.loss"))
  }

  @Test func `dependent inputs are no error, constant columns are named, rank zero is said in words`() throws
  {
    try workspace.file(
      "table.csv",
      "a,b,twice,flat,y\n"
        + (0..<20).map { "\($0),\($0 * $0 % 7),\(2 * $0),5,\(3 * $0 - $0 * $0 % 7)\n" }.joined())
    let run = try workspace.linnet("fit", "table.csv", "--targets", "y", "--no-files")
    #expect(run.status == 0)
    for words in ["constant columns left out: flat", "the 3 inputs have rank 2", "least norm"] {
      #expect(run.output.contains(words))
    }
    try workspace.file("noise.csv", "a,y\n" + (0..<24).map { "\($0 % 2),\($0 * 7 % 12)\n" }.joined())
    let noise = try workspace.linnet("fit", "noise.csv", "--targets", "y", "--criterion", "bic", "--no-files")
    #expect(noise.output.contains("every sample is predicted by it"))
  }

  @Test func `the screen fits into 110 columns`() throws {
    for i in FitTests.bundled.indices {
      for line in try fit(i, "--no-files").output.split(separator: "\n") {
        #expect(line.count <= 110 && line.last != " ", "\(line)")
      }
    }
    let pca = try workspace.linnet("fit", Workspace.bundled("digits.csv"), "--pca", "--no-files")
    for line in pca.output.split(separator: "\n") {
      #expect(line.count <= 110 && line.last != " ", "\(line)")
    }
  }

  @Test func `principal components are the fit of a table to itself`() throws {
    let run = try workspace.linnet(
      "fit", Workspace.bundled("linnerud.csv"), "--pca", "--rank", "2", "--depth", "3", "--out", "pca",
      "--json")
    #expect(run.status == 0)
    let report = try run.json
    let variances = try report.numbers("components.explainedVariance")
    #expect(variances.count == 6)
    // The mean squared reconstruction error of rank two: what the other components hold.
    let loss = 0.5 * 19 * variances.dropFirst(2).reduce(0, +)
    #expect(abs(try report.number("minimum.loss") / loss - 1) <= 1e-13)
    #expect(try report.numbers("network.widths") == [6, 2, 2, 6])
    // The reconstruction of the table it came from, from both files.
    for model in ["pca", "pca/network.safetensors"] {
      let prediction = try workspace.linnet(
        "predict", model, Workspace.bundled("linnerud.csv"), "--out", "r.csv", "--force", "--json")
      let errors = try prediction.json.list("errors").map { try $0.number("rmse") }
      #expect(abs(10 * errors.reduce(0) { $0 + $1 * $1 } / loss - 1) <= 1e-11)
    }
  }

  @Test func `with fewer samples than ten each is a fold, and asking for more is refused`() throws {
    try workspace.file("few.csv", "a,b,y\n" + (0..<6).map { "\($0),\($0 * $0 % 5),\($0 * 2 % 5)\n" }.joined())
    let run = try workspace.linnet("fit", "few.csv", "--targets", "y", "--no-files", "--json")
    #expect(try run.json.number("choice.crossValidation.folds") == 6)
    let more = try workspace.linnet("fit", "few.csv", "--targets", "y", "--cv", "7")
    #expect(more.status == 65)
    #expect(more.errors.contains("only 6") && more.errors.contains("7 folds"))
    #expect(try workspace.names() == ["few.csv"])
  }

  private static let refused: [(options: [String], status: Int32, words: [String])] = [
    (["--rank", "3"], 65, ["rank 3 is larger than possible", "2 at most"]),
    (["--weights", "residual-covariance"], 65, ["residual covariance is singular", "v"]),
    (["--rank", "1", "--criterion", "bic"], 64, ["--rank", "--criterion"]),
    (["--ridge", "1,x"], 64, ["\"x\""]), (["--ridge", "1,2", "--criterion", "bic"], 64, ["add --cv"]),
    (["--prepare", "whiten"], 64, ["nothing to whiten"]), (["--pca"], 64, ["leave out --targets"]),
    (["--cv", "1"], 64, ["at least 2 folds"]), (["--widths", "2,0"], 64, ["\"0\""]),
    (["--criterion", "best"], 64, ["best"]), (["--depth", "0"], 64, ["--depth"]),
  ]

  @Test(arguments: refused.indices)
  func `what cannot be is refused, and nothing is written`(_ i: Int) throws {
    let (options, status, words) = FitTests.refused[i]
    try workspace.file(
      "table.csv", "a,b,u,v\n" + (0..<15).map { "\($0),\($0 * $0 % 7),\($0 % 4),\(2 * ($0 % 4))\n" }.joined())
    let run = try workspace.linnet(["fit", "table.csv", "--targets", "u,v"] + options)
    #expect(run.status == status)
    for word in words { #expect(run.errors.contains(word), "\(run.errors)") }
    #expect(try workspace.names() == ["table.csv"])
  }

  @Test func `a folder that exists is refused before anything is read`() throws {
    try FileManager.default.createDirectory(
      atPath: workspace.path("there"), withIntermediateDirectories: true)
    let run = try workspace.linnet("fit", "missing.csv", "--targets", "y", "--out", "there")
    #expect(run.status == 64)
    #expect(run.errors.contains("there exists already"))
  }

  private let promisedKeys = [
    "formatVersion", "problem.samples", "problem.inputs", "problem.outputs", "problem.inputRank",
    "problem.preparation", "problem.droppedConstants", "problem.weights", "problem.ridge", "rank",
    "choice.criterion",
    "choice.rank", "choice.reason", "choice.seed", "choice.crossValidation", "path.ranks", "path.loss",
    "path.gap",
    "path.learnableFraction", "path.explainedFraction", "path.degreesOfFreedom", "path.gcv", "path.aic",
    "path.bic",
    "path.coefficientChange", "path.residualCovarianceChange", "singularValues", "canonicalCorrelations",
    "minimum.loss", "minimum.irreducibleLoss", "minimum.gap", "outputs", "predictor.inputs",
    "predictor.outputs",
    "predictor.coefficients", "predictor.intercept", "network.depth", "network.widths",
  ]
}
