import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct LossEvolutionTests {
  /// Along 1,000 trajectories from anywhere: (33), (35) in both forms.
  @Test func `(33) and the homogeneous (35) hold along a thousand trajectories, (35) as printed does not`() {
    var generator = SeededGenerator(seed: 33)
    var (states, printedFails, halvedFails, signFails) = (0, 0, 0, 0)
    for _ in 0..<1000 {
      let instance = RankOneInstance.anywhere(using: &generator)
      let flow = instance.flow
      var (printed, halved, sign) = (false, false, false)
      for (_, W) in instance.trajectory(until: 6, tolerance: 1e-7) {
        states += 1
        let (T1, T2) = flow.lossTerms(of: W)
        let size = (W.scale + instance.sZ) * (W.scale + instance.sZ)
        #expect(flow.targetLoss(of: W) <= (T1 + T2) * (1 + 8 * .ulpOfOne))
        halved = halved || flow.targetLoss(of: W) > T1 + T2 / 2 + 1e-9 * size
        // Round-off of both sides: a few dozen operations at their size.
        let unit = 2 * Double(flow.depth) * flow.sampleCount * pow(W.scale, flow.exponent) * size
        let derivative = flow.targetLossDerivative(at: W)
        #expect(derivative <= flow.evolutionBound(at: W) + 100 * .ulpOfOne * unit)
        printed = printed || derivative > flow.evolutionBoundAsPrinted(at: W) + 1e-9 * unit
        sign = sign || derivative > 1.1 * flow.evolutionBound(at: W) + 1e-9 * unit
      }
      printedFails += printed ? 1 : 0
      halvedFails += halved ? 1 : 0
      signFails += sign ? 1 : 0
    }
    #expect(states > 20_000)
    // Negative controls. s_Z = e^U(−2,2), so s_Z ≠ 1 throughout: the printed form fails on a good share.
    #expect(printedFails > 250, "(35) as printed failed on \(printedFails) of 1000")
    #expect(halvedFails > 250, "T_1 + T_2/2 failed on \(halvedFails) of 1000")
    #expect(signFails > 250, "1.1 times the bound of (35) failed on \(signFails) of 1000")
  }

  @Test func `(35) as printed and its homogeneous form agree where s_Z = 1`() {
    let flow = RankOneFlow(
      depth: 3, sampleCount: 2, target: TargetSpectrum(Matrix.diagonal([1, 0.5])))
    let W = RankOneState(scale: 2, left: [0.6, 0.8], right: [0.8, 0.6])
    let bound = flow.evolutionBound(at: W)
    #expect((bound - flow.evolutionBoundAsPrinted(at: W)).magnitude <= 8 * .ulpOfOne * bound.magnitude)
  }
}
