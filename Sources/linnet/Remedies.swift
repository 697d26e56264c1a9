import Prose

extension Remedy {
  /// The option that does it, and its value; empty where no option does.
  var option: String {
    switch self {
    case .targets(let names): "--targets \(Self.list(names))"
    case .drop(let names): "--drop \(Self.list(names))"
    case .fewerInputs: "--drop"
    case .fewerTargets: "--targets"
    case .preparation(let name): "--prepare \(name)"
    case .whitenRank(let k): "--whiten-rank \(k)"
    case .rankAtLeast(let r), .rankAtMost(let r): "--rank \(r)"
    case .fewerLayers: "--depth"
    case .start(let name): "--start \(name)"
    case .smallerStart: "--norm, --scale"
    case .method(let name): "--method \(name)"
    case .folds(let k): "--cv \(k)"
    case .givenRank: "--rank"
    case .weights(let name): "--weights \(name)"
    case .resume(let run): "linnet train --resume \(run)"
    case .repetition(let run): "linnet train --repeat \(run)"
    case .moreSamples, .truncatedStart, .update: ""
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "name[,name…]" : names.joined(separator: ",")
  }
}
