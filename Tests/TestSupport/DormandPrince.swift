import Foundation

/// A small adaptive integrator for tests, independent of the library's: Dormand and Prince's 5(4) pair (1980).
public struct DormandPrince: Sendable {
  /// Bound on the estimated error of one step in every component y_i, relative to 1e-3 + |y_i|.
  public var tolerance: Double
  public var maximumSteps: Int

  public init(tolerance: Double = 1e-10, maximumSteps: Int = 200_000) {
    self.tolerance = tolerance
    self.maximumSteps = maximumSteps
  }

  /// Integrates y′ = f(y) from t = 0 and shows every accepted step, the start included.
  ///
  /// - Parameter visit: gets t and y; the integration ends when it returns false.
  /// - Returns: false if the steps ran out before `end` or before `visit` was satisfied.
  @discardableResult
  public func integrate(
    from start: [Double], to end: Double, _ f: ([Double]) -> [Double], visit: (Double, [Double]) -> Bool
  ) -> Bool {
    var (t, y) = (0.0, start)
    guard visit(t, y) else { return true }
    var k1 = f(y)
    func size(_ x: [Double]) -> Double { x.reduce(0) { max($0, $1.magnitude) } }
    let slope = size(k1)
    var h = min(end, slope > 0 ? 1e-3 * size(y) / slope : end)
    for _ in 0..<maximumSteps {
      h = min(h, end - t)
      let k2 = f(step(y, h, [(k1, 1 / 5)]))
      let k3 = f(step(y, h, [(k1, 3 / 40), (k2, 9 / 40)]))
      let k4 = f(step(y, h, [(k1, 44 / 45), (k2, -56 / 15), (k3, 32 / 9)]))
      let k5 = f(
        step(y, h, [(k1, 19372 / 6561), (k2, -25360 / 2187), (k3, 64448 / 6561), (k4, -212 / 729)]))
      let k6 = f(
        step(
          y, h,
          [(k1, 9017 / 3168), (k2, -355 / 33), (k3, 46732 / 5247), (k4, 49 / 176), (k5, -5103 / 18656)]))
      let next = step(
        y, h, [(k1, 35 / 384), (k3, 500 / 1113), (k4, 125 / 192), (k5, -2187 / 6784), (k6, 11 / 84)])
      let k7 = f(next)
      let error = step(
        [Double](repeating: 0, count: y.count), h,
        [
          (k1, 71 / 57600), (k3, -71 / 16695), (k4, 71 / 1920), (k5, -17253 / 339200), (k6, 22 / 525),
          (k7, -1 / 40),
        ])
      let estimate = zip(error, zip(y, next)).reduce(0.0) {
        max($0, $1.0.magnitude / (tolerance * (1e-3 + max($1.1.0.magnitude, $1.1.1.magnitude))))
      }
      if estimate <= 1 {
        t = h == end - t ? end : t + h
        (y, k1) = (next, k7)
        guard visit(t, y) else { return true }
        if t >= end { return true }
      }
      h *= min(5, max(0.2, 0.9 * pow(max(estimate, 1e-10), -0.2)))
    }
    return false
  }

  private func step(_ y: [Double], _ h: Double, _ stages: [([Double], Double)]) -> [Double] {
    var result = y
    for (k, a) in stages {
      for i in result.indices { result[i] += h * a * k[i] }
    }
    return result
  }
}
