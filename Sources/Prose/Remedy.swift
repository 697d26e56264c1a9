/// What would mend an error, as data.
///
/// The library knows what to change but not what its caller calls it: a command adds the name of an option, a page that of a
/// knob, and a program can act on it.
public enum Remedy: Hashable, Sendable {
  /// Predict these columns; of an empty list, others.
  case targets([String])
  /// Leave these columns out; of an empty list, others.
  case drop([String])
  /// Predict from these columns; of an empty list, from others.
  case keep([String])
  /// Take fewer inputs.
  case fewerInputs
  /// Leave such outputs out.
  case fewerTargets
  /// Prepare the samples in this way (the raw value of a `Preparation`).
  case preparation(String)
  /// Whiten at most so many principal directions.
  case whitenRank(atMost: Int)
  /// Take more samples.
  case moreSamples

  /// Say what separates the cells of a text.
  case separator
  /// Take this sign before decimals: `point`, `comma`.
  case decimal(String)
  /// Say whether the first row names the columns: `yes`, `no`.
  case header(String)
  /// Say how the characters of a text are stored.
  case encoding
  /// Deal with missing values in this way: `drop`, `mean`, `indicator`.
  case missing(String)
  /// Code words as numbers.
  case encode

  /// Let every layer be at least so wide.
  case rankAtLeast(Int)
  /// Let the narrowest layer, or the matrix that is fitted, have at most this rank.
  case rankAtMost(Int)
  /// Take fewer layers.
  case fewerLayers
  /// Start in this way: `random`, `aligned`, `unbalanced`.
  case start(String)
  /// Start from a smaller matrix.
  case smallerStart
  /// Start from a matrix of less rank.
  case truncatedStart
  /// Integrate by this method.
  case method(String)

  /// Name the layers in their order.
  case layers
  /// Take the layers as inputs × outputs.
  case transposed
  /// Write biases as a constant input.
  case foldBiases

  /// Deal the samples to at most so many folds.
  case folds(atMost: Int)
  /// Give a rank instead of choosing one.
  case givenRank
  /// Weigh the outputs in this way (the raw value of `OutputWeights`).
  case weights(String)

  /// Go on with the run in this folder.
  case resume(run: String)
  /// Repeat the run that this file describes.
  case repetition(run: String)
  /// Take a newer version of the program.
  case update
}

extension Remedy: CustomStringConvertible {
  /// What to do, in words that name no option and no knob.
  public var description: String {
    switch self {
    case .targets(let names):
      names.isEmpty ? "name other columns to predict" : "predict \(Self.quoted(names))"
    case .drop(let names):
      names.isEmpty ? "name other columns to leave out" : "leave out \(Self.quoted(names))"
    case .keep(let names):
      names.isEmpty ? "name other columns to predict from" : "predict from \(Self.quoted(names))"
    case .fewerInputs: "take fewer inputs"
    case .fewerTargets: "leave such outputs out"
    case .preparation(let name):
      switch name {
      case "none": "take the samples as they are"
      case "center": "centre the samples instead"
      case "standardize": "standardize the inputs instead"
      default: "\(name) the inputs"
      }
    case .whitenRank(let k): "whiten at most \(k) principal direction\(k == 1 ? "" : "s")"
    case .moreSamples: "take more samples"
    case .separator: "say what separates the cells"
    case .decimal(let sign): "take a \(sign) before decimals"
    case .header("no"): "take the first row as data"
    case .header: "take the first row as names"
    case .encoding: "say how its characters are stored"
    case .missing("drop"): "leave those rows out"
    case .missing("mean"): "put the mean of the column in their places"
    case .missing: "put the mean there and mark it in a column of its own"
    case .encode: "code words as numbers"
    case .rankAtLeast(let r): "make every hidden layer at least \(r) wide"
    case .rankAtMost(let r): "choose a rank of at most \(r)"
    case .fewerLayers: "take fewer layers"
    case .start("random"): "start at random"
    case .start(let name): "take a start that is \(name)"
    case .smallerStart: "start from a smaller matrix"
    case .truncatedStart: "truncate the start's singular values"
    case .method("auto"): "leave the choice of the method to the program"
    case .method(let name): "take the method \(name)"
    case .layers: "name the layers in their order"
    case .transposed: "take the layers as inputs × outputs"
    case .foldBiases: "write them as a constant input"
    case .folds(let k): "take at most \(k) folds"
    case .givenRank: "give the rank instead of choosing one"
    case .weights("identity"): "weigh all outputs alike"
    case .weights(let name): "weigh the outputs by \(name)"
    case .resume(let run): "go on with the run in \(run) if it was interrupted"
    case .repetition(let run): "repeat the run of \(run)"
    case .update: "update this program"
    }
  }

  private static func quoted(_ names: [String]) -> String { list(names.map { "“\(visible($0))”" }) }
}

/// An error that says what is wrong and, as data, what would mend it.
public protocol MendableError: Error, CustomStringConvertible {
  /// What is wrong: a sentence, with its full stop.
  var problem: String { get }
  /// What would mend it, the best first; each alone is enough.
  var remedies: [Remedy] { get }
}

extension MendableError {
  /// What is wrong and what would mend it, in words that name no option and no knob.
  public var description: String { message { _ in "" } }

  /// What is wrong and what would mend it, each remedy with the control that does it in brackets.
  ///
  /// - Parameter control: the name of the control and its value, such as `--rank 3`; an empty text where there is nothing to
  ///   name, and nil for what the caller cannot do, which is left out.
  public func message(control: (Remedy) -> String?) -> String {
    let ways = remedies.compactMap { remedy in
      control(remedy).map { "\(remedy)\($0.isEmpty ? "" : " (\($0))")" }
    }
    guard let first = ways.first else { return problem }
    let sentence = ([first.prefix(1).uppercased() + first.dropFirst()] + ways.dropFirst()).joined(
      separator: ", or ")
    return "\(problem) \(sentence)."
  }
}
