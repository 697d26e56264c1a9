/// The ends of the last steps of an integration with y and y′ there, from which y follows within the last of them.
///
/// The polynomial of ``HermiteInterpolation`` goes through both ends of the last step and through one or two ends before, which lie apart by a quarter of the step or more.
struct RecentNodes {
  /// Enough to find four apart among steps that grow.
  private static let capacity = 6
  /// Where between the ends the polynomials differ most: s²(1 − s)²(1 + s)² is largest at 1/√3.
  private static let widest = 0.58

  private let dimension: Int
  private var times: [Double] = []
  /// y and y′ of the nodes, one after the other.
  private var numbers: [[Double]] = []
  /// The nodes that the polynomial goes through, by their places: the last step's end, its beginning, those before.
  private var chosen: [Int] = []

  /// - Parameter dimension: of y.
  init(dimension: Int) { self.dimension = dimension }

  /// The beginning of the last step, if it is known.
  var beginning: (time: Double, state: ArraySlice<Double>)? {
    guard times.count > 1 else { return nil }
    return (times[times.count - 2], numbers[times.count - 2][..<dimension])
  }

  /// Takes in the end of a step; where its time is the same as that of the step before, to the last digit, only this one is known from now on.
  ///
  /// - Parameters:
  ///   - time: not before the last.
  ///   - write: is given room for y and for y′.
  mutating func append(
    at time: Double,
    _ write: (_ y: UnsafeMutablePointer<Double>, _ derivative: UnsafeMutablePointer<Double>) -> Void
  ) {
    if let last = times.last, last >= time { (times, numbers) = ([], []) }
    // The oldest gives its room.
    var room: [Double]
    if times.count == Self.capacity {
      room = numbers.removeFirst()
      times.removeFirst()
    } else {
      room = [Double](repeating: 0, count: 2 * dimension)
    }
    room.withUnsafeMutableBufferPointer { write($0.baseAddress!, $0.baseAddress! + dimension) }
    times.append(time)
    numbers.append(room)
    choose()
  }

  private mutating func choose() {
    guard times.count > 1 else {
      chosen = []
      return
    }
    let last = times.count - 1
    chosen = [last, last - 1]
    let quarter = 0.25 * (times[last] - times[last - 1])
    while chosen.count < 4,
      let next = times[..<chosen.last!].lastIndex(where: { times[chosen.last!] - $0 >= quarter })
    {
      chosen.append(next)
    }
  }

  /// y at a time within the last step, whose both ends are known.
  func interpolate(at t: Double, into y: UnsafeMutablePointer<Double>) {
    y.update(repeating: 0, count: dimension)
    add(chosen, at: t, times: 1, to: y)
  }

  /// By how much the polynomial differs from the one through a node less, where they differ most within the last step: the size of the latter's error, and far above that of the former.
  ///
  /// - Parameter difference: is given the difference.
  /// - Returns: false where too few nodes are known to tell.
  func uncertainty(into difference: UnsafeMutablePointer<Double>) -> Bool {
    guard chosen.count > 2 else { return false }
    let (end, beginning) = (times[chosen[0]], times[chosen[1]])
    let t = beginning + Self.widest * (end - beginning)
    difference.update(repeating: 0, count: dimension)
    add(chosen, at: t, times: 1, to: difference)
    add(chosen.dropLast(), at: t, times: -1, to: difference)
    return true
  }

  private func add(
    _ nodes: some Sequence<Int>, at t: Double, times sign: Double, to y: UnsafeMutablePointer<Double>
  ) {
    let weights = HermiteInterpolation(at: t, through: nodes.map { times[$0] })
    for (k, node) in nodes.enumerated() {
      numbers[node].withUnsafeBufferPointer {
        weights.add(k, $0.baseAddress!, times: sign, to: y, count: dimension)
      }
    }
  }
}
