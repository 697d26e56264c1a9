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

/// The Euclidean norm, in units of its largest part: no square over- or underflows.
func length(_ numbers: some Collection<Double>) -> Double {
  let largest = numbers.reduce(0) { max($0, $1.magnitude) }
  guard largest > 0, largest.isFinite else { return largest }
  return largest * numbers.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
}
