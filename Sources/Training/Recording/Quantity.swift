/// A number that a caller wants to have recorded along a run, beside those of ``TrajectoryRecord``.
public struct Quantity: Sendable {
  /// What it is called in ``TrajectoryRecord/others``.
  public let name: String
  /// The number at a moment.
  public let value: @Sendable (RunMoment) -> Double

  /// A named quantity.
  public init(_ name: String, of value: @escaping @Sendable (RunMoment) -> Double) {
    (self.name, self.value) = (name, value)
  }
}
