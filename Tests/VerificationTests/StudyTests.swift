import Foundation
import Testing
import Verification

struct StudyTests {
  @Test func `the rates of Theorem 4.4 never promise more than happens`() throws {
    let found = RateTightness(starts: 20, seed: 3, workers: 2, isInterrupted: { false })
    let study = try #require(found)
    for row in study.far + study.near {
      if let upper = row.upperQuartile { #expect(upper <= 1 && row.lowerQuartile! > 0) }
      #expect(row.count <= row.drawn)
    }
    // Where the gap is small the theorem applies to most starts.
    #expect(study.near.contains { $0.gapRatio < 1e-5 && 2 * $0.count > $0.drawn })
    let interrupted = RateTightness(starts: 20, seed: 3, workers: 2, isInterrupted: { true })
    #expect(interrupted == nil)
  }

  @Test func `half of all starts are in the stable set without a gap, and fewer with dimension`() throws {
    let study = StableSetShare(starts: 4000, seed: 1, workers: 2)
    // The standard error of a share of one half is 0.008; five of them.
    for row in study.rows where row.gapRatio == 0 { #expect(abs(row.share - 0.5) < 0.04) }
    let gapped = study.rows.filter { $0.gapRatio == 0.3 }.map(\.share)
    #expect(gapped.first! > 0.4 && gapped.last! < 0.01)
    // Uniform u and v of two entries: P(cos θ cos φ > γ) is the area, by quadrature over θ.
    let γ = 0.3
    let n = 100_000
    let exact =
      (0..<n).reduce(0.0) { sum, k in
        let c = abs(cos(2 * .pi * (Double(k) + 0.5) / Double(n)))
        return sum + (c > γ ? acos(γ / c) / .pi : 0)
      } / Double(n)
    let two = try #require(study.rows.first { $0.gapRatio == γ && $0.dimension == 2 })
    #expect(abs(two.share - exact) < 0.04)
  }

  @Test func `the measured final rates are those of D6, and depth changes sides at s_Z = 1`() {
    let study = FinalRates(seed: 5)
    #expect(study.rows.count == FinalRates.depths.count * FinalRates.targetScales.count)
    // Between 30 and 60 e-foldings other modes still count for log(their share)/30.
    for row in study.rows { #expect(abs(row.measured / row.predicted - 1) < 0.05, "\(row)") }
    func measured(_ N: Int, _ scale: Double) -> Double {
      study.rows.first { $0.depth == N && abs($0.targetScale - scale) < 1e-9 * scale }!.measured
    }
    #expect(measured(10, 10) > 2 * measured(2, 10))
    #expect(measured(10, 0.1) < 0.5 * measured(2, 0.1))
  }
}
