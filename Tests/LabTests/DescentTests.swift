import Foundation
import Testing

/// `POST /api/descent`: gradient descent beside the flow.
@Suite struct DescentTests {
  /// Two layers, one neuron, whitened: the balanced minimiser has λ_max = N m s_Z^{2−2/N} = 2·50·2.
  static let case2 = SolveTests.matrixCase.replacing(#""depth": 3"#, with: #""depth": 2"#)
    .replacing(#""norm": 4"#, with: #""norm": 1"#)
  static let largestStable = 2.0 / (2 * 50 * 2)

  private func descend(_ step: Double?, _ body: String = case2, limits: [String: Double] = [:]) async throws
    -> [String: Any]
  {
    let lab = try await LabCase(limits)
    let answer = try await lab.post(
      "/api/descent", step.map { body.dropLast() + #", "step": \#($0)}"# } ?? body)
    try #require(answer.status == 200, "\(answer.text)")
    return answer.object
  }

  private func number(_ path: String, of answer: [String: Any]) throws -> Double {
    let keys = path.split(separator: ".").map(String.init)
    let inner = keys.dropLast().reduce(answer) { $0[$1] as? [String: Any] ?? [:] }
    return try #require(inner[keys.last!] as? Double, "\(path)")
  }

  private func ending(_ answer: [String: Any]) -> String? {
    (answer["termination"] as? [String: Any])?["kind"] as? String
  }

  @Test func `the largest stable step is 2 over N m s_Z^p, and the usual step half of it`() async throws {
    let answer = try await descend(nil)
    let limit = try number("descent.promise.stability.limit", of: answer)
    // Sharpness is good to 1e-5.
    #expect((limit / DescentTests.largestStable - 1).magnitude < 2e-5)
    let atStart = try number("descent.promise.stability.limitAtStart", of: answer)
    let step = try number("descent.promise.step", of: answer)
    #expect((step / (min(limit, atStart) / 2) - 1).magnitude < 1e-12)
    #expect(ending(answer) == "converged")
  }

  @Test func `below the limit descent rests, above it oscillates, far above it diverges`() async throws {
    for (share, kind) in [(0.95, "converged"), (1.05, "oscillating"), (40, "diverged")] {
      let answer = try await descend(share * DescentTests.largestStable)
      #expect(ending(answer) == kind, "\(share)")
    }
  }

  @Test func `the trajectory is that of the iterates, and follows the flow to first order`() async throws {
    let lab = try await LabCase()
    let flow = try await lab.post("/api/solve", DescentTests.case2).object
    func gaps(_ answer: [String: Any]) throws -> (times: [Double], gaps: [Double]) {
      let trajectory = try #require(answer["trajectory"] as? [String: Any])
      return (
        try #require(trajectory["times"] as? [Double]), try #require(trajectory["gap"] as? [Double])
      )
    }
    let (t, ε) = try gaps(flow)
    // The flow's gap where it is a tenth of the start's, by the line through its logarithms.
    func passage(_ t: [Double], _ ε: [Double]) throws -> Double {
      let i = try #require(ε.firstIndex { $0 <= 0.1 * ε[0] })
      let share = log(0.1 * ε[0] / ε[i - 1]) / log(ε[i] / ε[i - 1])
      return t[i - 1] + share * (t[i] - t[i - 1])
    }
    let exact = try passage(t, ε)
    let errors = try await [0.02, 0.01].asyncMap { share in
      let answer = try await descend(share * DescentTests.largestStable)
      let step = try number("descent.promise.step", of: answer)
      let (times, values) = try gaps(answer)
      #expect(times.allSatisfy { ($0 / step - ($0 / step).rounded()).magnitude < 1e-6 })
      return (try passage(times, values) / exact - 1).magnitude
    }
    // Half the step, half the error: up to what interpolation between records adds.
    #expect(errors[0] < 0.02)
    #expect((errors[0] / errors[1] - 2).magnitude < 0.5, "\(errors)")
  }

  @Test func `a step that is proved never to raise the loss is told, whatever the step is`() async throws {
    let above = try await descend(DescentTests.largestStable)
    let largest = try number("largestSafeStep", of: above)
    #expect(largest > 0 && largest < DescentTests.largestStable)
    for (share, applies) in [(0.99, true), (1.01, false)] {
      let answer = try await descend(share * largest)
      #expect((try number("largestSafeStep", of: answer) / largest - 1).magnitude < 1e-9)
      let promise = try #require((answer["descent"] as? [String: Any])?["promise"] as? [String: Any])
      let theorems = try #require(
        (promise["certificate"] as? [String: Any])?["theorems"] as? [[String: Any]])
      #expect(theorems.first { $0["id"] as? String == "D21" }?["applies"] as? Bool == applies)
    }
  }

  @Test func `the sharpness stands beside 2 over the step, and is left out for large networks`() async throws
  {
    // By so small a step that the imbalances, whose drift is of first order in it, stay what they are to 1e-4.
    let answer = try await descend(0.01 * DescentTests.largestStable)
    let sharpness = try #require((answer["descent"] as? [String: Any])?["sharpness"] as? [String: Any])
    let values = try #require(sharpness["values"] as? [Double])
    let step = try number("descent.promise.step", of: answer)
    #expect((try number("limit", of: sharpness) * step / 2 - 1).magnitude < 1e-12)
    #expect((values.last! * DescentTests.largestStable / 2 - 1).magnitude < 1e-4)
    let large = try await descend(
      nil,
      #"{"problem": {"kind": "random", "inputs": 60, "outputs": 20, "samples": 80}, "network": {"depth": 2, "rank": 20}, "start": {"kind": "random", "norm": 1}}"#
    )
    #expect((large["descent"] as? [String: Any])?["sharpness"] is NSNull)
  }

  @Test func `it ends where its steps are used up`() async throws {
    let answer = try await descend(1e-9, limits: ["descentSteps": 500])
    #expect(ending(answer) == "budgetRanOut")
    #expect((try number("descent.count", of: answer)) == 500)
  }

  @Test func `other methods and steps that are none are refused`() async throws {
    let lab = try await LabCase()
    for (key, words) in [
      (#""method": "cvode""#, "gradient descent"), (#""flow": "induced""#, "gradient descent"),
      (#""step": 0"#, "“step”"), (#""step": -1"#, "“step”"), (#""stepp": 1"#, "stepp"),
    ] {
      let answer = try await lab.post("/api/descent", DescentTests.case2.dropLast() + ", \(key)}")
      #expect(answer.status == 422 || answer.status == 400, "\(answer.text)")
      #expect(answer.message.contains(words), "\(answer.text)")
    }
  }
}

extension Sequence where Element: Sendable {
  fileprivate func asyncMap<T>(_ f: (Element) async throws -> T) async rethrows -> [T] {
    var results: [T] = []
    for element in self { results.append(try await f(element)) }
    return results
  }
}
