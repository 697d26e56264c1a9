import ArgumentParser
import DataFormats
import Foundation
import Prose
import RunFiles
import Sweeps
import Synchronization

/// One `linnet sweep`, from the grid to its report.
struct SweepSession {
  let grid: SweepGrid
  let threads: Int
  /// Nil for all.
  let shard: Shard?
  let out: String?
  let analyses: SweepAnalyses
  let printsJSON: Bool
  /// The words of this call, by which it goes on.
  let arguments: [String]
  let runner: PointRunner

  private static let stem = "linnet-sweep"
  /// Runs, and seconds, of the sample that a dry run takes at most.
  private static let (sampleRuns, sampleSeconds) = (200, 3.0)

  init(
    grid: SweepGrid, threads: Int, shard: Shard?, out: String?, analyses: SweepAnalyses, printsJSON: Bool,
    arguments: [String]
  ) throws {
    if shard != nil, out == nil { throw SweepError.shardWithoutFolder }
    (self.grid, self.threads, self.shard, self.out) = (grid, threads, shard, out)
    (self.analyses, self.printsJSON, self.arguments) = (analyses, printsJSON, arguments)
    runner = try PointRunner(grid, threads: threads)
  }

  func say(_ line: String) { printsJSON ? Screen.standardError(line) : Screen.standardOutput(line) }

  // MARK: Without runs

  func saveGrid(to file: String) throws {
    _ = try runner.inputs()
    if FileManager.default.fileExists(atPath: file) { throw OutputError.fileExists(path: file) }
    try AtomicFile.write(try CanonicalJSON.encode(grid), to: file)
    say("Wrote \(file): \(count(grid.count, "run")). Run them with: linnet sweep --grid \(shellQuoted(file))")
  }

  func writeSlurmScript(to file: String, tasks: Int, threads: Int) throws {
    _ = try runner.inputs()
    if FileManager.default.fileExists(atPath: file) { throw OutputError.fileExists(path: file) }
    var kept: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let name = argument.prefix { $0 != "=" }
      if name == "--slurm" || name == "--tasks" {
        if name == argument { rest = rest.dropFirst() }
      } else {
        kept.append(argument)
      }
    }
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
    let script = SlurmScript(
      command: program, arguments: kept, folder: out!,
      workingDirectory: FileManager.default.currentDirectoryPath, shards: tasks, threads: threads)
    try AtomicFile.write(Data(script.text.utf8), to: file)
    say(
      "Wrote \(file): \(count(grid.count, "run")) in \(count(tasks, "task")). Submit it with: sbatch \(shellQuoted(file))"
    )
  }

  func dryRun() throws {
    _ = try runner.inputs()
    try runner.load()
    Interruption.listen()
    let order = SweepLoop.order(grid, dataParameters: runner.dataParameters)
    // From all over the grid, also where neighbours share their data or are seeds of one combination.
    let n = min(order.count, Self.sampleRuns)
    let sample = (0..<n).map { order[(($0 * 97) % n) * order.count / n] }
    let deadline = Date() + Self.sampleSeconds
    let times = Mutex<[Double]>([])
    let line = SharedProgressLine()
    let progress = try SweepLoop(points: Self.distinct(sample), threads: threads).run(
      compute: { index in
        let begun = Date()
        guard
          let record = runner.record(
            index, mark: "", isInterrupted: { Interruption.isRequested || Date() > deadline })
        else { return nil }
        times.withLock { $0.append(Date().timeIntervalSince(begun)) }
        return record
      }, keep: { _ in }, isInterrupted: { Interruption.isRequested || Date() > deadline },
      progress: { line.show("trying \($0.done) of \($0.total)") })
    line.clear()
    Interruption.end()
    if Interruption.isRequested {
      Screen.standardError("Interrupted.")
      throw ExitCode.failure
    }
    let found = times.withLock { $0 }
    for parameter in grid.parameters {
      say("\(parameter.name): \(count(parameter.values.count, "value")) (\(list(parameter.values)))")
    }
    say("\(count(grid.count, "run"))")
    guard !found.isEmpty else {
      say("A single one takes more than \(duration(Self.sampleSeconds)).")
      return
    }
    let mean = found.reduce(0, +) / Double(found.count)
    let workers = Double(max(1, min(threads, grid.count)))
    let whole = mean * Double(grid.count) / workers
    // A run that was cut off was longer than those that ended.
    let isCut = progress.done < progress.total
    say(
      "\(isCut ? "at least about" : "about") \(duration(whole)) on \(count(threads, "thread")), from \(count(found.count, "run")) that took \(duration(found.min()!)) to \(duration(found.max()!))"
    )
    if progress.failed > 0 {
      say("\(progress.failed) of these failed; in a sweep each is a line with its reason.")
    }
  }

  private static func distinct(_ points: [Int]) -> [Int] {
    var seen = Set<Int>()
    return points.filter { seen.insert($0).inserted }
  }

  // MARK: Runs

  func run() throws {
    Interruption.listen()
    let description = SweepDescription(grid, inputs: try runner.inputs())
    let mark = try description.mark
    try runner.load()
    let folder = try openFolder(description)
    let shard = shard ?? .whole
    try lock(shard, in: folder)
    let known = try RecordFolder(folder, grid: grid, mark: mark)
    known.warn()
    let mine = SweepLoop.order(grid, dataParameters: runner.dataParameters).filter(shard.contains)
    let missing = mine.filter { known.records[$0] == nil }
    if missing.count < mine.count {
      say("\(mine.count - missing.count) of \(count(mine.count, "run")) are there already.")
    }
    let goOn = "Go on with: \(continuation(folder))"
    Interruption.atTheEnd { "Interrupted. Every finished run is kept. \(goOn)" }
    if !missing.isEmpty {
      let file = try RecordFile(in: folder, shard: shard)
      let line = SharedProgressLine()
      let done: SweepLoop.Progress
      do {
        done = try SweepLoop(points: missing, threads: threads).run(
          compute: { runner.record($0, mark: mark, isInterrupted: { Interruption.isRequested }) },
          keep: { record in try Interruption.uncut { try file.append(record) } },
          isInterrupted: { Interruption.isRequested }, progress: { line.show(Self.words($0)) })
      } catch {
        line.clear()
        throw error
      }
      file.force()
      line.clear()
      if Interruption.isRequested, done.done < missing.count {
        while !Interruption.end() { pause() }
        Screen.standardError(
          "Interrupted: \(mine.count - missing.count + done.done) of \(count(mine.count, "run")) are kept. \(goOn)"
        )
        throw ExitCode.failure
      }
      say(
        "\(count(done.done, "run")) in \(duration(done.seconds))\(done.failed > 0 ? ", \(done.failed) failed" : "")"
      )
    }
    try finish(folder, shard)
  }

  /// Tables and figures, once all shards are there.
  func finish(_ folder: String, _ shard: Shard) throws {
    let results = try SweepResults(in: folder, analyses)
    let missing = grid.count - results.records.count
    if missing > 0 {
      while !Interruption.end() { pause() }
      say(
        "Shard \(shard.number) of \(shard.count) is done; \(count(missing, "run")) of the others are missing. When they are there: linnet sweep --merge \(shellQuoted(folder))"
      )
      return
    }
    Interruption.atTheEnd {
      "Interrupted. All runs are kept. Make tables and figures with: linnet sweep --merge \(shellQuoted(folder))"
    }
    try results.write(printingJSON: printsJSON)
    while !Interruption.end() { pause() }
    if results.records.values.allSatisfy({ $0.run == nil }) {
      Screen.standardError("No run succeeded.")
      throw ExitCode.failure
    }
  }

  private static func words(_ progress: SweepLoop.Progress) -> String {
    let left = progress.secondsLeft.map { ", about \(duration($0)) left" } ?? ""
    let failed = progress.failed > 0 ? ", \(progress.failed) failed" : ""
    return "\(progress.done) of \(progress.total) runs\(failed)  \(duration(progress.seconds))\(left)"
  }

  /// The command that goes on in the folder.
  private func continuation(_ folder: String) -> String {
    let words = ["linnet"] + arguments + (out == nil ? ["--out", folder] : [])
    return words.map(shellQuoted).joined(separator: " ")
  }

  /// The folder, new or of the same sweep.
  func openFolder(_ description: SweepDescription) throws -> String {
    guard let out else {
      let folder = try OutputFolder.create(nil, stem: Self.stem, force: false)
      try folder.write(json: description, to: SweepDescription.file)
      return folder.path
    }
    let file = out + "/" + SweepDescription.file
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: out, isDirectory: &isFolder) {
      guard isFolder.boolValue else { throw OutputError.isAFile(path: out) }
      if FileManager.default.fileExists(atPath: file) {
        let found = try SweepResults.description(in: out)
        if let difference = description.difference(from: found) {
          throw SweepError.otherSweep(folder: out, difference: difference)
        }
        guard access(out, W_OK | X_OK) == 0 else { throw OutputError.cannotCreate(path: out, code: errno) }
        return out
      }
      // The folder of a process that was killed at once, or one made by hand, is empty.
      let names = try FileManager.default.contentsOfDirectory(atPath: out).filter { !$0.hasPrefix(".") }
      guard names.isEmpty else {
        throw SweepError.otherSweep(folder: out, difference: "it has files but no grid.json")
      }
    }
    if let code = OutputFolder.makeFolder(out) { throw OutputError.cannotCreate(path: out, code: code) }
    guard access(out, W_OK | X_OK) == 0 else { throw OutputError.cannotCreate(path: out, code: errno) }
    try AtomicFile.write(try CanonicalJSON.encode(description), to: file)
    return out
  }

  /// Takes a shard for this process: a second one would compute the same.
  ///
  /// Without locks in the file system both would compute it: their lines are the same.
  func lock(_ shard: Shard, in folder: String) throws {
    let file = "\(folder)/.shard-\(shard.name).lock"
    let descriptor = open(file, O_RDONLY | O_CREAT | O_CLOEXEC, 0o666)
    if descriptor >= 0 { close(descriptor) }
    try OutputFolder.lock(file)
  }
}

extension RecordFolder {
  /// Says what could not be read.
  func warn() {
    for (file, lines) in damaged {
      Screen.standardError(
        "Warning: \(count(lines, "line")) of \(file) cannot be read; the runs count as missing.")
    }
  }
}
