/// A time-stepping method with its settings.
public protocol IntegrationMethod: Sendable {
  /// What the method is called on the command line and in results.
  var name: String { get }
  /// A stepper at y(`time`) = `state` that watches `events`; every method can step a field that knows its derivative.
  func start(_ field: any DifferentiableVectorField, from state: [Double], at time: Double, events: Events)
    -> any Stepper
}

/// A method that asks for values of the field only.
public protocol ExplicitMethod: IntegrationMethod {
  /// A stepper at y(`time`) = `state` that watches `events`.
  func start(_ field: any VectorField, from state: [Double], at time: Double, events: Events) -> any Stepper
}

extension ExplicitMethod {
  public func start(
    _ field: any DifferentiableVectorField, from state: [Double], at time: Double, events: Events
  ) -> any Stepper {
    start(field as any VectorField, from: state, at: time, events: events)
  }
}

/// A method that solves equations at every step, with products of the field's Jacobian.
public protocol ImplicitMethod: IntegrationMethod {}
