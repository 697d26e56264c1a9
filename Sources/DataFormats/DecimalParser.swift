/// Decimal text to doubles, correctly rounded, whatever the locale; it allocates only for numbers of unusual length.
struct DecimalParser {
  /// The byte before the decimals.
  private let decimal: UInt8
  /// 5⁰, …, 5²⁷, the powers of five below 2⁶⁴.
  private let powersOfFive: UnsafeMutablePointer<UInt64>
  private static let largestPower = 27

  /// - Parameters:
  ///   - decimal: the byte before the decimals, a point or a comma.
  ///   - body: what is done with the parser, which must not outlive it.
  static func with<Result>(decimal: UInt8 = 0x2E, _ body: (DecimalParser) throws -> Result) rethrows -> Result
  {
    try withUnsafeTemporaryAllocation(of: UInt64.self, capacity: largestPower + 1) { powers in
      var power: UInt64 = 1
      for k in 0...largestPower {
        powers.initializeElement(at: k, to: power)
        power = power &* 5
      }
      return try body(DecimalParser(decimal: decimal, powersOfFive: powers.baseAddress!))
    }
  }

  /// Parses the longest number at `p` and moves `p` behind it; nil, and `p` unmoved, if there is none.
  ///
  /// A number is digits with at most one decimal sign among or around them, a sign before and an exponent after if wanted.
  /// Numbers beyond the largest double are infinite.
  @inline(__always)
  func number(at p: inout UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) -> Double? {
    let start = p
    var q = p
    var negative = false
    if q < end, q.pointee == 0x2D || q.pointee == 0x2B {
      negative = q.pointee == 0x2D
      q += 1
    }
    var digits: UInt64 = 0
    let firstDigit = q
    while q < end, q.pointee &- 0x30 < 10 {
      digits = digits &* 10 &+ UInt64(q.pointee &- 0x30)
      q += 1
    }
    var count = q - firstDigit
    var exponent = 0
    if q < end, q.pointee == decimal {
      q += 1
      let firstDecimal = q
      while q < end, q.pointee &- 0x30 < 10 {
        digits = digits &* 10 &+ UInt64(q.pointee &- 0x30)
        q += 1
      }
      exponent = firstDecimal - q
      count += q - firstDecimal
    }
    if count == 0 { return nil }
    if q < end, q.pointee | 0x20 == 0x65 { exponent += exponentPart(at: &q, end: end) }
    p = q

    // 10¹⁹ < 2⁶⁴, so that 19 digits fit; leading zeros are none of them.
    if count > 19 { count -= leadingZeros(firstDigit, end: q) }
    if count <= 19, exponent.magnitude <= Self.largestPower {
      let magnitude = magnitude(digits, exponent)
      return negative ? -magnitude : magnitude
    }
    return slowly(UnsafeBufferPointer(start: start, count: q - start))
  }

  /// The number that fills a cell but for spaces; nil if the cell is none.
  @inline(__always)
  func wholeNumber(from begin: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>) -> Double? {
    var p = begin
    while p < end, p.pointee == 0x20 { p += 1 }
    guard let value = number(at: &p, end: end) else { return nil }
    while p < end, p.pointee == 0x20 { p += 1 }
    return p == end ? value : nil
  }

  /// digits·10^exponent, correctly rounded.
  @inline(__always)
  private func magnitude(_ digits: UInt64, _ exponent: Int) -> Double {
    // Source: Clinger, "How to read floating point numbers accurately", PLDI (1990): if digits and 10^|exponent| are
    // both doubles, one division or multiplication rounds correctly. Up to 10¹⁵ both are when they are below 2⁵³.
    let k = Int(exponent.magnitude)
    if digits <= 1 << 53, k <= 15 {
      let power = Double(powersOfFive[k] << k)
      return exponent < 0 ? Double(digits) / power : Double(digits) * power
    }
    if digits == 0 { return 0 }

    // Otherwise in integers. `top` holds the leading 63 or 64 bits of the value, its last bit set if anything follows:
    // rounding `top` to 53 bits, which the conversion does, then equals rounding the value.
    let top: UInt64
    let binaryExponent: Int
    if exponent < 0 {
      let (n, d) = (digits.leadingZeroBitCount, powersOfFive[k].leadingZeroBitCount)
      let (numerator, divisor) = (digits << n, powersOfFive[k] << d)
      let (quotient, remainder) = divisor.dividingFullWidth((numerator >> 1, numerator << 63))
      top = quotient | (remainder == 0 ? 0 : 1)
      binaryExponent = d - n - k - 63
    } else {
      let (high, low) = digits.multipliedFullWidth(by: powersOfFive[k])
      let s = high.leadingZeroBitCount
      // With high = 0 the shift by 64 makes `top` the low word, as it should.
      top = high << s | low >> (64 - s) | (low << s == 0 ? 0 : 1)
      binaryExponent = 64 - s + k
    }
    // 2^binaryExponent by its bits; |binaryExponent| ≤ 153.
    return Double(top) * Double(bitPattern: UInt64(1023 + binaryExponent) << 52)
  }

  private func leadingZeros(_ firstDigit: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) -> Int {
    var zeros = 0
    var q = firstDigit
    while q < end, q.pointee == 0x30 || q.pointee == decimal {
      if q.pointee == 0x30 { zeros += 1 }
      q += 1
    }
    return zeros
  }

  /// The value of an exponent at `q`, clamped far outside the range of doubles; 0, `q` unmoved, if there are no digits.
  private func exponentPart(at q: inout UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) -> Int {
    var r = q + 1
    var negative = false
    if r < end, r.pointee == 0x2D || r.pointee == 0x2B {
      negative = r.pointee == 0x2D
      r += 1
    }
    let firstDigit = r
    var value = 0
    while r < end, r.pointee &- 0x30 < 10 {
      value = min(value * 10 + Int(r.pointee &- 0x30), 1_000_000)
      r += 1
    }
    if r == firstDigit { return 0 }
    q = r
    return negative ? -value : value
  }

  /// The standard library's conversion, correctly rounded for any number of digits.
  @inline(never)
  private func slowly(_ text: UnsafeBufferPointer<UInt8>) -> Double {
    // It knows every number of this grammar; were one unknown, NaN would be refused as no number should be.
    Double(String(decoding: text.map { $0 == decimal ? 0x2E : $0 }, as: UTF8.self)) ?? .nan
  }
}
