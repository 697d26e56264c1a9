import DataFormats
import Foundation
import LinearAlgebra
import Testing

@Suite struct PredictTests {
  let workspace: Workspace
  private let tobacco = Workspace.bundled("tobacco.csv")
  private let targets = "burn_rate,sugar,nicotine"

  init() throws {
    workspace = try Workspace()
    let fit = try workspace.linnet("fit", tobacco, "--targets", targets, "--rank", "2", "--out", "fit")
    #expect(fit.status == 0)
  }

  private func table(_ path: String) throws -> (names: [String], values: Matrix) {
    let file = try CSVFile(path)
    return (file.columnNames!, try file.readMatrix())
  }

  /// C x + b of the rows of a table, by the numbers in fit.json.
  private func expected(_ names: [String], _ rows: Matrix) throws -> Matrix {
    let report = try workspace.json("fit/fit.json")
    let columns = try report.texts("predictor.inputs").map { names.firstIndex(of: $0)! }
    let linear = Matrix.product(
      rows.columns(columns), .plain, try report.matrix("predictor.coefficients"), .transposed)
    let b = try report.numbers("predictor.intercept")
    return Matrix(linear.rows, linear.columns) { i, j in linear[i, j] + b[j] }
  }

  @Test(arguments: ["fit", "fit/fit.json", "fit/network.safetensors"])
  func `a fit is applied by names, whatever the order and the other columns`(model: String) throws {
    let (names, rows) = try table(tobacco)
    let order = [8, 2, 5, 3, 7, 6, 4]
    let extra = Matrix(rows.rows, 1) { i, _ in Double(i) }
    try CSVFile.write(
      rows.columns(order).appendingColumns(extra), columnNames: order.map { names[$0] } + ["plot"],
      to: workspace.path("new.csv"))
    let run = try workspace.linnet("predict", model, "new.csv", "--out", "p.csv")
    #expect(run.status == 0)
    #expect(run.output.contains("columns left out: plot"))
    let (outputs, found) = try table(workspace.path("p.csv"))
    #expect(outputs == targets.split(separator: ",").map(String.init))
    let wanted = try expected(names, rows)
    #expect((found - wanted).frobeniusNorm <= 1e-12 * wanted.frobeniusNorm)
    // One target is in the file: its error is reported, no other.
    #expect(run.output.contains("nicotine") && run.output.contains("RMSE"))
    let stream = try workspace.linnet("predict", model, "new.csv")
    #expect(stream.output == (try workspace.text("p.csv")))
    let array = try workspace.linnet("predict", model, "new.csv", "--out", "p.npy")
    #expect(array.status == 0)
    #expect(try NPYFile(workspace.path("p.npy")).readMatrix() == found)
  }

  @Test func `on the data of the fit the error is that of the fit`() throws {
    let report = try workspace.linnet("predict", "fit", tobacco, "--out", "p.csv", "--json").json
    let fit = try workspace.json("fit/fit.json")
    #expect(try report.number("rows") == 25)
    for (a, b) in zip(try report.list("errors"), try fit.list("outputs")) {
      #expect(abs(try a.number("r2") - b.number("r2")) <= 1e-12)
      #expect(abs(try a.number("rmse") / b.number("rmse") - 1) <= 1e-12)
    }
  }

  @Test(arguments: ["whiten", "standardize", "center", "none"])
  func `a trained network predicts what its result says, from both of its files`(preparation: String) throws {
    let run = try workspace.linnet(
      "train", tobacco, "--targets", targets, "--rank", "2", "--depth", "2", "--prepare", preparation,
      "--out", "run",
      "--tolerance", "1e-8")
    #expect(run.status == 0, "\(run.errors)")
    for (model, file) in [("run", "a.csv"), ("run/network.safetensors", "b.csv")] {
      #expect(try workspace.linnet("predict", model, tobacco, "--out", file).status == 0)
    }
    let (a, b) = (try table(workspace.path("a.csv")).values, try table(workspace.path("b.csv")).values)
    #expect((a - b).frobeniusNorm <= 1e-10 * a.frobeniusNorm)
    let predictor = try workspace.json("run/result.json")
    let (names, rows) = try table(tobacco)
    let columns = try predictor.texts("predictor.inputs").map { names.firstIndex(of: $0)! }
    let C = try predictor.matrix("predictor.coefficients")
    let β = try predictor.numbers("predictor.intercept")
    let linear = Matrix.product(rows.columns(columns), .plain, C, .transposed)
    let wanted = Matrix(25, 3) { i, j in linear[i, j] + β[j] }
    #expect((a - wanted).frobeniusNorm <= 1e-13 * wanted.frobeniusNorm)
  }

  @Test func `a table without names is taken in order, if it has as many columns`() throws {
    try workspace.file("plain.csv", "1,2,3,4,5,6\n2,3,4,5,6,7\n")
    let run = try workspace.linnet("predict", "fit", "plain.csv")
    #expect(run.status == 0)
    #expect(run.errors.contains("in the order of the model's inputs"))
    #expect(run.output.split(separator: "\n").count == 3)
    try workspace.file("short.csv", "1,2,3,4,5\n")
    let short = try workspace.linnet("predict", "fit", "short.csv")
    #expect(short.status == 65)
    for word in ["6 inputs", "nitrogen", "5 columns"] {
      #expect(short.errors.contains(word), "\(short.errors)")
    }
  }

  private func refuses(
    _ model: String, _ data: String, _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let run = try workspace.linnet("predict", model, data, "--out", "out.csv")
    #expect(run.status == 65, "\(run.errors)", sourceLocation: sourceLocation)
    for word in words { #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: sourceLocation) }
    #expect(!workspace.exists("out.csv"), sourceLocation: sourceLocation)
  }

  @Test func `missing and renamed columns are named, with the nearest name that the file has`() throws {
    try workspace.file("renamed.csv", "nitrogen,chlorin,Potassium,phosphorus,calcium,extra\n1,2,3,4,5,6\n")
    try refuses(
      "fit", "renamed.csv",
      [
        "3 columns", "“chlorine” (is it “chlorin”?)", "“potassium” (is it “Potassium”?)",
        "“magnesium”",
      ])
    try workspace.file(
      "cell.csv", "nitrogen,chlorine,potassium,phosphorus,calcium,magnesium\n1,2,3,4,5,6\n1,2,oops,4,5,6\n")
    try refuses("fit", "cell.csv", ["“cell.csv”, line 3, column “potassium”", "“oops”"])
    try refuses("fit", "missing.csv", ["“missing.csv”"])
  }

  @Test func `models that are damaged, too new or hold no numbers are refused`() throws {
    let text = try workspace.text("fit/fit.json")
    func changed(_ name: String, _ old: Regex<some Any>, _ new: String) throws {
      let other = text.replacing(old, with: new, maxReplacements: 1)
      #expect(other != text)
      try workspace.file(name, other)
    }
    try changed("newer.json", /"formatVersion" : 1/, "\"formatVersion\" : 2")
    try refuses("newer.json", tobacco, ["format version 2", "up to 1", "newer linnet"])
    // What a newer program writes need not be readable at all.
    try workspace.file("strange.json", "{\"formatVersion\": 9, \"predictor\": 3}")
    try refuses("strange.json", tobacco, ["format version 9"])
    try changed("nan.json", /"intercept" : \[\s*[-0-9.e]+/, "\"intercept\" : [ \"NaN\"")
    try refuses("nan.json", tobacco, ["intercept of “burn_rate” is nan"])
    try changed("short.json", /"intercept" : \[\s*[-0-9.e]+,/, "\"intercept\" : [")
    try refuses("short.json", tobacco, ["2 intercepts for 3 outputs"])
    try workspace.file("broken.json", String(text.prefix(400)))
    try refuses("broken.json", tobacco, ["damaged or not a model"])
    try workspace.file("other.json", "{\"a\": 1}")
    try refuses("other.json", tobacco, ["has no predictor"])
    try refuses("missing.json", tobacco, ["“missing.json”"])
    try FileManager.default.createDirectory(
      atPath: workspace.path("empty"), withIntermediateDirectories: true)
    try refuses("empty", tobacco, ["neither fit.json nor result.json"])
  }

  @Test func `networks without their meaning, with another one, or a newer one are refused`() throws {
    let file = try SafetensorsFile(workspace.path("fit/network.safetensors"))
    let layers = try file.names.map { (name: $0, array: try file.array($0)) }
    var metadata = file.metadata
    func refuses(_ words: [String]) throws {
      try SafetensorsFile.write(layers, metadata: metadata, to: workspace.path("changed.safetensors"))
      try self.refuses("changed.safetensors", tobacco, words)
    }
    let meaning = try #require(metadata["model"])
    metadata["model"] = nil
    try refuses(["does not say what its inputs are"])
    metadata["model"] = meaning.replacing("\"formatVersion\":1", with: "\"formatVersion\":3")
    try refuses(["format version 3"])
    metadata["model"] = meaning.replacing("\"nitrogen\",", with: "")
    try refuses(["do not fit its layers"])
    metadata["model"] = "{"
    try refuses(["do not fit its layers"])
    // Negative control: unchanged, it is read.
    metadata["model"] = meaning
    try SafetensorsFile.write(layers, metadata: metadata, to: workspace.path("same.safetensors"))
    #expect(try workspace.linnet("predict", "same.safetensors", tobacco).status == 0)
  }

  @Test func `an existing file is kept unless forced, and a wrong extension is bad usage`() throws {
    try workspace.file("there.csv", "precious")
    let run = try workspace.linnet("predict", "fit", tobacco, "--out", "there.csv")
    #expect(run.status == 64)
    #expect(try workspace.text("there.csv") == "precious")
    #expect(try workspace.linnet("predict", "fit", tobacco, "--out", "there.csv", "--force").status == 0)
    #expect(try workspace.text("there.csv").hasPrefix("burn_rate,"))
    #expect(try workspace.linnet("predict", "fit", tobacco, "--out", "there.txt").status == 64)
    #expect(try workspace.linnet("predict", "fit", tobacco, "--json").status == 64)
  }
}
