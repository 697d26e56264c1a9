/// Σ x_i y_i of two short vectors.
func dot(_ x: [Double], _ y: [Double]) -> Double {
  precondition(x.count == y.count, "the inner product of \(x.count) and \(y.count) entries does not exist")
  var sum = 0.0
  for i in x.indices { sum += x[i] * y[i] }
  return sum
}
