import Prose

extension Remedy {
  /// The option that does it, and its value; empty where no option does.
  var option: String {
    switch self {
    case .targets(let names): "--targets \(Self.list(names))"
    case .drop(let names): "--drop \(Self.list(names))"
    case .keep(let names): "--keep \(Self.list(names))"
    case .fewerInputs: "--drop"
    case .fewerTargets: "--targets"
    case .preparation(let name): "--prepare \(name)"
    case .whitenRank(let k): "--whiten-rank \(k)"
    case .separator: "--separator"
    case .decimal(let sign): "--decimal \(sign)"
    case .header(let answer): "--header \(answer)"
    case .encoding: "--encoding"
    case .missing(let way): "--missing \(way)"
    case .encode: "--encode auto"
    case .rankAtLeast(let r), .rankAtMost(let r): "--rank \(r)"
    case .fewerLayers: "--depth"
    case .start(let name): "--start \(name)"
    case .smallerStart: "--norm, --scale"
    case .method(let name): "--method \(name)"
    case .layers: "--layers name,name…"
    case .transposed: "--transposed"
    case .foldBiases: "--biases fold"
    case .folds(let k): "--cv \(k)"
    case .givenRank: "--rank"
    case .weights(let name): "--weights \(name)"
    case .resume(let run): "linnet train --resume \(run)"
    case .repetition(let run): "linnet train --repeat \(run)"
    case .moreSamples, .truncatedStart, .update: ""
    }
  }

  /// The same for `linnet predict`, which takes the columns and the treatment of the model; nil for what it has no option for.
  var predictOption: String? {
    switch self {
    case .separator, .decimal, .header, .encoding, .update: option
    case .missing: "linnet fit, linnet train \(option)"
    default: nil
    }
  }

  /// Names as an option takes them from a shell.
  private static func list(_ names: [String]) -> String {
    if names.isEmpty { return "name[,name…]" }
    let quoted = names.map { name in
      name.contains { ",*?\"".contains($0) } || name.contains("..")
        ? "\"" + name.replacing("\"", with: "\"\"") + "\"" : name
    }
    return shellQuoted(quoted.joined(separator: ","))
  }
}
