/// The number types stored in binary files, and their conversion to doubles.
///
/// Exact for all but 64-bit integers beyond 2⁵³, which are rounded to the nearest double.
enum ElementType: Equatable {
  case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64
  case float16, bfloat16, float32, float64

  var byteCount: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// target[i·stride] = source[i] for i = 0, …, count − 1.
  func decode(
    _ source: UnsafeRawPointer, count: Int, order: ByteOrder, into target: UnsafeMutablePointer<Double>,
    stride: Int = 1
  ) {
    func each<Word: FixedWidthInteger>(_: Word.Type, _ value: (Word) -> Double) {
      for i in 0..<count {
        let word = source.loadUnaligned(fromByteOffset: i * MemoryLayout<Word>.size, as: Word.self)
        target[i * stride] = value(order == .little ? Word(littleEndian: word) : Word(bigEndian: word))
      }
    }
    switch self {
    case .bool: each(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .int8: each(Int8.self) { Double($0) }
    case .int16: each(Int16.self) { Double($0) }
    case .int32: each(Int32.self) { Double($0) }
    case .int64: each(Int64.self) { Double($0) }
    case .uint8: each(UInt8.self) { Double($0) }
    case .uint16: each(UInt16.self) { Double($0) }
    case .uint32: each(UInt32.self) { Double($0) }
    case .uint64: each(UInt64.self) { Double($0) }
    case .float16: each(UInt16.self, Self.double(half:))
    case .bfloat16: each(UInt16.self) { Double(Float(bitPattern: UInt32($0) << 16)) }
    case .float32: each(UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float64: each(UInt64.self) { Double(bitPattern: $0) }
    }
  }

  /// The IEEE 754 binary16 number with these bits. Swift's `Float16` is not available on every platform.
  private static func double(half bits: UInt16) -> Double {
    let sign: Double = bits >> 15 == 0 ? 1 : -1
    let fraction = Double(bits & 0x3FF)
    switch (bits >> 10) & 0x1F {
    case 0: return sign * fraction * 0x1p-24
    case 0x1F: return fraction == 0 ? sign * .infinity : .nan
    case let exponent:
      return sign * (1024 + fraction) * Double(sign: .plus, exponent: Int(exponent) - 25, significand: 1)
    }
  }
}

enum ByteOrder { case little, big }

/// The position of the first NaN or infinity.
func firstNonFinite(_ values: UnsafeBufferPointer<Double>) -> Int? {
  // 0·x is 0 for a finite x and NaN otherwise, so that one sum tells of all entries without a branch in the loop.
  var sums = SIMD8<Double>(repeating: 0)
  let whole = values.count & ~7
  var i = 0
  while i < whole {
    sums += 0 * UnsafeRawPointer(values.baseAddress! + i).loadUnaligned(as: SIMD8<Double>.self)
    i += 8
  }
  var sum = sums.sum()
  while i < values.count {
    sum += 0 * values[i]
    i += 1
  }
  return sum == 0 ? nil : values.firstIndex { !$0.isFinite }
}

/// The product of counts, or nil if one is negative or the product exceeds an `Int`.
func product(_ factors: [Int]) -> Int? {
  var result = 1
  for factor in factors {
    let (partial, overflow) = result.multipliedReportingOverflow(by: factor)
    if overflow || factor < 0 { return nil }
    result = partial
  }
  return result
}
