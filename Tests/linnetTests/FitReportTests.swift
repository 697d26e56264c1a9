import DataFormats
import Foundation
import LinearAlgebra
import Testing

/// What an analyst asks of a fit, held against scikit-learn (`Fixtures/make_fit.py`).
@Suite struct FitReportTests {
  let workspace: Workspace
  private let expected: JSONTree

  init() throws {
    workspace = try Workspace()
    let path = Workspace.sources.appendingPathComponent("Tests/linnetTests/Fixtures/fit.json")
    expected = try JSONTree(text: String(contentsOf: path, encoding: .utf8))
  }

  /// Writes the rows of a bundled table before and after a place to train.csv and test.csv.
  private func split(_ name: String, at row: Int) throws {
    let lines = try String(contentsOfFile: Workspace.bundled(name), encoding: .utf8).split(separator: "\n")
    for (file, part) in [("train.csv", lines[1...row]), ("test.csv", lines[(row + 1)...])] {
      try workspace.file(file, ([lines[0]] + part).joined(separator: "\n") + "\n")
    }
  }

  @Test func `errors on a file that the fit has not seen are those of scikit-learn`() throws {
    try split("diabetes.csv", at: Int(try expected.number("diabetes.trainRows")))
    let run = try workspace.linnet(
      "fit", "train.csv", "--targets", "progression", "--rank", "1", "--test", "test.csv", "--no-files",
      "--json")
    #expect(run.status == 0, "\(run.errors)")
    let test = try run.json.list("test.outputs")[0]
    for key in ["r2", "rmse"] {
      #expect(abs(try test.number(key) / expected.number("diabetes.\(key)") - 1) < 1e-10)
    }
    #expect(try run.json.number("test.samples") == 100)
    #expect(run.errors.contains("100 samples that the fit has not seen: test.csv"))
  }

  @Test func `accuracy and confusion of indicators are those of scikit-learn`() throws {
    try split("digits.csv", at: Int(try expected.number("digits.trainRows")))
    let run = try workspace.linnet(
      "fit", "train.csv", "--targets", "is_*", "--rank", "10", "--test", "test.csv", "--no-files", "--json")
    #expect(run.status == 0, "\(run.errors)")
    for (found, wanted) in [("classification", "digits.train"), ("test.classification", "digits.test")] {
      #expect(try run.json.matrix("\(found).confusion") == expected.matrix("\(wanted).confusion"))
      #expect(abs(try run.json.number("\(found).accuracy") - expected.number("\(wanted).accuracy")) < 1e-15)
    }
    #expect(run.errors.contains("observed \\ predicted"))
    // Outputs that are no indicators have no classes.
    let numbers = try workspace.linnet(
      "fit", Workspace.bundled("tobacco.csv"), "--targets", "burn_rate,sugar,nicotine", "--no-files", "--json"
    )
    #expect(try numbers.json["classification"] == .null)
  }

  @Test func `a share of the rows is held out, the same for the same seed`() throws {
    let options = ["--targets", "progression", "--rank", "1", "--no-files", "--json"]
    func fit(_ share: String, _ seed: String) throws -> JSONTree {
      try workspace.linnet(
        ["fit", Workspace.bundled("diabetes.csv"), "--test", share, "--seed", seed] + options
      ).json
    }
    let (a, b, c) = (try fit("0.2", "1"), try fit("0.2", "1"), try fit("0.2", "2"))
    #expect(a == b)
    #expect(try a.matrix("predictor.coefficients") != c.matrix("predictor.coefficients"))
    let (fitted, held) = (try a.number("problem.samples"), try a.number("test.samples"))
    #expect(fitted + held == 442 && abs(held - 88.4) <= 1)
    // What is held out has a larger error than what is fitted, but is of the same kind.
    let (inside, outside) = (try a.list("outputs")[0], try a.list("test.outputs")[0])
    let ratio = try outside.number("rmse") / inside.number("rmse")
    #expect(abs(ratio - 1) < 0.2)
  }

  @Test(arguments: [
    (["--test", "1.5"], 64, "between 0 and 1"), (["--test", "none.csv"], 65, "none.csv"),
    (["--test", "inputs.csv"], 65, "none of the columns that are predicted"),
    (["--repeats", "0"], 64, "at least 1"), (["--repeats", "3", "--rank", "1"], 64, "add --cv"),
    (["--confidence", "95"], 64, "between 0 and 1"),
  ])
  func `what cannot be tested is refused`(options: [String], status: Int32, words: String) throws {
    try workspace.file("t.csv", "a,b,y\n" + (0..<30).map { "\($0),\($0 * $0 % 7),\($0 * 3 % 11)\n" }.joined())
    try workspace.file("inputs.csv", "a,b\n1,2\n3,4\n")
    let run = try workspace.linnet(["fit", "t.csv", "--targets", "y", "--no-files"] + options)
    #expect(run.status == status && run.errors.contains(words), "\(run.status): \(run.errors)")
  }

  @Test func `repeated cross-validation is said and averaged`() throws {
    let run = try workspace.linnet(
      "fit", Workspace.bundled("tobacco.csv"), "--targets", "burn_rate,sugar,nicotine", "--criterion",
      "cv-1se",
      "--repeats", "5", "--no-files", "--json")
    #expect(try run.json.number("choice.crossValidation.repetitions") == 5)
    #expect(run.errors.contains("10-fold cross-validation, 5 times"))
  }

  @Test func `where one output decides the rank the way out is said, and works`() throws {
    let arguments = [
      "fit", Workspace.bundled("tobacco.csv"), "--targets", "burn_rate,sugar,nicotine", "--no-files",
    ]
    let run = try workspace.linnet(arguments)
    #expect(run.output.contains("sugar has"))
    #expect(run.output.contains("burn_rate (R² 0.11"), "\(run.output)")
    let lines = run.output.split(separator: "\n")
    let begin = try #require(lines.firstIndex { $0.contains("  linnet fit ") })
    let end = try #require(lines.firstIndex { $0.contains("--criterion bic") || $0.hasSuffix(" bic") })
    let words = lines[begin...end].joined(separator: " ").split { $0 == " " || $0 == "\\" }.map(String.init)
    #expect(words.prefix(2) == ["linnet", "fit"])
    let weighted = try workspace.linnet(Array(words.dropFirst()) + ["--json"])
    let report = try weighted.json
    #expect(try report.number("rank") == 2)
    #expect(abs(try report.list("outputs")[0].number("r2") - 0.69) < 0.01)
    #expect(!weighted.errors.contains("decides what a rank"))
  }

  @Test
  func `standard errors stand beside coefficients, and inputs that nearly depend on each other are named`()
    throws
  {
    let run = try workspace.linnet(
      "fit", Workspace.bundled("diabetes.csv"), "--targets", "progression", "--no-files")
    #expect(run.output.contains("± s.e.") && run.output.contains("431 degrees of freedom"))
    #expect(run.output.contains("variance inflation s1 59.2"))
    let report = try workspace.linnet(
      "fit", Workspace.bundled("diabetes.csv"), "--targets", "progression", "--no-files", "--json",
      "--ridge", "1", "--rank", "1"
    ).json
    #expect(report["inference"] == .null)
  }

  @Test func `intervals say that they take the rank for known, and a bootstrap that it does not`() throws {
    let fit = [
      "fit", Workspace.bundled("tobacco.csv"), "--targets", "burn_rate,sugar,nicotine", "--no-files",
      "--json",
    ]
    let formula = try workspace.linnet(fit)
    let words = formula.errors.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("conditional on rank 1, which the same samples chose: --intervals bootstrap"))
    #expect(try formula.json.boolean("inference.conditionalOnRank"))
    #expect(try formula.json["inference.bootstrap"] == .null)

    let bootstrap = try workspace.linnet(fit + ["--intervals", "bootstrap", "--resamples", "199"])
    let report = try bootstrap.json
    #expect(try report.boolean("inference.conditionalOnRank") == false)
    #expect(report["inference.degreesOfFreedom"] == .null)
    let ranks = try report.numbers("inference.bootstrap.ranks")
    #expect(ranks.reduce(0, +) == 199 && ranks.count { $0 > 0 } > 1)
    #expect(bootstrap.errors.contains("the rank chosen anew in each"))
    let (lower, upper) = (try report.matrix("inference.lower"), try report.matrix("inference.upper"))
    #expect(zip(lower.storage, upper.storage).allSatisfy { $0 < $1 })
    #expect(try report.numbers("inference.interceptLower").count == 3)
    // The choice of the rank is what the formula leaves out.
    let (wide, narrow) = (
      try report.matrix("inference.standardErrors"), try formula.json.matrix("inference.standardErrors")
    )
    #expect(wide[0, 0] > narrow[0, 0])

    let given = try workspace.linnet(
      fit + ["--rank", "2", "--intervals", "bootstrap", "--resamples", "99"])
    #expect(try given.json.boolean("inference.conditionalOnRank"))
    #expect(given.errors.contains("all of the given rank 2"))
    // With a penalty there is no formula, but there is a scatter.
    let ridge = try workspace.linnet(
      fit + ["--ridge", "0.1,1", "--intervals", "bootstrap", "--resamples", "99"])
    #expect(try ridge.json.text("inference.method") == "bootstrap")
    let few = try workspace.linnet(fit + ["--intervals", "bootstrap", "--resamples", "20"])
    #expect(few.status == 64 && few.errors.contains("--resamples 39"))
    let lone = try workspace.linnet(fit + ["--resamples", "99"])
    #expect(lone.status == 64 && lone.errors.contains("--intervals bootstrap"))
  }

  @Test func `scores of new rows are those of scikit-learn`() throws {
    let table = Workspace.bundled("linnerud.csv")
    #expect(try workspace.linnet("fit", table, "--pca", "--rank", "3", "--out", "pca").status == 0)
    let run = try workspace.linnet("predict", "pca", table, "--scores", "--out", "scores.csv")
    #expect(run.status == 0, "\(run.errors)")
    let file = try CSVFile(workspace.path("scores.csv"))
    #expect(file.columnNames == ["PC1", "PC2", "PC3"])
    let wanted = try expected.matrix("linnerud.scores")
    let found = try file.readMatrix()
    #expect((found - wanted).frobeniusNorm <= 1e-10 * wanted.frobeniusNorm)
    // A model without components has no scores.
    let fit = try workspace.linnet("fit", table, "--targets", "Weight", "--rank", "1", "--out", "fit")
    #expect(fit.status == 0, "\(fit.errors)")
    let none = try workspace.linnet("predict", "fit", table, "--scores")
    #expect(none.status == 65 && none.errors.contains("no principal components"), "\(none.errors)")
  }

  @Test func `the network in the folder of a fit is looked at as it was prepared`() throws {
    let table = Workspace.bundled("diabetes.csv")
    let fit = try workspace.linnet("fit", table, "--targets", "progression", "--rank", "1", "--out", "fit")
    #expect(fit.status == 0)
    let run = try workspace.linnet(
      "landscape", "fit", table, "--targets", "progression", "--no-files", "--json")
    #expect(run.status == 0, "\(run.errors)")
    #expect(!run.errors.contains("other inputs"))
    #expect(run.errors.contains("global minimiser") || run.output.contains("globalMinimiser"))
    // The network says which columns are predicted, as for a prediction.
    let alone = try workspace.linnet("landscape", "fit", table, "--no-files", "--json")
    #expect(alone.status == 0 && alone.output == run.output, "\(alone.errors)")
    try FileManager.default.createDirectory(
      atPath: workspace.path("empty"), withIntermediateDirectories: true)
    let none = try workspace.linnet("landscape", "empty", table, "--targets", "progression")
    #expect(none.status != 0 && none.errors.contains("network.safetensors"))
  }
}

@Suite struct FitFileTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test(arguments: ["fit", "pca"])
  func `the page of a fit can be made again from its folder`(kind: String) throws {
    try workspace.file(
      "t.csv", "a;b;u;v\n" + (0..<30).map { "\($0);\($0 * $0 % 7),5;\($0 % 5);\(3 * $0 % 4)\n" }.joined())
    let run = try workspace.linnet(
      ["fit", "t.csv", "--out", "out"]
        + (kind == "pca"
          ? ["--pca", "--rank", "2"] : ["--targets", "u,v", "--intervals", "bootstrap", "--resamples", "99"]))
    #expect(run.status == 0, "\(run.errors)")
    func withoutNonce(_ html: String) -> String { html.replacing(/nonce[-=]"?[0-9A-F]+/, with: "") }
    let first = try workspace.text("out/report.html")
    #expect(first.contains("t.csv") && first.contains("semicolons, decimal commas"))
    try FileManager.default.removeItem(atPath: workspace.path("out/report.html"))
    let again = try workspace.linnet("report", "out")
    #expect(again.status == 0 && again.output.contains("out/report.html"), "\(again.errors)")
    #expect(withoutNonce(try workspace.text("out/report.html")) == withoutNonce(first))
    try workspace.file("out/fit.json", "{\"formatVersion\": 1}")
    let damaged = try workspace.linnet("report", "out")
    #expect(damaged.status == 65 && damaged.errors.contains("fit.json is damaged"), "\(damaged.errors)")
    try workspace.file("out/fit.json", "{\"formatVersion\": 99}")
    let newer = try workspace.linnet("report", "out")
    #expect(newer.status == 65 && newer.errors.contains("99"), "\(newer.errors)")
  }

  @Test(arguments: ["fit", "train"])
  func `a network is looked at on samples coded as its own were`(verb: String) throws {
    try workspace.file(
      "t.csv",
      "kind,x,w,y\n"
        + (0..<40).map {
          "\(["a", "b", "c"][$0 % 3]),\($0 % 7 == 2 ? "NA" : "\($0 * $0 % 11)"),\($0 % 5),\(2 * ($0 * $0 % 11) + $0 % 3)\n"
        }.joined())
    let made = try workspace.linnet(
      verb, "t.csv", "--targets", "y", "--encode", "auto", "--missing", "indicator", "--out", "model")
    #expect(made.status == 0, "\(made.errors)")
    let settled = ["landscape", "model", "t.csv", "--no-files", "--json"]
    let run = try workspace.linnet(settled)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("global minimiser"), "\(run.errors)")
    // The same where the columns are named, and where all is said.
    for options in [["--targets", "y"], ["--targets", "y", "--encode", "auto", "--missing", "indicator"]] {
      #expect(try workspace.linnet(settled + options).json["landscape"] == run.json["landscape"])
    }
  }

  @Test func `a network of another program needs the columns, and principal components their table twice`()
    throws
  {
    let table = Workspace.bundled("linnerud.csv")
    #expect(try workspace.linnet("fit", table, "--pca", "--rank", "2", "--out", "pca").status == 0)
    let twice = try workspace.linnet("landscape", "pca", table, "--no-files")
    #expect(twice.status == 64 && twice.errors.contains("--inputs and --outputs"), "\(twice.errors)")
    let foreign = try workspace.linnet("landscape", "pca/fit.json", table, "--no-files")
    #expect(foreign.status == 64 && foreign.errors.contains("--targets"), "\(foreign.errors)")
  }

  @Test func `the page of a fit says what the screen says, and needs no other file`() throws {
    try workspace.file(
      "t.csv", "a<b,b,u,v\n" + (0..<40).map { "\($0),\($0 * $0 % 7),\($0 % 2),\(1 - $0 % 2)\n" }.joined())
    let run = try workspace.linnet(
      "fit", "t.csv", "--targets", "u,v", "--rank", "1", "--test", "0.25", "--out", "fit")
    #expect(run.status == 0, "\(run.errors)")
    let page = try workspace.text("fit/report.html")
    for words in ["a&lt;b", "R²", "Rank path", "that the fit has not seen", "observed \\ predicted"] {
      #expect(page.contains(words), "\(words)")
    }
    #expect(!page.contains("a<b"))
    for outside in ["http-equiv=\"refresh\"", "src=\"http", "href=\"http"] {
      #expect(!page.contains(outside))
    }
    // Two bars of zeros and ones would say nothing.
    #expect(try workspace.text("fit/fitted.vl.json").contains("Share of ones against fitted"))
  }

  @Test func `several penalties make a path whose ends are fits of their own`() throws {
    let table = Workspace.bundled("diabetes.csv")
    let run = try workspace.linnet(
      "fit", table, "--targets", "progression", "--rank", "1", "--cv", "5", "--ridge", "0,1,100,1e4", "--out",
      "fit")
    #expect(run.status == 0, "\(run.errors)")
    let report = try workspace.json("fit/fit.json")
    let path = try report.list("ridgePath")
    let penalties = try path.map { try $0.number("ridge") }
    #expect(penalties == [0, 1, 100, 1e4])
    for (step, λ) in zip(path, ["0", "1", "100", "1e4"]) {
      let alone = try workspace.linnet(
        "fit", table, "--targets", "progression", "--rank", "1", "--ridge", λ, "--no-files", "--json"
      ).json
      let (a, b) = (try step.matrix("coefficients"), try alone.matrix("predictor.coefficients"))
      #expect((a - b).frobeniusNorm <= 1e-12 * b.frobeniusNorm)
      #expect(alone["ridgePath"] == .null)
    }
    #expect(workspace.exists("fit/ridge-path.vl.json"))
  }

  @Test func `principal components are drawn with their samples`() throws {
    #expect(
      try workspace.linnet("fit", Workspace.bundled("linnerud.csv"), "--pca", "--rank", "2", "--out", "pca")
        .status
        == 0)
    let page = try workspace.text("pca/report.html")
    #expect(page.contains("Principal components: rank 2") && page.contains("PC2") && page.contains("Waist"))
    let figure = try workspace.text("pca/biplot.vl.json")
    #expect(figure.contains("curve 2: ") && figure.contains("All samples."))
  }

  @Test func `a category that no sample of the model had is refused by its name`() throws {
    try workspace.file(
      "t.csv",
      "kind,x,y\n" + (0..<30).map { "\(["a", "b", "c"][$0 % 3]),\($0),\(2 * $0 + $0 % 3)\n" }.joined())
    try workspace.file("new.csv", "kind,x\na,1\nd,2\n")
    let fit = try workspace.linnet("fit", "t.csv", "--targets", "y", "--encode", "auto", "--out", "fit")
    #expect(fit.status == 0)
    let run = try workspace.linnet("predict", "fit", "new.csv")
    #expect(run.status == 65)
    for words in ["“new.csv”, line 3, column “kind”", "“d”", "fit again"] {
      #expect(run.errors.contains(words))
    }
    #expect(!run.errors.contains("--missing"))
  }
}
