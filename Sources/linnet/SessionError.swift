import Prose
import Training

/// Why a session ends before it begins.
enum SessionError: MendableError, Equatable {
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
  /// Batches are drawn from samples, of which there are none to draw from.
  case noSamples(reason: String)
  /// A batch of more samples than there are.
  case batchTooLarge(size: Int, samples: Int)
  /// No step that was tried came to the loss gap.
  case noStep(gap: Double)

  var problem: String {
    switch self {
    case .noClosedForm(let reason): "there is no closed form for this run: \(reason)."
    case .rankTooLarge(let rank, let dx, let dy):
      "rank \(rank) is larger than possible: a matrix from \(count(dx, "input")) to \(count(dy, "output")) has rank \(min(dx, dy)) at most; hidden layers that are wider are asked for by --widths."
    case .tooWide(let width, let limit):
      "hidden layers of width \(width) take matrices of more than \(limit) numbers; nothing is gained by a width above the smaller of inputs and outputs."
    case .overflow(let file, let layer, let entry, let limit):
      "\(file) is not a network for this data: an entry of layer \(layer) is \(number(entry)), so that its loss overflows; "
        + "entries must be below \(number(limit, digits: 2)) at this depth."
    case .noTargets(let file, let targets):
      "\(file) has none of the columns that are predicted (\(list(targets.map { "“\(visible($0))”" }))), so nothing can be compared there."
    case .noSamples(let reason): "--batch draws from the samples one by one: \(reason)."
    case .batchTooLarge(let size, let samples):
      "a batch of \(size) is more than the \(count(samples, "sample"))."
    case .noStep(let gap):
      "no step that was tried brought the loss gap to \(number(gap)) of the start's within \(StepSearch.mostSteps) steps."
    }
  }

  var remedies: [Remedy] {
    switch self {
    case .noClosedForm: [.method("auto")]
    case .rankTooLarge(_, let dx, let dy): [.rankAtMost(min(dx, dy))]
    case .tooWide, .overflow, .noTargets, .noSamples, .batchTooLarge, .noStep: []
    }
  }
}
