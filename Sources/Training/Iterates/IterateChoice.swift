import Foundation

/// Which iterates of explicit Euler are recorded: nothing between them exists.
///
/// Every k-th if that is asked for. Otherwise the first ones one by one and then in steps that grow by the factor 10^{1/40}, so that plateaus of any length are resolved, and, up to a
/// known last iterate, 200 of them evenly, as a person plots them.
struct IterateChoice: Codable, Sendable {
  private let every: Int?
  /// Iterates between two of the even ones; nil if the last is not known.
  private let even: Int?
  private let last: Int?
  /// The next one of those that grow.
  private var next = 0

  init(every: Int?, last: Int?) {
    (self.every, self.last) = (every, last)
    even = last.map { max(1, $0 / 200) }
  }

  /// Whether iterate k, in increasing order, is recorded.
  mutating func takes(_ k: Int) -> Bool {
    if k == last { return true }
    if let every { return k % every == 0 }
    var isTaken = even.map { k % $0 == 0 } ?? false
    if k >= next {
      isTaken = true
      next = max(k + 1, Int((Double(k) * pow(10, 1.0 / 40)).rounded(.up)))
    }
    return isTaken
  }
}
