import Foundation
import Testing

@Suite struct ReportCommandTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("a b.csv", "x,z,<y>\n1,2,1.1\n2,1,2.3\n3,5,2.9\n4,3,4.2\n5,9,4.8\n")
    let run = try workspace.linnet("train", "a b.csv", "--targets", "<y>", "--out", "run")
    #expect(run.status == 0)
  }

  @Test func `train writes a report, and report makes it again but for its nonce`() throws {
    let first = try workspace.text("run/report.html")
    #expect(first.contains("linnet train &#39;a b.csv&#39; --targets &#39;&lt;y&gt;&#39;"))
    try FileManager.default.removeItem(atPath: workspace.path("run/report.html"))
    let again = try workspace.linnet("report", "run")
    #expect(again.status == 0 && again.output.contains("run/report.html"))
    func withoutNonce(_ html: String) -> String { html.replacing(/nonce[-=]"?[0-9A-F]+/, with: "") }
    #expect(withoutNonce(try workspace.text("run/report.html")) == withoutNonce(first))
  }

  @Test func `with --out it goes where it is told`() throws {
    #expect(try workspace.linnet("report", "run", "--out", "elsewhere.html").status == 0)
    #expect(workspace.exists("elsewhere.html"))
  }

  @Test func `a folder that is no run is bad data`() throws {
    let run = try workspace.linnet("report", ".")
    #expect(run.status == 65 && run.errors.contains("run.json"))
  }

  @Test func `a lab on a port that is taken says so, and what to do`() throws {
    let first = try workspace.start("lab", "--no-open", "--port", "0")
    #expect(first.waits(untilItSays: "http://127.0.0.1:"))
    let port = try #require(try first.outputSoFar().firstMatch(of: /127\.0\.0\.1:(\d+)/)).1
    let second = try workspace.linnet("lab", "--no-open", "--port", String(port))
    #expect(
      second.status == 1 && second.errors.contains("port \(port) is in use")
        && second.errors.contains("--port 0"))
    first.send(SIGINT)
    #expect(try first.finish().status == 0)
  }

  @Test func `a lab of a host that is no address, or of a missing table, is refused`() throws {
    let host = try workspace.linnet("lab", "--no-open", "--host", "not an address")
    #expect(host.status == 65 && host.errors.contains("“not an address” is not an address"))
    let table = try workspace.linnet("lab", "nothing.csv", "--no-open")
    #expect(table.status == 65 && table.errors.contains("nothing.csv"))
  }
}
