import LinearAlgebra

/// Which samples of a table of unknown length are held out: a share of them, spread over the table, at random places.
///
/// Of each 1/f consecutive samples one is drawn, so that a sorted table does no harm and the share is right to one sample. The same seed draws the same samples at
/// every reading.
public struct RandomSplit: Sendable {
  private let fraction: Double
  /// Beyond one half the samples that stay are drawn.
  private let drawsTheRest: Bool
  private var generator: SeededGenerator
  private var interval = 0
  private var next: Int
  private var position = 0

  /// - Parameters:
  ///   - f: the share that is held out, between 0 and 1.
  ///   - seed: of the places.
  public init(fraction f: Double, seed: UInt64) {
    precondition(f > 0 && f < 1, "a share lies between 0 and 1, not at \(f)")
    drawsTheRest = f > 0.5
    fraction = drawsTheRest ? 1 - f : f
    generator = SeededGenerator(seed: seed)
    next = Int(Double.random(in: 0..<1, using: &generator) / fraction)
  }

  /// Whether the next sample is held out.
  public mutating func isHeldOut() -> Bool {
    let isDrawn = position == next
    if isDrawn {
      interval += 1
      next = max(
        position + 1, Int((Double(interval) + Double.random(in: 0..<1, using: &generator)) / fraction))
    }
    position += 1
    return isDrawn != drawsTheRest
  }
}
