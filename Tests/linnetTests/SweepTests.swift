import DataFormats
import Foundation
import Testing

/// `linnet sweep`: many runs as lines, that survive everything, and what is made of them.
@Suite struct SweepTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
  }

  private static let problem = ["--target", "Z.csv", "--samples", "10", "--rank", "1"]
  private static let small =
    problem + [
      "--vary", "depth=2:3", "--vary", "angle=20,70", "--vary", "norm=log:0.5:2:2", "--seeds", "1:2",
    ]
  /// Some seconds of runs.
  private static let long =
    problem + ["--vary", "depth=2:6", "--vary", "angle=10:80:5", "--seeds", "1:8", "--threads", "2"]

  private func sweep(_ arguments: [String], to folder: String? = nil) throws -> CommandRun {
    try workspace.linnet(["sweep"] + arguments + (folder.map { ["--out", $0] } ?? []))
  }

  /// The complete lines of a folder, by file.
  private func lines(_ folder: String) throws -> [JSONTree] {
    try workspace.names(in: folder).filter { $0.hasPrefix("runs-") }.flatMap { name in
      try workspace.text("\(folder)/\(name)").split(separator: "\n").map { try JSONTree(text: String($0)) }
    }
  }

  /// The rows of sweep.csv, by column.
  private func table(_ folder: String) throws -> [[String: String]] {
    let rows = try workspace.text("\(folder)/sweep.csv").split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    return rows.dropFirst().map { row in Dictionary(uniqueKeysWithValues: zip(rows[0], row)) }
  }

  /// Rows without what no two runs have in common: the seconds.
  private func results(_ folder: String) throws -> [[String: String]] {
    try table(folder).map { row in row.filter { $0.key != "seconds" } }
  }

  /// W_0 has rank one, and no theorem says that exactly this start stays on the level where its run stands still.
  @Test func `a plateau is no limit`() throws {
    try workspace.file("square.csv", "2.1,1.3\n0.7,3.2\n")
    try workspace.file("start.csv", "0.168,0.576\n0.224,0.768\n")
    let run = try sweep(
      ["--target", "square.csv", "--samples", "1", "--depth", "2", "--start-matrix", "start.csv"]
        + ["--vary", "tolerance=1e-10,1e-9"], to: "p")
    #expect(run.status == 0, "\(run.errors)")
    for row in try table("p") {
      #expect(
        row["ending"] == "onPlateau" && row["verdict"] == "strictSaddle" && row["limit"] == "", "\(row)")
    }
  }

  @Test func `every combination is a line, and tables, figures and report are made of them`() throws {
    let run = try sweep(SweepTests.small + ["--json"], to: "s")
    #expect(run.status == 0, "\(run.errors)")
    let summary = try run.json
    #expect(try summary.number("finished") == 16 && summary.number("failed") == 0)
    #expect(try summary.number("limits.globalMinimiser") == 16)
    #expect(try workspace.text("s/sweep.json") == run.output)
    let found = try lines("s")
    #expect(try Set(found.map { try $0.number("point") }) == Set((0..<16).map(Double.init)))
    for file in [
      "grid.json", "sweep.csv", "sweep.npz", "report.html", "theorems.vl.json", "phase-depth-angle.vl.json",
    ] {
      #expect(workspace.exists("s/\(file)"), "\(file)")
    }
    let page = try workspace.text("s/report.html")
    for word in ["16 of 16 runs", "Where the theorems speak", "global minimum", "depth"] {
      #expect(page.contains(word), "\(word)")
    }
    let rows = try table("s")
    #expect(rows.count == 16)
    #expect(
      rows[5]["depth"] == "2" && rows[5]["angle"] == "70" && rows[5]["norm"] == "0.5"
        && rows[5]["seed"] == "2")
    let archive = try NPZArchive(workspace.path("s/sweep.npz"))
    #expect(try archive.array("depth").values == rows.map { Double($0["depth"]!)! })
  }

  @Test(arguments: [
    problem + ["--depth", "4", "--angle", "50", "--norm", "0.3", "--seed", "3"],
    [
      "--target", "Z.csv", "--samples", "10", "--depth", "2", "--start", "unbalanced", "--scale", "0.2",
      "--seed", "7",
    ],
  ])
  func `a row of the table has the values of the same run alone, to the last bit`(arguments: [String]) throws
  {
    let alone = try workspace.linnet(["train"] + arguments + ["--no-files", "--json"])
    let result = try alone.json
    // The same, with one option as the only value of a parameter.
    let depth = try #require(arguments.firstIndex(of: "--depth"))
    var others = arguments
    others.removeSubrange(depth...depth + 1)
    #expect(try sweep(others + ["--vary", "depth=\(arguments[depth + 1])"], to: "s").status == 0)
    let row = try table("s")[0]
    func number(_ name: String) -> Double? { row[name].flatMap(Double.init) }
    #expect(number("end_time") == (try result.number("termination.time")))
    #expect(number("gap") == (try result.number("verdict.lossGap")))
    #expect(number("loss") == (try result.number("verdict.loss")))
    #expect(number("limit_rank") == (try result.number("verdict.rank")))
    #expect(number("steps") == (try result.number("method.steps")))
    #expect(number("evaluations") == (try result.number("method.evaluations")))
    #expect(number("error") == (try result.number("method.estimatedError.relativeError")))
    #expect(row["ending"] == (try result.text("termination.kind")))
    #expect(row["verdict"] == (try result.text("verdict.kind")))
    let best = try result.text("certificate.best")
    #expect(row["best"] == best)
    if case .number(let time)? = result["certainty.time"] { #expect(number("certain_since") == time) }
    let theorem = try result.theorem(best)
    for (k, accuracy) in (1...12).map({ "1e-\($0)" }).enumerated() {
      let times = try theorem.list("timeToAccuracy")
      guard k < times.count else { continue }
      if case .number(let bound)? = times[k]["bound"] { #expect(number("promised_\(accuracy)") == bound) }
      let seen = try result.observation(best).list("timeToAccuracy")[k]["observed"]
      if case .number(let time)? = seen { #expect(number("observed_\(accuracy)") == time) }
    }
  }

  @Test func `after kill -9 at any moment the same command computes what is missing, and nothing twice`()
    throws
  {
    for delay in [0, 60_000, 250_000] as [UInt32] {
      let running = try workspace.start(["sweep"] + SweepTests.long + ["--out", "killed"])
      _ = running.waits(until: { workspace.exists("killed/grid.json") })
      usleep(delay)
      // A busy machine may not have come to a line by then.
      if delay == 250_000 {
        _ = running.waits(until: {
          let files = (try? workspace.names(in: "killed").filter { $0.hasPrefix("runs-") }) ?? []
          return files.contains { (try? workspace.text("killed/\($0)").contains("\n")) == true }
        })
      }
      running.send(SIGKILL)
      #expect(try running.finish().status == -SIGKILL)
      // As if the last line had been cut, too.
      if let file = try workspace.names(in: "killed").first(where: { $0.hasPrefix("runs-") }) {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: workspace.path("killed/\(file)")))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"point\":3,\"swe".utf8))
        try handle.close()
      }
    }
    let last = try sweep(SweepTests.long, to: "killed")
    #expect(last.status == 0, "\(last.errors)")
    #expect(last.output.contains("are there already"))
    #expect(try sweep(SweepTests.long, to: "whole").status == 0)
    #expect(try results("killed") == results("whole"))
    let points = try workspace.names(in: "killed").filter { $0.hasPrefix("runs-") }.flatMap { name in
      try workspace.text("killed/\(name)").split(separator: "\n").compactMap {
        try? JSONTree(text: String($0)).number("point")
      }
    }
    #expect(points.count == Set(points).count)
    #expect(points.count == 600)

    let again = try sweep(SweepTests.long, to: "whole")
    #expect(again.status == 0)
    #expect(again.output.contains("600 of 600 runs are there already"))
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `an interruption keeps every run and says how to go on`(signal: Int32) throws {
    let running = try workspace.start(["sweep"] + SweepTests.long + ["--out", "s"])
    #expect(
      running.waits(until: {
        ((try? workspace.names(in: "s")) ?? []).contains { name in
          name.hasPrefix("runs-") && ((try? workspace.text("s/\(name)").contains("\n")) ?? false)
        }
      }))
    running.send(signal)
    let run = try running.finish()
    #expect(run.status == 1)
    #expect(
      run.errors.contains("of 600 runs are kept. Go on with: linnet sweep --target Z.csv"), "\(run.errors)")
    #expect(run.errors.contains("--out s"))
    let kept = try lines("s").count
    #expect(kept > 0 && kept < 600)
    #expect(!workspace.exists("s/sweep.csv"))
    // What is there can be looked at.
    let merged = try workspace.linnet("sweep", "--merge", "s")
    #expect(merged.status == 0)
    #expect(merged.output.contains("\(kept) of 600"))
  }

  @Test func `the shards together are the whole, in one folder, also side by side`() throws {
    #expect(try sweep(SweepTests.small, to: "whole").status == 0)
    let first = try sweep(SweepTests.small + ["--shard", "1/3"], to: "parts")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("Shard 1 of 3 is done"))
    #expect(!workspace.exists("parts/sweep.csv"))
    let others = try (2...3).map {
      try workspace.start(["sweep"] + SweepTests.small + ["--out", "parts", "--shard", "\($0)/3"])
    }
    for running in others { #expect(try running.finish().status == 0) }
    #expect(try workspace.linnet("sweep", "--merge", "parts").status == 0)
    #expect(try results("parts") == results("whole"))
    #expect(try lines("parts").count == 16)
  }

  @Test func `the array variables of Slurm name the shard`() throws {
    let run = try workspace.linnet(
      ["sweep"] + SweepTests.small + ["--out", "s"],
      environment: [
        "LINNET_PYTHON": "/nonexistent", "SLURM_ARRAY_TASK_ID": "4", "SLURM_ARRAY_TASK_MIN": "3",
        "SLURM_ARRAY_TASK_COUNT": "4",
      ])
    #expect(run.status == 0)
    #expect(run.output.contains("Shard 2 of 4 is done"))
    #expect(try lines("s").count == 4)
  }

  @Test func `a run that fails is a line with its reason, and the others go on`() throws {
    let run = try sweep(
      ["--target", "Z.csv", "--samples", "10", "--vary", "rank=1,2,3", "--angle", "40"], to: "s")
    #expect(run.status == 0)
    #expect(run.output.contains("2 of them failed"))
    let found = try lines("s").sorted { try $0.number("point") < $1.number("point") }
    #expect(found[0]["failure"] == nil)
    #expect(try found[1].text("failure").contains("turn"))
    #expect(try found[2].text("failure").contains("rank 3 is larger than possible"))
    #expect(try table("s").map { $0["failure"]!.isEmpty } == [true, false, false])
    let all = try sweep(["--target", "Z.csv", "--samples", "10", "--vary", "rank=3,4"], to: "none")
    #expect(all.status == 1)
    #expect(all.errors.contains("No run succeeded."))
  }

  @Test func `files, starts, flags and words vary as numbers do`() throws {
    try workspace.file("a.csv", "x,z,y\n1,0,2\n2,1,3\n3,-1,5\n4,0,9\n")
    try workspace.file("b.csv", "x,z,y\n1,0,2\n2,1,3\n3,-1,5\n4,2,8\n")
    let run = try sweep(
      [
        "--targets", "y", "--vary", "data=a.csv,b.csv", "--vary", "start=random,unbalanced", "--vary",
        "no-error-estimate=yes,no",
      ], to: "s")
    #expect(run.status == 0, "\(run.errors)")
    let rows = try table("s")
    #expect(rows.count == 8)
    #expect(
      rows.map { $0["data"]! } == Array(repeating: "a.csv", count: 4) + Array(repeating: "b.csv", count: 4))
    #expect(rows.allSatisfy { ($0["error"]!.isEmpty) == ($0["no-error-estimate"] == "yes") })
    #expect(rows[0]["loss"] != rows[4]["loss"])
    for (row, file) in [(rows[1], "a.csv"), (rows[5], "b.csv")] {
      let alone = try workspace.linnet(
        "train", file, "--targets", "y", "--start", "random", "--no-files", "--json")
      #expect(try alone.json.number("verdict.loss") == Double(row["loss"]!))
    }
  }

  @Test func `a grid file gives the same runs as its command, and so does grid.json of a folder`() throws {
    let saved = try sweep(SweepTests.small + ["--save-grid", "grid.json"])
    #expect(saved.status == 0)
    #expect(saved.output.contains("16 runs"))
    #expect(try workspace.names() == ["Z.csv", "grid.json"])
    #expect(try sweep(["--grid", "grid.json"], to: "a").status == 0)
    #expect(try sweep(SweepTests.small, to: "b").status == 0)
    #expect(try results("a") == results("b"))
    // One sweep: the folder of the one takes the command of the other.
    #expect(try sweep(SweepTests.small, to: "a").output.contains("16 of 16 runs are there already"))
    #expect(try sweep(["--grid", "b/grid.json"], to: "b").output.contains("16 of 16 runs are there already"))
    let resaved = try sweep(["--grid", "grid.json", "--save-grid", "again.json"])
    #expect(resaved.status == 0)
    #expect(try workspace.text("again.json") == workspace.text("grid.json"))
    #expect(try sweep(["--grid", "grid.json", "--save-grid", "grid.json"]).status == 64)
  }

  @Test func `a dry run says how many runs there are and how long they take, and leaves nothing`() throws {
    let run = try sweep(SweepTests.small + ["--dry-run"])
    #expect(run.status == 0)
    #expect(run.output.contains("16 runs\n"))
    #expect(run.output.contains("about ") && run.output.contains("from 16 runs"))
    #expect(try workspace.names() == ["Z.csv"])
  }

  @Test(arguments: [
    (["--vary", "depht=2:3"], 64, "no option --depht that could vary; did you mean depth?"),
    (["--vary", "out=a,b"], 64, "--out of linnet train has no meaning in a sweep"),
    (["--vary", "depth=2:3", "--vary", "depth=3:4"], 64, "depth is varied twice"),
    (["--vary", "depth=2:3", "--depth", "4"], 64, "--depth is given and varied"),
    (["--vary", "seed=1:3", "--seeds", "1:3"], 64, "seed is varied twice"),
    (["--vary", "depth=5:3"], 64, "--vary depth=5:3 has no values"), ([], 64, "nothing varies"),
    (["--vary", "depth=2,0"], 64, "depth=0: --depth must be at least 1, not 0."),
    (["--vary", "depth=2,2.5"], 64, "depth=2.5: "),
    (["--vary", "angle=1,2", "--norm", "-3"], 64, "--norm must be positive"),
    (["--vary", "depth=2:3", "--noorm", "3"], 64, "an option --noorm; did you mean --norm?"),
    (["--vary", "depth=2:3", "--check"], 64, "--check"),
    (["--vary", "depth=2:3", "--events", "half-rize"], 64, "did you mean “half-rise”?"),
    (["--vary", "depth=2:3", "--events", "sigmo_1=1"], 64, "did you mean “sigma_1”?"),
    (["--vary", "events=half-rise,escapes"], 64, "--events is the same for all runs"),
    (["--vary", "depth=1:5000", "--vary", "angle=1:5000"], 64, "more than 10000000 points"),
    (["--vary", "depth=2:3", "--shard", "3/2", "--out", "s"], 64, "3/2 is no shard"),
    (["--vary", "depth=2:3", "--shard", "1/2"], 64, "name it with --out"),
    (["--vary", "depth=2:3", "--fit", "steps"], 64, "--fit steps is not understood"),
    (["--vary", "transposed=yes,maybe"], 64, "whose values are yes and no"),
    (["--grid", "none.json"], 65, "none.json"),
    (["--merge", "none"], 65, "none is not the folder of a sweep"),
  ])
  func `what cannot be is refused with a word, before anything is written`(
    arguments: [String], status: Int, words: String
  ) throws {
    let isAlone = arguments.first == "--grid" || arguments.first == "--merge"
    let run = try sweep((isAlone ? [] : SweepTests.problem) + arguments)
    #expect(run.status == status, "\(run.errors)")
    #expect(run.errors.contains(words), "\(run.errors)")
    #expect(try workspace.names() == ["Z.csv"])
  }

  @Test func `a folder of another grid, of other data or of another version is refused and stays as it is`()
    throws
  {
    #expect(try sweep(SweepTests.small, to: "s").status == 0)
    let names = try workspace.names(in: "s")
    let runs = try names.filter { $0.hasPrefix("runs-") }.map { try workspace.text("s/\($0)") }
    func isRefused(_ arguments: [String], _ words: String, status: Int32 = 64) throws {
      let run = try sweep(arguments, to: "s")
      #expect(run.status == status)
      #expect(run.errors.contains(words), "\(run.errors)")
      #expect(try workspace.names(in: "s") == names)
      #expect(try names.filter { $0.hasPrefix("runs-") }.map { try workspace.text("s/\($0)") } == runs)
    }
    try isRefused(
      SweepTests.problem + ["--vary", "depth=2:4"], "holds another sweep (its grid is depth=2:3 ")
    try isRefused(SweepTests.small + ["--tolerance", "1e-8"], "holds another sweep (its arguments are ")
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.1\n")
    try isRefused(SweepTests.small, "Z.csv has another content")
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
    #expect(try sweep(SweepTests.small, to: "s").status == 0)
    let grid = try workspace.text("s/grid.json")
    try workspace.file("s/grid.json", grid.replacing(/"version" : "[^"]*"/, with: "\"version\" : \"0.0.1\""))
    try isRefused(SweepTests.small, "of version 0.0.1")
    try workspace.file("s/grid.json", String(grid.prefix(grid.count / 2)))
    try isRefused(SweepTests.small, "grid.json is damaged", status: 65)

  }

  @Test func `lines of another sweep are refused, damaged ones are said and computed again`() throws {
    #expect(try sweep(SweepTests.small, to: "s").status == 0)
    let file = try workspace.names(in: "s").first { $0.hasPrefix("runs-") }!
    var text = try workspace.text("s/\(file)").split(separator: "\n").map(String.init)
    text[3] = "\u{0}\u{0}\u{0}"
    try workspace.file("s/\(file)", text.joined(separator: "\n") + "\n")
    let run = try sweep(SweepTests.small, to: "s")
    #expect(run.status == 0)
    #expect(run.errors.contains("1 line of \(file) cannot be read"))
    #expect(run.output.contains("15 of 16 runs are there already"))
    #expect(try table("s").count == 16)

    #expect(try sweep(SweepTests.problem + ["--vary", "depth=2:3"], to: "t").status == 0)
    let foreign = try workspace.names(in: "t").first { $0.hasPrefix("runs-") }!
    try workspace.file("s/runs-foreign.ndjson", try workspace.text("t/\(foreign)"))
    let refused = try sweep(SweepTests.small, to: "s")
    #expect(refused.status == 65)
    #expect(refused.errors.contains("runs-foreign.ndjson has runs of another sweep"))
  }

  @Test func `a disk that is full stops the sweep with whole lines, and more room lets it go on`() throws {
    let command = "'\(Workspace.command.path)' sweep \(SweepTests.small.joined(separator: " ")) --out s"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    // A limit of 4 kB a file stands for the disk: some lines fit.
    process.arguments = ["-c", "ulimit -f 4; \(command) >out 2>err"]
    process.currentDirectoryURL = URL(fileURLWithPath: workspace.folder)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    #expect(try workspace.text("err").contains("cannot be written"))
    #expect(try workspace.text("err").contains("are kept, and the same command goes on from there"))
    let file = try workspace.names(in: "s").first { $0.hasPrefix("runs-") }!
    let text = try workspace.text("s/\(file)")
    #expect(text.hasSuffix("}\n") && !text.isEmpty)
    let run = try sweep(SweepTests.small, to: "s")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try table("s").count == 16)
  }

  @Test func `two processes of the same shard do not compute the same: the second is told of the first`()
    throws
  {
    let running = try workspace.start(["sweep"] + SweepTests.long + ["--out", "s"])
    #expect(
      running.waits(until: {
        ((try? workspace.names(in: "s")) ?? []).contains { $0.hasPrefix("runs-") }
      }))
    let second = try sweep(SweepTests.long, to: "s")
    #expect(second.status == 1)
    #expect(second.errors.contains("is in use by another linnet"))
    running.send(SIGINT)
    #expect(try running.finish().status == 1)
  }

  @Test func `batches are drawn by the seed of each run, as alone`() throws {
    try workspace.file(
      "t.csv",
      "a,b,y\n"
        + (0..<30).map { "\(sin(Double($0))),\(cos(Double($0 * $0))),\(sin(Double(3 * $0)))" }
        .joined(separator: "\n"))
    let options = ["t.csv", "--targets", "y", "--depth", "2", "--descent", "0.002", "--steps", "40"]
    let run = try sweep(options + ["--batch", "7", "--seeds", "1:3"], to: "b")
    #expect(run.status == 0, "\(run.errors)")
    let losses = try table("b").map { $0["loss"] }
    #expect(Set(losses).count == 3)
    for (i, loss) in losses.enumerated() {
      let alone = try workspace.linnet(
        ["train"] + options + [
          "--batch", "7", "--repetitions", "1", "--seed", "\(i + 1)", "--no-files", "--json",
        ])
      #expect(loss.flatMap(Double.init) == (try alone.json.number("verdict.loss")))
    }
    #expect(try sweep(options + ["--vary", "batch=31"], to: "c").status != 0)
    let repeated = try sweep(options + ["--batch", "7", "--repetitions", "3", "--seeds", "1:2"], to: "d")
    #expect(repeated.status != 0 && repeated.errors.contains("--repetitions"), "\(repeated.errors)")
  }

  @Test func `a fit finds the logarithm in the plateau of small starts`() throws {
    try workspace.file("D.csv", "3,0,0\n0,1,0\n")
    // Two layers, aligned, rank one: u′ = 2u(s − u) leaves u₀ after log(s/u₀)/(2s), and m multiplies time.
    let run = try sweep(
      [
        "--target", "D.csv", "--samples", "10", "--depth", "2", "--rank", "1", "--start", "aligned", "--vary",
        "norm=log:1e-8:1e-3:6", "--fit", "time_1e-1~log(norm)", "--fit", "log(time_1e-1)~log(norm)|depht",
        "--json",
      ], to: "s")
    #expect(run.status == 64)
    #expect(run.errors.contains("no quantity “depht”"))
    let merged = try workspace.linnet(
      "sweep", "--merge", "s", "--fit", "time_1e-1~log(norm)", "--json", "--lines", "steps~norm")
    let fits = try merged.json.list("fits")
    #expect(fits.count == 1)
    let slope = try fits[0].number("slope")
    #expect(abs(slope * 2 * 3 * 10 + 1) < 1e-4, "slope \(slope)")
    #expect(try fits[0].number("slopeError") < 1e-4 * abs(slope))
    #expect(try fits[0].number("determination") > 0.999999)
    #expect(workspace.exists("s/fit-1.vl.json") && workspace.exists("s/lines-steps-norm.vl.json"))
    #expect(!workspace.exists("s/lines-time_1e-6-norm.vl.json"))
  }

  @Test func `events become columns, with the times of the same run alone`() throws {
    let (events, data) = ("half-rise,sigma_2=0.1,largest-gradient", ["--target", "Z.csv", "--samples", "10"])
    let run = try sweep(
      data + ["--depth", "2", "--norm", "1e-3", "--events", events, "--vary", "rank=1:2", "--seeds", "1:2"],
      to: "e")
    #expect(run.status == 0, "\(run.errors)")
    for row in try table("e") {
      let (rank, seed) = (try #require(row["rank"]), try #require(row["seed"]))
      // A run of rank one has no second singular value: it is no event of that run.
      let own = rank == "1" ? "half-rise,largest-gradient" : events
      let alone = try workspace.linnet(
        ["train"] + data + ["--depth", "2", "--norm", "1e-3", "--events", own, "--rank", rank]
          + ["--seed", seed, "--no-files", "--json"])
      let found = try alone.json.list("events")
      #expect(found.count == (rank == "1" ? 2 : 4))
      for event in found {
        let column = "event_" + (try event.text("event")).replacing(" ", with: "_")
        if case .number(let time)? = event["time"] {
          #expect(row[column].flatMap(Double.init) == time, "\(column)")
        } else {
          #expect(row[column] == "")
        }
      }
      #expect((row["event_sigma_2=0.1"] == "") == (rank == "1"))
    }
    let merged = try workspace.linnet(
      "sweep", "--merge", "e", "--lines", "event_half-rise_of_mode_1~rank", "--json")
    #expect(merged.status == 0, "\(merged.errors)")
    let figure = try workspace.text("e/lines-event_half-rise_of_mode_1-rank.vl.json")
    #expect(figure.contains("ime of half-rise of mode 1"))
  }

  @Test func `a fit finds the rate in the half-rise of vanishing starts`() throws {
    try workspace.file("D.csv", "3,0\n0,1\n")
    // ln(s/s_0 − 1)/2ms.
    let run = try sweep(
      ["--target", "D.csv", "--samples", "1", "--depth", "2", "--start", "aligned", "--events", "half-rise"]
        + ["--vary", "norm=log:1e-12:1e-6:4", "--fit", "event_half-rise_of_mode_1~log(norm)", "--json"],
      to: "s")
    #expect(run.status == 0, "\(run.errors)")
    let slope = try run.json.list("fits")[0].number("slope")
    #expect(abs(slope * 2 * 3 + 1) < 1e-5, "slope \(slope)")
  }

  @Test func `the Slurm script is the command with a shard for each task`() throws {
    let run = try sweep(SweepTests.small + ["--slurm", "job.sh", "--tasks", "5", "--out", "s"])
    #expect(run.status == 0, "\(run.errors)")
    let script = try workspace.text("job.sh")
    #expect(script.hasPrefix("#!/bin/bash\n"))
    #expect(script.contains("#SBATCH --array=1-5\n"))
    #expect(script.contains("sweep --target Z.csv") && script.contains("--out s"))
    #expect(!script.contains("--slurm job.sh") && !script.contains("--tasks"))
    #expect(!workspace.exists("s"))
    // Run as an array would.
    for task in 1...5 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = [workspace.path("job.sh")]
      process.environment = ProcessInfo.processInfo.environment.merging([
        "LINNET_PYTHON": "/nonexistent", "SLURM_ARRAY_TASK_ID": "\(task)", "SLURM_ARRAY_TASK_MIN": "1",
        "SLURM_ARRAY_TASK_COUNT": "5",
      ]) { $1 }
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    #expect(try table("s").count == 16)
  }
}
