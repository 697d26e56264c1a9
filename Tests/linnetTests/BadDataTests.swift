import DataFormats
import Foundation
import LinearAlgebra
import Testing

/// Files that are no data: exit status 65, a message that names the place, and nothing written.
@Suite struct BadDataTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file(
      "good.csv", "age,mass,score\n" + (0..<12).map { "\($0),\($0 * $0 % 7),\($0 * 3 % 5)\n" }.joined())
    try workspace.file("Z.csv", "3,0,0\n0,2,0\n0,0,1\n")
  }

  private func refuses(
    _ arguments: [String], _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
  )
    throws
  {
    let before = try workspace.names()
    for verb in ["train", "certify"] {
      let run = try workspace.linnet([verb] + arguments)
      #expect(run.status == 65, "\(run.status): \(run.errors)", sourceLocation: sourceLocation)
      for word in words {
        #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: sourceLocation)
      }
      #expect(run.output.isEmpty, sourceLocation: sourceLocation)
      #expect(
        run.errors.hasPrefix("Error: ") && run.errors.split(separator: "\n").count == 1,
        sourceLocation: sourceLocation)
    }
    #expect(try workspace.names() == before, "something was written", sourceLocation: sourceLocation)
  }

  @Test func `a missing file`() throws {
    try refuses(["missing.csv", "--targets", "score"], ["“missing.csv”"])
    try refuses(["--target", "missing.csv", "--samples", "9"], ["“missing.csv”"])
    try refuses(["good.csv", "--targets", "score", "--start-matrix", "missing.npy"], ["“missing.npy”"])
    try refuses(
      ["good.csv", "--targets", "score", "--network", "missing.safetensors"], ["“missing.safetensors”"])
    try refuses(["notes.txt", "--targets", "score"], ["no file “notes.txt”"])
  }

  @Test(arguments: [
    ("", ["is empty"]), ("\n\n", ["is empty"]), ("age,score\n", ["no rows of numbers"]),
    ("age,score\n1,2\n3\n4,5\n", ["line 3", "1 cell ", "2 cells"]),
    ("age,score\n1,2\n3,4,5\n", ["line 3", "3 cells", "2 cells"]),
    ("age,score\n1,2\n3,four\n", ["line 3", "“score”", "“four”"]),
    ("age,score\n1,2\n,4\n", ["1 value", "missing", "line 3", "“age”", "--missing drop"]),
    ("age,score\n1,2\nNaN,4\n", ["missing", "line 3", "“age”", "--missing mean"]),
    ("age,score\n1,-inf\n3,4\n", ["line 2", "“score”", "“-inf”"]),
    ("age,score\n1,2\n3,1e999\n", ["line 3", "“score”", "“1e999”"]),
    ("age,age,score\n1,2,3\n", ["“age”", "1, 2"]), ("age,score\n\"1,2\n", ["line 2", "quotation mark"]),
  ])
  func `a table that is none`(text: String, words: [String]) throws {
    try workspace.file("bad.csv", text)
    try refuses(["bad.csv", "--targets", "score"], ["“bad.csv”"] + words)
  }

  @Test func `an unknown column, with the nearest name or all names`() throws {
    try refuses(
      ["good.csv", "--targets", "scroe"], ["“scroe” to predict", "Predict “score” (--targets score)."])
    try refuses(["good.csv", "--targets", "Score"], ["“Score” to predict", "(--targets score)"])
    try refuses(["good.csv", "--targets", "price"], ["“price”", "its columns are age, mass, score"])
    try refuses(
      ["good.csv", "--targets", "score", "--drop", "mas"],
      ["“mas” to leave out", "Leave out “mass” (--drop mass)."])
  }

  @Test func `no column left to predict from`() throws {
    try refuses(
      ["good.csv", "--targets", "age,mass,score"], ["no column of good.csv is left", "age, mass, score"])
    try refuses(["good.csv", "--targets", "score", "--drop", "age,mass"], ["no column of good.csv is left"])
    try workspace.file("flat.csv", "age,score\n1,2\n1,3\n1,5\n")
    try refuses(["flat.csv", "--targets", "score"], ["every input column is constant"])
  }

  @Test func `tables that do not belong together`() throws {
    try workspace.file("other.csv", "age,weight,score\n1,2,3\n")
    try refuses(["good.csv", "other.csv", "--targets", "score"], ["other.csv", "good.csv", "same columns"])
  }

  @Test func `pairs of matrices with different numbers of rows`() throws {
    try NPYFile.write(Matrix(4, 2) { i, j in Double(i + j * j) }, to: workspace.path("X.npy"))
    try NPYFile.write(Matrix(3, 1) { i, _ in Double(i) }, to: workspace.path("Y.npy"))
    try refuses(["--inputs", "X.npy", "--outputs", "Y.npy"], ["X.npy", "Y.npy", "4 rows", "3"])
    // CSV files tell their length only at their end.
    try CSVFile.write(Matrix(4, 2) { i, j in Double(i + j * j) }, to: workspace.path("X.csv"))
    try CSVFile.write(Matrix(3, 1) { i, _ in Double(i) }, to: workspace.path("short.csv"))
    try CSVFile.write(Matrix(6, 1) { i, _ in Double(i) }, to: workspace.path("long.csv"))
    try refuses(["--inputs", "X.csv", "--outputs", "short.csv"], ["X.csv", "short.csv", "3"])
    try refuses(["--inputs", "X.csv", "--outputs", "long.csv"], ["X.csv", "long.csv", "4"])
    try workspace.file("broken.csv", "1\n2\nthree\n4\n")
    try refuses(["--inputs", "X.csv", "--outputs", "broken.csv"], ["“broken.csv”, line 3", "“three”"])
  }

  @Test func `fewer samples than inputs cannot be whitened, and the advice works`() throws {
    try workspace.file("few.csv", "a,b,c,score\n1,2,3,4\n2,1,5,2\n5,5,1,0\n")
    try refuses(
      ["few.csv", "--targets", "score"],
      ["3 inputs", "4 samples", "only 3", "(--whiten-rank 2)", "(--prepare standardize)", "(--drop)"])
    for advice in [
      ["--whiten-rank", "2"], ["--whiten-rank", "1"], ["--prepare", "standardize"], ["--drop", "a,b"],
    ] {
      let run = try workspace.linnet(["train", "few.csv", "--targets", "score", "--no-files"] + advice)
      #expect(run.status == 0, "\(advice): \(run.errors)")
    }
    try refuses(
      ["few.csv", "--targets", "score", "--whiten-rank", "3"],
      ["3 principal directions", "2 independent", "(--whiten-rank 2)"])
  }

  @Test func `dependent columns are named, and the advice works`() throws {
    let rows = (0..<12).map { i in "\(i),\(i * i % 7),\(2 * i - i * i % 7),\(i * 3 % 5)\n" }
    try workspace.file("dependent.csv", "a,b,c,score\n" + rows.joined())
    let run = try workspace.linnet("train", "dependent.csv", "--targets", "score")
    #expect(run.status == 65)
    let name = try #require(run.errors.firstMatch(of: /--drop (\w)\)/)).1
    try refuses(
      ["dependent.csv", "--targets", "score"],
      ["3 inputs have rank 2", "\(name) is a linear combination", "--whiten-rank 2"])
    for advice in [["--drop", String(name)], ["--whiten-rank", "2"]] {
      let run = try workspace.linnet(["train", "dependent.csv", "--targets", "score", "--no-files"] + advice)
      #expect(run.status == 0, "\(advice): \(run.errors)")
    }
  }

  @Test func `starts of the wrong shape or rank`() throws {
    let target = ["--target", "Z.csv", "--samples", "9"]
    try workspace.file("W32.csv", "1,2\n3,4\n5,6\n")
    try refuses(target + ["--start-matrix", "W32.csv"], ["3×2", "must be 3×3"])
    try workspace.file("I.csv", "1,0,0\n0,1,0\n0,0,1\n")
    try refuses(target + ["--start-matrix", "I.csv", "--rank", "2"], ["rank 3", "width 2", "--rank 3"])
    #expect(
      try workspace.linnet(["train"] + target + ["--start-matrix", "I.csv", "--rank", "3", "--no-files"])
        .status == 0)
    try refuses(target + ["--angle", "30", "--rank", "2"], ["rank 2", "at least 4"])
  }

  @Test func `networks whose layers do not compose, or not with the data`() throws {
    func network(_ name: String, _ layers: [Matrix]) throws {
      try SafetensorsFile.write(
        layers.enumerated().map { ("layers.\($0.offset).weight", NDArray($0.element)) },
        to: workspace.path(name))
    }
    let data = ["good.csv", "--targets", "score", "--network"]
    try network("gap.safetensors", [Matrix(2, 2) { _, _ in 1 }, Matrix(1, 3) { _, _ in 1 }])
    try refuses(
      data + ["gap.safetensors"], ["“layers.0.weight” has 2 outputs", "“layers.1.weight” takes 3 inputs"])
    try network("wide.safetensors", [Matrix(2, 5) { _, _ in 1 }, Matrix(1, 2) { _, _ in 1 }])
    try refuses(data + ["wide.safetensors"], ["wide.safetensors", "5 inputs", "2 inputs"])
    try SafetensorsFile.write(
      [("cube", NDArray(shape: [1, 1, 2], values: [1, 2]))], to: workspace.path("cube.safetensors"))
    try refuses(data + ["cube.safetensors"], ["none of its tensors (cube) is a matrix"])
    try SafetensorsFile.write([], to: workspace.path("none.safetensors"))
    try refuses(data + ["none.safetensors"], ["holds no tensors"])
  }

  @Test func `binary files that are cut short, damaged or lie about their size`() throws {
    try NPYFile.write(Matrix(4, 2) { i, j in Double(i + j) }, to: workspace.path("X.npy"))
    try NPYFile.write(Matrix(4, 1) { i, _ in Double(i) }, to: workspace.path("Y.npy"))
    let whole = Array(try workspace.contents("X.npy"))
    let pair = { (name: String) in ["--inputs", name, "--outputs", "Y.npy"] }
    try workspace.file("cut.npy", Array(whole.dropLast(8)))
    try refuses(pair("cut.npy"), ["“cut.npy”", "64 bytes", "56 bytes"])
    try workspace.file("head.npy", Array(whole.prefix(30)))
    try refuses(pair("head.npy"), ["“head.npy”"])
    try workspace.file("noise.npy", "this is not an array")
    try refuses(pair("noise.npy"), ["“noise.npy”", "does not begin like an NPY array"])
    // Longer by as much as the padding of the header is made shorter.
    var lie = whole
    let shape = try #require(lie.firstRange(of: Array("(4, 2), }      ".utf8)))
    lie.replaceSubrange(shape, with: Array("(4000000, 2), }".utf8))
    try workspace.file("lie.npy", lie)
    try refuses(pair("lie.npy"), ["“lie.npy”", "64000000 bytes", "64 bytes"])
    var infinite = whole
    infinite.replaceSubrange(
      128..<136, with: withUnsafeBytes(of: Double.infinity.bitPattern.littleEndian) { Array($0) })
    try workspace.file("infinite.npy", infinite)
    try refuses(pair("infinite.npy"), ["“infinite.npy”", "[0, 0]", "inf"])

    let network = { (name: String) in ["good.csv", "--targets", "score", "--network", name] }
    try workspace.file("short.safetensors", [1, 2, 3])
    try refuses(network("short.safetensors"), ["“short.safetensors”"])
    try workspace.file("huge.safetensors", [0, 0, 0, 0, 0, 0, 0, 16] + Array("{}".utf8))
    try refuses(network("huge.safetensors"), ["“huge.safetensors”", "1152921504606846976 bytes"])
    let header = #"{"a":{"dtype":"F64","shape":[1000000,1000000],"data_offsets":[0,8000000000000]}}"#
    try workspace.file(
      "lie.safetensors", [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8))
    try refuses(network("lie.safetensors"), ["“lie.safetensors”", "not within the file"])
  }
}
