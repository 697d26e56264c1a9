import Prose

extension Remedy {
  /// The key of a request that does it, and its value; empty where there is none to name, nil for what a request cannot ask for.
  var knob: String? {
    switch self {
    case .targets: "“targets”"
    case .drop, .fewerInputs: "“drop”"
    case .fewerTargets: "“targets”"
    case .preparation(let name): "“prepare”: “\(name)”"
    case .rankAtLeast(let r), .rankAtMost(let r): "“network.rank”: \(r)"
    case .fewerLayers: "“network.depth”"
    case .start(let name): "“start.kind”: “\(name)”"
    case .smallerStart: "“start.norm”, “start.scale”"
    case .method(let name): "“method”: “\(name)”"
    case .moreSamples, .truncatedStart, .update: ""
    case .missing(let way): "“missing”: “\(way)”"
    case .encode: "“encode”: “auto”"
    case .keep: "“keep”"
    case .separator, .decimal, .header, .encoding: nil
    case .whitenRank, .layers, .transposed, .foldBiases, .folds, .givenRank, .weights, .resume,
      .repetition:
      nil
    }
  }
}
