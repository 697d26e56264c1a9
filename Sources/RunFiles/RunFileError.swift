import Prose

/// Why the files of a run cannot be used.
public enum RunFileError: MendableError, Equatable {
  /// A file holds no network: what is wrong with its tensors.
  case notANetwork(file: String, problem: String)
  /// A network maps other numbers of inputs to other numbers of outputs than the data has: [outputs, inputs] of both, and
  /// whether it would fit with every layer transposed.
  case otherShape(file: String, found: [Int], expected: [Int], fitsTransposed: Bool)
  /// Two layers that follow each other do not fit, and whether all would if they were transposed.
  case doNotCompose(
    file: String, first: String, outputs: Int, second: String, inputs: Int, areTransposed: Bool)
  /// Layers compose in several orders, and their names do not tell which is right.
  case ambiguousOrder(file: String, layers: [String])
  /// A file has no layer of this name.
  case unknownLayer(file: String, name: String, layers: [String])
  /// A network has biases, which a linear network has not.
  case hasBiases(file: String, names: [String])
  /// A file that a run has read is not what it was.
  case changedInput(file: String)
  /// The folder from which a run was started is gone.
  case goneFolder(run: String, folder: String)
  /// A folder has no such file: it is not that of a run, or of one that did not come so far.
  case missing(folder: String, file: String)
  /// A run that is to be resumed has ended by itself.
  case finished(folder: String, result: String = "result.json")
  /// A run is that of another command.
  case otherCommand(file: String, command: String, expected: String)
  /// A file was written in a format that this version does not read.
  case otherFormat(file: String, found: Int, expected: Int)
  /// A checkpoint belongs to another run, or the description of its run was changed.
  case otherRun(file: String, run: String)
  /// A checkpoint is undamaged, but nothing that the run could go on from.
  case unusableCheckpoint(file: String, obstacle: String)
  /// A file is not the JSON that it should be.
  case damaged(file: String)
  /// The result in a folder is damaged, but the run can be repeated.
  case damagedResult(folder: String, file: String)

  public var problem: String {
    switch self {
    case .notANetwork(let file, let problem): "\(file) is not a network for this data: \(problem)"
    case .doNotCompose(let file, let first, let outputs, let second, let inputs, _):
      "\(file) is not a network: “\(visible(first))” has \(count(outputs, "output")) but “\(visible(second))” takes \(count(inputs, "input"))."
    case .ambiguousOrder(let file, let layers):
      "the layers of \(file) (\(list(layers.map(visible)))) compose in several orders, and their names do not tell which is right."
    case .unknownLayer(let file, let name, let layers):
      "\(file) has no layer “\(visible(name))”; its matrices are \(list(layers.map(visible)))."
    case .hasBiases(let file, let names):
      "\(file) has biases (\(list(names.map(visible)))), but a linear network has none."
    case .otherShape(let file, let found, let expected, _):
      "\(file) is not a network for this data: it maps \(count(found[1], "input")) to \(count(found[0], "output")), "
        + "but the prepared data has \(count(expected[1], "input")) and \(count(expected[0], "output"))."
    case .changedInput(let file):
      "\(file) has changed since the run that is to be repeated or resumed (its size or checksum differs)."
    case .goneFolder(let run, let folder): "\(run) refers to the folder \(folder), which is gone."
    case .missing(let folder, let file):
      "\(folder) is not the folder of a \(file == "run.json" ? "" : "finished ")run: it has no \(file)."
    case .finished(let folder, let result):
      "\(folder) holds a finished run: there is nothing to resume. Its result is in \(result)."
    case .otherCommand(let file, let command, let expected):
      "\(file) describes a run of “\(visible(command))”, not of “\(expected)”."
    case .otherFormat(let file, let found, let expected):
      "\(file) has format \(found); this version reads format \(expected)."
    case .otherRun(let file, let run): "\(file) is not a checkpoint of \(run): one of them has changed."
    case .unusableCheckpoint(let file, let obstacle): "\(file) is not a checkpoint of this run: \(obstacle)."
    case .damaged(let file): "\(file) is damaged or not a file of this program."
    case .damagedResult(let folder, let file):
      "\(folder)/\(file) is damaged or not a file of this program."
    }
  }

  public var remedies: [Remedy] {
    switch self {
    case .missing(let folder, "result.json"): [.resume(run: folder)]
    case .otherShape(_, _, _, true): [.transposed]
    case .doNotCompose(_, _, _, _, _, let areTransposed): areTransposed ? [.transposed, .layers] : [.layers]
    case .ambiguousOrder, .unknownLayer: [.layers]
    case .hasBiases: [.foldBiases]
    case .damagedResult(let folder, _): [.repetition(run: "\(folder)/run.json")]
    default: []
    }
  }
}
