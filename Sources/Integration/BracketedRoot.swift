/// A root of a continuous f with f(a) > 0 ≥ f(b), to the last bits of its argument.
///
/// Inverse quadratic interpolation where it is safe, else bisection. Source: Chandrupatla (1997), Advances in
/// Engineering Software 28, 145–149.
///
/// - Parameters:
///   - a: where f is positive.
///   - fa: f(a).
///   - b: where f is not.
///   - fb: f(b).
///   - f: the function.
package func bracketedRoot(from a: Double, _ fa: Double, to b: Double, _ fb: Double, _ f: (Double) -> Double)
  -> Double
{
  var (x1, f1, x2, f2) = (b, fb, a, fa)
  var (x3, f3) = (x2, f2)
  var fraction = 0.5
  for _ in 0..<200 {
    let x = x1 + fraction * (x2 - x1)
    let value = f(x)
    if value == 0 { return x }
    (x3, f3) = (value > 0) == (f1 > 0) ? (x1, f1) : (x2, f2)
    if (value > 0) != (f1 > 0) { (x2, f2) = (x1, f1) }
    (x1, f1) = (x, value)
    let width = (x2 - x1).magnitude
    let tolerance = 2 * max(x1.magnitude, x2.magnitude).ulp
    if width <= tolerance { break }
    let ξ = (x1 - x2) / (x3 - x2)
    let φ = (f1 - f2) / (f3 - f2)
    fraction = 0.5
    if φ * φ < ξ, (1 - φ) * (1 - φ) < 1 - ξ {
      fraction = f1 / (f2 - f1) * f3 / (f2 - f3) + (x3 - x1) / (x2 - x1) * f1 / (f3 - f1) * f2 / (f3 - f2)
    }
    let margin = 0.5 * tolerance / width
    fraction = min(max(fraction, margin), 1 - margin)
  }
  return f1.magnitude < f2.magnitude ? x1 : x2
}
