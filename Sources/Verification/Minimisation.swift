import CNLopt

/// The least value of f over the open unit cube near a start, by Rowan's subplex method: no derivatives, and a minimum over many times may
/// have kinks.
///
/// - Parameters:
///   - start: a point of the cube.
///   - evaluations: how many values of f are asked for at most.
///   - isInterrupted: looked at before every evaluation.
///   - f: −∞ is allowed and ends the search.
/// - Returns: the best point seen, its value, and the number of evaluations.
///
/// The method is deterministic: equal arguments give equal results.
///
/// Source: Rowan (1990), as `NLOPT_LN_SBPLX` of NLopt (Johnson).
func minimise(
  from start: [Double], evaluations: Int, isInterrupted: () -> Bool, _ f: ([Double]) -> Double
) -> (point: [Double], value: Double, evaluations: Int) {
  withoutActuallyEscaping(f) { f in
    withoutActuallyEscaping(isInterrupted) { isInterrupted in
      let search = Search(start, f, isInterrupted)
      let n = UInt32(start.count)
      let optimiser = nlopt_create(NLOPT_LN_SBPLX, n)
      defer { nlopt_destroy(optimiser) }
      search.optimiser = optimiser
      nlopt_set_min_objective(optimiser, objective, Unmanaged.passUnretained(search).toOpaque())
      // The reals of a recipe exclude 0 and 1, where logarithms of odds are infinite.
      nlopt_set_lower_bounds1(optimiser, 1e-9)
      nlopt_set_upper_bounds1(optimiser, 1 - 1e-9)
      // A twentieth of the cube (tuned): the start is already among the worst of many samples.
      nlopt_set_initial_step1(optimiser, 0.05)
      nlopt_set_maxeval(optimiser, Int32(evaluations))
      nlopt_set_xtol_rel(optimiser, 1e-12)
      var x = start.map { min(max($0, 1e-9), 1 - 1e-9) }
      var value = 0.0
      withExtendedLifetime(search) { _ = nlopt_optimize(optimiser, &x, &value) }
      return (search.best, search.value, search.count)
    }
  }
}

private final class Search {
  let f: ([Double]) -> Double
  let isInterrupted: () -> Bool
  var optimiser: nlopt_opt?
  var best: [Double]
  var value = Double.infinity
  var count = 0

  init(_ start: [Double], _ f: @escaping ([Double]) -> Double, _ isInterrupted: @escaping () -> Bool) {
    (best, self.f, self.isInterrupted) = (start, f, isInterrupted)
  }

  func evaluate(_ x: [Double]) -> Double {
    if isInterrupted() {
      nlopt_force_stop(optimiser)
      return 0
    }
    count += 1
    let y = f(x)
    if y < value { (best, value) = (x, y) }
    if y == -.infinity { nlopt_force_stop(optimiser) }
    // NLopt does not like infinities; a plateau this high is left at once.
    return min(max(y, -1e300), 1e300)
  }
}

private func objective(
  _ n: UInt32, _ x: UnsafePointer<Double>?, _ gradient: UnsafeMutablePointer<Double>?,
  _ data: UnsafeMutableRawPointer?
) -> Double {
  Unmanaged<Search>.fromOpaque(data!).takeUnretainedValue().evaluate(
    Array(UnsafeBufferPointer(start: x, count: Int(n))))
}
