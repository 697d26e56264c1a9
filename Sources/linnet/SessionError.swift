import Prose

/// Why a session ends before it begins.
enum SessionError: MendableError, Equatable {
  /// No closed form solves the run, and no other method was allowed.
  case noClosedForm(reason: String)
  /// Hidden layers of so many weights fit no memory.
  case tooWide(width: Int, limit: Int)
  /// The loss of a network overflows; entries of its layers must be below the limit.
  case overflow(file: String, layer: Int, entry: Double, limit: Double)
  /// A file to test a fit on has none of the columns that the fit predicts.
  case noTargets(file: String, targets: [String])

  var problem: String {
    switch self {
    case .noClosedForm(let reason): "there is no closed form for this run: \(reason)."
    case .tooWide(let width, let limit):
      "hidden layers of width \(width) make a network of more than \(limit) weights; nothing is gained by a width above the smaller of inputs and outputs."
    case .overflow(let file, let layer, let entry, let limit):
      "\(file) is not a network for this data: an entry of layer \(layer) is \(number(entry)), so that its loss overflows; "
        + "entries must be below \(number(limit, digits: 2)) at this depth."
    case .noTargets(let file, let targets):
      "\(file) has none of the columns that are predicted (\(list(targets.map { "“\(visible($0))”" }))), so nothing can be compared there."
    }
  }

  var remedies: [Remedy] {
    switch self {
    case .noClosedForm: [.method("auto")]
    case .tooWide, .overflow, .noTargets: []
    }
  }
}
