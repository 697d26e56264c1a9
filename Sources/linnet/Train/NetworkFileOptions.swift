import ArgumentParser
import LinearNetworks
import RunFiles
import Samples

/// What is known of the tensors of a network in a file.
struct NetworkFileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Tensors of the network file in the order of the layers. Default: by the numbers in their names, or by shapes that fit in one way only.",
      valueName: "names"))
  var layers: String?

  @Flag(help: "The layers of the network file are stored as inputs × outputs, as Keras has them.")
  var transposed = false

  @Option(
    help: ArgumentHelp(
      "What is done with biases of the network file. refuse: an error; fold: written as a constant input, which the data get too (with --prepare none). Default: refuse.",
      valueName: "way"))
  var biases: NetworkReading.Biases = .refuse

  /// Whether any is given.
  var isGiven: Bool { layers != nil || transposed || biases != .refuse }

  /// - Throws: `ValidationError` where folded biases meet data that they cannot fit.
  func check(_ data: DataOptions) throws {
    guard biases == .fold else { return }
    if data.target != nil {
      throw ValidationError(
        "--biases fold needs samples, to which a constant input is added, not a --target.")
    }
    if (data.prepare ?? Preparation.none) != Preparation.none || data.whitenRank != nil {
      throw ValidationError("--biases fold goes with --prepare none: centring takes a constant input away.")
    }
  }

  /// The values.
  var reading: NetworkReading {
    NetworkReading(
      layers: layers.map { text in ColumnSelector.list(text).map(\.text) },
      orientation: transposed ? .inputsByOutputs : .outputsByInputs, biases: biases)
  }
}

extension NetworkReading.Biases: ExpressibleByArgument {}
