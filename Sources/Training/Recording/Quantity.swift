/// Numbers that a caller wants to have recorded along a run, beside those of ``TrajectoryRecord``.
public struct Quantity: Sendable {
  /// What they are called in ``TrajectoryRecord/others``.
  public let names: [String]
  /// One for each name, at a moment.
  public let values: @Sendable (RunMoment) -> [Double]

  /// A named number.
  public init(_ name: String, of value: @escaping @Sendable (RunMoment) -> Double) {
    self.init([name]) { [value($0)] }
  }

  /// Several that are computed together.
  public init(_ names: [String], of values: @escaping @Sendable (RunMoment) -> [Double]) {
    (self.names, self.values) = (names, values)
  }
}
