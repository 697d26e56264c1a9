import Foundation
import Testing

/// What comes before a request is one: bounds, malformed heads, clients that go.
@Suite(.serialized) struct GateTests {
  private func answer(_ lab: LabCase, _ request: String) async throws -> String {
    let connection = try RawConnection(port: lab.port)
    connection.send(request)
    return await connection.receive()
  }

  private static func x(_ count: Int) -> String { String(repeating: "x", count: count) }
  private static let get = "GET /api/data HTTP/1.1\r\n"
  private static let host = "Host: localhost\r\n"

  /// Headers A0, A1, … of so many bytes each.
  private static func headers(_ count: Int, bytes: Int = 1) -> String {
    (0..<count).map { "A\($0): \(x(bytes))\r\n" }.joined()
  }

  static let bounds: [(request: String, status: Int)] = [
    ("GET /" + x(9_000) + " HTTP/1.1\r\n" + host + "\r\n", 414),
    ("GET /" + x(4_000_000), 414),
    (get + host + "A: " + x(9_000) + "\r\n\r\n", 431),
    (get + host + x(4_000_000), 431),
    (get + host + headers(100) + "\r\n", 431),
    (get + host + headers(9, bytes: 7_900) + "\r\n", 431),
    (get + host + headers(9_000), 431),
    (get + host + headers(99) + "\r\n", 200),
    (get + host + headers(7, bytes: 7_900) + "\r\n", 200),
  ]

  @Test(arguments: bounds)
  func `a head has its bounds, to the header`(request: String, status: Int) async throws {
    let lab = try await LabCase()
    #expect(try await answer(lab, request).hasPrefix("HTTP/1.1 \(status)"))
    #expect(try await lab.request("GET", "/api/data").status == 200)
  }

  @Test(arguments: [
    ("GET /\r\n\r\n", 400), ("GET / HTTP/2.0\r\n\(host)\r\n", 400), ("FETCH / HTTP/1.1\r\n\(host)\r\n", 400),
    ("\u{1}\u{2}\u{3}\r\n\r\n", 400), ("\(get)\(host)\(host)\r\n", 400),
    ("\(get)\(host)no colon\r\n\r\n", 400),
    ("\(get)\(host) folded\r\n\r\n", 400), ("\(get)\(host)Bad Name: x\r\n\r\n", 400),
    ("POST /api/solve HTTP/1.1\r\n\(host)Content-Length: abc\r\n\r\n", 400),
    ("POST /api/solve HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n", 400),
    ("POST /api/solve HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    ("POST /api/solve HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n", 400),
    ("POST /api/solve HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nzz\r\n", 411),
    ("\(get)Host: [::1]evil.com\r\n\r\n", 403),
  ])
  func `a malformed request is told what is wrong with it`(request: String, status: Int) async throws {
    let lab = try await LabCase()
    let answer = try await answer(lab, request)
    #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(answer.prefix(200))")
    #expect(answer.contains(#""message":"#) && !answer.contains("Swift") && !answer.contains("Optional"))
  }

  @Test func `half a request is waited for so long, and no longer`() async throws {
    let lab = try await LabCase(["arrivalSeconds": 0.3])
    #expect(try await answer(lab, "GET / HTTP/1.1\r\nHost: loc").hasPrefix("HTTP/1.1 408"))
  }

  @Test func `connections beyond the limit are told to come again, and those before them go on`() async throws
  {
    let lab = try await LabCase(["connections": 3])
    let held = try (0..<3).map { _ in try RawConnection(port: lab.port) }
    for connection in held { connection.send("GET / HTTP/1.1\r\n") }
    var refused = false
    // The three are counted as soon as they have been accepted.
    for _ in 0..<50 where !refused {
      let answer = try await answer(lab, "\(GateTests.get)\(GateTests.host)\r\n")
      refused = answer.hasPrefix("HTTP/1.1 503") && answer.contains("Retry-After")
    }
    #expect(refused)
    held[0].send("Host: localhost\r\n\r\n")
    #expect(await held[0].receive(until: "</html>").hasPrefix("HTTP/1.1 200"))
  }

  @Test func `a reader who goes away frees his run before another byte is written to him`() async throws {
    let lab = try await LabCase(["simultaneousRuns": 1])
    for _ in 0..<5 {
      let connection = try RawConnection(port: lab.port)
      let body = LabRunTests.endless
      connection.send(
        "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
      )
      _ = await connection.receive(until: "\"started\"")
      connection.close()
    }
    let answer = try await lab.post("/api/runs", LabRunTests.short)
    #expect(answer.status == 200 && answer.text.contains("\"result\""))
  }
}
