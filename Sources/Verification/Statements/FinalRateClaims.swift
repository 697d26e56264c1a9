import ExactFlows
import Foundation
import Theory

extension Claim {
  /// D6: the exact final rate.
  static let finalRate = Claim(
    "d6-final-rate", title: "The exact final rate",
    formula:
      "−d/dt log‖Z_1 − W‖² → 2 m s_Z^p (1 − σ_i/s_Z), the slowest excited mode; 2 m s_Z^p (1 − γ_Z) in general",
    source: "D6; the open question under Figure 1",
    instances: RankOneFamily { $0.startScale = -1...1 }.instance,
    hypotheses: [
      Hypothesis("W_0 in the exact basin") { $0.growing(1).magnitude > 0.05 },
      Hypothesis("γ_Z < 1") { $0.gamma < 0.99 },
    ],
    mutants: [
      Mutant("rate 2 m s_Z^p (1 + γ_Z)") { i in
        i.gamma > 0 ? i.measuredRate(factor: (1 + i.gamma) / (1 - i.gamma)) : []
      },
      Mutant("rate doubled") { $0.measuredRate(factor: 2) },
      Mutant("s_Z^{p+0.1}") { i in i.measuredRate(factor: pow(i.sZ, 0.1)) },
    ]
  ) { $0.measuredRate(factor: 1) }
}

extension RankOneInstance {
  /// The rate predicted by D6.
  public var predictedFinalRate: Double? {
    FinalRate(
      spectrum: flow.target, start: start, depth: depth, sampleCount: flow.sampleCount)?.rate
  }

  /// The decay of ‖Z_1 − W‖² between two late times against the prediction, with all that the modes still leave.
  ///
  /// With q(t) the misalignment, ‖Z_1−W‖² = (s−s_Z)² + 2 s s_Z q. In the time x the parts of q decay at exact rates, so that over Δx the mean rate
  /// exceeds the slowest by log(1/f)/Δx at most, f the slowest part's share of q at the earlier time. The clock dx/dt = m s^{1−2/N} is off by |s/s_Z − 1|, and
  /// (s − s_Z)² adds its share of the distance.
  fileprivate func measuredRate(factor: Double) -> [Comparison] {
    guard let rate = predictedFinalRate, let exact = exactFlow else { return [] }
    // Late: the slowest mode has lost 60 e-foldings, all others more; twice as late they have lost 120.
    let late =
      30 / min(rate, 2 * rateUnit) + 1 / (flow.sampleCount * sZ * pow(start.scale, 1 - 2 / Double(depth)))
    let states = exact.trajectory(until: 4 * late).states(at: [2 * late, 4 * late])
    let (a, b) = (states[0], states[1])
    let (da, db) = (a.distanceToTarget, b.distanceToTarget)
    guard da > 1e-140 * sZ, db > 1e-140 * sZ, da < 1e-3 * sZ else { return [] }
    let measured = 2 * log(da / db) / (b.time - a.time)
    guard let leftOver = a.leftOver(rate: rate / (2 * rateUnit), unit: sZ) else { return [] }
    let clock = (a.scale / sZ - 1).magnitude + (b.scale / sZ - 1).magnitude
    let elapsed = rate * (b.time - a.time)
    return [
      .equal(
        measured / rate, factor, unit: 1,
        roundOff: 2
          * (leftOver + 2 * (a.errorEstimate * a.scale / da + b.errorEstimate * b.scale / db).clipped)
          / elapsed
          + 4 * clock + 1e-9)
    ]
  }
}

extension Double {
  /// Deviations from the target have digits of their own (``ExactRankOneState/distanceToTarget``): 1e-10 of them is a cautious bound.
  fileprivate var clipped: Double { Swift.min(self, 1e-10) }
}

extension ExactRankOneState {
  /// log(1/f), f the share of ‖Z_1−W‖² in modes that decay like the slowest (relative rate k in units of m s_Z^p); nil if they have none.
  fileprivate func leftOver(rate k: Double, unit sZ: Double) -> Double? {
    let σ = coordinates.singularValues
    var (slow, all) = (0.0, 0.0)
    func add(_ amplitude: Double, _ relative: Double) {
      let part = 2 * scale * sZ * amplitude * amplitude
      all += part
      // Singular values closer than 1e-12 change the mean rate by less than the 1e-9 allowed for that.
      if (relative - k).magnitude < 1e-12 { slow += part }
    }
    for i in σ.indices.dropFirst() {
      add(growing[i], 1 - σ[i] / sZ)
      add(decaying[i], 1 + σ[i] / sZ)
    }
    add(resting, 1)
    add(2.0.squareRoot() * decaying[0], 2)
    let size = distanceToTarget * distanceToTarget - all
    all += max(size, 0)
    if slow == 0, k > 1.5 { slow = max(size, 0) }
    return slow > 0 ? log(all / slow) : nil
  }
}
