import Foundation

/// The measured order of a Taylor remainder: n with |r(ε)| ∝ εⁿ as ε → 0.
///
/// A right gradient has slope 2, a right second derivative slope 3; one wrong entry makes them 1 and 2.
public enum TaylorSlope {
  /// The slope between the two smallest ε = 2^−k whose remainder still stands well above round-off.
  ///
  /// - Parameters:
  ///   - magnitude: size of the numbers whose difference the remainder is; its round-off is a few eps·magnitude.
  ///   - remainder: r(ε), or its norm.
  /// - Returns: nil if r is round-off at all but one ε: the expansion is exact.
  ///
  /// Accuracy: at 10⁴ units of round-off the slope is blurred by about 10⁻³; the next Taylor term adds O(ε) at that ε.
  public static func measure(magnitude: Double, remainder: (Double) -> Double) -> Double? {
    let noise = 1e4 * .ulpOfOne * magnitude
    let sizes = (1...45).map { remainder(exp2(-Double($0))).magnitude }
    guard let last = sizes.lastIndex(where: { !($0 <= noise) }), last > 0 else { return nil }
    return log2(sizes[last - 1] / sizes[last])
  }
}
