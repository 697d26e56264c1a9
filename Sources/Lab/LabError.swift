import DataFormats
import ExactFlows
import Foundation
import Prose

/// Why a request was not answered, with the HTTP status and the way to mend it.
public struct LabError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of mistake it was, as a word for programs.
  public enum Kind: String, Codable, Sendable {
    case malformed, unprocessable, limit, foreign, notFound, method, mediaType, tooLarge, busy, internalError

    var status: Int {
      switch self {
      case .malformed: 400
      case .foreign: 403
      case .notFound: 404
      case .method: 405
      case .tooLarge: 413
      case .mediaType: 415
      case .unprocessable, .limit: 422
      case .internalError: 500
      case .busy: 503
      }
    }
  }

  public let kind: Kind
  /// What is wrong and how to mend it.
  public let description: String

  init(_ kind: Kind, _ description: String) { (self.kind, self.description) = (kind, description) }

  /// An error of the libraries about what the request holds.
  init(_ error: any Error) {
    switch error {
    case let error as LabError: self = error
    case let error as DecodingError: self.init(.malformed, LabError.words(error))
    case let error as any MendableError: self.init(.unprocessable, error.message(control: \.knob))
    case is DataFormatError, is ExactRankOneError: self.init(.unprocessable, "\(error)")
    default:
      self.init(
        .internalError, "the request could not be answered, by a fault of the lab and not of the request.")
    }
  }

  /// A type in the words of JSON.
  private static func kind(_ type: any Any.Type) -> String {
    switch type {
    case is Double.Type: "a number"
    case is any FixedWidthInteger.Type: "a whole number"
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case is [Any].Type, is [Double].Type, is [[Double]].Type, is [Int].Type, is [String].Type: "a list"
    default: "an object"
    }
  }

  private static func words(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty
        ? "the body"
        : "“" + path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".") + "”"
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "the key “\(key.stringValue)” is missing in \(place(context.codingPath))."
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return "\(place(context.codingPath)) must be \(kind(type))."

    case .dataCorrupted(let context):
      // An unknown word of a choice names the choice; what is no JSON says where.
      let detail =
        (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"].map { " (\($0))" } ?? ""
      return context.codingPath.isEmpty
        ? "the body is not JSON\(detail)." : "\(place(context.codingPath)) has a value that it cannot have."
    @unknown default: return "the body cannot be read."
    }
  }
}
