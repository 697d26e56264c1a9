import ArgumentParser
import Synchronization

/// Processes that share one call of the command, each with a part of its work: what `linnet-mpi` brings along.
///
/// All methods but ``claim(_:)`` are called by all processes alike, in the same order.
public protocol Team: AnyObject, Sendable {
  /// Which of the processes this is: 0, 1, …
  var rank: Int { get }
  /// How many there are.
  var size: Int { get }

  /// What the process of rank 0 gives, at every process.
  func broadcast(_ bytes: [UInt8]) -> [UInt8]

  /// What every process gives, by rank, at rank 0; nothing elsewhere.
  func gather(_ bytes: [UInt8]) -> [[UInt8]]

  /// Claims the next numbers of 0, 1, 2, … that no process has claimed.
  ///
  /// - Parameter count: how many.
  /// - Returns: the first of them.
  func claim(_ count: Int) -> Int

  /// The messages of all processes, all of one length, merged in the order of ranks; at every process.
  ///
  /// - Parameters:
  ///   - message: of this process.
  ///   - merge: associative.
  func reduce(_ message: [Double], by merge: @escaping @Sendable ([Double], [Double]) -> [Double]) -> [Double]

  /// Ends this process, as all others do.
  func leave(_ status: Int32) -> Never

  /// Ends all processes, wherever the others are.
  func abandon(_ status: Int32) -> Never
}

/// The team that this process belongs to; none for the command alone.
enum CurrentTeam {
  private static let stored = Mutex<(any Team)?>(nil)

  static var value: (any Team)? {
    get { stored.withLock { $0 } }
    set { stored.withLock { $0 = newValue } }
  }

  /// Whether this process speaks: results and progress are said once.
  static var speaks: Bool { value.map { $0.rank == 0 } ?? true }
}
