import Foundation
import Testing

/// Stepping runs, streamed.
@Suite(.serialized) struct LabRunTests {
  /// Explicit Euler by so small a step that it does not end by itself.
  static let endless = #"""
    {"problem": {"kind": "spectrum", "singularValues": [2, 1], "inputs": 4, "outputs": 3, "samples": 50},
     "network": {"depth": 3, "rank": 2}, "start": {"kind": "random", "norm": 0.01}, "method": "euler", "step": 1e-12}
    """#
  static let short = endless.replacing(#""method": "euler", "step": 1e-12"#, with: #""method": "auto""#)

  private func open(_ lab: LabCase, _ body: String) throws -> RawConnection {
    let connection = try RawConnection(port: lab.port)
    connection.send(
      "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    )
    return connection
  }

  private func events(_ text: String) -> [[String: Any]] {
    text.split(whereSeparator: \.isNewline).compactMap {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
    }
  }

  @Test func `a run tells its promise, then its result, which is that of result.json`() async throws {
    let lab = try await LabCase()
    let answer = try await lab.post("/api/runs", LabRunTests.short)
    let events = events(answer.text)
    let kinds = events.compactMap { $0["event"] as? String }
    #expect(
      kinds.filter { $0 != "progress" } == ["queued", "started", "result"] && kinds.last == "result")
    let result = try #require(events.last?["result"] as? [String: Any])
    #expect((result["verdict"] as? [String: Any])?["kind"] as? String == "globalMinimiser")
    #expect((result["termination"] as? [String: Any])?["kind"] as? String == "converged")
    for key in [
      "certificate", "observations", "turningTime", "trajectory", "method", "plateaus", "target",
      "globalMinimum",
      "problem",
    ] {
      #expect(result[key] != nil)
    }
  }

  @Test func `a run that is stopped gives what it has`() async throws {
    let lab = try await LabCase()
    let connection = try open(lab, LabRunTests.endless)
    let beginning = await connection.receive(until: "\"progress\"")
    let id = try #require(beginning.firstMatch(of: /"id":"([^"]+)"/)).1
    #expect(try await lab.request("DELETE", "/api/runs/\(id)").status == 204)
    let end = await connection.receive(until: "\r\n0\r\n\r\n")
    #expect(end.contains("interrupted"))
    #expect(try await lab.request("DELETE", "/api/runs/\(id)").status == 404)
  }

  @Test func `runs beyond the cores wait, and a reader who goes away frees his`() async throws {
    let lab = try await LabCase(["simultaneousRuns": 1])
    let first = try open(lab, LabRunTests.endless)
    _ = await first.receive(until: "\"started\"")
    let second = try open(lab, LabRunTests.short)
    #expect(await second.receive(until: "\"queued\"").contains("\"ahead\":1"))
    first.close()
    let rest = await second.receive(until: "\"event\":\"result\"")
    #expect(rest.contains("\"started\"") && rest.contains("\"event\":\"result\""))
  }

  @Test func `a queue that is full says so`() async throws {
    let lab = try await LabCase(["simultaneousRuns": 1, "waitingRuns": 1])
    let first = try open(lab, LabRunTests.endless)
    _ = await first.receive(until: "\"started\"")
    let second = try open(lab, LabRunTests.endless)
    _ = await second.receive(until: "\"queued\"")
    let third = try await lab.post("/api/runs", LabRunTests.endless)
    #expect(third.status == 503 && third.error == "busy")
    first.close()
    second.close()
  }

  @Test func `a run that does not end is ended by the lab's limit`() async throws {
    let lab = try await LabCase(["runSeconds": 0.5])
    let answer = try await lab.post(
      "/api/runs", LabRunTests.endless.replacing("1e-12", with: #"1e-12, "maximumSeconds": 1e9"#))
    let result = events(answer.text).last?["result"] as? [String: Any]
    #expect((result?["termination"] as? [String: Any])?["kind"] as? String == "budgetRanOut")
  }
}
