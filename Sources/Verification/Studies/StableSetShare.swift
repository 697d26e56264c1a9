import Foundation
import LinearAlgebra

/// How large the stable set of Theorem 3.8 is inside the exact basin, for random balanced rank-one starts.
///
/// u_0 and v_0 are uniform on the unit spheres of dimension dx = dy = d. The basin of D5 holds all but a null set of them; the stable set those with
/// c_0 = (u_0ᵀu_Z)(v_0ᵀv_Z) > γ_Z, of any size s_0 > 0.
public struct StableSetShare: Codable, Sendable {
  /// One dimension and gap.
  public struct Row: Codable, Equatable, Sendable {
    /// d.
    public let dimension: Int
    /// γ_Z.
    public let gapRatio: Double
    /// The share of starts in the stable set; its standard error is √(share(1 − share)/starts).
    public let share: Double
  }

  /// Starts for each row.
  public let starts: Int
  /// By γ_Z, then dimension.
  public let rows: [Row]

  /// γ_Z of the curves.
  public static let gapRatios = [0, 0.01, 0.1, 0.3, 0.6]
  /// Dimensions of the curves.
  public static let dimensions = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]

  /// - Parameters:
  ///   - starts: random starts for each dimension; the same for every γ_Z.
  ///   - seed: of everything random.
  ///   - workers: threads; the result does not depend on them.
  public init(starts: Int, seed: UInt64, workers: Int) {
    self.starts = starts
    let dimensions = Self.dimensions
    let coordinates = parallelMap(
      dimensions.count, workers: workers, isInterrupted: { false }, finished: { _ in }
    ) { k -> [Double] in
      var generator = SeededGenerator(seed: Recipe(name: "stable set", seed: seed, index: k).seed)
      func cosine() -> Double {
        // The first entry of a uniform unit vector.
        let x = (0..<dimensions[k]).map { _ in generator.normal() }
        return x[0] / Matrix.column(x).frobeniusNorm
      }
      return (0..<starts).map { _ in cosine() * cosine() }
    }
    rows = Self.gapRatios.flatMap { γ in
      zip(dimensions, coordinates).map { d, c in
        Row(dimension: d, gapRatio: γ, share: Double(c!.count { $0 > γ }) / Double(starts))
      }
    }
  }
}
