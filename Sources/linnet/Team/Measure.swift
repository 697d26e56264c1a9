import ArgumentParser
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import RunFiles
import Samples

/// The speed and the memory of a team that compresses a table which no file holds.
struct Measure: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Compress a table that is made up while it is read, and say what that took.",
    discussion: """
      Row i of the table is the same whatever the number of processes; each makes a part of the rows, compresses it, and one reduction merges the factors.

      Examples:
        mpirun -n 1 linnet-mpi measure --rows 10000000 --columns 50
        mpirun -n 2 linnet-mpi measure --rows 10000000 --columns 50 --json
      """)

  @Option(parsing: .unconditional, help: "Rows of the table.") var rows = 10_000_000
  @Option(parsing: .unconditional, help: "Columns of the table.") var columns = 50
  @Option(help: ArgumentHelp("Also write the factor, NAME.linnet.", valueName: "file")) var out: String?
  @Flag(help: "Print the result as JSON on standard output.") var json = false

  func validate() throws {
    if rows < 1 { throw ValidationError("--rows must be at least 1, not \(rows).") }
    if !(2...2000 ~= columns) { throw ValidationError("--columns must be from 2 to 2000, not \(columns).") }
    if let out, !TableFactor.isFactor(out) {
      throw ValidationError("--out \(out): the name of a factor ends in \(TableFactor.ending).")
    }
  }

  /// What is said of it, as JSON.
  private struct Report: Encodable {
    let rows: Int
    let columns: Int
    let ranks: Int
    /// From a common beginning to the merged factor.
    let seconds: Double
    /// Of each rank: making and compressing its rows.
    let rankSeconds: [Double]
    /// Of each rank on the processor.
    let processorSeconds: [Double]
    /// Of each rank, resident at its largest.
    let peakMegabytes: [Double]
  }

  func run() throws {
    guard let team = CurrentTeam.value else {
      throw ValidationError("There is no team to be measured; start it by mpirun.")
    }
    // A common beginning.
    _ = team.broadcast([0])
    _ = team.reduce([0]) { a, _ in a }
    let begun = Date()
    let table = MadeUpTable(columns: columns)
    let first = rows * team.rank / team.size
    let last = rows * (team.rank + 1) / team.size
    let samples = table.compressed(first..<last)
    let mine = Date().timeIntervalSince(begun)
    let merged = samples.merged(by: team)
    let all = Date().timeIntervalSince(begun)

    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let processor =
      Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + 1e-6 * Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    let numbers = [mine, processor, Double(usage.ru_maxrss) / 1024]
    let gathered = team.gather(Array(numbers.map { "\($0)" }.joined(separator: " ").utf8))
    guard team.rank == 0 else { return }
    let found = gathered.map { String(decoding: $0, as: UTF8.self).split(separator: " ").map { Double($0)! } }
    if let out {
      let names = (1...columns).map { "x\($0)" }
      try TableFactor(
        numbers: merged, names: names, name: "a table that was made up",
        sources: [FactorSource(file: "made up, \(rows) × \(columns)", fingerprint: nil)]
      ).write(to: out, program: "linnet-mpi \(programVersion)")
    }
    let report = Report(
      rows: rows, columns: columns, ranks: team.size, seconds: all, rankSeconds: found.map { $0[0] },
      processorSeconds: found.map { $0[1] }, peakMegabytes: found.map { $0[2] })
    if json { return Screen.standardOutput(try CanonicalJSON.encode(report)) }
    let megabytes = report.peakMegabytes.max()!
    (labelledLines("Table", "\(rows) × \(columns), made up while it is compressed")
      + labelledLines(
        "Ranks",
        "\(team.size): \(duration(all)) from the beginning to the merged factor; each for itself \(list(report.rankSeconds.map(duration)))"
      )
      + labelledLines("Memory", "\(number(megabytes, digits: 3)) MB at most, of the rank with most")).forEach(
        Screen.standardOutput)
  }
}

/// A table whose blocks of rows are made from their numbers alone: columns about 0, 1, 2, …, of which the last depends on the others.
struct MadeUpTable {
  let columns: Int

  /// Rows of a block.
  private static let blockRows = 1024

  /// The factor of some of the rows.
  func compressed(_ rows: Range<Int>) -> SampleCompression {
    var samples = SampleCompression(columns: columns)
    let n = columns
    let block = UnsafeMutablePointer<Double>.allocate(capacity: Self.blockRows * n)
    defer { block.deallocate() }
    var first = rows.lowerBound
    while first < rows.upperBound {
      let number = first / Self.blockRows
      fill(block, number)
      let offset = first - number * Self.blockRows
      let count = min(Self.blockRows - offset, rows.upperBound - first)
      samples.append(rowMajor: block + offset * n, rows: count)
      first += count
    }
    return samples
  }

  private func fill(_ block: UnsafeMutablePointer<Double>, _ number: Int) {
    // SplitMix64 (Steele, Lea, Flood 2014), from a state that the number of the block decides.
    var state = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15 ^ 0x5DEE_CE66_D1CE_4E5B
    for i in 0..<Self.blockRows {
      let row = block + i * columns
      var sum = 0.0
      for j in 0..<columns {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        // Uniform between −1 and 1.
        let u = Double(Int64(bitPattern: z) >> 11) * 0x1p-52
        row[j] = Double(j) + u
        sum += u
      }
      row[columns - 1] += sum / Double(columns).squareRoot()
    }
  }
}

extension SampleCompression {
  /// The samples of all processes of a team, by one reduction of their factors.
  func merged(by team: any Team) -> SampleCompression {
    let n = columns
    let message = team.reduce(SampleFactor.message(parts, columns: n)) { left, right in
      var merged = SampleCompression(columns: n)
      for part in [left, right] {
        if let parts = SampleFactor(message: part, columns: n) { merged.merge(SampleCompression(parts)) }
      }
      return SampleFactor.message(merged.parts, columns: n)
    }
    return SampleFactor(message: message, columns: n).map { SampleCompression($0) }
      ?? SampleCompression(columns: n)
  }
}
