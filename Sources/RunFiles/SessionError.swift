import Prose
import Training

/// Why a session ends before it begins.
package enum SessionError: MendableError, Equatable {
  /// No closed form solves the run, and no other method was allowed.
  case noClosedForm(reason: String)
  /// The matrix of a network with these inputs and outputs has no such rank.
  case rankTooLarge(rank: Int, inputs: Int, outputs: Int)
  /// Hidden layers of so many weights fit no memory.
  case tooWide(width: Int, limit: Int)
  /// The loss of a network overflows; entries of its layers must be below the limit.
  case overflow(file: String, layer: Int, entry: Double, limit: Double)
  /// A file to test a fit on has none of the columns that the fit predicts.
  case noTargets(file: String, targets: [String])
  /// Neither the command line nor the factor of a table says what is to be predicted.
  case noTargetsNamed(factor: String)
  /// No row can be tested on, or none is left to train on.
  case noRowsToHoldOut(reason: String)
  /// A number in a file of times is negative, or later than the end of the run.
  case notATime(file: String, value: Double, latest: Double?)
  /// Inputs and outputs stand in two files, and so do those of a test.
  case testNeedsTwoFiles(file: String)
  /// A file of samples has no column of the name that is to call them.
  case noNameColumn(file: String, column: String, nearest: String?)
  /// Batches are drawn from samples, of which there are none to draw from.
  case noSamples(reason: String)
  /// A batch of more samples than there are.
  case batchTooLarge(size: Int, samples: Int)
  /// No step that was tried came to the loss gap.
  case noStep(gap: Double)
  /// Steps of layers, but not one for each.
  case layerSteps(steps: Int, layers: Int)

  package var problem: String {
    switch self {
    case .noClosedForm(let reason): "there is no closed form for this run: \(reason)."
    case .rankTooLarge(let rank, let dx, let dy):
      "rank \(rank) is larger than possible: a matrix from \(count(dx, "input")) to \(count(dy, "output")) has rank \(min(dx, dy)) at most; hidden layers that are wider are asked for by their widths."
    case .tooWide(let width, let limit):
      "hidden layers of width \(width) take matrices of more than \(limit) numbers; nothing is gained by a width above the smaller of inputs and outputs."
    case .overflow(let file, let layer, let entry, let limit):
      "\(file) is not a network for this data: an entry of layer \(layer) is \(number(entry)), so that its loss overflows; "
        + "entries must be below \(number(limit, digits: 2)) at this depth."
    case .noTargets(let file, let targets):
      "\(file) has none of the columns that are predicted (\(list(targets.map { "“\(visible($0))”" }))), so nothing can be compared there."
    case .noTargetsNamed(let factor):
      "no columns to predict: \(factor) was compressed without any. Name them by --targets name[,name…]."
    case .noRowsToHoldOut(let reason): "no rows can be held out: \(reason)."
    case .notATime(let file, let value, let latest):
      "--at \(file): \(number(value)) "
        + (latest.map { "lies after --time \(number($0))." } ?? "is not a time (a number, not negative).")
    case .testNeedsTwoFiles(let file):
      "--test \(file): with --inputs and --outputs give two files, those of the inputs and of the outputs, separated by a comma, or a share of the rows."
    case .noNameColumn(let file, let column, let nearest):
      "--represent-names: \(file) has no column “\(visible(column))”\(nearest.map { "; did you mean “\($0)”?" } ?? ".")"
    case .noSamples(let reason): "--batch draws from the samples one by one: \(reason)."
    case .batchTooLarge(let size, let samples):
      "a batch of \(size) is more than the \(count(samples, "sample"))."
    case .noStep(let gap):
      "no step that was tried brought the loss gap to \(number(gap)) of the start's within \(StepSearch.mostSteps) steps."
    case .layerSteps(let steps, let layers):
      "--descent has \(count(steps, "step")) for \(count(layers, "layer")); give one step, or one for each layer, the first layer's first."
    }
  }

  package var remedies: [Remedy] {
    switch self {
    case .noClosedForm: [.method("auto")]
    case .rankTooLarge(_, let dx, let dy): [.rankAtMost(min(dx, dy))]
    case .tooWide, .overflow, .noTargets, .noTargetsNamed, .noRowsToHoldOut, .testNeedsTwoFiles, .notATime,
      .noNameColumn, .noSamples, .batchTooLarge, .noStep, .layerSteps:
      []
    }
  }
}
