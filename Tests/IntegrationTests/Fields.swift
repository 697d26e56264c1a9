import Foundation
import Integration

/// A vector field made of two closures.
final class ClosureField: DifferentiableVectorField {
  let dimension: Int
  let blocks: [Range<Int>]
  let negligibleNorm: Double
  private let velocity: ([Double]) -> [Double]
  private let derivative: ([Double], [Double]) -> [Double]
  private var point: [Double] = []

  /// - Parameters:
  ///   - velocity: f(y).
  ///   - derivative: J(y) v.
  init(
    dimension: Int, blocks: [Range<Int>]? = nil, negligibleNorm: Double = 0,
    _ velocity: @escaping ([Double]) -> [Double],
    derivative: @escaping ([Double], [Double]) -> [Double]
  ) {
    (self.dimension, self.blocks, self.negligibleNorm) = (
      dimension, blocks ?? [0..<dimension], negligibleNorm
    )
    (self.velocity, self.derivative) = (velocity, derivative)
  }

  private func array(_ p: UnsafePointer<Double>) -> [Double] {
    Array(UnsafeBufferPointer(start: p, count: dimension))
  }

  func evaluate(_ y: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    for (i, x) in velocity(array(y)).enumerated() { result[i] = x }
  }
  func linearize(at y: UnsafePointer<Double>) { point = array(y) }
  func applyJacobian(_ v: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>) {
    for (i, x) in derivative(point, array(v)).enumerated() { product[i] = x }
  }
}

/// Fields with known solutions.
enum Fields {
  /// y′ = λ y(1 − y): the course of one mode of a linear network.
  static func logistic(rate λ: Double = 1) -> ClosureField {
    ClosureField(dimension: 1) {
      [λ * $0[0] * (1 - $0[0])]
    } derivative: {
      [λ * (1 - 2 * $0[0]) * $1[0]]
    }
  }

  /// y(t) for y′ = y(1 − y), written so that small y_0 lose no digits.
  static func logisticSolution(_ y0: Double, _ t: Double) -> Double { 1 / (1 + exp(-t) * (1 - y0) / y0) }

  /// When the logistic curve from y0 passes y.
  static func logisticTime(_ y0: Double, _ y: Double) -> Double { log(y / (1 - y) * (1 - y0) / y0) }

  /// y′ = y²(1 − y): a mode of a network of three layers, which waits for a time 1/y_0 and then moves within some units of time.
  static func waiting() -> ClosureField {
    ClosureField(dimension: 1) {
      [$0[0] * $0[0] * (1 - $0[0])]
    } derivative: {
      [(2 * $0[0] - 3 * $0[0] * $0[0]) * $1[0]]
    }
  }

  /// y′ = −y.
  static func decay() -> ClosureField {
    ClosureField(dimension: 1) {
      [-$0[0]]
    } derivative: {
      [-$1[0]]
    }
  }

  /// The unit circle, once round in 2π.
  static func rotation(blocks: [Range<Int>]? = nil) -> ClosureField {
    ClosureField(dimension: 2, blocks: blocks) {
      [$0[1], -$0[0]]
    } derivative: {
      [$1[1], -$1[0]]
    }
  }

  /// y_i′ = −λ_i (y_i − 1), stiff where the λ_i differ; `jacobianFactor` 1 gives the right derivative.
  static func relaxation(rates λ: [Double], jacobianFactor: Double = 1, negligibleNorm: Double = 0)
    -> ClosureField
  {
    ClosureField(dimension: λ.count, negligibleNorm: negligibleNorm) { y in
      y.indices.map { -λ[$0] * (y[$0] - 1) }
    } derivative: { _, v in
      v.indices.map { -jacobianFactor * λ[$0] * v[$0] }
    }
  }

  /// y′ = y², infinite at t = 1/y_0.
  static func explosion() -> ClosureField {
    ClosureField(dimension: 1) {
      [$0[0] * $0[0]]
    } derivative: {
      [2 * $0[0] * $1[0]]
    }
  }
}
