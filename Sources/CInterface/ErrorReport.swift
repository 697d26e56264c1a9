import Foundation
import LinearNetworks
import Prose
import Regression
import RunFiles

/// An error as JSON: the words of the command, what would mend it, and the numbers behind the words.
struct ErrorReport: Encodable {
  struct Way: Encodable {
    let words: String
    /// The argument that does it, and its value; empty where none does.
    let argument: String
  }

  /// The type and the case: `PreparationError.dependentInputs`.
  let kind: String
  /// What is wrong and what would mend it.
  let message: String
  /// What is wrong.
  let problem: String
  let remedies: [Way]
  /// File, row, shape, … as the case names them.
  let details: [String: Detail]

  init(_ error: any Error) {
    let type = String(describing: Swift.type(of: error))
    let mirror = Mirror(reflecting: error)
    if mirror.displayStyle == .enum {
      let label = mirror.children.first?.label ?? Self.bareCase(error)
      kind = label.map { "\(type).\($0)" } ?? type
      details = mirror.children.first.map { Detail.members(of: $0.value, orElse: "value") } ?? [:]
    } else {
      kind = type
      details = Detail.members(of: error, orElse: "value")
    }
    if let error = error as? any MendableError {
      message = error.message { $0.argument }
      problem = error.problem
      remedies = error.remedies.map { Way(words: $0.description, argument: $0.argument) }
    } else {
      (message, problem, remedies) = ("\(error)", "\(error)", [])
    }
  }

  /// The name of a case without a payload, which a mirror does not show.
  private static func bareCase(_ error: any Error) -> String? {
    switch error {
    case StartError.noTarget: "noTarget"
    case PreparationError.noVaryingInput, RegressionError.noVaryingInput: "noVaryingInput"
    case RegressionError.noSamples: "noSamples"
    default: nil
    }
  }

  /// As a text of C.
  var text: UnsafeMutablePointer<CChar> {
    let bytes =
      (try? CanonicalJSON.encode(self, layout: .line)) ?? Data(#"{"message":"an error without words"}"#.utf8)
    return CInterface.text(bytes)
  }
}

/// A value behind an error.
enum Detail: Encodable {
  case flag(Bool)
  case whole(Int)
  case number(Double)
  case text(String)
  case list([Detail])
  case object([String: Detail])
  case nothing

  init(_ value: Any) {
    switch value {
    case let value as Bool: self = .flag(value)
    case let value as Int: self = .whole(value)
    case let value as Double: self = .number(value)
    case let value as String: self = .text(value)
    default:
      let mirror = Mirror(reflecting: value)
      switch mirror.displayStyle {
      case .optional: self = mirror.children.first.map { Detail($0.value) } ?? .nothing
      case .collection, .set: self = .list(mirror.children.map { Detail($0.value) })
      case .tuple, .struct: self = .object(Self.members(of: value, orElse: "value"))
      default: self = .text("\(value)")
      }
    }
  }

  /// The members of a tuple or a structure; of another value itself, under a name.
  static func members(of value: Any, orElse name: String) -> [String: Detail] {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .tuple || mirror.displayStyle == .struct else {
      return [name: Detail(value)]
    }
    return Dictionary(
      mirror.children.enumerated().map { ($0.element.label ?? "\($0.offset)", Detail($0.element.value)) }
    ) { first, _ in first }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .flag(let value): try container.encode(value)
    case .whole(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    case .nothing: try container.encodeNil()
    }
  }
}

extension Remedy {
  /// The argument that does it, and its value; empty where none does.
  var argument: String {
    func quoted(_ names: [String]) -> String {
      "[" + names.map { "\"\(visible($0))\"" }.joined(separator: ", ") + "]"
    }
    return switch self {
    case .targets(let names): "targets=\(quoted(names))"
    case .drop(let names): "drop=\(quoted(names))"
    case .keep(let names): "keep=\(quoted(names))"
    case .preparation(let name): "prepare=\"\(name)\""
    case .whitenRank(let k): "whiten_rank=\(k)"
    case .separator: "separator"
    case .decimal(let sign): "decimal=\"\(sign)\""
    case .header(let answer): "header=\(answer == "yes" ? "True" : "False")"
    case .encoding: "encoding"
    case .missing(let way): "missing=\"\(way)\""
    case .encode: "encode=\"auto\""
    case .rankAtLeast(let r), .rankAtMost(let r): "rank=\(r)"
    case .fewerLayers: "depth"
    case .start(let name): "start=\"\(name)\""
    case .smallerStart: "norm, scale"
    case .method(let name): "method=\"\(name)\""
    case .folds(let k): "cv=\(k)"
    case .givenRank: "rank"
    case .weights(let name): "weights=\"\(name)\""
    case .fewerInputs, .fewerTargets, .moreSamples, .truncatedStart, .layers, .transposed, .foldBiases,
      .resume,
      .repetition, .update:
      ""
    }
  }
}
