/// A zero of the field, from which nothing moves: y(t) = y(0) for all t, in one step.
public final class RestingStepper: NodeStepper {
  private let values: UnsafeMutablePointer<Double>
  public let dimension: Int
  public private(set) var time = 0.0
  public private(set) var lastStep = 0.0
  public private(set) var work = Work()

  /// - Parameter state: y, from time zero on.
  public init(_ state: [Double]) { (values, dimension) = (buffer(of: state), state.count) }

  deinit { values.deallocate() }

  public let isAtNode = true

  public func derivative(into result: UnsafeMutablePointer<Double>) {
    result.update(repeating: 0, count: dimension)
  }

  public var state: UnsafePointer<Double> { UnsafePointer(values) }

  public func advance(notBeyond limit: Double?) -> StepResult {
    let next = limit ?? 2 * time + 1
    (lastStep, time) = (next - time, next)
    work.steps += 1
    return .stepped
  }

  public func interpolate(at t: Double, into y: UnsafeMutablePointer<Double>) {
    y.update(from: state, count: dimension)
  }
}
