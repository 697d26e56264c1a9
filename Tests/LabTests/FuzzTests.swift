import Foundation
import Lab
import LinearAlgebra
import Testing

/// Damaged requests and limits: each is answered in words, and the lab goes on.
///
/// The same ones in every round; `LINNET_FUZZ` says how many of each kind.
@Suite struct FuzzTests {
  private static let count = min(
    Int(ProcessInfo.processInfo.environment["LINNET_FUZZ"] ?? "") ?? 1000, 20_000)

  private static let request = """
    {"problem": {"kind": "spectrum", "singularValues": [2, 1], "inputs": 4, "outputs": 3, "samples": 50, "seed": 3},
     "network": {"depth": 3, "rank": 1}, "start": {"kind": "angle", "degrees": 50, "norm": 0.3}}
    """

  /// One to three changes: a number, a word or a key of another kind, a piece left out or doubled, a bit.
  private func changed(_ text: String, _ generator: inout SeededGenerator) -> Data {
    let words = [
      "1e308", "-1e300", "NaN", "null", "[]", "{}", "-1", "0", "9223372036854775807", "1e-320", "\"", ",",
      "true",
      "\"kind\"", "1e999", "401", "\u{0}",
    ]
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      guard !bytes.isEmpty else { break }
      let i = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, i + Int.random(in: 1...16, using: &generator))
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[i] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[i] = UInt8.random(in: 0x30...0x39, using: &generator)
      case 2: bytes.removeSubrange(i..<end)
      case 3: bytes.insert(contentsOf: bytes[i..<end], at: i)
      case 4:
        // A whole number or word of the request in the place of another.
        let numbers = text.matches(of: /-?\d+(\.\d+)?|"[a-z]+"/)
        let old = numbers.randomElement(using: &generator)!
        bytes = Array(
          text.replacingCharacters(in: old.range, with: words.randomElement(using: &generator)!).utf8)
      default: bytes.replaceSubrange(i..<end, with: Array(words.randomElement(using: &generator)!.utf8))
      }
    }
    return Data(bytes)
  }

  @Test(arguments: ["/api/solve", "/api/runs"])
  func `requests`(path: String) async throws {
    let lab = try await LabCase(["solveSeconds": 0.2, "runSeconds": 0.2])
    #expect(try await lab.request("POST", path, Data(Self.request.utf8)).status == 200)
    var generator = SeededGenerator(seed: 21)
    var refused = 0
    for _ in 0..<Self.count / 2 {
      let body = changed(Self.request, &generator)
      let answer = try await lab.request("POST", path, body)
      if answer.status != 200 {
        refused += 1
        #expect(
          [400, 413, 422].contains(answer.status),
          "\(answer.status): \(String(decoding: body, as: UTF8.self))")
        #expect(!answer.message.isEmpty && !answer.message.contains("Swift."), "\(answer.text)")
      }
    }
    #expect(refused > 0)
    #expect(try await lab.request("POST", path, Data(Self.request.utf8)).status == 200)
  }

  @Test func `limits`() throws {
    let text = #"{"depth": 40, "dimension": 300, "runSeconds": 2.5, "connections": 16}"#
    #expect(try LabLimits(json: Data(text.utf8)).depth == 40)
    #expect(throws: LabError.self) { try LabLimits(json: Data(#"{"depth": 40, "depth": 41}"#.utf8)) }
    var generator = SeededGenerator(seed: 22)
    var refused = 0
    for _ in 0..<Self.count {
      do {
        let limits = try LabLimits(json: changed(text, &generator))
        #expect(limits.depth > 0 && limits.dimension > 0 && limits.runSeconds > 0 && limits.connections > 0)
      } catch {
        refused += 1
        #expect(!"\(error)".isEmpty)
      }
    }
    #expect(refused > 0)
  }
}
