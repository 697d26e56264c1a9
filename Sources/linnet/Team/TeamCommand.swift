import ArgumentParser
import Foundation
import LinearAlgebra
import Prose
import RunFiles

/// The command of a team of processes: the verbs that share their work.
public struct TeamCommand: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "linnet-mpi",
    abstract: "Share a sweep, or the compression of a table, among the processes of mpirun.",
    discussion: """
      Takes the options of linnet sweep and linnet compress, and writes the same files. Every other verb of linnet is quick, or is one of the runs \
      of a sweep.

      Examples:
        mpirun -n 4 linnet-mpi sweep --target Z.csv --samples 50 --rank 1 \\
          --vary depth=2:6 --seeds 1:200 --out sweep
        mpirun -n 4 linnet-mpi compress part-*.csv --out all.linnet
        mpirun -n 2 linnet-mpi measure --rows 10000000 --columns 50
      """,
    version: programVersion, subcommands: [Sweep.self, Compress.self, Measure.self])

  /// A command without a verb.
  public init() {}

  /// Parses the command line at every process and shares what it asks for; the process ends here.
  ///
  /// - Parameter team: of this process.
  public static func main(_ team: any Team) -> Never {
    Screen.prepare()
    CurrentTeam.value = team
    setBLASThreads(1)
    var command: any ParsableCommand
    do {
      command = try parseAsRoot()
    } catch {
      // The same at every process.
      if team.rank == 0 {
        let text = fullMessage(for: error)
        if exitCode(for: error).isSuccess { Screen.standardOutput(text) } else { Screen.standardError(text) }
      }
      team.leave(exitCode(for: error).rawValue)
    }
    do {
      try command.run()
      let isWritten = Screen.finish()
      team.leave(isWritten ? 0 : 1)
    } catch let code as ExitCode {
      // Said already, and at every process.
      team.leave(code.rawValue)
    } catch {
      // Often all have the same error: the first says it and ends the others, for which mpirun takes its time.
      if team.rank > 0 { Thread.sleep(forTimeInterval: 2 + 0.3 * Double(min(team.rank, 10))) }
      _ = Screen.finish()
      let code = ExitCode(reporting: error)
      let message =
        code == nil
        ? Self.message(for: error) : (error as? any MendableError)?.message { $0.option } ?? "\(error)"
      Screen.standardError("Error\(team.rank == 0 ? "" : " of rank \(team.rank)"): \(message)")
      team.abandon(code?.rawValue ?? exitCode(for: error).rawValue)
    }
  }
}
