/// One run of a time-stepping method: it knows where it is and how to take the next step.
public protocol Stepper: AnyObject {
  /// Entries of the state.
  var dimension: Int { get }
  /// Where the integration is.
  var time: Double { get }
  /// y at ``time``; valid until the next call of ``advance(notBeyond:)``.
  var state: UnsafePointer<Double> { get }
  /// The size of the last step; 0 before the first.
  var lastStep: Double { get }
  /// What it has cost so far.
  var work: Work { get }

  /// Takes one step, or stops early at `limit` or, some methods, at an event.
  func advance(notBeyond limit: Double?) -> StepResult

  /// y at a time within the last step.
  func interpolate(at time: Double, into y: UnsafeMutablePointer<Double>)

  /// From now on a step is given up as soon as the question is answered by yes, with ``Termination/interrupted(time:)``. Methods whose steps cost a fixed number of evaluations need not ask.
  func giveUp(when isInterrupted: @escaping () -> Bool)

  /// What beside time and state the next step depends on, so that a stepper that is given it back goes on to the last bit; empty for methods that begin anew.
  var memory: [Double] { get set }
}

extension Stepper {
  public func giveUp(when isInterrupted: @escaping () -> Bool) {}
  public var memory: [Double] {
    get { [] }
    set {}
  }
}

/// A stepper whose steps can be kept as nodes of a ``StepHistory``.
public protocol NodeStepper: Stepper {
  /// Whether ``Stepper/state`` is where a step ended, and not an event within one, where the state is interpolated.
  var isAtNode: Bool { get }

  /// y′ at ``Stepper/time``, of the method's own interpolant: to the accuracy of the steps, without another evaluation of the field.
  func derivative(into result: UnsafeMutablePointer<Double>)
}

/// What a call of ``Stepper/advance(notBeyond:)`` did.
public enum StepResult: Equatable, Sendable {
  /// One step, without an event in it.
  case stepped
  /// These events happened in this step, at these times.
  case events([EventOccurrence])
  /// No step; the state is that before the call.
  case failed(Termination)
}

/// One passage through zero.
public struct EventOccurrence: Equatable, Sendable {
  /// The event's place in ``Events``.
  public let index: Int
  /// When, to the accuracy of the method's root finding.
  public let time: Double

  public init(index: Int, time: Double) { (self.index, self.time) = (index, time) }
}

/// What an integration cost.
public struct Work: Codable, Equatable, Sendable {
  /// Accepted steps.
  public var steps = 0
  /// Evaluations of the vector field, those of rejected steps included.
  public var evaluations = 0
  /// Products with the Jacobian.
  public var jacobianProducts = 0
  /// Nothing so far.
  public init() {}

  /// The cost of two parts of a run.
  public static func + (a: Work, b: Work) -> Work {
    var sum = a
    sum.steps += b.steps
    sum.evaluations += b.evaluations
    sum.jacobianProducts += b.jacobianProducts
    return sum
  }
}

/// Quantities of the state whose passage through zero from above is located in time.
public struct Events {
  /// How many quantities are watched.
  public let count: Int
  /// Writes the `count` quantities at y.
  public let evaluate: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void

  /// Watches the `count` quantities that `evaluate` computes.
  public init(count: Int, evaluate: @escaping (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void) {
    (self.count, self.evaluate) = (count, evaluate)
  }

  /// The quantities that fall through zero between two times, with when they do, to the last digits of the clock, in order.
  ///
  /// - Parameters:
  ///   - a: the earlier time.
  ///   - before: the quantities there.
  ///   - b: the later time.
  ///   - after: the quantities there.
  ///   - within: the quantities at a time between.
  package func passages(
    from a: Double, _ before: [Double], to b: Double, _ after: [Double],
    within: (Double) -> UnsafePointer<Double>
  ) -> [EventOccurrence] {
    before.indices.filter { before[$0] > 0 && after[$0] <= 0 }.map { index in
      EventOccurrence(
        index: index, time: bracketedRoot(from: a, before[index], to: b, after[index]) { within($0)[index] })
    }.sorted { $0.time < $1.time }
  }

  /// Nothing to watch.
  public static var none: Events { Events(count: 0) { _, _ in } }
}
