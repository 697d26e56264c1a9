import ArgumentParser
import Foundation
import Prose
import RunFiles
import Sweeps
import Synchronization

extension SweepSession {
  /// What the process of rank 0 found, for all.
  private struct Beginning: Codable {
    let folder: String
    let mark: String
    /// Points without a line, in the order in which they are begun.
    let missing: [Int]
  }

  /// Runs that are claimed at once: few enough that at the end nobody waits long, many enough that the counter is seldom asked (tuned).
  private static let chunk = 8

  /// Computes the runs with all processes of a team: each takes the next ones that nobody has, and writes lines into a file of its own.
  func run(sharedBy team: any Team) throws {
    Interruption.listen()
    Interruption.atTheEnd {
      team.rank == 0 ? "Interrupted. Every finished run is kept. Go on with the same command." : ""
    }
    // What is wrong is found, and said, by one.
    var found = Data()
    var all = 0
    if team.rank == 0 {
      let description = SweepDescription(grid, inputs: try runner.inputs())
      let mark = try description.mark
      try runner.load()
      let folder = try openFolder(description)
      try lock(.whole, in: folder)
      let known = try RecordFolder(folder, grid: grid, mark: mark)
      known.warn()
      let order = SweepLoop.order(grid, dataParameters: runner.dataParameters)
      all = order.count
      let missing = order.filter { known.records[$0] == nil }
      if missing.count < all { say("\(all - missing.count) of \(count(all, "run")) are there already.") }
      found = try CanonicalJSON.encode(Beginning(folder: folder, mark: mark, missing: missing), layout: .line)
    }
    let beginning = try CanonicalJSON.decode(Beginning.self, from: Data(team.broadcast(Array(found))))
    let (folder, missing) = (beginning.folder, beginning.missing)
    if team.rank > 0 {
      guard try SweepDescription(grid, inputs: runner.inputs()).mark == beginning.mark else {
        throw SweepError.otherSweep(
          folder: folder, difference: "this process reads other data files, or another version of them")
      }
      try runner.load()
    }
    guard !missing.isEmpty else {
      if team.rank == 0 { try finish(folder, .whole) }
      return
    }

    let file = try RecordFile(in: folder, shard: .whole)
    let line = SharedProgressLine()
    let begun = Date()
    let chunk = max(1, min(Self.chunk, missing.count / (4 * team.size * threads)))
    let claimed = Mutex(0)
    let mark = beginning.mark
    let done = try SweepLoop(points: missing, threads: threads).run(
      compute: { runner.record($0, mark: mark, isInterrupted: { Interruption.isRequested }) },
      keep: { record in try Interruption.uncut { try file.append(record) } },
      isInterrupted: { Interruption.isRequested },
      progress: { _ in
        line.show(Self.words(claimed.withLock { $0 }, of: missing.count, team.size, since: begun))
      },
      claim: {
        let first = min(team.claim(chunk), missing.count)
        let last = min(first + chunk, missing.count)
        claimed.withLock { $0 = last }
        return first..<last
      })
    file.force()
    line.clear()
    let counts = team.gather(Array("\(done.done) \(done.failed)".utf8)).map { bytes in
      String(decoding: bytes, as: UTF8.self).split(separator: " ").map { Int($0)! }
    }
    guard team.rank == 0 else { return }
    let (kept, failed) = (counts.reduce(0) { $0 + $1[0] }, counts.reduce(0) { $0 + $1[1] })
    if kept < missing.count {
      while !Interruption.end() { pause() }
      Screen.standardError(
        "Interrupted: \(all - missing.count + kept) of \(count(all, "run")) are kept. Go on with the same command."
      )
      throw ExitCode.failure
    }
    say(
      "\(count(kept, "run")) in \(duration(Date().timeIntervalSince(begun))) by \(count(team.size, "process", plural: "processes")) (\(list(counts.map { "\($0[0])" }, atMost: 16)))\(failed > 0 ? ", \(failed) failed" : "")"
    )
    try finish(folder, .whole)
  }

  private static func words(_ claimed: Int, of all: Int, _ processes: Int, since begun: Date) -> String {
    let seconds = Date().timeIntervalSince(begun)
    let left =
      claimed > 0 ? ", about \(duration(seconds / Double(claimed) * Double(all - claimed))) left" : ""
    return "\(claimed) of \(all) runs begun by \(processes) processes  \(duration(seconds))\(left)"
  }
}
