/// `count` zeros (room for one at least), for buffers that a class owns and deallocates itself.
package func zeroedBuffer(_ count: Int) -> UnsafeMutablePointer<Double> {
  let buffer = UnsafeMutablePointer<Double>.allocate(capacity: max(count, 1))
  buffer.initialize(repeating: 0, count: max(count, 1))
  return buffer
}

/// A copy of an array, which its owner deallocates.
package func buffer(of values: [Double]) -> UnsafeMutablePointer<Double> {
  let buffer = UnsafeMutablePointer<Double>.allocate(capacity: max(values.count, 1))
  buffer.initialize(from: values, count: values.count)
  return buffer
}
