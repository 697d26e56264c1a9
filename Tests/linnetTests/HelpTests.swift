import Testing

@Suite struct HelpTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// The examples of a verb's help, continued lines joined.
  private func examples(_ verb: String) throws -> [String] {
    try workspace.linnet(verb, "--help").output.replacing(/\s*\\\n\s*/, with: " ")
      .split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix("  linnet \(verb) ") || $0 == "  linnet \(verb)" }
  }

  @Test(arguments: [
    "train", "certify", "sweep", "compare", "landscape", "fit", "predict", "compress", "verify", "figure1",
    "generate",
  ])
  func `the help of each verb has an overview, examples and the usage`(verb: String) throws {
    let run = try workspace.linnet(verb, "--help")
    #expect(run.status == 0)
    for part in ["OVERVIEW: ", "Examples:\n  linnet \(verb)", "USAGE: linnet \(verb)", "--json"] {
      #expect(run.output.contains(part), "\(part)")
    }
    #expect(run.errors.isEmpty)
    #expect(try examples(verb).count >= 2)
  }

  @Test(arguments: ["train", "certify", "sweep", "compare", "landscape", "fit", "predict", "compress"])
  func `each example is a whole command line that only lacks its files`(verb: String) throws {
    for example in try examples(verb) {
      let arguments = example.split(separator: " ").dropFirst().map(String.init)
      let run = try workspace.linnet(arguments)
      // 65: understood, but the data is not there. 64 would be a usage that is not understood.
      #expect(run.status == 65, "\(example): \(run.errors)")
    }
    #expect(try workspace.names().isEmpty)
  }

  @Test func `the examples of generate work as they stand`() throws {
    for example in try examples("generate") {
      let run = try workspace.linnet(example.split(separator: " ").dropFirst().map(String.init))
      #expect(run.status == 0, "\(example): \(run.errors)")
    }
  }

  @Test func `linnet alone prints the verbs, and its version is three numbers`() throws {
    let alone = try workspace.linnet()
    #expect(alone.status == 0)
    for verb in [
      "train", "certify", "sweep", "landscape", "fit", "predict", "compress", "verify", "lab", "report",
      "figure1",
      "generate",
    ] {
      #expect(alone.output.contains("  \(verb) "))
    }
    let version = try workspace.linnet("--version")
    #expect(version.status == 0)
    #expect(version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test func `an unknown verb or option is bad usage, with the nearest one`() throws {
    let verb = try workspace.linnet("trian")
    #expect(verb.status == 64 && verb.errors.contains("did you mean train?"))
    let help = try workspace.linnet("help", "trian")
    #expect(help.status == 64 && help.errors.contains("did you mean train?") && help.output.isEmpty)
    let none = try workspace.linnet("help", "zzzzzz")
    #expect(
      none.status == 64 && none.errors.contains("there is no linnet zzzzzz; the verbs are train, certify"))
    #expect(try workspace.linnet("help", "train").output.contains("USAGE: linnet train"))
    #expect(try workspace.linnet("help").status == 0)
    let option = try workspace.linnet("train", "data.csv", "--target-s", "y")
    #expect(option.status == 64)
    #expect(option.errors.contains("--targets"))
  }
}
