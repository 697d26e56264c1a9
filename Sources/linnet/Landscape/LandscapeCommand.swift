import ArgumentParser
import DataFormats
import Foundation
import LinearNetworks
import RunFiles
import Samples

struct LandscapeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "landscape",
    abstract: "Say what a network is in the landscape of its data: minimiser, saddle, or neither.",
    discussion: """
      Takes the layers of a safetensors or NPZ file (outputs × inputs each, in the order of their names) and the data \
      options of linnet train; the network's inputs are the prepared inputs. What this program wrote says how they were prepared, which \
      columns are predicted and how they were coded, unless options say otherwise. Says \
      whether the gradient vanishes, what the Hessian's spectrum is, which stationary value the loss is at, and what \
      Lemmas 2.4–2.6 and Theorem 2.8 say. Writes landscape.json, figures, and for a strict saddle the direction that \
      leads out. Nothing in it is random.

      Examples:
        linnet landscape network.safetensors diabetes.csv --targets progression
        linnet landscape linnet-run-20260101-120000 diabetes.csv
        linnet landscape saddle.npz --target Z.csv --samples 50 --polish --escape
        linnet landscape network.safetensors --inputs X.npy --outputs Y.npy \\
          --levels 20 --json
      """)

  @Argument(
    help: ArgumentHelp(
      "The layers: a safetensors or NPZ file, or the folder of a run or of a fit.", valueName: "network"))
  var network: String

  @OptionGroup(title: "Network file") var file: NetworkFileOptions

  @OptionGroup(title: "Data") var data: DataOptions

  @Flag(help: "Move a nearly stationary network onto the stationary point first, by Newton's method.")
  var polish = false

  @Flag(help: "From a strict saddle go on by gradient flow, along the direction that leads out.")
  var escape = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many of the lowest stationary values to list.", valueName: "k"))
  var levels = 6

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The gradient, relative to its natural unit, up to which a network counts as stationary.",
      valueName: "tolerance"))
  var gradientTolerance = 1e-9

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Give the escape up after this many seconds of wall clock.", valueName: "seconds"))
  var maxSeconds = 3600.0

  @OptionGroup(title: "Results") var results: ResultOptions

  func validate() throws {
    if !data.isGiven { try data.requireData() }
    try file.check(data)
    if levels < 1 { throw ValidationError("--levels must be at least 1, not \(levels).") }
    if !(gradientTolerance > 0 && gradientTolerance <= 1e-3) {
      throw ValidationError(
        "--gradient-tolerance must be positive and at most 1e-3, not \(gradientTolerance).")
    }
    if !(maxSeconds > 0) { throw ValidationError("--max-seconds must be positive, not \(maxSeconds).") }
  }

  func run() throws {
    var request = try data.request(hasConstantInput: file.biases == .fold)
    // A network of this program says which columns are what, how they were coded, and how inputs were prepared.
    if !data.data.isEmpty { try settleColumns(of: &request) }
    if data.target == nil, request.preparation == nil, data.whitenRank == nil,
      let written = NetworkFile.inputs(of: network)?.split(separator: ":").first
    {
      request.preparation = Preparation(rawValue: String(written))
    }
    try LandscapeSession(
      network: try NetworkFile.file(of: network), reading: file.reading,
      data: request, polishes: polish, escapes: escape,
      levels: levels,
      gradientTolerance: gradientTolerance, maximumSeconds: maxSeconds, destination: results.destination
    ).run()
  }

  /// Takes the columns and their coding from the network, as far as no option speaks of them.
  private func settleColumns(of request: inout DataRequest) throws {
    let isOpen = data.targets == nil && data.drop == nil && data.keep == nil
    let file = try NetworkFile.file(of: network)
    guard FileManager.default.fileExists(atPath: file) else { throw DataFormatError.missingFile(file: file) }
    guard let meaning = NetworkFile.meaning(of: file) else {
      // A file of another program does not say what its outputs are.
      if data.targets == nil { try data.requireData() }
      return
    }
    let coding = data.missing == .refuse && data.encode == .refuse ? meaning.coding : nil
    let inputs = coding?.inputs.filter { $0.code != .constant }.map(\.name) ?? meaning.inputs
    let outputs = coding.map { $0.outputs.map(\.name) } ?? meaning.outputs
    if isOpen {
      if inputs == outputs {
        throw ValidationError(
          "\(network) maps its inputs to themselves (principal components): give them twice, as --inputs and --outputs."
        )
      }
      let choice = try ColumnChoice(
        targets: outputs.map { .exactly($0) }, keep: inputs.map { .exactly($0) })
      if data.hasFactors {
        request.source = .factors(files: data.data, choice)
        return
      }
      request.source = .table(files: data.data, choice)
      request.coding = coding
    } else if let coding, !data.hasFactors,
      let chosen = try? SampleTable(files: data.data, request.reading).choosing(data.columnChoice()),
      chosen.outputs.map(\.name) == coding.outputs.map(\.name), chosen.inputs.map(\.name) == inputs
    {
      request.coding = coding
    } else if data.targets == nil {
      try data.requireData()
    }
  }
}
