import ArgumentParser
import Completion
import DataFormats
import Figures
import Foundation
import Integration
import Lab
import LinearAlgebra
import Prose
import RunFiles
import Sweeps
import Training

/// The command `linnet`.
public struct Linnet: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "linnet",
    abstract:
      "Train linear neural networks by gradient flow, with the theory's word before and the verdict after.",
    discussion: """
      Exit status: 0 success; 1 the run failed or was interrupted; 64 bad usage; 65 bad data.
      The equation numbers in the output are those of Eftekhari, "Training Linear Neural Networks: Non-Local \
      Convergence and Complexity Results", ICML 2020; D1, D2, … are the derived results of Documentation/derived.md.
      """,
    version: programVersion,
    subcommands: [
      Train.self, Certify.self, Sweep.self, CompareCommand.self, CompleteCommand.self, LandscapeCommand.self,
      Fit.self, Predict.self, Compress.self, Verify.self,
      LabCommand.self, ReportCommand.self, Figure1.self, Generate.self,
    ])

  /// A command without a verb.
  public init() {}

  /// Parses the command line and does what it asks for.
  public static func main() {
    Screen.prepare()
    if let problem = SolverLibrary.problem {
      Screen.standardError("Error: \(problem).")
      Foundation.exit(1)
    }
    if let unknown = unknownVerb(CommandLine.arguments.dropFirst()) {
      Screen.standardError("Error: \(unknown)")
      Foundation.exit(ExitCode.validationFailure.rawValue)
    }
    setBLASThreads(1)  // results are then the same bit for bit; the matrices of most flows are small
    var isPredicting = false
    do {
      var command = try parseAsRoot()
      isPredicting = command is Predict
      try command.run()
      if !Screen.finish() { Foundation.exit(1) }
    } catch {
      let isWritten = Screen.finish()
      if let code = ExitCode(reporting: error) {
        let message =
          (error as? any MendableError)?.message { isPredicting ? $0.predictOption : $0.option } ?? "\(error)"
        Screen.standardError("Error: \(message)")
        Foundation.exit(code.rawValue)
      }
      // Help and version are printed as the parser does it, by way of the buffers of C.
      if !isWritten { Foundation.exit(1) }
      exit(withError: error)
    }
  }
}

extension Linnet {
  /// What is wrong with the verb of a command line, or with that of which help is wanted; nil if nothing is. The parser answers the second with the help of all verbs.
  ///
  /// - Parameter arguments: without the program's name.
  private static func unknownVerb(_ arguments: some Collection<String>) -> String? {
    let verbs = configuration.subcommands.map { $0._commandName } + ["help"]
    let asked = arguments.first == "help" ? arguments.dropFirst().first : arguments.first
    guard let asked, !asked.hasPrefix("-"), !verbs.contains(asked) else { return nil }
    let nearest = nearestName(to: asked, among: verbs).map { "did you mean \($0)?" }
    return
      "there is no linnet \(asked); \(nearest ?? "the verbs are \(verbs.joined(separator: ", ")).")"
  }
}

extension ExitCode {
  static let badData = ExitCode(65)

  /// The exit code of the library's errors; nil for those that the argument parser reports itself.
  init?(reporting error: any Error) {
    switch error {
    case let error as DataFormatError: self = error.isAboutWriting ? .failure : .badData
    case is any MendableError, is LabError: self = .badData
    case is RecordingError: self = .validationFailure
    case is FigureError: self = .failure
    case is ComparisonError: self = .validationFailure
    case let error as SweepError:
      self = error.isAboutUsage ? .validationFailure : error.isAboutWriting ? .failure : .badData
    case let error as OutputError: self = error.isAboutUsage ? .validationFailure : .failure
    default: return nil
    }
  }
}

extension DataFormatError {
  var isAboutWriting: Bool {
    switch self {
    case .unwritable, .diskFull: true
    default: false
    }
  }
}
