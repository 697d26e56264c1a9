import LinearNetworks
import Samples

/// Which rows are held out.
enum HeldOutRequest {
  /// A share of the rows, at random places.
  case share(Double, seed: UInt64)
  /// A file with the columns of the data, or two separated by a comma, inputs and outputs.
  case file(String)

  /// The files in the name of one or two.
  static func parts(of name: String) -> [String] { name.split(separator: ",").map(String.init) }

  /// In words.
  func description(share: String) -> String { if case .file(let name) = self { name } else { share } }
}

/// Rows that a run is tested on, in the coordinates of its problem.
struct HeldOut {
  let problem: Problem
  let source: String
  var rows: Int { problem.sampleCount }
}
