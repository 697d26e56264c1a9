import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing
import Theory

/// A theorem that this file adds to the catalogue: a single layer on whitened data moves on a straight line.
private struct Mine: Theorem {
  let reference = Reference(
    "Mine", .publication("this test"), "straight line", "N = 1, whitened: ‖W − W*‖ = ‖W_0 − W*‖ e^{−mt}")

  func conditions(in setting: Setting) -> [Condition] {
    [
      Condition("depth", "N", reference, setting.depth, .equal, 1),
      Condition(
        "whitened data", "‖XXᵀ/c − I‖", reference, setting.whiteningDefect, .atMost, Setting.defectTolerance),
    ]
  }

  func conclusion(in setting: Setting) throws(Silence) -> Conclusion {
    let minimiser = setting.problem.crossCovariance
    let distance = (minimiser - setting.matrix).frobeniusNorm / minimiser.frobeniusNorm
    guard distance > 0 else { throw Silence("the start is the minimiser") }
    return Conclusion(
      "‖W − W*‖ falls like e^(−mt)", limit: .globalMinimiser,
      bound: Bound(
        on: .distance, DecayCurve(points: [(0, 2 * log(distance))], rate: 2 * setting.inputPower)))
  }
}

@Suite struct CatalogueTests {
  /// Starts on which every theorem speaks at least once, and is silent at least once where it can be.
  private var settings: [Setting] {
    let (Z, one) = (Matrix.diagonal([2, 1]), Matrix.diagonal([1, 0]))
    let problem = Problem(target: Z, sampleCount: 10)
    var generator = SeededGenerator(seed: 7)
    let gaussian = LinearNetwork(layers: (0..<2).map { _ in .gaussian(2, 2, using: &generator) })
    return ReferenceTrajectory.all.map(\.setting) + [
      Setting(target: Z, start: Matrix.diagonal([2, 0.5]), depth: 2),
      Setting(target: Z, start: Matrix.diagonal([1, -1]), depth: 3),
      Setting(target: Z, start: one, depth: 3),
      Setting(target: Matrix.diagonal([0, 0]), start: one, depth: 2),
      Setting(target: Z, start: one, depth: 1),
      Setting(problem: problem, start: gaussian),
      // Zero-asymmetric: D_1 = −I keeps the first layer from zero.
      Setting(problem: problem, start: LinearNetwork(layers: [.identity(2), 0 * Z])),
      // Close to the minimiser in every layer.
      Setting(
        problem: problem, start: LinearNetwork(layers: [.diagonal([1.5, 1]), .diagonal([1.33, 0.99])])),
    ]
  }

  @Test func `labels are unique, and every reference says something`() {
    let labels = Reference.all.map(\.label)
    #expect(Set(labels).count == labels.count)
    for reference in Reference.all {
      #expect(Reference.labelled(reference.label) == reference)
      #expect(!reference.title.isEmpty && !reference.statement.isEmpty, "\(reference.label)")
    }
    #expect(Reference.labelled("Theorem 9.9") == nil)
  }

  @Test func `every derived result has its derivation in the document, under its label`() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Documentation/derived.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let derived = Reference.all.filter { $0.source == .derived }.map(\.label)
    #expect(derived.count >= 20)
    for label in derived {
      #expect(
        text.contains("\(label) ") || text.contains("\(label).") || text.contains("\(label):"), "\(label)")
    }
    // And the other way round: every heading with a label is a reference.
    for match in text.matches(of: #/\n## (D[0-9]+[a-z]?) /#) {
      #expect(Reference.labelled(String(match.1)) != nil, "\(match.1)")
    }
  }

  @Test func `every theorem of the catalogue has a reference of its own, and cites references that exist`() {
    let own = Catalogue.all.map(\.reference)
    #expect(Set(own.map(\.label)).count == own.count)
    for reference in own { #expect(Reference.labelled(reference.label) == reference, "\(reference.label)") }
    var (spoke, silent) = (Set<String>(), Set<String>())
    for setting in settings {
      for finding in Certificate(setting).theorems {
        #expect(Reference.labelled(finding.id) != nil)
        for condition in finding.conditions {
          #expect(Reference.labelled(condition.reference) != nil, "\(condition.reference)")
        }
        if finding.applies { spoke.insert(finding.id) } else { silent.insert(finding.id) }
      }
    }
    #expect(Set(own.map(\.label)).subtracting(spoke) == [])
    // These two hold always.
    #expect(Set(own.map(\.label)).subtracting(silent) == ["Theorem 2.7", "Bah (a)"])
  }

  @Test func `a theorem of one's own stands in the certificate, the text, JSON and the observations`() throws
  {
    let setting = Setting(target: Matrix.diagonal([2, 1]), start: Matrix.diagonal([1, 3]), depth: 1)
    let certificate = Certificate(setting, theorems: Catalogue.all + [Mine()])
    #expect(certificate.theorems.count == Catalogue.all.count + 1)
    #expect(certificate.lines.contains { $0.hasPrefix("✓ Mine") })
    let alone = Certificate(setting, theorems: [Mine()])
    #expect(alone.best == "Mine" && alone.conclusion.contains("(Mine)"))
    #expect(alone.lines.contains { $0.hasPrefix("Mine") })
    #expect(
      try JSONDecoder().decode(Certificate.self, from: JSONEncoder().encode(certificate)) == certificate)
    // W − W* = e^{−10t}(W_0 − W*), of squared length 5 at the start.
    let times = (0..<50).map { Double($0) / 50 }
    let values = times.map { ObservedTrajectory.Value(exp(-20 * $0), error: 1e-12) }
    let observation = try #require(
      certificate.observations(along: ObservedTrajectory(times: times, gaps: values, distances: values)).first
      {
        $0.id == "Mine"
      })
    #expect(!observation.isViolated && observation.tightestMargin.map { $0 < 1e-9 } == true)
    // Where its condition fails it is silent, in the words of the condition.
    let deep = Setting(target: Matrix.diagonal([2, 1]), start: Matrix.diagonal([1, 3]), depth: 2)
    #expect(
      Certificate(deep, theorems: [Mine()]).finding("Mine")?.reason == "needs N = 1: it is 2")
    #expect(
      Certificate(deep, theorems: [Mine()]).conclusion == "No theorem names the limit of exactly this start.")
  }

  @Test
  func `certain goes before almost every, a bound before none, the earlier bound first, then the order`() {
    let setting = Setting(target: .identity(1), start: .identity(1), depth: 2)
    func claim(_ label: String, _ strength: Strength, rate: Double? = nil, limit: Limit? = .globalMinimiser)
      -> Claimed
    {
      Claimed(
        reference: Reference(label, .publication("a test"), "a claim", "what a test claims"),
        conclusion: Conclusion(
          label, limit: limit, strength: strength,
          bound: rate.map { Bound(on: .gap, DecayCurve(points: [(0, 0)], rate: $0)) }))
    }
    func best(_ claims: Claimed...) -> String? { Certificate(setting, theorems: claims).best }
    #expect(best(claim("a", .almostEvery, rate: 9), claim("b", .certain)) == "b")
    #expect(best(claim("a", .certain), claim("b", .certain, rate: 1)) == "b")
    #expect(best(claim("a", .certain, rate: 1), claim("b", .certain, rate: 2)) == "b")
    #expect(best(claim("a", .certain, rate: 1), claim("b", .certain, rate: 1)) == "a")
    #expect(best(claim("a", .certain), claim("b", .certain)) == "a")
    // A bound without a limit, or one that never falls, is no promise about the limit.
    #expect(best(claim("a", .certain, rate: 9, limit: nil), claim("b", .almostEvery)) == "b")
    #expect(best(claim("a", .certain, rate: 0), claim("b", .certain, rate: 1)) == "b")
    #expect(best(claim("a", .certain, rate: 9, limit: nil)) == nil)
    // What is said only of almost every start says so, and that its time is not bounded.
    let conclusion = Certificate(setting, theorems: [claim("a", .almostEvery)]).conclusion
    #expect(
      conclusion
        == "For almost every start like this one gradient flow converges to a global minimiser; how long it takes is not bounded (a)."
    )
    #expect(
      Certificate(setting, theorems: [claim("a", .certain, rate: 2)]).conclusion.contains("by t = 6.908"))
  }

  @Test func `the lines of a certificate fit a screen, whatever a theorem says`() {
    for setting in settings {
      let lines = Certificate(setting).lines
      #expect(lines.allSatisfy { $0.count <= 110 }, "\(lines.joined(separator: "\n"))")
      #expect(lines.first?.hasPrefix("Conclusion") == true)
    }
  }
}
