import Foundation
import Prose

/// Where a flow goes.
public enum Limit: Codable, Equatable, Sendable {
  /// A global minimiser of L_N over the networks of these widths.
  case globalMinimiser
  /// A stationary matrix that is no minimiser. It keeps these singular directions of Y P_X, counted from 1: Ŵ = Σ_{i∈S} σ̂_i u_i v_iᵀ; nil where the theorem does not say which.
  case saddle(kept: [Int]?)
  /// W = 0.
  case origin

  /// The word in JSON: `globalMinimiser`, `saddle`, `origin`.
  public var word: String {
    switch self {
    case .globalMinimiser: "globalMinimiser"
    case .saddle: "saddle"
    case .origin: "origin"
    }
  }

  /// Whether a run that came to the limit with this ``word`` kept the promise: a saddle that is not named may be the origin.
  func admits(_ word: String) -> Bool {
    word == self.word || (self == .saddle(kept: nil) && word == "origin")
  }
}

/// For which starts a statement about the limit is made.
public enum Strength: String, Codable, Sendable {
  /// For exactly this start.
  case certain
  /// For all starts of this kind but a set of measure zero: a start drawn at random is not in it, one made with exact structure may be.
  case almostEvery
}

/// What a bound is about. Both quantities are squared and relative.
public enum Observable: String, Codable, Sendable {
  /// 2(L_N − min L_N) / Σ_{i≤r} σ̂_i².
  case gap
  /// ‖W − W*‖² / ‖W*‖².
  case distance
}

/// A decreasing bound as a function of time: exponential between breakpoints, and after the last.
///
/// All bounds of the theory have this form: those of Theorem 4.4 exactly, that of D16 by rounding its rate down on short pieces.
public struct DecayCurve: Codable, Equatable, Sendable {
  /// t_0 < t_1 < …; the bound holds from t_0 on.
  public let times: [Double]
  /// log of the bound at these times.
  public let logarithms: [Double]
  /// The rate after the last of them, in 1/time.
  public let rate: Double

  /// A bound from its breakpoints.
  ///
  /// - Parameters:
  ///   - points: times, increasing, each with the logarithm of the bound.
  ///   - rate: with which it falls after the last.
  public init(points: [(time: Double, logarithm: Double)], rate: Double) {
    precondition(!points.isEmpty, "a bound needs a value to start from")
    precondition(
      zip(points, points.dropFirst()).allSatisfy { $0.time <= $1.time && $0.logarithm >= $1.logarithm },
      "a bound does not grow with time")
    precondition(rate >= 0, "the rate \(rate) of a bound is negative")
    times = points.map(\.time)
    logarithms = points.map(\.logarithm)
    self.rate = rate
  }

  /// The time from which the bound holds.
  public var start: Double { times[0] }

  /// log of the bound at t; before ``start`` that at the start.
  public func logarithm(at t: Double) -> Double {
    guard t > times[0] else { return logarithms[0] }
    let next = times.firstIndex { $0 > t } ?? times.count
    guard next < times.count else { return logarithms[next - 1] - rate * (t - times[next - 1]) }
    let share = (t - times[next - 1]) / (times[next] - times[next - 1])
    return logarithms[next - 1] + share * (logarithms[next] - logarithms[next - 1])
  }

  /// The bound at t.
  public func value(at t: Double) -> Double { exp(logarithm(at: t)) }

  /// The first time at which the bound is `value` or less; nil if it never is.
  public func time(to value: Double) -> Double? {
    let goal = log(value)
    guard let i = logarithms.firstIndex(where: { $0 <= goal }) else {
      guard rate > 0 else { return nil }
      return (times[times.count - 1] + (logarithms[times.count - 1] - goal) / rate).finiteOrNil
    }
    guard i > 0 else { return times[0] }
    let share = (logarithms[i - 1] - goal) / (logarithms[i - 1] - logarithms[i])
    return times[i - 1] + share * (times[i] - times[i - 1])
  }

  /// The bound that follows from dε/dt ≤ −rate(ε) ε with a rate that does not fall as ε does.
  ///
  /// On pieces of ε on which the rate changes by at most 3 % it is taken at its smallest, so that the curve is a bound and at most so much too slow.
  ///
  /// - Parameters:
  ///   - excess: ε at the start, positive.
  ///   - time: when that is so.
  ///   - unit: by which ε is divided in the curve.
  ///   - rate: a positive lower bound of −d(log ε)/dt, for 0 < ε ≤ `excess`.
  static func falling(from excess: Double, at time: Double, unit: Double, rate: (Double) -> Double)
    -> DecayCurve
  {
    var points = [(time: time, logarithm: log(excess / unit))]
    var (t, ε, k) = (time, excess, rate(excess))
    // Down to 1e-14 of the unit, where the rate has come to its end.
    while ε > 1e-14 * unit, points.count < 4000 {
      var factor = 0.25
      while factor < 0.999, rate(ε * factor) > 1.03 * k { factor = factor.squareRoot() }
      t -= log(factor) / k
      ε *= factor
      points.append((t, log(ε / unit)))
      k = rate(ε)
    }
    return DecayCurve(points: points, rate: k)
  }
}

/// A curve that bounds an observable, with the times that it promises.
public struct Bound: Codable, Equatable, Sendable {
  /// What is bounded.
  public let on: Observable
  /// The bound on it.
  public let curve: DecayCurve

  /// The bound of a curve.
  public init(on observable: Observable, _ curve: DecayCurve) { (on, self.curve) = (observable, curve) }

  /// ε = 1e-1, 1e-2, …, 1e-12: squared relative accuracies.
  public static let accuracies = (1...12).map { pow(10, -Double($0)) }

  /// When the observable is at most ε.
  public struct TimeToAccuracy: Codable, Equatable, Sendable {
    /// ε, a **squared** relative size: ε = 1e-12 means six correct digits of W.
    public let accuracy: Double
    /// The promised time; nil if there is none.
    @ExplicitNull public private(set) var bound: Double?
  }

  /// The promised times to ``accuracies``.
  public var timesToAccuracy: [TimeToAccuracy] {
    Self.accuracies.map { TimeToAccuracy(accuracy: $0, bound: curve.time(to: $0)) }
  }
}

/// How the observables of a run fall in the end.
public enum FinalDecay: Equatable, Sendable {
  /// Like e^{−rate·t}, decided by the named mode.
  case exponential(rate: Double, mode: String)
  /// Like coefficient·t^{−exponent}, for the loss gap relative to Σ_{i≤r} σ̂_i².
  case power(exponent: Double, coefficient: Double)
}

/// A number that a theorem computes on its way, for a reader who wants to follow.
public struct Quantity: Codable, Equatable, Sendable {
  /// In the notation of the theory.
  public let symbol: String
  /// In words, with its unit.
  public let name: String
  /// The value; nil where it does not exist.
  @ExplicitNull public private(set) var value: Double?

  /// A named number.
  public init(_ symbol: String, _ name: String, _ value: Double?) {
    (self.symbol, self.name) = (symbol, name)
    self.value = value?.finiteOrNil
  }
}

extension Double {
  /// The number, or nil where JSON has none (infinite, NaN).
  var finiteOrNil: Double? { isFinite ? self : nil }
}
