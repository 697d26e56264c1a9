/// The factors c_0, c_1, … of the steps h_k = c_k h of explicit Euler: a schedule.
public enum StepFactors: Codable, Equatable, Sendable {
  /// c_k = 1.
  case constant
  /// c_k = 1/(k + 1): steps that fade, whose sum has no end.
  case harmonic
  /// These, and the last of them for good.
  case listed([Double])

  /// c_k, k ≥ 0.
  public func factor(_ k: Int) -> Double {
    switch self {
    case .constant: 1
    case .harmonic: 1 / Double(k + 1)
    case .listed(let factors): factors[min(k, factors.count - 1)]
    }
  }

  /// Whether all of them are 1.
  public var isConstant: Bool { self == .constant }

  /// The largest of them.
  public var largest: Double {
    if case .listed(let factors) = self { factors.max() ?? 1 } else { 1 }
  }
}

/// When the iterates of explicit Euler take place: t_k = Σ_{i<k} c_i h/(1 − β).
///
/// With momentum β a gradient acts 1 + β + β² + … times, so that 1/(1 − β) of the step is the time of the flow that the iterates follow (Kovachki and Stuart, JMLR 2021).
public struct IterateClock: Equatable, Sendable {
  /// h > 0.
  public let step: Double
  /// 0 ≤ β < 1.
  public let momentum: Double
  /// c_k.
  public let factors: StepFactors

  /// - Parameters:
  ///   - step: h > 0, finite.
  ///   - momentum: β.
  ///   - factors: c_k > 0, finite.
  public init(step: Double, momentum: Double = 0, factors: StepFactors = .constant) {
    precondition(step > 0 && step.isFinite, "the step must be positive, not \(step)")
    precondition(momentum >= 0 && momentum < 1, "the momentum \(momentum) is not in [0, 1)")
    if case .listed(let factors) = factors {
      precondition(
        !factors.isEmpty && factors.allSatisfy { $0 > 0 && $0.isFinite }, "factors of steps are positive")
    }
    (self.step, self.momentum, self.factors) = (step, momentum, factors)
  }

  /// c_k h.
  public func size(_ k: Int) -> Double { factors.factor(k) * step }

  /// t_{k+1} − t_k.
  public func duration(_ k: Int) -> Double { size(k) / (1 - momentum) }

  /// t_k.
  ///
  /// - Complexity: O(1) for equal steps; otherwise O(k), or the number of the factors.
  public func time(of k: Int) -> Double {
    if factors.isConstant { return Double(k) * duration(0) }
    var time = 0.0
    for i in 0..<k { time += duration(i) }
    return time
  }

  /// The number of the last iterate at or before t; times within round-off of an iterate's are its.
  ///
  /// More iterates than any run takes (10⁸ of steps that differ) are as good as endless: 10¹⁸.
  public func iterate(at t: Double) -> Int {
    if factors.isConstant {
      let count = t / duration(0)
      return Int(min((count + max(1e-9, 4 * .ulpOfOne * count)).rounded(.down), 1e18))
    }
    var time = 0.0
    for k in 0..<100_000_000 {
      let next = time + duration(k)
      if next > t + 1e-9 * duration(k) { return k }
      time = next
    }
    return Int(1e18)
  }
}

/// A vector field of which every step of a method sees another one, as the gradient of the samples of a batch.
public protocol SteppedField: VectorField {
  /// Before the value of step k is asked for, k from 0; the same k gives the same field.
  func prepare(step k: Int)
}
