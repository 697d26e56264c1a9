import Prose
import RunFiles

extension StoredNetwork {
  /// The order of the layers, and what was left out.
  var lines: [String] {
    labelledLines("Layers", order) + notices.inWords.flatMap { labelledLines("Notice", $0) }
  }
}
