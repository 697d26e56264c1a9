import Foundation
import LinearAlgebra
import LinearNetworks
import Synchronization
import Testing
import Verification

/// One number in (0, 1) and a network to go with it.
private struct Number: Instance {
  let x: Double
  var exhibit: Exhibit {
    Exhibit(
      data: .target(Matrix(1, 1) { _, _ in 1 }, sampleCount: 1),
      start: LinearNetwork(layers: [Matrix(1, 1) { _, _ in x }]))
  }
}

private let half = Hypothesis<Number>("x ≤ 1/2", broken: { Number(x: 0.5 + 0.5 * $0.real()) }) { $0.x <= 0.5 }

/// x ≤ bound.
private func claim(
  _ bound: Double, expectation: Claim.Expectation = .holds, hypotheses: [Hypothesis<Number>] = [],
  mutants: [Mutant<Number>] = []
) -> Claim {
  Claim(
    "number", title: "A number is small", formula: "x ≤ \(bound)", source: "test", expectation: expectation,
    instances: { Number(x: $0.real()) }, hypotheses: hypotheses, mutants: mutants
  ) { [.atMost($0.x, bound, unit: 1, roundOff: 0)] }
}

private func effort(_ instances: Int, workers: Int = 2) -> Effort {
  var effort = Effort()
  effort.instances = instances
  effort.workers = workers
  return effort
}

private func report(_ claim: Claim, instances: Int = 200) -> ClaimReport {
  VerificationRun([claim], effort: effort(instances)).reports()[0]
}

struct VerificationRunTests {
  @Test func `a true statement holds, and its mutant is caught`() {
    let report = report(
      claim(0.5, hypotheses: [half], mutants: [Mutant("1/4") { [.atMost($0.x, 0.25, unit: 1, roundOff: 0)] }])
    )
    #expect(report.verdict == .holds)
    #expect(report.instances == 200)
    #expect(report.violations == 0)
    #expect(report.mutations.map(\.isCaught) == [true])
    #expect(report.isAsExpected)
    // x > 1/2 breaks the hypothesis and, here, always the conclusion.
    #expect(report.dropped.map(\.hypothesis) == ["x ≤ 1/2"])
    #expect(report.dropped.allSatisfy { $0.failed == $0.tried && $0.tried > 0 && $0.counterexample != nil })
  }

  @Test func `a mutant that is no worse than the statement is reported as not caught`() {
    let report = report(claim(1, mutants: [Mutant("2") { [.atMost($0.x, 2, unit: 1, roundOff: 0)] }]))
    #expect(report.verdict == .holds)
    #expect(report.mutations.map(\.isCaught) == [false])
    #expect(!report.isAsExpected)
  }

  @Test func `a false statement is violated, and a counterexample is kept`() throws {
    let report = report(claim(0.9))
    #expect(report.verdict == .violated)
    #expect(!report.isAsExpected)
    let found = try #require(report.counterexample)
    #expect(found.margin < 0)
    let exhibit = try #require(claim(0.9).exhibit(of: found))
    #expect(exhibit.start.layers[0][0, 0] > 0.9)
  }

  @Test func `what is known to be wrong must fail`() {
    #expect(report(claim(0.9, expectation: .fails(correction: "x ≤ 1"))).verdict == .failsAsExpected)
    let holds = report(claim(1, expectation: .fails(correction: "none")))
    #expect(holds.verdict == .unexpectedlyHolds)
    #expect(!holds.isAsExpected)
  }

  @Test func `the search finds what the sample misses`() throws {
    // x > 0.99999 is hit by one random instance in 100,000.
    let report = report(claim(0.99999), instances: 400)
    #expect(report.violations == 0)
    #expect(report.verdict == .violated)
    let search = try #require(report.search)
    #expect(search.foundMargin < 0 && search.sampledMargin > 0)
  }

  @Test func `a margin that is not a number counts as a violation`() {
    let claim = Claim(
      "nan", title: "", formula: "", source: "", instances: { Number(x: $0.real()) }
    ) { _ in [.atMost(.nan, 1, unit: 1, roundOff: 1)] }
    #expect(report(claim, instances: 10).verdict == .violated)
  }

  @Test func `a hypothesis that nothing satisfies leaves the statement unfinished`() {
    let never = Hypothesis<Number>("never") { _ in false }
    let report = report(claim(1, hypotheses: [never]), instances: 5)
    #expect(report.verdict == .unfinished)
    #expect(report.instances == 0)
  }

  @Test func `an interruption keeps what was done and says what is not finished`() {
    let trials = Mutex(0)
    let reports = VerificationRun([claim(1), claim(1)], effort: effort(1000)).reports(
      isInterrupted: {
        trials.withLock {
          $0 += 1; return $0 > 300
        }
      })
    #expect(reports.map(\.verdict) == [.unfinished, .unfinished])
    #expect(reports[0].instances > 0 && reports[0].instances < 1000)
    #expect(reports[1].instances == 0)
  }

  @Test func `the same seed gives the same report whatever the number of threads, and another seed another`()
    throws
  {
    let claims = ["theorem-3.8", "lemma-4.2-printed", "eq-17", "lemma-2.4"].flatMap(Claim.named)
    func report(workers: Int, seed: UInt64 = 1) throws -> String {
      var effort = effort(60, workers: workers)
      effort.seed = seed
      let reports = VerificationRun(claims, effort: effort).reports()
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "∞", negativeInfinity: "-∞", nan: "nan")
      return try String(decoding: encoder.encode(reports), as: UTF8.self)
        .replacing(/"seconds":[-+.e0-9]+/, with: "")
    }
    setBLASThreads(1)
    let one = try report(workers: 1)
    #expect(try report(workers: 4) == one)
    #expect(try report(workers: 1, seed: 2) != one)
  }
}

struct ComparisonTests {
  @Test func `a comparison allows its round-off and nothing more`() {
    let within = Comparison.atMost(1 + 1e-15, 1, unit: 1, roundOff: 1e-14)
    #expect(!within.isViolated)
    #expect(Comparison.atMost(1 + 1e-13, 1, unit: 1, roundOff: 1e-14).isViolated)
    #expect(!Comparison.equal(1, 1 + 1e-15, unit: 1, roundOff: 1e-14).isViolated)
    #expect(Comparison.equal(1, 1 + 1e-13, unit: 1, roundOff: 1e-14).isViolated)
    #expect(Comparison.atMost(2, 1, unit: 4, roundOff: 0).margin == -0.25)
    #expect([within, .atMost(3, 1, unit: 1, roundOff: 0)].worst?.left == 3)
  }

  @Test func `a histogram counts every value once`() {
    let comparisons = (0..<100).map {
      Comparison.atMost(0, Double($0) / 100, unit: 1, roundOff: 0)
    }
    let histogram = Histogram(comparisons)
    #expect(histogram.counts.reduce(0, +) == 100)
    #expect(histogram.edges.first == 0)
    #expect(histogram.edges.count == histogram.counts.count + 1)
    let identity = Histogram([.equal(1, 1, unit: 1, roundOff: 1e-15)])
    #expect(identity.quantity == .logarithmicError)
    #expect(identity.counts.first == 1)
    #expect(Histogram([]).counts.isEmpty)
  }
}
