import Foundation
import Testing

/// Requests that must not be answered, and after each of which the lab goes on.
@Suite(.serialized) struct RefusalTests {
  private func goesOn(_ lab: LabCase) async throws -> Bool {
    try await lab.post("/api/solve", SolveTests.matrixCase).status == 200
  }

  @Test(arguments: [
    "evil.example", "evil.example:8642", "[::1]evil.example", "localhost.evil.example", "10.0.0.1", "",
  ])
  func `a foreign Host is refused`(host: String) async throws {
    let lab = try await LabCase()
    let connection = try RawConnection(port: lab.port)
    connection.send("GET /api/data HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
    let answer = await connection.receive()
    #expect(answer.hasPrefix("HTTP/1.1 403"))
    #expect(!answer.contains("tobacco"))
    #expect(try await goesOn(lab))
  }

  @Test(arguments: ["localhost", "127.0.0.1", "[::1]", "127.0.0.1:9", "LOCALHOST:80"])
  func `a loopback Host is welcome`(host: String) async throws {
    let lab = try await LabCase()
    let connection = try RawConnection(port: lab.port)
    connection.send("GET /api/data HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
    #expect(await connection.receive().hasPrefix("HTTP/1.1 200"))
  }

  @Test(arguments: [
    ["Origin": "http://evil.example"], ["Origin": "null"], ["Origin": "http://localhost:1"],
    ["Sec-Fetch-Site": "cross-site"],
  ])
  func `the page of another site is refused`(headers: [String: String]) async throws {
    let lab = try await LabCase()
    let answer = try await lab.request(
      "POST", "/api/solve", Data(SolveTests.matrixCase.utf8), headers: headers)
    #expect(answer.status == 403 && answer.error == "foreign")
    let own = "http://127.0.0.1:\(lab.port)"
    let welcome = try await lab.request(
      "POST", "/api/solve", Data(SolveTests.matrixCase.utf8),
      headers: ["Origin": own, "Sec-Fetch-Site": "same-origin"])
    #expect(welcome.status == 200)
  }

  @Test(arguments: [
    "/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/vendor/katex/fonts/../../../../etc/passwd", "/etc/passwd", "/lab.css/../../../Package.swift",
    "/Package.swift", "/.",
    "/\\..\\..\\etc\\passwd", "/index.html%00.css", "file:///etc/passwd", "http://other/etc/passwd",
  ])
  func `no path leads out of the page's files`(path: String) async throws {
    let lab = try await LabCase()
    let connection = try RawConnection(port: lab.port)
    connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    let answer = await connection.receive()
    #expect(!answer.contains("root:") && !answer.contains("swift-tools-version"))
    #expect(
      answer.hasPrefix("HTTP/1.1 404")
        || answer.hasPrefix("HTTP/1.1 200") && answer.contains("<title>Linnet"), "\(answer.prefix(80))")
    #expect(try await goesOn(lab))
  }

  @Test func `pages may run scripts of this server alone`() async throws {
    let lab = try await LabCase()
    for path in ["/", "/main.js", "/nothing"] {
      let answer = try await lab.request("GET", path)
      let policy = try #require(answer.headers["Content-Security-Policy"] as? String)
      #expect(policy.contains("script-src 'self';") && policy.contains("default-src 'none'"))
      #expect(answer.headers["X-Content-Type-Options"] as? String == "nosniff")
    }
    let page = try await lab.request("GET", "/").text
    #expect(page.contains("<title>Linnet"))
    #expect(page.matches(of: #/<script(?![^>]* src=)/#).isEmpty && page.matches(of: #/ on[a-z]+=/#).isEmpty)
  }

  private static let good = SolveTests.matrixCase
  private static func with(_ old: String, _ new: String) -> String { good.replacing(old, with: new) }

  static let malformed: [(body: String, status: Int, names: String)] = [
    ("", 400, "body"), ("{", 400, "body"), ("[1,2]", 400, "body"), ("null", 400, ""),
    (with(#""network""#, #""netwerk""#), 400, "network"),
    (with("\"spectrum\"", "\"spektrum\""), 422, "spectrum"),
    (with(#""depth": 3"#, #""depth": 0"#), 422, "depth"),
    (with(#""depth": 3"#, #""depth": 1001"#), 422, "1000"),
    (with(#""depth": 3"#, #""depth": 2.5"#), 400, "whole"),
    (with(#""depth": 3"#, #""depth": 1e30"#), 400, ""),
    (with(#""inputs": 6"#, #""inputs": 401"#), 422, "400"),
    (with(#""inputs": 6"#, #""inputs": -1"#), 422, "inputs"),
    (with(#""samples": 50"#, #""samples": 0"#), 422, "samples"),
    (with("[2, 1.2, 0.5]", "[2, 1, 1, 1, 1]"), 422, "singularValues"),
    (with(#""depth": 3"#, #""depth": 3, "depth": 4"#), 400, "depth"),
    (with(#""depth": 3"#, #""depth": 3, "dept": 4"#), 400, "dept"),
    (with(#""norm": 4"#, #""norm": "4""#), 400, "a number"),
    (with("[2, 1.2, 0.5]", "[]"), 422, "singularValues"),
    (with("[2, 1.2, 0.5]", "[-2]"), 422, "singularValues"),
    (with("[2, 1.2, 0.5]", "[1e300]"), 422, "singularValues"),
    (with("[2, 1.2, 0.5]", "[1e999]"), 400, ""), (with("[2, 1.2, 0.5]", "[0, 0]"), 422, "zero"),
    (with(#""norm": 4"#, #""norm": 0"#), 422, "norm"), (with(#""norm": 4"#, #""norm": -3"#), 422, "norm"),
    (with(#""seed": 7"#, #""seed": -1"#), 400, "seeds"), (with(#""seed": 7"#, #""time": -1"#), 422, "time"),
    (with(#""seed": 7"#, #""method": "magic""#), 400, "method"),
    (with(#""seed": 7"#, #""method": "euler""#), 422, "step"),
    (with(#""seed": 7"#, #""tolerance": 1"#), 422, "tolerance"),
    (with(#""rank": 1"#, #""rank": 5, "widths": [3]"#), 422, "widths"),
    (with(#""rank": 1"#, #""rank": 401"#), 422, "400"),
    (
      #"{"problem": {"kind": "target", "target": [[1, 2], [3]], "samples": 5}, "network": {}, "start": {"kind": "random"}}"#,
      422, "rows"
    ),
    (
      #"{"problem": {"kind": "table", "name": "../../etc/passwd", "targets": ["y"]}, "network": {}, "start": {"kind": "random"}}"#,
      404, "tobacco"
    ),
    (
      #"{"problem": {"kind": "table", "name": "tobacco", "targets": ["nothing"]}, "network": {}, "start": {"kind": "random"}}"#,
      422, "nothing"
    ),
    (
      #"{"problem": {"kind": "reduced", "samples": 5, "inputScales": [1, 2], "labels": [[1]], "irreducible": 0}, "network": {}, "start": {"kind": "random"}}"#,
      422, "labels"
    ),
    (
      with(#"{"kind": "angle", "degrees": 50, "norm": 4}"#, #"{"kind": "unbalanced", "scale": 1e9}"#)
        .replacing(#""depth": 3"#, with: #""depth": 100"#), 422, "scale"
    ),
    (String(repeating: "[", count: 100_000), 400, ""),
  ]

  @Test(arguments: malformed.indices)
  func `what cannot be answered is refused by name`(index: Int) async throws {
    let lab = try await LabCase()
    let (body, status, name) = RefusalTests.malformed[index]
    for path in ["/api/solve", "/api/runs"] {
      let answer = try await lab.post(path, body)
      #expect(answer.status == status, "\(path) \(answer.text.prefix(300))")
      #expect(name.isEmpty || answer.message.contains(name), "\(answer.message)")
    }
    #expect(try await goesOn(lab))
  }

  @Test func `numbers at the ends of the range do not end the server`() async throws {
    let lab = try await LabCase()
    for value in ["1e12", "1e-12", "5e-324", "1e60", "1e7", "1e-200"] {
      for depth in [1, 2, 3, 1000] {
        for start in [
          #"{"kind": "random", "norm": \#(value)}"#, #"{"kind": "aligned", "norm": \#(value)}"#,
          #"{"kind": "angle", "degrees": \#(value), "norm": 1}"#,
          #"{"kind": "singular", "left": [1, \#(value)], "right": [-1, \#(value)]}"#,
        ] {
          let body = #"""
            {"problem": {"kind": "spectrum", "singularValues": [\#(value), \#(value)], "inputs": 3, "outputs": 2, "samples": 50},
             "network": {"depth": \#(depth), "rank": 1}, "start": \#(start)}
            """#
          let answer = try await lab.post("/api/solve", body)
          #expect([200, 422].contains(answer.status), "\(body): \(answer.text.prefix(200))")
        }
      }
    }
    #expect(try await goesOn(lab))
  }

  @Test func `a broken table is refused with its line and column`() async throws {
    let lab = try await LabCase()
    for (csv, words) in [
      ("x,y\n1,2\n3,four\n", ["line 3", "“y”", "four"]), ("x,y\n1,2\n3\n", ["line 3"]), ("", ["empty"]),
      ("x,x\n1,2\n", ["x"]), ("x,y\n1,\"2\n", ["quot"]), ("x,y\n1,nan\n2,1\n", ["missing", "line 2"]),
      ("\u{0}\u{1}\u{2}", []),
    ] {
      let answer = try await lab.request(
        "POST", "/api/data?name=mine.csv&target=y", Data(csv.utf8), type: "text/csv")
      #expect(answer.status == 422, "\(answer.text)")
      for word in words { #expect(answer.message.contains(word), "\(answer.message)") }
      #expect(!answer.message.contains("/tmp"))
    }
    let constant = try await lab.request(
      "POST", "/api/data?name=mine.csv&target=y", Data("x,y\n1,1\n1,2\n1,3\n".utf8), type: "text/csv")
    #expect(constant.status == 422)
    #expect(try await goesOn(lab))
  }

  @Test func `a body above the limit, or of no known length, is refused, and the rest of it is no request`()
    async throws
  {
    let lab = try await LabCase(["tableBytes": 1_048_576, "requestBytes": 1_048_576])
    let smuggled = "GET /api/data HTTP/1.1\r\nHost: localhost\r\n\r\n"
    let start = "POST /api/data HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
    let whole = try RawConnection(port: lab.port)
    whole.send(start + "Content-Length: 3000000\r\n\r\n" + smuggled + String(repeating: smuggled, count: 100))
    let answer = await whole.receive()
    #expect(answer.hasPrefix("HTTP/1.1 413") && answer.contains("MiB"))
    #expect(answer.matches(of: #/HTTP/1\.1 /#).count == 1)

    // A body whose length nobody knows is not begun with.
    let chunked = try RawConnection(port: lab.port)
    chunked.send(start + "Transfer-Encoding: chunked\r\n\r\n")
    #expect(await chunked.receive().hasPrefix("HTTP/1.1 411"))
    #expect(try await goesOn(lab))
  }

  @Test func `a form of another site cannot be taken for JSON, and verbs are told apart`() async throws {
    let lab = try await LabCase()
    let body = Data(SolveTests.matrixCase.utf8)
    for type in ["text/plain", "application/x-www-form-urlencoded", ""] {
      #expect(try await lab.request("POST", "/api/solve", body, type: type).status == 415)
    }
    #expect(try await lab.request("GET", "/api/solve").status == 405)
    #expect(try await lab.request("PUT", "/").status == 405)
    #expect(try await lab.request("DELETE", "/api/runs/nothing").status == 404)
  }

  @Test func `a client that stops in the middle of a request is let go, and others are served meanwhile`()
    async throws
  {
    let lab = try await LabCase(["idleSeconds": 0.5, "arrivalSeconds": 0.5, "requestSeconds": 2])
    let starts = [
      "", "GET / HT", "GET / HTTP/1.1\r\nHost: loc",
      "POST /api/solve HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n{",
    ]
    let slow = try (0..<20).map { i in
      let connection = try RawConnection(port: lab.port)
      connection.send(starts[i % starts.count])
      return connection
    }
    #expect(try await goesOn(lab))
    // Ends when the server closes; the connection's own limit of 300 s would leave text behind the mark unread and fail below.
    for connection in slow { _ = await connection.receive() }
    #expect(try await goesOn(lab))
  }
}
