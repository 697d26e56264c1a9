/// One run of a time-stepping method: it knows where it is and how to take the next step.
public protocol Stepper: AnyObject {
  var dimension: Int { get }
  var time: Double { get }
  /// y at ``time``; valid until the next call of ``advance(notBeyond:)``.
  var state: UnsafePointer<Double> { get }
  /// The size of the last step; 0 before the first.
  var lastStep: Double { get }
  var work: Work { get }
  /// Whether dense output is less accurate than the steps, so that requested times should be stepped onto.
  var landsOnOutputs: Bool { get }

  /// Takes one step, or stops early at an event or at `limit`.
  func advance(notBeyond limit: Double?) -> StepResult

  /// y at a time within the last step.
  func interpolate(at time: Double, into y: UnsafeMutablePointer<Double>)
}

public enum StepResult: Equatable, Sendable {
  case stepped
  /// These events happened in this step, at these times.
  case events([EventOccurrence])
  case failed(Termination)
}

public struct EventOccurrence: Equatable, Sendable {
  /// The event's place in ``Events``.
  public let index: Int
  public let time: Double
}

/// What an integration cost.
public struct Work: Codable, Equatable, Sendable {
  public var steps = 0
  public var evaluations = 0
  public var jacobianProducts = 0
  public init() {}
}

/// Quantities of the state whose passage through zero from above is located in time.
public struct Events {
  public let count: Int
  /// Writes the `count` quantities at y.
  public let evaluate: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void

  public init(count: Int, evaluate: @escaping (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void) {
    (self.count, self.evaluate) = (count, evaluate)
  }

  public static var none: Events { Events(count: 0) { _, _ in } }
}

/// A time-stepping method with its settings.
public protocol IntegrationMethod: Sendable {
  var name: String { get }
  func start(_ field: any DifferentiableVectorField, from state: [Double], at time: Double, events: Events) -> any Stepper
}
