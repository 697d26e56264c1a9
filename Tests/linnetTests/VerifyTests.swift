import DataFormats
import Foundation
import LinearAlgebra
import Testing

@Suite struct VerifyTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func `statements are tried, and the page, the report and the counterexample are written`() throws {
    let run = try workspace.linnet("verify", "lemma-4.2", "--instances", "200", "--out", "report")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("lemma-4.2-printed "))
    #expect(run.output.contains("fails as expected"))
    #expect(run.output.contains("Everything is as expected."))
    #expect(try workspace.names(in: "report") == ["counterexamples", "figures", "index.html", "verify.json"])
    let report = try workspace.json("report/verify.json")
    #expect(try report.number("instances") == 200)
    let page = try workspace.text("report/index.html")
    #expect(page.contains("id=\"lemma-4.2-printed\""))
    // Without a renderer the page says how to get pictures.
    #expect(page.contains("make figures"))
    #expect(workspace.exists("report/figures/lemma-4.2-printed-worst.vl.json"))
    #expect(workspace.exists("report/counterexamples/lemma-4.2-printed/Z.csv"))
  }

  @Test func `the command beside a counterexample runs`() throws {
    #expect(
      try workspace.linnet("verify", "lemma-4.2-printed", "--instances", "100", "--out", "report").status == 0
    )
    let page = try workspace.text("report/index.html")
    let command = try #require(page.firstMatch(of: /<pre tabindex="0">linnet ([^<]*)<\/pre>/))
    let arguments = command.1.split(separator: " ").map {
      $0.hasPrefix("counterexamples/") ? "report/\($0)" : String($0)
    }
    let run = try workspace.linnet(arguments + ["--json", "--out", "run"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(workspace.exists("run/result.json"))
  }

  @Test func `--json prints the report, and the threads do not matter`() throws {
    func report(_ threads: String) throws -> JSONTree {
      let run = try workspace.linnet(
        "verify", "eq-33", "d12", "--instances", "300", "--threads", threads, "--json", "--no-files")
      #expect(run.status == 0)
      return try run.json.blanking(["seconds"])
    }
    #expect(try report("1") == report("3"))
    #expect(try workspace.names().isEmpty)
  }

  @Test func `--list names every statement`() throws {
    let run = try workspace.linnet("verify", "--list")
    #expect(run.status == 0)
    for name in ["theorem-4.4-38a", "lemma-2.4", "d10-determinant"] {
      #expect(run.output.contains("  \(name) "))
    }
    let table = try workspace.linnet("verify", "--list", "--markdown")
    #expect(table.output.hasPrefix("# Statements\n"))
    #expect(try workspace.names().isEmpty)
  }

  @Test func `Ctrl-C keeps what was tried and names what was not`() throws {
    let running = try workspace.start(
      "verify", "eq-33", "theorem-3.8", "--instances", "1000000", "--out", "report")
    #expect(running.waits(until: { workspace.exists("report") }))
    usleep(300_000)
    running.send(SIGINT)
    let run = try running.finish(timeLimit: 30)
    #expect(run.status == 1)
    #expect(run.output.contains("Interrupted; not finished: theorem-3.8, eq-33"))
    #expect(workspace.exists("report/verify.json"))
  }

  @Test(arguments: [
    (["theorem-9"], "no statement \"theorem-9\""), (["--instances", "0"], "at least 1"),
    (["--threads", "0"], "at least 1"), (["--markdown"], "--list"),
    (["--no-files", "--out", "x"], "not both"),
  ])
  func `what makes no verification is bad usage`(arguments: [String], message: String) throws {
    let run = try workspace.linnet(["verify"] + arguments)
    #expect(run.status == 64)
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(try workspace.names().isEmpty)
  }
}
