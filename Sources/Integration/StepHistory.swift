/// The ends of a run's steps with y and y′ there, from which y(t) follows between them.
///
/// Memory is bounded: where all steps do not fit, every second one is kept, then every fourth, and so on. As long as no step was left out, y(t) is interpolated; otherwise
/// the last kept node before t says from where to integrate again.
///
/// Between two nodes y(t) is the polynomial of degree 7 that has the right values and derivatives at both and at one node on either side of them, at least a quarter of the step away
/// (nearer ones would cost digits). Its error is of order 8 in the step, small beside that of the steps of Dormand and Prince's pair and of BDF, which are of order 5.
///
/// Complexity: O(n) a state, and O(log k) to find it among k nodes. 2n numbers a node, `capacity` at most.
public struct StepHistory: Codable, Sendable {
  /// Entries of y.
  public let dimension: Int
  /// Numbers kept at most; two nodes are kept in any case.
  public let capacity: Int

  private var times: [Double] = []
  /// y and y′ of every node, one after the other.
  private var numbers: [Double] = []
  /// Every so many steps become nodes.
  private var stride = 1
  private var seen = 0

  /// 4 MB (tuned): all steps of ordinary runs of some ten unknowns, at under 3 % of the time of a run of many cheap steps.
  public static let ordinaryCapacity = 500_000

  /// An empty history of states of `dimension` entries.
  public init(dimension: Int, capacity: Int = StepHistory.ordinaryCapacity) {
    precondition(dimension > 0, "a state has at least one entry, not \(dimension)")
    (self.dimension, self.capacity) = (dimension, capacity)
  }

  /// Whether every step is kept, so that states are interpolated.
  public var isWhole: Bool { stride == 1 }
  /// Nodes kept.
  public var count: Int { times.count }
  /// The time of the first and the last node; nil for an empty history.
  public var span: ClosedRange<Double>? { times.first.map { $0...times.last! } }

  /// Keeps the end of a step, at a later time than the one before; not if it is this step's turn to be left out.
  ///
  /// - Parameters:
  ///   - time: t, later than the last.
  ///   - y: the state.
  ///   - writeDerivative: is given room for y′, `dimension` numbers.
  public mutating func append(
    at time: Double, _ y: UnsafePointer<Double>, writeDerivative: (UnsafeMutablePointer<Double>) -> Void
  ) {
    defer { seen += 1 }
    guard seen % stride == 0, times.last.map({ $0 < time }) ?? true else { return }
    let state = UnsafeBufferPointer(start: y, count: dimension)
    numbers.append(contentsOf: state)
    // The room for y′.
    numbers.append(contentsOf: state)
    numbers.withUnsafeMutableBufferPointer { writeDerivative($0.baseAddress! + ($0.count - dimension)) }
    times.append(time)
    if numbers.count > capacity { thin() }
  }

  /// The same history in at most so many numbers, or two nodes.
  public func thinned(to capacity: Int) -> StepHistory {
    var result = StepHistory(dimension: dimension, capacity: capacity)
    (result.times, result.numbers, result.stride, result.seen) = (times, numbers, stride, seen)
    while result.numbers.count > capacity, result.count > 2 { result.thin() }
    return result
  }

  private mutating func thin() {
    guard count > 2 else { return }
    let kept = Swift.stride(from: 0, to: count, by: 2)
    let size = 2 * dimension
    numbers = kept.flatMap { numbers[$0 * size..<($0 + 1) * size] }
    times = kept.map { times[$0] }
    stride *= 2
  }

  // MARK: In a file

  private enum Key: String, CodingKey { case dimension, capacity, times, numbers, stride, seen }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    dimension = try values.decode(Int.self, forKey: .dimension)
    capacity = try values.decode(Int.self, forKey: .capacity)
    times = try values.decode(PackedNumbers.self, forKey: .times).values
    numbers = try values.decode(PackedNumbers.self, forKey: .numbers).values
    stride = try values.decode(Int.self, forKey: .stride)
    seen = try values.decode(Int.self, forKey: .seen)
    let isSound =
      dimension > 0 && capacity >= 0 && stride > 0 && seen >= 0 && numbers.allSatisfy(\.isFinite)
      && numbers.count
        == times.count.multipliedReportingOverflow(by: 2 * min(dimension, 1 << 40)).partialValue
      && times.allSatisfy(\.isFinite) && zip(times, times.dropFirst()).allSatisfy { $0 < $1 }
    guard isSound else {
      throw DecodingError.dataCorruptedError(
        forKey: .times, in: values, debugDescription: "no history of steps")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(dimension, forKey: .dimension)
    try values.encode(capacity, forKey: .capacity)
    try values.encode(PackedNumbers(times), forKey: .times)
    try values.encode(PackedNumbers(numbers), forKey: .numbers)
    try values.encode(stride, forKey: .stride)
    try values.encode(seen, forKey: .seen)
  }

  // MARK: Lookup

  /// The last node at or before t, with its time; nil before the first.
  public func node(atOrBefore t: Double) -> (time: Double, state: [Double])? {
    guard let i = index(atOrBefore: t) else { return nil }
    return (times[i], state(i))
  }

  /// Nodes with their times, evenly thinned to so many at most.
  public func nodes(atMost most: Int) -> [(time: Double, state: [Double])] {
    guard most > 0 else { return [] }
    let every = (count + most - 1) / most
    return Swift.stride(from: 0, to: count, by: max(every, 1)).map { (times[$0], state($0)) }
  }

  /// y(t) between the first and the last node; nil elsewhere, and where steps were left out.
  public func interpolated(at t: Double) -> [Double]? {
    guard isWhole, let i = index(atOrBefore: t) else { return nil }
    if times[i] == t { return state(i) }
    guard i + 1 < count else { return nil }
    return hermite(at: t, through: [i, i + 1] + beside(i))
  }

  private func state(_ i: Int) -> [Double] {
    Array(numbers[2 * i * dimension..<(2 * i + 1) * dimension])
  }

  private func index(atOrBefore t: Double) -> Int? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= t { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }

  /// Two nodes outside the step from i to i + 1, if there are so many: the nearest on either side that is a quarter of the step or more away, or both from one side.
  private func beside(_ i: Int) -> [Int] {
    let quarter = 0.25 * (times[i + 1] - times[i])
    func before(_ k: Int) -> Int? { times[..<k].lastIndex { times[k] - $0 >= quarter } }
    func after(_ k: Int) -> Int? { times[(k + 1)...].firstIndex { $0 - times[k] >= quarter } }
    let (left, right) = (before(i), after(i + 1))
    switch (left, right) {
    case (let left?, let right?): return [left, right]
    case (let left?, nil): return [left, before(left)].compactMap(\.self)
    case (nil, let right?): return [right, after(right)].compactMap(\.self)
    case (nil, nil): return []
    }
  }

  private func hermite(at t: Double, through nodes: [Int]) -> [Double] {
    let weights = HermiteInterpolation(at: t, through: nodes.map { times[$0] })
    var y = [Double](repeating: 0, count: dimension)
    numbers.withUnsafeBufferPointer { numbers in
      y.withUnsafeMutableBufferPointer { y in
        for (k, node) in nodes.enumerated() {
          weights.add(
            k, numbers.baseAddress! + 2 * node * dimension, to: y.baseAddress!, count: dimension)
        }
      }
    }
    return y
  }
}
