import Foundation
import Testing

/// `record` in requests: observables along a run.
@Suite struct ObservableTests {
  /// Aligned with the target, so that its modes are the singular values, and balanced, so that those of the layers are their roots.
  static let aligned = #"""
    {"problem": {"kind": "spectrum", "singularValues": [3, 2, 1], "inputs": 6, "outputs": 5, "samples": 50},
     "network": {"depth": 3, "rank": 2}, "start": {"kind": "aligned", "norm": 0.01}}
    """#

  private func asking(_ names: String, of request: String = aligned) -> String {
    request.dropLast() + #", "record": \#(names)}"#
  }

  private func columns(_ name: String, of result: [String: Any]) throws -> [(goal: Double?, values: [Double])]
  {
    let recorded = try #require(result["recorded"] as? [[String: Any]])
    let entry = try #require(recorded.first { $0["observable"] as? String == name })
    return try #require(entry["columns"] as? [[String: Any]]).map {
      (goal: $0["goal"] as? Double, values: try #require($0["values"] as? [Double]))
    }
  }

  private func singularValues(_ result: [String: Any]) throws -> [[Double]] {
    let trajectory = try #require(result["trajectory"] as? [String: Any])
    return try #require(trajectory["singularValues"] as? [[Double]])
  }

  @Test func `modes, layers and effective rank are those of the singular values along an aligned run`()
    async throws
  {
    let lab = try await LabCase()
    let answer = try await lab.post(
      "/api/solve", asking(#"["modes", "layer-singular-values", "effective-rank"]"#))
    try #require(answer.status == 200, "\(answer.text)")
    let result = answer.object
    let σ = try singularValues(result)
    let modes = try columns("modes", of: result)
    let layers = try columns("layer-singular-values", of: result)
    let rank = try #require(try columns("effective-rank", of: result).first?.values)
    #expect(modes.count == 3 && layers.count == 6 && σ.count > 50)
    for (mode, goal) in zip(modes, [3.0, 2, 0]) {
      #expect((try #require(mode.goal) - goal).magnitude < 1e-12)
    }
    for (k, σ) in σ.enumerated() {
      // Round-off of a decomposition, relative to the largest.
      for i in 0..<2 {
        #expect((modes[i].values[k] - σ[i]).magnitude < 1e-12 * σ[0])
        for layer in 0..<3 {
          #expect((layers[2 * layer + i].values[k] / cbrt(σ[i]) - 1).magnitude < 1e-9)
        }
      }
      #expect(modes[2].values[k].magnitude < 1e-12 * σ[0])
      let p = σ.map { $0 / σ.reduce(0, +) }
      let entropy = p.reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
      #expect((rank[k] / exp(entropy) - 1).magnitude < 1e-9)
    }
  }

  @Test func `rank one on whitened data is recorded along a run, and has none where nothing is asked for`()
    async throws
  {
    let lab = try await LabCase()
    let plain = try await lab.post("/api/solve", SolveTests.matrixCase)
    #expect(plain.status == 200 && plain.object["recorded"] is NSNull || plain.object["recorded"] == nil)
    let nothing = try await lab.post("/api/solve", asking("[]", of: SolveTests.matrixCase))
    // Answered alone, so without a verdict.
    #expect(nothing.status == 200 && nothing.object["verdict"] == nil)
    #expect(try singularValues(nothing.object) == singularValues(plain.object))
    let answer = try await lab.post("/api/solve", asking(#"["modes"]"#, of: SolveTests.matrixCase))
    let modes = try columns("modes", of: answer.object)
    // The best of rank one is the first mode, where the run ends.
    for (mode, goal) in zip(modes, [2.0, 0, 0]) {
      #expect((try #require(mode.goal) - goal).magnitude < 1e-12)
      #expect((mode.values.last! - goal).magnitude < 1e-4)
    }
    #expect(answer.object["certificate"] != nil && answer.object["turningTime"] != nil)
  }

  @Test func `gradient descent and stepped runs record, too`() async throws {
    let lab = try await LabCase()
    let request = asking(#"["modes"]"#)
    let flow = try await lab.post("/api/solve", request).object
    let descent = try await lab.post("/api/descent", request.dropLast() + #", "step": 1e-4}"#).object
    let stepped = try await lab.post("/api/runs", request.dropLast() + #", "method": "cvode"}"#)
    let last = try #require(stepped.text.split(whereSeparator: \.isNewline).last)
    let event = try #require(
      try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    let run = try #require(event["result"] as? [String: Any])
    let first = try columns("modes", of: flow).map { $0.values[0] }
    for result in [descent, run] {
      let modes = try columns("modes", of: result)
      #expect(modes.map { $0.values.count } == modes.map { _ in modes[0].values.count })
      #expect(modes[0].values.count == (try singularValues(result)).count)
      for (mode, start) in zip(modes, first) { #expect((mode.values[0] - start).magnitude < 1e-12) }
      for (mode, goal) in zip(modes, [3.0, 2, 0]) { #expect((mode.values.last! - goal).magnitude < 1e-3) }
    }
  }

  @Test(arguments: [
    (#"["mode"]"#, "did you mean “modes”?"), (#"["modes", "nonsense"]"#, "nonsense"), (#""modes""#, "record"),
    (#"[1]"#, "record"), (#"["test-loss"]"#, "needs a file"), (#"["representations"]"#, "needs a file"),
  ])
  func `what cannot be recorded is refused in words, whatever the path`(names: String, words: String)
    async throws
  {
    let lab = try await LabCase()
    for path in ["/api/solve", "/api/runs", "/api/descent"] {
      let answer = try await lab.post(path, asking(names))
      #expect([400, 422].contains(answer.status), "\(path): \(answer.text)")
      #expect(answer.message.contains(words), "\(path): \(answer.text)")
    }
    #expect(try await lab.post("/api/solve", Self.aligned).status == 200)
  }

  @Test func `too many numbers at each time are refused`() async throws {
    let lab = try await LabCase()
    let deep = Self.aligned.replacing(#""depth": 3, "rank": 2"#, with: #""depth": 300, "rank": 1"#)
    let answer = try await lab.post("/api/solve", asking(#"["imbalances"]"#, of: deep))
    #expect(
      answer.status == 422 && answer.error == "limit" && answer.message.contains("400"), "\(answer.text)")
  }
}
