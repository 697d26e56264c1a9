import Foundation
import LinearAlgebra
import LinearNetworks
import Testing
import Theory
import Training

@Suite struct SolveTests {
  static let matrixCase = #"""
    {"problem": {"kind": "spectrum", "singularValues": [2, 1.2, 0.5], "inputs": 6, "outputs": 4, "samples": 50, "seed": 3},
     "network": {"depth": 3, "rank": 1}, "start": {"kind": "angle", "degrees": 50, "norm": 4}, "seed": 7}
    """#

  @Test(arguments: [2, 3, 7])
  func `the closed form answers what stepping finds`(depth: Int) async throws {
    let lab = try await LabCase()
    let answer = try await lab.post(
      "/api/solve", SolveTests.matrixCase.replacing(#""depth": 3"#, with: #""depth": \#(depth)"#))
    #expect(answer.status == 200)
    let trajectory = try #require(answer.object["trajectory"] as? [String: Any])
    let times = try #require(trajectory["times"] as? [Double])
    let distances = try #require(trajectory["distanceToTarget"] as? [Double])
    let gaps = try #require(trajectory["gap"] as? [Double])

    let Z = SyntheticData.target(singularValues: [2, 1.2, 0.5], inputs: 6, outputs: 4, seed: 4)
    let problem = Problem(target: Z, sampleCount: 50)
    let Z1 = Z.singularValueDecomposition.truncated(to: 1)
    let start = try Start.angle(degrees: 50, norm: 4).network(
      widths: [6] + Array(repeating: 1, count: depth - 1) + [4], target: Z1, seed: 7)
    var options = TrainingOptions()
    options.method = .erk
    options.outputTimes = [times[60], times[150], times[220]]
    options.finalTime = times[220]
    let outcome = TrainingRun(problem: problem, start: start, options: options).run()
    // The integrator's accuracy, 1e-10 relative to W, which is at most 4·‖Z_1‖ = 8; a gap of size g moves by ‖∇L_1‖ times that.
    for (t, i) in zip(options.outputTimes, [60, 150, 220]) {
      let record = try #require(outcome.records.first { $0.time == t })
      #expect((record.distanceToTarget - distances[i]).magnitude <= 1e-9 * 8)
      #expect((record.gap - gaps[i]).magnitude <= 50 * 1e-9 * 8 * max(8, distances[i]))
    }
  }

  @Test func `the answer has the keys of result.json and a kept promise`() async throws {
    let lab = try await LabCase()
    let result = try await lab.post(
      "/api/solve",
      #"{"problem": {"kind": "random", "inputs": 5, "outputs": 1, "samples": 50}, "network": {"depth": 3}, "start": {"kind": "angle", "degrees": 30, "norm": 10}}"#
    ).object
    for key in [
      "problem", "target", "globalMinimum", "certificate", "observations", "turningTime", "method",
      "trajectory",
      "plateaus", "termination",
    ] {
      #expect(result[key] != nil, "\(key)")
    }
    let observations = try #require(result["observations"] as? [[String: Any]])
    let bounded = observations.filter { $0["on"] is String }
    #expect(bounded.map { $0["id"] as? String } == ["Theorem 4.4"])
    for observation in observations { #expect((observation["violations"] as? [Any])?.isEmpty == true) }
    // The bound is above the observed distance at every time, and that times are reached as promised.
    let trajectory = try #require(result["trajectory"] as? [String: Any])
    let theorem = try theorem("Theorem 4.4", of: result)
    let curve = try JSONDecoder().decode(
      DecayCurve.self, from: JSONSerialization.data(withJSONObject: try #require(theorem["curve"])))
    let times = try #require(trajectory["times"] as? [Double])
    let distances = try #require(trajectory["distanceToTarget"] as? [Double])
    let unit = try #require((result["globalMinimum"] as? [String: Any])?["minimiserNorm"] as? Double)
    #expect(times.count > 100)
    for (t, d) in zip(times, distances) {
      #expect(d <= unit * curve.value(at: t).squareRoot() * (1 + 1e-12))
    }
    for row in try #require(bounded.first?["timeToAccuracy"] as? [[String: Any]]) {
      if let observed = row["observed"] as? Double {
        #expect(observed <= row["promised"] as? Double ?? -1)
      }
    }
    #expect(bounded.first?["count"] as? Int == times.count)
  }

  /// What the certificate of an answer says about a theorem.
  private func theorem(_ label: String, of answer: [String: Any]) throws -> [String: Any] {
    let certificate = try #require(answer["certificate"] as? [String: Any])
    let theorems = try #require(certificate["theorems"] as? [[String: Any]])
    return try #require(theorems.first { $0["id"] as? String == label })
  }

  @Test func `the references are listed, and every label of an answer is among them`() async throws {
    let lab = try await LabCase()
    let listed = try await lab.request("GET", "/api/references")
    #expect(listed.status == 200)
    let references = try #require(try JSONSerialization.jsonObject(with: listed.body) as? [[String: Any]])
    let labels = Set(references.compactMap { $0["label"] as? String })
    #expect(labels.count == Reference.all.count)
    for reference in references {
      #expect(Set(reference.keys) == ["label", "title", "statement", "formula", "source", "aspect"])
    }
    let answer = try await lab.post("/api/solve", SolveTests.matrixCase).object
    let certificate = try #require(answer["certificate"] as? [String: Any])
    for theorem in try #require(certificate["theorems"] as? [[String: Any]]) {
      #expect(labels.contains(theorem["id"] as? String ?? ""))
      for condition in try #require(theorem["conditions"] as? [[String: Any]]) {
        #expect(labels.contains(condition["reference"] as? String ?? ""))
      }
    }
  }

  @Test func `a start on the basin's boundary ends at the second pair, one beside it at the target`()
    async throws
  {
    let lab = try await LabCase()
    func basin(_ right: String) async throws -> (theorem: [String: Any], size: Double) {
      let body = SolveTests.matrixCase.replacing(
        #"{"kind": "angle", "degrees": 50, "norm": 4}"#,
        with: #"{"kind": "singular", "left": [1, 0.6], "right": [\#(right), 0.6], "size": 0.5}"#)
      let answer = try await lab.post("/api/solve", body).object
      let trajectory = try #require(answer["trajectory"] as? [String: Any])
      let sizes = try #require(trajectory["singularValues"] as? [[Double]])
      return (try theorem("D5", of: answer), try #require(sizes.last?.first))
    }
    // In a basis that rounds, p_1 = 0 holds up to round-off only: the picture shows the second pair, and nothing is called certain.
    let on = try await basin("-1")
    #expect((on.size - 1.2).magnitude < 1e-3)
    #expect(on.theorem["limit"] is NSNull)
    #expect((on.theorem["reason"] as? String)?.contains("zero up to its round-off") == true)
    let beside = try await basin("-0.999")
    #expect((beside.size - 2).magnitude < 1e-3)
    #expect(beside.theorem["limit"] as? String == "globalMinimiser")
  }

  @Test func `a table of the server and the same table sent as CSV give the same answer`() async throws {
    let lab = try await LabCase()
    let csv = try Data(contentsOf: LabCase.sources.appendingPathComponent("Examples/data/tobacco.csv"))
    let listed = try await lab.request("GET", "/api/data")
    let tables = try #require(try JSONSerialization.jsonObject(with: listed.body) as? [[String: Any]])
    let tobacco = try #require(tables.first { $0["name"] as? String == "tobacco" })
    let target = try #require((tobacco["columns"] as? [String])?.first)
    let rest = #""network": {"depth": 3, "rank": 1}, "start": {"kind": "angle", "degrees": 20, "norm": 2}"#
    let held = try await lab.post(
      "/api/solve", #"{"problem": {"kind": "table", "name": "tobacco", "targets": ["\#(target)"]}, \#(rest)}"#
    )
    let sent = try await lab.request(
      "POST", "/api/data?name=t.csv&target=\(target)&prepare=whiten", csv, type: "text/csv")
    #expect(sent.status == 200)
    let problem = try JSONSerialization.data(withJSONObject: try #require(sent.object["problem"]))
    let again = try await lab.post(
      "/api/solve", "{\"problem\": \(String(decoding: problem, as: UTF8.self)), \(rest)}")
    // One output: the path depends on the angle, the sizes and the number of samples alone, not on the coordinates. Times agree to the round-off of the
    // preparation, 1e-12, times the sensitivity of the time to a distance of 1e-7, a factor of some ten.
    for key in ["times", "distanceToTarget"] {
      let (a, b) = (try trajectory(held, key), try trajectory(again, key))
      #expect((a[0] - b[0]).magnitude <= 1e-10 * a[0].magnitude)
      #expect((a.last! - b.last!).magnitude <= 1e-6 * a.last!)
    }
  }

  private func trajectory(_ answer: Answer, _ key: String) throws -> [Double] {
    try #require((answer.object["trajectory"] as? [String: Any])?[key] as? [Double])
  }

  @Test func `a table of any form is read as the command reads it`() async throws {
    let lab = try await LabCase()
    let fixtures = LabCase.sources.appendingPathComponent("Tests/SamplesTests/Fixtures")
    func columns(_ answer: Answer) -> [String] { answer.object["inputs"] as? [String] ?? [] }
    for (name, target, words) in [
      ("utf16le.csv", "y", "UTF-16"), ("windows1252.csv", "y", "Windows-1252"),
      ("semicolon.csv", "y", "semicolons"),
      ("packed.csv.gz", "y", ""), ("index.csv", "y", "left out"), ("blank.txt", "y", "blanks"),
    ] {
      let bytes = try Data(contentsOf: fixtures.appendingPathComponent(name))
      let listed = try await lab.request("POST", "/api/data?name=\(name)", bytes, type: "text/csv")
      #expect(
        listed.status == 200 && (listed.object["columns"] as? [String])?.last == target, "\(listed.text)")
      let sent = try await lab.request(
        "POST", "/api/data?name=\(name)&target=\(target)", bytes, type: "application/octet-stream")
      #expect(sent.status == 200, "\(name): \(sent.text)")
      let notices = (sent.object["notices"] as? [String] ?? []).joined()
      #expect(words.isEmpty || notices.contains(words), "\(notices)")
      #expect(!sent.text.contains("/tmp"))
    }
    let archive = try Data(contentsOf: fixtures.appendingPathComponent("arrays.npz"))
    let several = try await lab.request(
      "POST", "/api/data?name=arrays.npz&target=column1", archive, type: "application/octet-stream")
    #expect(several.status == 422 && several.message.contains("arrays.npz:X"), "\(several.text)")
    let array = try await lab.request(
      "POST", "/api/data?name=arrays.npz:X&target=column1&prepare=center", archive,
      type: "application/octet-stream")
    #expect(array.status == 200, "\(array.text)")

    // Words are refused, left out, or coded; gaps likewise.
    let words = try Data(contentsOf: fixtures.appendingPathComponent("words.csv"))
    let path = "/api/data?name=words.csv&target=y&prepare=center"
    let refused = try await lab.request("POST", path, words, type: "text/csv")
    #expect(refused.status == 422 && refused.message.contains("“encode”: “auto”"), "\(refused.text)")
    let coded = try await lab.request("POST", path + "&encode=auto&drop=note", words, type: "text/csv")
    #expect(columns(coded).contains("species=virginica"), "\(coded.text)")
    let missing = try Data(contentsOf: fixtures.appendingPathComponent("missing.csv"))
    let gaps = "/api/data?name=missing.csv&target=y&prepare=center&drop=species"
    #expect(
      try await lab.request("POST", gaps, missing, type: "text/csv").message.contains("“missing”: “drop”"))
    for (way, left) in [("drop", 20), ("mean", 23), ("indicator", 23)] {
      let answer = try await lab.request("POST", gaps + "&missing=\(way)", missing, type: "text/csv")
      #expect(answer.object["samples"] as? Int == left, "\(answer.text)")
    }
    let unknown = try await lab.request("POST", gaps + "&missing=maybe", missing, type: "text/csv")
    #expect(unknown.status == 422 && unknown.message.contains("refuse, drop, mean, indicator"))
  }

  @Test func `what has no closed form is said to need a run`() async throws {
    let lab = try await LabCase()
    let answer = try await lab.post(
      "/api/solve",
      SolveTests.matrixCase.replacing(#""rank": 1"#, with: #""rank": 3"#).replacing("angle", with: "random"))
    #expect(answer.status == 200)
    #expect((answer.object["needsRun"] as? String)?.contains("no closed form") == true)
  }

  /// W_0 = (0.6, 0.8)ᵀ(0.28, 0.96) has rank one on paper, and 1e-17 of a second direction in doubles: the exact flow stays below rank two.
  @Test func `what only round-off decides is not called converged`() async throws {
    let lab = try await LabCase()
    let answer = try await lab.post(
      "/api/solve",
      #"""
      {"problem": {"kind": "target", "target": [[2.1, 1.3], [0.7, 3.2]], "samples": 1}, "network": {"depth": 2, "rank": 2},
       "start": {"kind": "matrix", "matrix": [[0.168, 0.576], [0.224, 0.768]]}}
      """#)
    #expect(answer.status == 200, "\(answer.text.prefix(300))")
    let termination = answer.object["termination"] as? [String: Any]
    let verdict = answer.object["verdict"] as? [String: Any]
    let kind = try #require(termination?["kind"] as? String)
    #expect(
      kind == "decidedByRoundOff" || kind == "onPlateau" || verdict?["kind"] as? String == "strictSaddle",
      "\(kind) \(answer.text.suffix(600))")
  }
}
