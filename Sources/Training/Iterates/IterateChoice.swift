import Foundation

/// Which iterates of explicit Euler are recorded: nothing between them exists.
///
/// Every k-th if that is asked for. Otherwise the first ones one by one and then in steps that grow by the factor 10^{1/40}, so that plateaus of any length are resolved, and, up to a
/// known last iterate, 200 of them evenly, as a person plots them.
struct IterateChoice: Codable, Sendable {
  /// The next one that is recorded.
  private(set) var next = 0

  private let every: Int?
  /// Iterates between two of the even ones; nil if the last is not known.
  private let even: Int?
  private let last: Int?
  /// The last one of those that grow.
  private var grown = 0

  init(every: Int?, last: Int?) {
    (self.every, self.last) = (every, last)
    even = last.map { max(1, $0 / 200) }
  }

  /// Whether it has come from another one of the same run.
  func isSound(from first: IterateChoice) -> Bool {
    (every, even, last) == (first.every, first.even, first.last) && (0..<1 << 53).contains(next)
      && (0..<1 << 53).contains(grown)
  }

  /// Goes on to the one after ``next``.
  mutating func advance() {
    let k = next
    if let every {
      next = k + every
    } else {
      while grown <= k {
        grown = max(grown + 1, Int((Double(grown) * pow(10, 1.0 / 40)).rounded(.up)))
      }
      next = min(grown, even.map { (k / $0 + 1) * $0 } ?? .max)
    }
    if let last, k < last { next = min(next, last) }
  }
}
