/// e^z and e^z − 1, four at a time, each without loss of relative accuracy, for z ≤ 709; below −708 their values there.
///
/// With z = k ln 2 + r, |r| ≤ ½ ln 2:  e^z − 1 = 2^k (e^r − 1) + (2^k − 1), where e^r − 1 is its Taylor polynomial of
/// degree 13 (remainder below 4e-18·|r|). No cancellation for small z, where k = 0.
///
/// Accuracy: within 2 units in the last place. Source: the reduction of fdlibm's `expm1`, without its branches.
@inline(__always)
func exponentials(_ z: SIMD4<Double>) -> (whole: SIMD4<Double>, minusOne: SIMD4<Double>) {
  let z = clamped(z, -708, 709)
  // Adding 1.5·2⁵² rounds to an integer, whose two's complement stands in the last bits of the sum.
  let shifted = z * 1.4426950408889634 + 6_755_399_441_055_744
  let k = shifted - 6_755_399_441_055_744
  let r = (z - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
  let power = unsafeBitCast(
    (unsafeBitCast(shifted, to: SIMD4<UInt64>.self) &+ 1023) &<< 52, to: SIMD4<Double>.self)
  var tail = r * (1 / 6_227_020_800.0) + (1 / 479_001_600.0)
  tail = tail * r + (1 / 39_916_800.0)
  tail = tail * r + (1 / 3_628_800.0)
  tail = tail * r + (1 / 362_880.0)
  tail = tail * r + (1 / 40_320.0)
  tail = tail * r + (1 / 5_040.0)
  tail = tail * r + (1 / 720.0)
  tail = tail * r + (1 / 120.0)
  tail = tail * r + (1 / 24.0)
  tail = tail * r + (1 / 6.0)
  tail = tail * r + 0.5
  let fraction = r + r * r * tail
  return (power * (1 + fraction), power * fraction + (power - 1))
}

/// e^z, four at a time.
@inline(__always)
func exponential(_ z: SIMD4<Double>) -> SIMD4<Double> { exponentials(z).whole }

/// The numbers brought into [low, high], four at a time; NaN stays NaN.
@inline(__always)
func clamped(_ x: SIMD4<Double>, _ low: Double, _ high: Double) -> SIMD4<Double> {
  let (low, high) = (SIMD4(repeating: low), SIMD4(repeating: high))
  return x.replacing(with: low, where: x .< low).replacing(with: high, where: x .> high)
}
