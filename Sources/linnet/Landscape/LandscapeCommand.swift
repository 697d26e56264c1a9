import ArgumentParser
import LinearNetworks
import RunFiles

struct LandscapeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "landscape",
    abstract: "Say what a network is in the landscape of its data: minimiser, saddle, or neither.",
    discussion: """
      Takes the layers of a safetensors or NPZ file (outputs × inputs each, in the order of their names) and the data \
      options of linnet train; the network's inputs are the prepared inputs, prepared as the file says, or as --prepare says. Says \
      whether the gradient vanishes, what the Hessian's spectrum is, which stationary value the loss is at, and what \
      Lemmas 2.4–2.6 and Theorem 2.8 say. Writes landscape.json, figures, and for a strict saddle the direction that \
      leads out. Nothing in it is random.

      Examples:
        linnet landscape network.safetensors diabetes.csv --targets progression
        linnet landscape linnet-run-20260101-120000 diabetes.csv \\
          --targets progression
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
    try data.requireData()
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
    // A network of this program says how its inputs were prepared.
    if data.data.isEmpty == false, request.preparation == nil, data.whitenRank == nil,
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
}
