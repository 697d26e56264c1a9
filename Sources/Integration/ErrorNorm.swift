/// The norm in which the errors of steps are held below one: (Σ_b (‖e_b‖ / (tol·‖y_b‖))²)^{1/2} with the blocks y_b of the state, so that layers of any size are followed to the same relative accuracy.
struct ErrorNorm {
  let blocks: [Range<Int>]
  private let relativeTolerance, negligibleNorm: Double

  init(_ field: any VectorField, relativeTolerance: Double) {
    (blocks, negligibleNorm) = (field.blocks, field.negligibleNorm)
    self.relativeTolerance = relativeTolerance
  }

  /// By how much each block may err at y.
  func tolerances(at y: UnsafePointer<Double>) -> [Double] {
    let norms = blocks.map { length(UnsafeBufferPointer(start: y + $0.lowerBound, count: $0.count)) }
    // A block that starts at zero beside others is resolved to a millionth of the largest (tuned); 1e-290 keeps the weights
    // of a state that is zero altogether finite.
    let floor = max(negligibleNorm, 1e-6 * (norms.max() ?? 0), 1e-290)
    return norms.map { relativeTolerance * max($0, floor) }
  }

  /// The norm of an error of the state y.
  func callAsFunction(_ error: UnsafePointer<Double>, at y: UnsafePointer<Double>) -> Double {
    zip(blocks, tolerances(at: y)).reduce(0) { sum, block in
      let (range, tolerance) = block
      let ratio = length(UnsafeBufferPointer(start: error + range.lowerBound, count: range.count)) / tolerance
      return sum + ratio * ratio
    }.squareRoot()
  }
}

/// The Euclidean norm; where squares over- or underflow, in units of the largest part.
func length(_ numbers: UnsafeBufferPointer<Double>) -> Double {
  // Eight sums, which are independent of each other.
  var sums = SIMD8<Double>.zero
  let whole = numbers.count / 8 * 8
  for i in stride(from: 0, to: whole, by: 8) {
    let x = UnsafeRawPointer(numbers.baseAddress! + i).loadUnaligned(as: SIMD8<Double>.self)
    sums += x * x
  }
  let sum = numbers[whole...].reduce(sums.sum()) { $0 + $1 * $1 }
  if sum > 1e-280, sum < 1e280 { return sum.squareRoot() }
  let largest = numbers.reduce(0) { max($0, $1.magnitude) }
  guard largest > 0, largest.isFinite else { return largest }
  return largest * numbers.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
}
