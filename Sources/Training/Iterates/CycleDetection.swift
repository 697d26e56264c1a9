/// Finds out that iterates y_k repeat with a period, in the memory of one of them.
///
/// A reference iterate is kept and replaced at k = 2, 4, 8, …; when y returns to it twice, after p and after 2p steps, to within 1e-9 of how far it went in between, the iterates have period p.
/// Iterates that come to rest go nowhere in between, and a damped oscillation does not come back; a chaotic one does not come back twice. An oscillation that drifts by more than
/// a billionth of its width in a period is none yet.
///
/// Complexity: O(n) an iterate.
///
/// Source: Brent, "An improved Monte Carlo factorization algorithm", BIT 20 (1980), for the choice of the reference.
struct CycleDetection: Codable, Sendable {
  private var reference: [Double] = []
  private var start = 0
  /// The square of the largest distance from the reference, and of the reference's norm.
  private var width = 0.0
  private var size = 0.0
  private var period: Int?

  /// How closely y returns, relative to how far it went (tuned).
  static let nearness = 1e-9
  /// How far it has to go, relative to its norm (tuned): less is rest, as far as can be told.
  static let excursion = 1e-6

  /// Whether it is that of a run of so many iterates.
  func isSound(after count: Int, dimension: Int) -> Bool {
    (reference.isEmpty || reference.count == dimension) && (0...max(count, 1)).contains(start)
      && (period.map { (1...max(count, 1)).contains($0) } ?? true)
  }

  /// Takes iterate k, in increasing order; returns the period once it is certain.
  mutating func observe(_ k: Int, _ y: UnsafePointer<Double>, count: Int) -> Int? {
    if reference.isEmpty || k >= 2 * start {
      keep(k, y, count)
      return nil
    }
    var distance = 0.0
    reference.withUnsafeBufferPointer {
      for i in 0..<count { distance += (y[i] - $0[i]) * (y[i] - $0[i]) }
    }
    let isBack =
      distance <= CycleDetection.nearness * CycleDetection.nearness * width
      && width >= CycleDetection.excursion * CycleDetection.excursion * size
    width = max(width, distance)
    if let p = period, k - start == 2 * p {
      if isBack { return p }
      period = nil
    } else if period == nil, isBack {
      period = k - start
    }
    return nil
  }

  private mutating func keep(_ k: Int, _ y: UnsafePointer<Double>, _ count: Int) {
    reference = Array(UnsafeBufferPointer(start: y, count: count))
    (start, width, period) = (max(k, 1), 0, nil)
    size = reference.reduce(0) { $0 + $1 * $1 }
  }
}
