/// A part of a sweep: the i-th of n.
package struct Shard: Equatable, Sendable {
  /// i, from 1 on.
  package let number: Int
  /// n.
  package let count: Int

  /// All of it.
  package static let whole = Shard(number: 1, count: 1)

  private init(number: Int, count: Int) { (self.number, self.count) = (number, count) }

  /// The shard of `i/n`.
  ///
  /// - Throws: `SweepError.badShard` outside 1…n.
  package init(_ text: String) throws(SweepError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let i = parts[0], let n = parts[1], 1 <= i, i <= n, n <= 100_000 else {
      throw .badShard(text: text)
    }
    self.init(number: i, count: n)
  }

  /// The shard that the variables of a Slurm array name; nil outside of one.
  ///
  /// - Throws: `SweepError.badShard` where they name none.
  package init?(slurm environment: [String: String]) throws(SweepError) {
    guard let id = environment["SLURM_ARRAY_TASK_ID"], let count = environment["SLURM_ARRAY_TASK_COUNT"]
    else {
      return nil
    }
    let first = environment["SLURM_ARRAY_TASK_MIN"] ?? "1"
    let step = environment["SLURM_ARRAY_TASK_STEP"] ?? "1"
    guard let i = Int(id), let a = Int(first), let h = Int(step), h > 0, (i - a) % h == 0 else {
      throw .badShard(text: "SLURM_ARRAY_TASK_ID=\(id)")
    }
    try self.init("\((i - a) / h + 1)/\(count)")
  }

  /// Whether a point belongs to it.
  ///
  /// The sum of the digits of its number to the base n decides: of n neighbours each goes to another shard, and no period of the grid makes one shard's runs all deep, or all slow.
  package func contains(_ index: Int) -> Bool {
    if count == 1 { return true }
    var (rest, sum) = (index, 0)
    while rest > 0 {
      sum += rest % count
      rest /= count
    }
    return sum % count == number - 1
  }

  /// `2of8`, in the names of files.
  package var name: String { "\(number)of\(count)" }
}
