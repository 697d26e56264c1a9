import Foundation
import LinearAlgebra
import Theory

/// How far the rates of Theorem 4.4 are from what happens.
///
/// For each start the best α and β are taken (D12). "Observed" is the largest rate with which the bound would still hold at all times, so that promised/observed
/// is 1 for a bound that cannot be improved.
public struct RateTightness: Codable, Sendable {
  /// The ratios promised/observed of some starts.
  public struct Row: Codable, Equatable, Sendable {
    /// N.
    public let depth: Int
    /// γ_Z.
    public let gapRatio: Double
    /// The middle of the range of α; nil for all α.
    public let alpha: Double?
    /// Starts to which the theorem applies, and all that were drawn.
    public let count, drawn: Int
    /// Median, and the quartiles around it; nil if the theorem applies to none.
    public let median, lowerQuartile, upperQuartile: Double?
  }

  /// (38a), and (38b).
  public let far, near: [Row]

  /// Depths of the curves.
  public static let depths = [2, 3, 5, 10]
  /// γ_Z from 1e-6 to 0.3.
  public static let gapRatios = (0...11).map { pow(10, -6 + 5.5 * Double($0) / 11) }
  /// The γ_Z at which α is looked at.
  public static let gapForAlpha = 1e-3

  private struct Sample: Sendable {
    let alpha: Double
    let far, near: Double?
  }

  /// - Parameters:
  ///   - starts: random starts for each N and γ_Z.
  ///   - seed: of everything random.
  ///   - workers: threads; the result does not depend on them.
  ///   - isInterrupted: looked at between starts.
  /// - Returns: nil if interrupted.
  public init?(
    starts: Int, seed: UInt64, workers: Int, isInterrupted: @escaping @Sendable () -> Bool
  ) {
    func samples(_ N: Int, _ γ: Double, far: Bool, starts: Int) -> [Sample]? {
      let family = RankOneFamily {
        $0.depths = N...N
        $0.dimensions = 2...6
        $0.gap = { _ in γ }
        $0.direction = .stable
        if far { $0.startScale = 0.45...1.5 }
      }
      let name = "tightness \(N) \(γ) \(far)"
      let all = parallelMap(starts, workers: workers, isInterrupted: isInterrupted, finished: { _ in }) {
        i -> Sample? in
        var draw = Draw(Recipe(name: name, seed: seed, index: i))
        return family.instance(&draw).map { instance in
          let ratios = instance.promisedToObserved
          return Sample(alpha: instance.bestAlpha, far: ratios.far, near: ratios.near)
        }
      }
      if isInterrupted() { return nil }
      return all.compactMap { $0 ?? nil }
    }
    var (far, near): ([Row], [Row]) = ([], [])
    for N in Self.depths {
      for γ in Self.gapRatios {
        guard let wide = samples(N, γ, far: false, starts: starts),
          let away = samples(N, γ, far: true, starts: starts)
        else { return nil }
        near.append(Row(N, γ, nil, wide.map(\.near)))
        far.append(Row(N, γ, nil, away.map(\.far)))
      }
      // Each α gets a tenth of them.
      guard let wide = samples(N, Self.gapForAlpha, far: false, starts: 5 * starts),
        let away = samples(N, Self.gapForAlpha, far: true, starts: 5 * starts)
      else { return nil }
      for k in 1..<10 {
        let α = Double(k) / 10 + 0.05
        func within(_ s: Sample) -> Bool { (s.alpha - α).magnitude <= 0.05 }
        near.append(Row(N, Self.gapForAlpha, α, wide.filter(within).map(\.near)))
        far.append(Row(N, Self.gapForAlpha, α, away.filter(within).map(\.far)))
      }
    }
    (self.far, self.near) = (far, near)
  }
}

extension RateTightness.Row {
  init(_ depth: Int, _ gapRatio: Double, _ alpha: Double?, _ ratios: [Double?]) {
    let known = ratios.compactMap(\.self).sorted()
    func quantile(_ q: Double) -> Double? {
      known.isEmpty ? nil : known[Int((q * Double(known.count - 1)).rounded())]
    }
    (self.depth, self.gapRatio, self.alpha) = (depth, gapRatio, alpha)
    (count, drawn) = (known.count, ratios.count)
    (median, lowerQuartile, upperQuartile) = (quantile(0.5), quantile(0.25), quantile(0.75))
  }
}

extension RankOneInstance {
  /// Promised/observed rate of (38a) and (38b) at the best α and β; nil where the theorem promises none or the regime is absent.
  var promisedToObserved: (far: Double?, near: Double?) {
    let best = with(alpha: bestAlpha, beta: bestBeta)
    guard best.nearExponent > 0, let τ = exactFlow?.nearRegime()?.time else { return (nil, nil) }
    /// min over t of −log(D(t)/D(0))/t.
    func largestValidRate(from origin: Double, _ times: [Double]) -> Double? {
      let states = states(at: [origin] + times)
      guard let first = states.first, first.distanceToTarget > 0 else { return nil }
      return states.dropFirst().filter { $0.distanceToTarget > 1e-100 * sZ }.map {
        -2 * log($0.distanceToTarget / first.distanceToTarget) / ($0.time - origin)
      }.min()
    }
    let near = largestValidRate(from: τ, times(count: 30).dropFirst().map { τ + $0 })
    let far = τ > 0 ? largestValidRate(from: 0, (1...16).map { τ * Double($0) / 16 }) : nil
    return (
      far.map { rateUnit * Double(depth) * best.farExponent / $0 },
      near.map { rateUnit * best.nearExponent / $0 }
    )
  }
}
