import Testing

/// Command lines that cannot be meant: exit status 64, a message that names the option, and nothing written.
@Suite struct BadUsageTests {
  @Test(arguments: [
    ([], "No data"), (["good.csv"], "--targets"), (["good.csv", "--targets", ""], "empty name"),
    (["good.csv", "--targets", "score,"], "empty name"),
    (["good.csv", "--targets", "score,score"], "“score” is named twice"),
    (
      ["good.csv", "--targets", "score", "--drop", "score"],
      "both a column to predict and a column to leave out"
    ),
    (["--targets", "score"], "there is none"),
    (["good.csv", "--target", "Z.csv", "--samples", "3"], "not more than one"),
    (["--inputs", "X.npy"], "--inputs and --outputs"), (["--target", "Z.csv"], "--target and --samples"),
    (["--target", "Z.csv", "--samples", "0"], "--samples must be at least 1, not 0"),
    (["--target", "Z.csv", "--samples", "-5"], "not -5"),
    (["--target", "Z.csv", "--samples", "9", "--prepare", "whiten"], "--prepare"),
    (["good.csv", "--targets", "score", "--prepare", "bleach"], "bleach"),
    (["good.csv", "--targets", "score", "--whiten-rank", "0"], "not 0"),
    (["good.csv", "--targets", "score", "--whiten-rank", "1", "--prepare", "center"], "--whiten-rank"),
    (["good.csv", "--targets", "score", "--depth", "0"], "--depth must be at least 1, not 0"),
    (["good.csv", "--targets", "score", "--depth", "-2"], "not -2"),
    (["good.csv", "--targets", "score", "--depth", "two"], "'two'"),
    (["good.csv", "--targets", "score", "--rank", "0"], "--rank must be at least 1, not 0"),
    (["good.csv", "--targets", "score", "--widths", "3,0"], "\"0\""),
    (["good.csv", "--targets", "score", "--widths", "3,"], "\"\""),
    (
      ["good.csv", "--targets", "score", "--widths", "3", "--depth", "3"],
      "--depth 3 contradicts --widths 3, which makes 2 layers"
    ),
    (
      ["good.csv", "--targets", "score", "--widths", "3,2", "--rank", "3"],
      "--rank 3, the width of every hidden layer"
    ),
    (["good.csv", "--targets", "score", "--start", "random", "--angle", "30"], "Give one start"),
    (["good.csv", "--targets", "score", "--network", "n.safetensors", "--rank", "2"], "--network"),
    (["good.csv", "--targets", "score", "--network", "n.safetensors", "--norm", "2"], "--norm"),
    (["good.csv", "--targets", "score", "--norm", "-1"], "--norm must be positive, not -1"),
    (["good.csv", "--targets", "score", "--angle", "nan"], "--angle"),
    (["good.csv", "--targets", "score", "--scale", "2"], "--scale goes with a start whose layers are drawn"),
    (["good.csv", "--targets", "score", "--seed", "-1"], "'-1'"),
  ])
  func `data and network options`(arguments: [String], message: String) throws {
    for verb in ["train", "certify"] { try refuses([verb] + arguments, message) }
  }

  @Test(arguments: [
    (["--time", "-1"], "--time must be positive, not -1"), (["--time", "0"], "not 0"),
    (["--time", "nan"], "not nan"),
    (["--time", "1", "--until", "converged"], "not both"), (["--until", "bored"], "bored"),
    (["--at", "-1"], "\"-1\""), (["--at", "1,x"], "\"x\""), (["--at", "1,,2"], "\"\""),
    (["--at", "inf"], "\"inf\""),
    (["--at", "0,3", "--time", "2"], "--at 3.0 lies after --time 2.0"),
    (["--max-time", "-1"], "--max-time must be positive"),
    (["--max-time", "1", "--time", "1"], "--max-time"),
    (["--max-seconds", "0"], "--max-seconds must be positive"), (["--tolerance", "1e-20"], "1e-13"),
    (["--tolerance", "1"], "1e-2"), (["--method", "heun"], "heun"),
    (["--method", "euler"], "needs its --step"),
    (["--method", "euler", "--step", "-0.1"], "--step must be positive"),
    (["--step", "0.1"], "--step belongs to"),
    (["--flow", "induced"], "--flow induced is for --method euler only"),
    (["--out", "x", "--no-files"], "not both"),
  ])
  func `run options`(arguments: [String], message: String) throws {
    try refuses(["train", "good.csv", "--targets", "score"] + arguments, message)
  }

  private func refuses(_ arguments: [String], _ message: String) throws {
    let workspace = try Workspace()
    try workspace.file("good.csv", "age,score\n1,2\n3,4\n5,5\n")
    let run = try workspace.linnet(arguments)
    #expect(run.status == 64, "\(run.errors)")
    #expect(run.errors.hasPrefix("Error: ") && run.errors.contains(message), "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(try workspace.names() == ["good.csv"])
  }
}
