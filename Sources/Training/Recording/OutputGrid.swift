import Foundation

/// The times at which a run is recorded beside the solver's own steps.
///
/// Logarithmic times resolve plateaus of any length, linear ones the motion as a person plots it.
enum OutputGrid {
  /// 200 equal intervals of [0, T] and 40 times a decade over the six decades below T.
  static func times(until T: Double) -> [Double] {
    let linear = (0...200).map { T * Double($0) / 200 }
    let logarithmic = (0..<240).map { T * pow(10, Double($0) / 40 - 6) }
    return merged(linear, logarithmic)
  }

  /// About so many: half of them equal intervals of [0, T], half evenly over the six decades below T in log t.
  static func times(until T: Double, count: Int) -> [Double] {
    let half = max(1, count / 2)
    let linear = (0...half).map { T * Double($0) / Double(half) }
    let others = max(0, count - linear.count)
    return merged(linear, (0..<others).map { T * pow(10, 6 * Double($0) / Double(others) - 6) })
  }

  /// The first, every k-th after it, and the last.
  static func every(_ k: Int, of times: [Double]) -> [Double] {
    times.enumerated().filter { $0.offset % k == 0 || $0.offset == times.count - 1 }.map(\.element)
  }

  /// 0 and then so many times a decade from `first` on, without end.
  static func times(from first: Double, decade: Double = 40) -> AnySequence<Double> {
    AnySequence(
      sequence(state: -1) { (k: inout Int) -> Double? in
        defer { k += 1 }
        return k < 0 ? 0 : first * pow(10, Double(k) / decade)
      })
  }

  /// Sorted, without repetitions.
  static func merged(_ a: [Double], _ b: [Double]) -> [Double] { Array(Set(a + b)).sorted() }
}

/// An endless increasing sequence with some more times sorted into it.
struct MergedTimes: Sequence, IteratorProtocol {
  private var endless: AnySequence<Double>.Iterator
  private var requested: ArraySlice<Double>
  private var head: Double?

  init(endless: AnySequence<Double>, requested: [Double]) {
    self.endless = endless.makeIterator()
    self.requested = requested[...]
    head = self.endless.next()
  }

  mutating func next() -> Double? {
    guard let time = [head, requested.first].compactMap(\.self).min() else { return nil }
    if head == time { head = endless.next() }
    while requested.first == time { requested = requested.dropFirst() }
    return time
  }
}
