import Foundation
import Report
import RunFiles
import Testing

@Suite struct ReportPageTests {
  @Test func `promise, observation and verdict of result.json stand on the page`() throws {
    let fixture = try ReportCase()
    let html = try fixture.html()
    let result = try RunFolder(fixture.folder).result
    for finding in result.certificate.theorems {
      for condition in finding.conditions {
        #expect(html.contains(HTML(condition.name).source))
        #expect(html.contains(HTML(condition.requirement).source))
      }
      let words = try #require(finding.conclusion ?? finding.reason)
      #expect(html.contains(HTML(words).source))
    }
    let answers = result.certificate.answers
    for answer in [answers.convergence, answers.speed, answers.certainty] {
      #expect(html.contains(HTML(answer.words).source))
    }
    #expect(result.verdict.kind == .globalMinimiser && html.contains("global minimiser"))
    let observation = try #require(result.observations.first { $0.id == "Theorem 4.4" })
    let times = observation.timeToAccuracy[3]
    for time in [try #require(times.observed), try #require(times.promised)] {
      #expect(html.contains(String(format: "%.4g", time)))
    }
    #expect(html.contains("bound kept"))
  }

  @Test func `events and their times stand on the page, and those that did not happen`() throws {
    let fixture = try ReportCase(events: ["sigma_1=1", "half-rise", "largest:loss", "sigma_1=1e6"])
    let html = try fixture.html()
    let events = try #require(try RunFolder(fixture.folder).result.events)
    #expect(events.contains { $0.time != nil } && events.last?.time == nil)
    for event in events {
      let row = try #require(
        html.firstMatch(
          of: try Regex(
            "<tr><th scope=\"row\">\(NSRegularExpression.escapedPattern(for: event.event))</th>(.*?)</tr>")))
      let cells = String(html[row.range])
      #expect(
        cells.contains(event.time.map { "<td>" + String(format: "%.6g", $0) + "</td>" } ?? "not in this run"),
        "\(cells)")
    }
    #expect(!html.contains("held-out row"))
    #expect(!(try ReportCase().html()).contains("id=\"events\""))
  }

  @Test func `where to stop for the sake of held-out rows stands on the page`() throws {
    // From three times the predictor, turned by 40°, to the predictor: of rows whose best is 3.5 times it, 3.5 cos 40° = 2.7 times is nearest on the way.
    let early = try ReportCase(heldOut: 3.5)
    let held = try #require(try RunFolder(early.folder).result.heldOut)
    let html = try early.html()
    #expect(html.contains("7 held-out rows: new.csv"))
    #expect(html.contains(String(format: "%.6g", try #require(held.leastTime))))
    #expect(html.contains(String(format: "%.6g", held.leastLoss / 7)))
    #expect(html.contains(String(format: "%.6g", held.finalLoss / 7)))
    #expect(html.contains("would have predicted them better"))
    // Of rows whose best it is itself the end is the best that the way has: the distance falls to the last.
    let late = try ReportCase(heldOut: 1).html()
    #expect(late.contains("nothing is gained by an earlier stop") && !late.contains("would have predicted"))
  }

  @Test func `every reference to an equation leads to its statement on the page`() throws {
    let fixture = try ReportCase()
    let html = try fixture.html()
    let targets = Set(html.matches(of: /id="(eq-[^"]+)"/).map { String($0.1) })
    let references = html.matches(of: /href="#([^"]+)"/).map { String($0.1) }
    #expect(references.count > 20)
    for reference in references { #expect(targets.contains(reference), "\(reference)") }
    // What the certificate cites is known, not left as plain text.
    for finding in try RunFolder(fixture.folder).result.certificate.theorems {
      for label in [finding.id] + finding.conditions.map(\.reference) {
        #expect(html.contains("class=\"equation\">\(HTML(label).source)</a>"), "\(label)")
      }
    }
    // Nor is anything else that looks like a reference.
    let cells = html.matches(of: /<td class="equation">(.*?)<\/td>/).map { String($0.1) }
    for cell in cells where !cell.isEmpty { #expect(cell.contains("<a "), "\(cell)") }
  }

  @Test func `names of columns, files and arguments cannot become markup`() throws {
    let hostile = [
      "<script>alert(1)</script>", "\"><img src=x onerror=alert(2)>", "</title><script>alert(3)</script>",
    ]
    let fixture = try ReportCase(
      inputs: hostile, output: "'<svg onload=alert(4)>", data: hostile[2], arguments: hostile,
      figures: [
        "convergence":
          #"{"description": "</script><script>alert(5)</script>", "title": {"text": "<b>"}, "layer": []}"#
      ])
    let html = try fixture.html(chartLibrary: "var library = '</script><!--';")
    // No tag of theirs, whatever its case, and no element that our own markup does not open.
    #expect(html.matches(of: /<script>/.ignoresCase()).isEmpty)
    #expect(html.matches(of: /<(img|svg|b)[ >]/.ignoresCase()).isEmpty)
    #expect(
      html.matches(of: /<\/script/.ignoresCase()).count == html.matches(of: #/<script /#.ignoresCase()).count)
    #expect(html.matches(of: /<\/title/.ignoresCase()).count == 1)
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    // Scripts need a nonce that nobody knows before.
    let nonces = Set(html.matches(of: /nonce="([^"]+)"/).map { String($0.1) })
    #expect(nonces.count == 1 && html.contains(HTML("script-src 'nonce-\(nonces.first!)'").source))
    #expect(try fixture.html(chartLibrary: "") != html)
  }

  @Test func `a figure's specification comes back from the page as it was`() throws {
    let specification =
      #"{"description": "a < b & c > d </script>", "title": {"text": "T"}, "layer": [{"x": 1.5}]}"#
    let html = try ReportCase(figures: ["convergence": specification]).html(chartLibrary: "")
    let data = try #require(
      html.firstMatch(of: /<script type="application\/json" id="figure-convergence">(.*?)<\/script>/))
    let found = try JSONSerialization.jsonObject(with: Data(data.1.utf8)) as? NSDictionary
    let expected = try JSONSerialization.jsonObject(with: Data(specification.utf8)) as? NSDictionary
    #expect(found != nil && found == expected)
  }

  @Test func `the page loads nothing from anywhere`() throws {
    let html = try ReportCase(figures: ["convergence": #"{"layer": []}"#]).html(chartLibrary: "let x = 1")
    for match in html.matches(of: /(?:src|href)="([^"]*)"/) {
      #expect(match.1.hasPrefix("#") || match.1.hasPrefix("data:"), "\(match.1)")
    }
    #expect(!html.contains("@import") && html.contains(HTML("default-src 'none'").source))
  }

  @Test func `a shell reads the command back as it was given`() throws {
    let arguments = ["it's here.csv", "--targets", "a b,$HOME,`x`", "--norm", "1e-3", "", "naïve\\n", "*"]
    let html = try ReportCase(arguments: arguments).html()
    let code = try #require(html.firstMatch(of: /<code>cd [^\n]*\n(.*?)<\/code>/)).1
    let command = code.replacing("&#39;", with: "'").replacing("&quot;", with: "\"").replacing(
      "&lt;", with: "<"
    )
    .replacing("&gt;", with: ">").replacing("&amp;", with: "&")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "linnet() { for word; do printf '%s\\0' \"$word\"; done; }\n\(command)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let words = pipe.fileHandleForReading.readDataToEndOfFile().split(
      separator: 0, omittingEmptySubsequences: false)
    process.waitUntilExit()
    #expect(words.dropLast().map { String(decoding: $0, as: UTF8.self) } == ["train"] + arguments)
  }

  @Test func `a folder without a result, or with a damaged one, is refused by name`() throws {
    let fixture = try ReportCase()
    try fixture.write("result.json", Data("{".utf8))
    #expect(throws: RunFileError.damagedResult(folder: fixture.folder, file: "result.json")) {
      try RunFolder(fixture.folder)
    }
    try FileManager.default.removeItem(atPath: fixture.folder + "/result.json")
    #expect(throws: RunFileError.missing(folder: fixture.folder, file: "result.json")) {
      try RunFolder(fixture.folder)
    }
    #expect(throws: RunFileError.missing(folder: "/nonexistent", file: "run.json")) {
      try RunFolder("/nonexistent")
    }
  }

  @Test func `a specification that is no JSON is left out instead of breaking the page`() throws {
    let html = try ReportCase(figures: ["broken": "{", "convergence": #"{"layer": []}"#]).html(
      chartLibrary: "")
    #expect(html.contains("figure-convergence") && !html.contains("figure-broken"))
  }
}
