// A differential equation of your own, solved by every method of the library and compared with its exact solution.
import Foundation
import LinnetKit

/// Mode strengths of two layers started along the target's singular vectors, s_i′ = 2 s_i (σ_i − s_i), m = 1
/// (Saxe, McClelland, Ganguli, 2014).
final class ModeStrengths: DifferentiableVectorField {
  let σ: [Double]
  private var s: [Double]

  init(targets σ: [Double]) { (self.σ, s) = (σ, σ) }
  var dimension: Int { σ.count }
  /// Every mode is resolved relative to its own size.
  var blocks: [Range<Int>] { σ.indices.map { $0..<$0 + 1 } }

  func evaluate(_ y: UnsafePointer<Double>, into derivative: UnsafeMutablePointer<Double>) {
    for i in σ.indices { derivative[i] = 2 * y[i] * (σ[i] - y[i]) }
  }

  func linearize(at y: UnsafePointer<Double>) { for i in σ.indices { s[i] = y[i] } }

  func applyJacobian(_ v: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>) {
    for i in σ.indices { product[i] = 2 * (σ[i] - 2 * s[i]) * v[i] }
  }

  /// s(t) = σ/(1 + (σ/s_0 − 1) e^{−2σt}).
  func exact(_ t: Double, from s0: Double) -> [Double] {
    σ.map { $0 / (1 + ($0 / s0 - 1) * exp(-2 * $0 * t)) }
  }
}

/// Compares the state with the exact solution at every output time.
final class WorstError: IntegrationObserver {
  let solution: (Double) -> [Double]
  private(set) var error = 0.0

  init(against solution: @escaping (Double) -> [Double]) { self.solution = solution }

  func output(time: Double, state: UnsafePointer<Double>) {
    for (i, s) in solution(time).enumerated() { error = max(error, abs(state[i] / s - 1)) }
  }
  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool { true }
}

let field = ModeStrengths(targets: [100, 3, 1])
let methods: [(setting: String, method: any IntegrationMethod)] =
  [1e-3, 1e-4].map { ("step \($0)", ExplicitEuler(step: $0)) }
  + [1e-6, 1e-9, 1e-12].map { ("tolerance \($0)", DormandPrince(relativeTolerance: $0)) }
  + [1e-6, 1e-9, 1e-12].map { ("tolerance \($0)", CVODE(relativeTolerance: $0)) }
for (setting, method) in methods {
  let stepper = method.start(field, from: [1e-4, 1e-4, 1e-4], at: 0, events: .none)
  let watch = WorstError { field.exact($0, from: 1e-4) }
  let ending = integrate(stepper, outputTimes: (0...20).map(Double.init), finalTime: 20, observer: watch)
  precondition(ending == .reachedFinalTime, "\(method.name): \(ending)")
  let error = String(format: "%.1e", watch.error)
  print(
    "\(method.name), \(setting): \(stepper.work.evaluations) evaluations, largest relative error \(error)")
}
