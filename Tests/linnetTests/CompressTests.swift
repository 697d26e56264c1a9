import DataFormats
import Foundation
import LinearAlgebra
import Testing

/// `linnet compress`: factors of parts of a table in the place of the table.
@Suite struct CompressTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    let lines = try String(contentsOfFile: Workspace.bundled("diabetes.csv"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
    for (i, range) in [1..<120, 120..<121, 121..<lines.count].enumerated() {
      try workspace.file("\(i).csv", ([lines[0]] + lines[range]).joined(separator: "\n") + "\n")
    }
  }

  /// The factors of the three parts.
  private func factors() throws -> [String] {
    for i in 0..<3 {
      let run = try workspace.linnet("compress", "\(i).csv", "--out", "\(i).linnet")
      #expect(run.status == 0, "\(run.errors)")
    }
    return ["0.linnet", "1.linnet", "2.linnet"]
  }

  private func json(_ arguments: [String]) throws -> JSONTree {
    let run = try workspace.linnet(arguments + ["--json"])
    #expect(run.status == 0, "\(arguments): \(run.errors)")
    return try run.json
  }

  private func close(_ a: JSONTree, _ b: JSONTree, _ key: String, _ tolerance: Double = 1e-12) throws {
    let (x, y) = (try a.number(key), try b.number(key))
    #expect(abs(x - y) <= tolerance * abs(y), "\(key): \(x), \(y)")
  }

  @Test func `fits, certificates, runs and landscapes of merged factors are those of the table`() throws {
    let files = try factors()
    let table = [Workspace.bundled("diabetes.csv")]
    let targets = ["--targets", "progression"]
    let fit = targets + ["--criterion", "bic", "--out"]
    let (a, b) = (try json(["fit"] + files + fit + ["f"]), try json(["fit"] + table + fit + ["t"]))
    for key in ["problem.samples", "rank", "minimum.loss"] { try close(a, b, key) }
    // Of nearly dependent inputs, whose condition number is 276 about the mean.
    let (A, B) = (try a.matrix("predictor.coefficients"), try b.matrix("predictor.coefficients"))
    #expect(relativeDifference(A, B) <= 1e-11)
    #expect(try workspace.names(in: "f").contains("report.html"))
    #expect(try !workspace.names(in: "f").contains("fitted.vl.json"))
    #expect(try workspace.names(in: "t").contains("fitted.vl.json"))
    let applied = try workspace.linnet("predict", "f", "0.csv", "--out", "p.csv")
    #expect(applied.status == 0, "\(applied.errors)")

    let start = targets + ["--depth", "3", "--angle", "40"]
    let (c, d) = (try json(["certify"] + files + start), try json(["certify"] + table + start))
    try close(c, d, "globalMinimum.loss")
    let run = start + ["--no-files"]
    let (e, f) = (try json(["train"] + files + run), try json(["train"] + table + run))
    for key in ["verdict.loss", "globalMinimum.loss"] { try close(e, f, key) }
    #expect(try e.text("verdict.kind") == f.text("verdict.kind"))

    let seen = try json(["landscape", "f"] + files + ["--no-files"])
    #expect(try seen.text("landscape.verdict.kind") == "globalMinimiser")
    let components = ["--drop", "progression", "--pca", "--rank", "3", "--no-files"]
    let (g, h) = (try json(["fit"] + files + components), try json(["fit"] + table + components))
    try close(g, h, "minimum.loss")
    let swept = try workspace.linnet(
      ["sweep"] + files + targets + ["--vary", "depth=2,3", "--rank", "1", "--out", "s"])
    #expect(swept.status == 0, "\(swept.errors)")
  }

  @Test func `factors are merged into one, which says where its samples come from`() throws {
    let run = try workspace.linnet(["compress"] + factors() + ["--out", "all.linnet", "--json"])
    #expect(run.status == 0, "\(run.errors)")
    let report = try run.json
    #expect(try report.number("samples") == 442)
    let archive = try NPZArchive(workspace.path("all.linnet"))
    #expect(archive.names == ["factor", "origin", "means"] && archive.otherMembers == ["factor.json"])
    let head = try JSONTree(text: String(decoding: archive.member("factor.json"), as: UTF8.self))
    #expect(try head.number("formatVersion") == 1)
    for i in 0..<3 {
      let fingerprint = try FileFingerprint(of: workspace.path("\(i).csv"))
      let source = try head.list("sources")[i]
      #expect(try source.text("file") == "\(i).csv")
      #expect(try source.number("fingerprint.crc32") == Double(fingerprint.crc32))
    }
    // Nothing is replaced unasked, and nothing counted twice.
    #expect(try workspace.linnet("compress", "0.csv", "--out", "all.linnet").status == 64)
    let twice = try workspace.linnet("compress", "all.linnet", "1.linnet", "--out", "more.linnet")
    #expect(twice.status == 65 && twice.errors.contains("both have the samples of “1.csv”"))
    let same = try workspace.linnet("compress", "0.csv", "0.csv", "--out", "more.linnet")
    #expect(same.status == 65 && same.errors.contains("would count twice"))
    #expect(!workspace.exists("more.linnet"))
  }

  @Test func `two matrices, an array of an archive and standard input are compressed, too`() throws {
    try NPYFile.write(Matrix(20, 2) { i, j in Double((i * (j + 3)) % 7) }, to: workspace.path("X.npy"))
    try NPYFile.write(Matrix(20, 1) { i, _ in Double(i % 5) }, to: workspace.path("Y.npy"))
    let run = try workspace.linnet(
      "compress", "--inputs", "X.npy", "--outputs", "Y.npy", "--out", "xy.linnet")
    #expect(run.status == 0, "\(run.errors)")
    // As they are, and with the outputs to predict, as without a factor.
    let (a, b) = (
      try json(["certify", "xy.linnet", "--depth", "2"]),
      try json(["certify", "--inputs", "X.npy", "--outputs", "Y.npy", "--depth", "2"])
    )
    try close(a, b, "globalMinimum.loss")
    try NPZArchive.write(
      [("a", NDArray(Matrix(9, 2) { i, j in Double(i * i + j) }))], to: workspace.path("t.npz"))
    #expect(try workspace.linnet("compress", "t.npz:a", "--out", "t.linnet").status == 0)
  }

  @Test(arguments: [
    (["fit", "0.linnet", "--targets", "progression"], "no cross-validation can choose a rank"),
    (["fit", "0.linnet", "--targets", "progression", "--criterion", "cv-1se"], "--criterion cv-1se"),
    (["fit", "0.linnet", "--targets", "progression", "--rank", "1", "--cv", "5"], "--cv"),
    (["fit", "0.linnet", "--targets", "progression", "--rank", "1", "--test", "0.2"], "--test 0.2"),
    (
      ["fit", "0.linnet", "--targets", "progression", "--rank", "1", "--intervals", "bootstrap"],
      "--intervals bootstrap"
    ),
    (["fit", "0.linnet", "0.csv", "--targets", "progression", "--rank", "1"], "do not go together"),
    (["train", "0.linnet", "--targets", "progression", "--missing", "drop"], "--missing"),
    (["train", "0.linnet", "--targets", "progression", "--separator", "tab"], "the form of text tables"),
    (["compress", "0.csv", "--out", "0.npz"], "ends in .linnet"),
    (["compress", "0.csv"], "--out"), (["compress", "--out", "a.linnet"], "No data"),
    (["compress", "0.csv", "--out", "a.linnet", "--prepare", "center"], "--prepare"),
    (["compress", "0.linnet", "--out", "a.linnet", "--drop", "age"], "merged as they are"),
    (["compress", "0.csv", "--out", "a.linnet", "--like", "0.linnet", "--encode", "auto"], "--like"),
    (["compress", "--target", "Z.csv", "--samples", "3", "--out", "a.linnet"], "--target"),
  ]) func `what a factor cannot know, or has no use for, is bad usage`(arguments: [String], words: String)
    throws
  {
    let run = try workspace.linnet(arguments)
    #expect(run.status == 64 && run.errors.contains(words), "\(run.errors)")
  }

  @Test func `what is wrong with a factor is said`() throws {
    let files = try factors()
    let unnamed = try workspace.linnet("train", files[0], "--depth", "2", "--no-files")
    #expect(unnamed.status == 65 && unnamed.errors.contains("--targets"))
    let missing = try workspace.linnet("fit", "none.linnet", "--targets", "y", "--rank", "1")
    #expect(missing.status == 65 && missing.errors.contains("There is no file"))
    try workspace.file("text.linnet", "a,b\n1,2\n")
    let text = try workspace.linnet("fit", "text.linnet", "--targets", "b", "--rank", "1")
    #expect(text.status == 65 && text.errors.contains("damaged"))
    let rows = try workspace.linnet(
      "fit", "0.csv", "--targets", "progression", "--test", "1.linnet", "--no-files")
    #expect(rows.status == 65 && rows.errors.contains("whose rows cannot be had again"))
    let unlike = try workspace.linnet(
      "compress", Workspace.bundled("linnerud.csv"), "--like", files[0], "--out", "l.linnet")
    #expect(unlike.status == 65 && unlike.errors.contains("does not have the columns"))
  }

  @Test func `an interruption writes nothing, and says so`() throws {
    // A table of zeros that takes no room on the disk, and some time to be read.
    try NPYFile.write(Matrix(1, 8) { _, _ in 0 }, to: workspace.path("zeros.npy"))
    let one = Array(try workspace.contents("zeros.npy"))
    let rows = 60_000_000
    let size = one.count - 64
    // The number takes the place of blanks at the end of the header.
    let head = String(decoding: one[0..<size], as: Unicode.ASCII.self).replacing(
      "(1, 8)", with: "(\(rows), 8)")
    let blanks = String(repeating: " ", count: head.unicodeScalars.count - size)
    try #require(head.hasSuffix(blanks + "\n"))
    try workspace.file(
      "zeros.npy", Array(one[0..<10]) + Array((head.dropFirst(10).dropLast(blanks.count + 1) + "\n").utf8))
    #expect(truncate(workspace.path("zeros.npy"), size + rows * 64) == 0)
    let running = try workspace.start("compress", "zeros.npy", "--out", "z.linnet")
    usleep(300_000)
    running.send(SIGINT)
    let run = try running.finish()
    #expect(run.status == 1 && run.errors.contains("Interrupted; nothing was written."), "\(run.errors)")
    #expect(try workspace.names().filter { $0.contains("linnet") } == [])
  }
}
