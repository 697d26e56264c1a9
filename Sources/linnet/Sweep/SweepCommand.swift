import ArgumentParser
import Foundation
import Sweeps

struct Sweep: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Run a grid of linnet train: every combination of some options, as lines, tables and phase diagrams.",
    discussion: """
      Takes all options of linnet train that say what a run computes; --vary names one of them and its values, and every \
      combination is run. Each run is a line of a file in the folder, so that a sweep that was interrupted or killed goes on by the \
      same command. At the end the lines become sweep.csv, sweep.npz, sweep.json, figures and report.html.

      Values: a:b (whole numbers), a:b:step, lin:a:b:n, log:a:b:n, or a list a,b,c (a;b;c where values have commas). A flag takes \
      yes,no; data takes files. --seeds repeats every combination.

      Fits: y~x, y~log(x), log(y)~x, log(y)~log(x), by least squares over all runs, with |g for one fit for each value of g; \
      names are those of the columns of sweep.csv, such as time_1e-6, plateau_end, promised_1e-6, steps.

      Exit status: 0 all runs of this call have their lines; 1 interrupted, a line could not be written, or no run \
      succeeded; 64 bad usage; 65 bad data.

      Examples:
        linnet sweep --target Z.csv --samples 50 --rank 1 --vary depth=2:6 \\
          --vary angle=10:80:10 --vary norm=log:0.1:10:9 --seeds 1:20 --out sweep
        linnet sweep diabetes.csv --targets progression --start unbalanced \\
          --vary depth=2,3,4 --vary scale=log:1e-3:1:7 --seeds 1:10 --out scales \\
          --fit 'plateau_end~log(scale)|depth'
        linnet sweep --target Z.csv --samples 50 --vary depth=2:4 --dry-run
        linnet sweep --merge sweep --phase 'angle~norm' --lines 'steps~norm|depth'
        linnet sweep --grid grid.json --shard 2/8 --out sweep
      """)

  @Option(
    help: ArgumentHelp("An option of linnet train and its values; may be repeated.", valueName: "name=values")
  )
  var vary: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seeds, each a repetition of every combination: 1:20, or a list.", valueName: "values")
  )
  var seeds: String?

  @Option(
    help: ArgumentHelp(
      "Take options and grid from a file of --save-grid, or from grid.json of a folder.", valueName: "file"))
  var grid: String?

  @Option(help: ArgumentHelp("Write options and grid to a file, and run nothing.", valueName: "file"))
  var saveGrid: String?

  @Flag(help: "Say how many runs there are and, from a sample of them, how long they take.")
  var dryRun = false

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Runs at a time. Default: one a processor.", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Compute only the i-th of n parts. Default: that of the Slurm array task, if there is one; else all.",
      valueName: "i/n"))
  var shard: String?

  @Option(
    help: ArgumentHelp(
      "Write a script for sbatch that computes the sweep in an array of --tasks, and run nothing.",
      valueName: "file"))
  var slurm: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Tasks of the array of --slurm. Default: 8.", valueName: "n"))
  var tasks: Int?

  @Option(
    help: ArgumentHelp(
      "Folder for the results, new or of the same sweep. Default: a new one, linnet-sweep-<date>-<time>.",
      valueName: "folder"))
  var out: String?

  @Option(
    help: ArgumentHelp("Only make tables, figures and report of the lines in a folder.", valueName: "folder"))
  var merge: String?

  @Option(help: ArgumentHelp("A line through a quantity against another; may be repeated.", valueName: "y~x"))
  var fit: [String] = []

  @Option(
    help: ArgumentHelp(
      "Draw a quantity against a parameter, a curve for each value of g; may be repeated. Default: the time to 1e-6 against every parameter.",
      valueName: "y~x|g"))
  var lines: [String] = []

  @Option(
    help: ArgumentHelp(
      "Draw the phase diagram of two parameters; may be repeated. Default: of all pairs.", valueName: "y~x"))
  var phase: [String] = []

  @Flag(help: "Print sweep.json on standard output.")
  var json = false

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("Data and options as of linnet train.", valueName: "train options"))
  var trainArguments: [String] = []

  func validate() throws {
    if let threads, !(1...1024 ~= threads) {
      throw ValidationError("--threads must be at least 1 and at most 1024, not \(threads).")
    }
    if let tasks, !(1...100_000 ~= tasks) {
      throw ValidationError("--tasks must be at least 1 and at most 100000, not \(tasks).")
    }
    if tasks != nil, slurm == nil { throw ValidationError("--tasks goes with --slurm.") }
    if grid != nil, !vary.isEmpty || seeds != nil || !trainArguments.isEmpty {
      throw ValidationError(
        "--grid brings all options of the runs; leave out \((vary.first.map { "--vary \($0)" } ?? seeds.map { "--seeds \($0)" } ?? trainArguments[0]))."
      )
    }
    if merge != nil {
      guard grid == nil, vary.isEmpty, seeds == nil, trainArguments.isEmpty, out == nil, shard == nil,
        !dryRun,
        saveGrid == nil, slurm == nil
      else {
        throw ValidationError("--merge takes only --fit, --lines, --phase and --json beside the folder.")
      }
    }
    if [saveGrid != nil, dryRun, slurm != nil].filter(\.self).count > 1 {
      throw ValidationError("Give one of --save-grid, --dry-run and --slurm.")
    }
    if slurm != nil, out == nil {
      throw ValidationError("The tasks of an array meet in one folder; name it with --out.")
    }
    if slurm != nil, shard != nil {
      throw ValidationError("The tasks of --slurm take their shards from the array; leave out --shard.")
    }
    _ = try analyses()
  }

  /// What is made of the lines.
  private func analyses() throws -> SweepAnalyses {
    do {
      return SweepAnalyses(
        fits: try fit.map(SweepFit.Form.init), lines: try lines.map(SweepFit.Form.init),
        phases: try phase.map(SweepFit.Form.init))
    } catch {
      throw ValidationError("\(error)")
    }
  }

  func run() throws {
    let analyses = try analyses()
    let team = CurrentTeam.value
    if let team, shard != nil {
      throw ValidationError("The \(team.size) processes share all runs; leave out --shard.")
    }
    // What is no run is done by one process.
    if !CurrentTeam.speaks, merge != nil || saveGrid != nil || slurm != nil || dryRun { return }
    if let merge {
      return try SweepResults(in: merge, analyses).write(printingJSON: json)
    }
    let grid = try theGrid()
    let environment = ProcessInfo.processInfo.environment
    let session = try SweepSession(
      grid: grid, threads: threads ?? (team == nil ? Self.processors(environment) : 1),
      shard: try shard.map(Shard.init) ?? (team == nil ? Shard(slurm: environment) : nil), out: out,
      analyses: analyses,
      printsJSON: json,
      arguments: Array(CommandLine.arguments.dropFirst()))
    if let saveGrid { return try session.saveGrid(to: saveGrid) }
    if let slurm { return try session.writeSlurmScript(to: slurm, tasks: tasks ?? 8, threads: threads ?? 1) }
    if dryRun { return try session.dryRun() }
    if let team { try session.run(sharedBy: team) } else { try session.run() }
  }

  private func theGrid() throws -> SweepGrid {
    if let grid { return try SweepGrid(file: grid) }
    return try SweepGrid(arguments: trainArguments, parameters: vary.map(SweepParameter.init), seeds: seeds)
  }

  /// Those of this job, or of the machine.
  private static func processors(_ environment: [String: String]) -> Int {
    environment["SLURM_CPUS_PER_TASK"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
      ?? ProcessInfo.processInfo.activeProcessorCount
  }
}
