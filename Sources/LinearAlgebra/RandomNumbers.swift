import Foundation

/// A seeded generator: equal seeds give equal numbers on every machine and in every version of Swift.
///
/// SplitMix64. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA (2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The sequence of a seed.
  public init(seed: UInt64) { state = seed }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform on (0, 1): the midpoints of 2⁵² equal cells, so that neither end is reached.
  public mutating func uniform() -> Double {
    // With 53 bits the midpoint of the last cell, 1 − 2⁻⁵⁴, would round to 1.
    (Double(next() >> 12) + 0.5) * 0x1p-52
  }

  /// A standard normal number (Box and Muller, 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}

extension Matrix {
  /// Independent standard normal entries.
  public static func gaussian(_ rows: Int, _ columns: Int, using generator: inout SeededGenerator) -> Matrix {
    Matrix(rows, columns) { _, _ in generator.normal() }
  }

  /// rows × columns with orthonormal columns, uniformly distributed; needs columns ≤ rows.
  public static func randomOrthonormal(
    _ rows: Int, _ columns: Int, using generator: inout SeededGenerator
  ) -> Matrix {
    precondition(columns <= rows, "\(columns) orthonormal columns do not fit into \(rows) dimensions")
    // Haar measure needs the signs of R's diagonal undone; multiplying by random signs has the same effect.
    let Q = gaussian(rows, columns, using: &generator).orthonormalFactor
    return Q.scalingColumns(by: (0..<columns).map { _ in generator.next() & 1 == 0 ? 1 : -1 })
  }
}
