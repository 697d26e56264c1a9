import Foundation
import LinearAlgebra
import Theory

/// A theorem made up for a test: it speaks wherever its conditions hold, and says what it was given.
struct Claimed: Theorem {
  var reference = Reference("Claim", .publication("a test"), "a claim", "what a test claims")
  var conditions: [Condition] = []
  var conclusion: Conclusion

  func conditions(in setting: Setting) -> [Condition] { conditions }
  func conclusion(in setting: Setting) throws(Silence) -> Conclusion { conclusion }

  /// What it says about any problem.
  var finding: Finding { finding(in: Setting(target: .identity(1), start: .identity(1), depth: 2)) }

  /// A bound on ‖W − W*‖²/‖W*‖² that falls from `value` at `time`.
  static func bound(_ value: Double, rate: Double, from time: Double = 0) -> Finding {
    bound(DecayCurve(points: [(time, log(value))], rate: rate))
  }

  /// A bound on ‖W − W*‖²/‖W*‖².
  static func bound(_ curve: DecayCurve) -> Finding {
    Claimed(conclusion: Conclusion("the distance falls", bound: Bound(on: .distance, curve))).finding
  }
}
