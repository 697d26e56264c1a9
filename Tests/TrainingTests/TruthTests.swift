import Foundation
import LinearAlgebra
import LinearNetworks
import Testing
import Theory
import Training

/// A problem of `make truth` with what the witness (SciPy, NumPy, mpmath: Tests/Truth) found on it.
private struct Witnessed: Decodable {
  let index: Int
  let samples: Int?
  let inputs: Matrix?
  let outputs: Matrix?
  let target: Matrix?
  let layers: [Matrix]
  /// ½ Σ_{i≤r} σ̂_i², and the same over all i.
  let unit: Double
  let scale: Double
  /// L_S − min L_N at the lowest saddle; nil where there is none.
  let lowestSaddle: Double?
  /// Times, and the witness's L_N − min L_N there with its uncertainty; the last is ten times the end of the run that was tried.
  let times: [Double]
  let gaps: [Double]
  let uncertainty: [Double]
  /// By how much a run may differ at these times from the flow by the error that it states.
  let stated: [Double]
  /// Whether the witness comes below every saddle level; nil where it cannot tell.
  let reachesMinimum: Bool?

  var problem: Problem {
    if let target { return Problem(target: target, sampleCount: samples!) }
    return Problem(inputs: inputs!, outputs: outputs!)
  }

  static let all: [Witnessed] = {
    let url = Bundle.module.url(forResource: "truth", withExtension: "json", subdirectory: "Fixtures")!
    return try! JSONDecoder().decode([Witnessed].self, from: Data(contentsOf: url))
  }()
}

/// What the library says of the problems of `make truth`, held against the witness as there.
@Suite struct TruthTests {
  /// A problem, its promise, its run, and what is said of that.
  private struct Said {
    let witness: Witnessed
    let certificate: Certificate
    let outcome: TrainingOutcome
    let report: TrainingReport

    init(_ witness: Witnessed) {
      self.witness = witness
      let (problem, start) = (witness.problem, LinearNetwork(layers: witness.layers))
      var options = TrainingOptions()
      options.outputTimes = witness.times.filter { $0 > 0 }
      let promise = CertificateReport(problem: problem, start: start)
      certificate = promise.certificate
      let run = TrainingRun(problem: problem, start: start, options: options)
      outcome = run.run()
      report = TrainingReport(run: run, outcome: outcome, promise: promise, prepared: nil)
    }

    /// Index in the witness, the gap of the run and that of the witness, and how far they may be apart, at the times that the run recorded.
    var gaps: [(k: Int, run: Double, witness: Double, allowed: Double)] {
      witness.times.indices.compactMap { k in
        guard let record = outcome.records.first(where: { $0.time == witness.times[k] }) else { return nil }
        return (k, record.gap, witness.gaps[k], witness.stated[k] + witness.uncertainty[k])
      }
    }
  }

  private static let said: [Said] = Witnessed.all.map { Said($0) }

  @Test func `the loss gap is that of the witness, to the error that the run states`() {
    var (compared, controls, caught) = (0, 0, 0)
    for said in TruthTests.said {
      for (k, run, witness, allowed) in said.gaps {
        compared += 1
        #expect(abs(run - witness) <= allowed, "problem \(said.witness.index) at \(said.witness.times[k])")
        // Negative control: the witness's value at the time before.
        guard k > 0, said.witness.gaps[k - 1] - witness > 1e-6 * said.witness.scale else { continue }
        controls += 1
        if abs(run - said.witness.gaps[k - 1]) > allowed { caught += 1 }
      }
    }
    #expect(compared > 1000)
    #expect(controls > 500)
    #expect(caught * 10 > controls * 9, "\(caught) of \(controls) wrong gaps were caught")
  }

  @Test func `a run that converged to a minimiser is one that the witness sees arrive`() {
    var (minimisers, saddles) = (0, 0)
    for said in TruthTests.said where said.outcome.ending == .converged {
      guard let arrives = said.witness.reachesMinimum else { continue }
      let isMinimiser = said.outcome.verdict.kind == .globalMinimiser
      #expect(isMinimiser == arrives, "problem \(said.witness.index): \(said.outcome.verdict.kind)")
      if isMinimiser { minimisers += 1 } else { saddles += 1 }
    }
    #expect(minimisers > 100)
    #expect(saddles > 0)
  }

  @Test func `from the time of certainty on the witness is below the lowest saddle`() throws {
    var compared = 0
    for said in TruthTests.said {
      guard let certainty = said.report.certainty, let level = said.witness.lowestSaddle else { continue }
      let stated = try #require(certainty.level)
      #expect(abs(stated - level) <= 1e-8 * said.witness.unit, "problem \(said.witness.index)")
      for k in said.witness.times.indices where said.witness.times[k] >= certainty.time {
        compared += 1
        #expect(
          said.witness.gaps[k] < level + said.witness.uncertainty[k], "problem \(said.witness.index)")
      }
    }
    #expect(compared > 200)
  }

  @Test func `no bound on the gap, promised before the run or renewed along it, is broken by the witness`() {
    var (compared, controls, caught) = (0, 0, 0)
    for said in TruthTests.said {
      for finding in said.certificate.theorems + (said.report.renewal?.theorems ?? []) {
        guard let bound = finding.bound, bound.on == .gap else { continue }
        for (k, t) in said.witness.times.enumerated() where t >= bound.curve.start {
          let (gap, error) = (said.witness.gaps[k], said.witness.uncertainty[k])
          func allowed(_ t: Double) -> Double {
            said.witness.unit * exp(bound.curve.logarithm(at: t)) * (1 + 1e-6)
          }
          compared += 1
          #expect(gap <= allowed(t) + error, "\(finding.id) on problem \(said.witness.index) at \(t)")
          // Negative control: a clock a hundred times as fast.
          if t > bound.curve.start, gap > 1e-6 * said.witness.unit {
            controls += 1
            if gap > allowed(bound.curve.start + 100 * (t - bound.curve.start)) + error { caught += 1 }
          }
        }
      }
    }
    #expect(compared > 300)
    #expect(caught * 2 > controls, "\(caught) of \(controls) bounds with a hasty clock were caught")
  }

  @Test func `a limit that is certain before the run is where the witness goes`() {
    var compared = 0
    for said in TruthTests.said {
      guard let arrives = said.witness.reachesMinimum else { continue }
      for finding in said.certificate.theorems where finding.strength == .certain {
        guard let limit = finding.limit else { continue }
        // A certain minimiser may still be on its way at the end of a run that did not converge.
        if limit == .globalMinimiser, said.outcome.ending != .converged { continue }
        compared += 1
        #expect(
          (limit == .globalMinimiser) == arrives, "\(finding.id) on problem \(said.witness.index): \(limit)")
      }
    }
    #expect(compared > 100)
  }
}
