import CSUNDIALS

/// The operations on vectors that SUNDIALS spends its time in, with several numbers at a time.
///
/// Those of its serial vector are scalar loops, with one pass over memory for every term of a sum: more than half of the time of runs of some hundred unknowns (measured).
///
/// Vectors that SUNDIALS clones from `vector` inherit the operations.
func useVectorisedOperations(_ vector: N_Vector) {
  let operations = vector.pointee.ops!
  operations.pointee.nvscale = scaled
  operations.pointee.nvconst = filled
  operations.pointee.nvprod = product
  operations.pointee.nvdiv = quotient
  operations.pointee.nvlinearsum = linearSum
  operations.pointee.nvlinearcombination = linearCombination
  operations.pointee.nvwrmsnorm = weightedNorm
  operations.pointee.nvdotprod = dotProduct
}

/// Eight numbers, from memory that need not be aligned.
private typealias Lanes = SIMD8<Double>

extension UnsafePointer<Double> {
  fileprivate func lanes(_ i: Int) -> Lanes { UnsafeRawPointer(self + i).loadUnaligned(as: Lanes.self) }
}

extension UnsafeMutablePointer<Double> {
  fileprivate func store(_ lanes: Lanes, _ i: Int) {
    UnsafeMutableRawPointer(self + i).storeBytes(of: lanes, as: Lanes.self)
  }
}

private func entries(_ v: N_Vector?) -> UnsafePointer<Double> { UnsafePointer(N_VGetArrayPointer(v)) }

// In all of these z may be one of the inputs: they are read at a place before z is written there. Closures for the
// bodies of the loops would be calls.

/// z ← a x.
private func scaled(_ a: Double, _ x: N_Vector?, _ z: N_Vector?) {
  let (n, x, result) = (Int(N_VGetLength(z)), entries(x), N_VGetArrayPointer(z)!)
  var i = 0
  while i &+ Lanes.scalarCount <= n {
    result.store(a * x.lanes(i), i)
    i &+= Lanes.scalarCount
  }
  while i < n {
    result[i] = a * x[i]
    i &+= 1
  }
}

/// z_i ← c.
private func filled(_ c: Double, _ z: N_Vector?) {
  N_VGetArrayPointer(z)!.update(repeating: c, count: Int(N_VGetLength(z)))
}

/// z_i ← x_i y_i.
private func product(_ x: N_Vector?, _ y: N_Vector?, _ z: N_Vector?) {
  let (n, result) = (Int(N_VGetLength(z)), N_VGetArrayPointer(z)!)
  let (x, y) = (entries(x), entries(y))
  var i = 0
  while i &+ Lanes.scalarCount <= n {
    result.store(x.lanes(i) * y.lanes(i), i)
    i &+= Lanes.scalarCount
  }
  while i < n {
    result[i] = x[i] * y[i]
    i &+= 1
  }
}

/// z_i ← x_i/y_i.
private func quotient(_ x: N_Vector?, _ y: N_Vector?, _ z: N_Vector?) {
  let (n, result) = (Int(N_VGetLength(z)), N_VGetArrayPointer(z)!)
  let (x, y) = (entries(x), entries(y))
  var i = 0
  while i &+ Lanes.scalarCount <= n {
    result.store(x.lanes(i) / y.lanes(i), i)
    i &+= Lanes.scalarCount
  }
  while i < n {
    result[i] = x[i] / y[i]
    i &+= 1
  }
}

/// z ← a x + b y.
private func linearSum(_ a: Double, _ x: N_Vector?, _ b: Double, _ y: N_Vector?, _ z: N_Vector?) {
  let (n, result) = (Int(N_VGetLength(z)), N_VGetArrayPointer(z)!)
  let (x, y) = (entries(x), entries(y))
  var i = 0
  while i &+ Lanes.scalarCount <= n {
    result.store(a * x.lanes(i) + b * y.lanes(i), i)
    i &+= Lanes.scalarCount
  }
  while i < n {
    result[i] = a * x[i] + b * y[i]
    i &+= 1
  }
}

/// z ← Σ_k c_k x_k in one pass.
private func linearCombination(
  _ count: Int32, _ c: UnsafeMutablePointer<Double>?, _ x: UnsafeMutablePointer<N_Vector?>?, _ z: N_Vector?
) -> Int32 {
  let (count, c, x, n) = (Int(count), c!, x!, Int(N_VGetLength(z)))
  let result = N_VGetArrayPointer(z)!
  withUnsafeTemporaryAllocation(of: UnsafePointer<Double>.self, capacity: count) { buffer in
    let terms = buffer.baseAddress!
    for k in 0..<count { (terms + k).initialize(to: entries(x[k])) }
    var i = 0
    while i &+ Lanes.scalarCount <= n {
      var sum = c[0] * terms[0].lanes(i)
      for k in 1..<max(count, 1) { sum += c[k] * terms[k].lanes(i) }
      result.store(sum, i)
      i &+= Lanes.scalarCount
    }
    while i < n {
      var sum = c[0] * terms[0][i]
      for k in 1..<max(count, 1) { sum += c[k] * terms[k][i] }
      result[i] = sum
      i &+= 1
    }
  }
  return 0
}

/// (Σ_i (x_i w_i)²/n)^{1/2}.
private func weightedNorm(_ x: N_Vector?, _ w: N_Vector?) -> Double {
  let n = Int(N_VGetLength(x))
  let (x, w) = (entries(x), entries(w))
  var (i, sums, rest) = (0, Lanes.zero, 0.0)
  while i &+ Lanes.scalarCount <= n {
    let y = x.lanes(i) * w.lanes(i)
    sums += y * y
    i &+= Lanes.scalarCount
  }
  while i < n {
    rest += (x[i] * w[i]) * (x[i] * w[i])
    i &+= 1
  }
  return ((sums.sum() + rest) / Double(n)).squareRoot()
}

/// Σ_i x_i y_i.
private func dotProduct(_ x: N_Vector?, _ y: N_Vector?) -> Double {
  let n = Int(N_VGetLength(x))
  let (x, y) = (entries(x), entries(y))
  var (i, sums, rest) = (0, Lanes.zero, 0.0)
  while i &+ Lanes.scalarCount <= n {
    sums += x.lanes(i) * y.lanes(i)
    i &+= Lanes.scalarCount
  }
  while i < n {
    rest += x[i] * y[i]
    i &+= 1
  }
  return sums.sum() + rest
}

/// Whether no entry is infinite or NaN.
func isFinite(_ x: UnsafePointer<Double>, _ n: Int) -> Bool {
  // 0·x is 0 for finite x only, and NaN stays in a sum.
  var (i, sums, rest) = (0, Lanes.zero, 0.0)
  while i &+ Lanes.scalarCount <= n {
    sums += 0 * x.lanes(i)
    i &+= Lanes.scalarCount
  }
  while i < n {
    rest += 0 * x[i]
    i &+= 1
  }
  return sums.sum() + rest == 0
}
