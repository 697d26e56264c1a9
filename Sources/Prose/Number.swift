#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A number for a person: `digits` significant ones, in the form of C's `%g`; "0" for both zeros.
///
/// The only formatter of numbers in the project's sentences, so that a screen, a report and an error never round differently.
package func number(_ x: Double, digits: Int = 4) -> String {
  if x == 0 { return "0" }
  if x.isNaN { return "NaN" }
  if x.isInfinite { return x > 0 ? "∞" : "−∞" }
  // 17 digits, a sign, a point and an exponent of five characters.
  var buffer = [CChar](repeating: 0, count: 32)
  _ = withVaList([Int32(min(digits, 17)), x]) { vsnprintf(&buffer, buffer.count, "%.*g", $0) }
  return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A number or a dash.
package func number(_ x: Double?, digits: Int = 4) -> String { x.map { number($0, digits: digits) } ?? "–" }
