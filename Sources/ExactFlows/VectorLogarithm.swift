/// log(1 + x), four at a time, without loss of relative accuracy for small x, for −1 < x ≤ ∞; NaN elsewhere.
///
/// With u = 1 + x rounded, u = 2^k (1 + f) and ½√2 ≤ 1 + f < √2:  log(1 + x) = k ln 2 + log(1 + f) + c/u, where c = x − (u − 1) is
/// what the rounding of u left out, and log(1 + f) = 2 artanh(f/(2 + f)) by the polynomial of fdlibm (error below 2^−58).
///
/// Accuracy: within 2 units in the last place. Source: fdlibm's `log1p`, without its branches.
@inline(__always)
func logarithmOfOnePlus(_ x: SIMD4<Double>) -> SIMD4<Double> {
  typealias Bits = SIMD4<Int64>
  let u = 1 + x
  let left = (u .< 2).select(x - (u - 1), 1 - (u - x)) / u
  let bits = unsafeBitCast(u, to: Bits.self)
  // The bits of ½√2 mark where the exponent changes, so that 1 + f stays near 1.
  let offset = bits &- Int64(bitPattern: 0x3FE6_A09E_667F_3BCD)
  let k = offset &>> 52
  let f = unsafeBitCast(bits &- (k &<< 52), to: SIMD4<Double>.self) - 1
  let s = f / (2 + f)
  let z = s * s
  var tail = z * 1.479819860511658591e-01 + 1.531383769920937332e-01
  tail = tail * z + 1.818357216161805012e-01
  tail = tail * z + 2.222219843214978396e-01
  tail = tail * z + 2.857142874366239149e-01
  tail = tail * z + 3.999999999940941908e-01
  tail = tail * z + 6.666666666666735130e-01
  let half = 0.5 * f * f
  let K = SIMD4<Double>(k)
  let value =
    K * 6.93147180369123816490e-01
    + (f - (half - (s * (half + z * tail) + (K * 1.90821492927058770002e-10 + left))))
  return (u .< .infinity).select((u .> 0).select(value, SIMD4(repeating: .nan)), u)
}

extension SIMDMask<SIMD4<Int64>> {
  /// The entries of `a` where the mask is true, those of `b` elsewhere.
  @inline(__always)
  fileprivate func select(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> {
    b.replacing(with: a, where: self)
  }
}
