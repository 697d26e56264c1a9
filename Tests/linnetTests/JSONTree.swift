import Foundation
import LinearAlgebra

/// A JSON value of any shape, doubles exact.
enum JSONTree: Decodable, Equatable {
  case null
  case boolean(Bool)
  case number(Double)
  case text(String)
  case list([JSONTree])
  case object([String: JSONTree])

  init(text: String) throws { self = try JSONDecoder().decode(JSONTree.self, from: Data(text.utf8)) }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONTree].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONTree].self))
    }
  }

  /// The value at a path of keys such as "globalMinimum.loss"; nil if there is no such key (null is a value).
  subscript(path: String) -> JSONTree? {
    path.split(separator: ".").reduce(JSONTree?.some(self)) { tree, key in
      guard case .object(let members) = tree else { return nil }
      return members[String(key)]
    }
  }

  struct Unexpected: Error, CustomStringConvertible {
    let path: String
    let found: JSONTree?
    var description: String { "\(path) is \(found.map { "\($0)" } ?? "missing")" }
  }

  func number(_ path: String) throws -> Double {
    guard case .number(let x) = self[path] else { throw Unexpected(path: path, found: self[path]) }
    return x
  }

  func text(_ path: String) throws -> String {
    guard case .text(let x) = self[path] else { throw Unexpected(path: path, found: self[path]) }
    return x
  }

  func boolean(_ path: String) throws -> Bool {
    guard case .boolean(let x) = self[path] else { throw Unexpected(path: path, found: self[path]) }
    return x
  }

  func list(_ path: String) throws -> [JSONTree] {
    guard case .list(let x) = self[path] else { throw Unexpected(path: path, found: self[path]) }
    return x
  }

  func numbers(_ path: String) throws -> [Double] { try JSONTree.numbers(list(path), path) }

  func texts(_ path: String) throws -> [String] {
    try list(path).map {
      guard case .text(let x) = $0 else { throw Unexpected(path: path, found: $0) }
      return x
    }
  }

  /// A matrix stored as its rows.
  func matrix(_ path: String) throws -> Matrix { try JSONTree.matrix(self[path], path) }

  /// A list of matrices.
  func matrices(_ path: String) throws -> [Matrix] { try list(path).map { try JSONTree.matrix($0, path) } }

  private static func matrix(_ tree: JSONTree?, _ path: String) throws -> Matrix {
    guard case .list(let rows) = tree else { throw Unexpected(path: path, found: tree) }
    return Matrix(
      rows: try rows.map { row in
        guard case .list(let entries) = row else { throw Unexpected(path: path, found: row) }
        return try numbers(entries, path)
      })
  }

  private static func numbers(_ entries: [JSONTree], _ path: String) throws -> [Double] {
    try entries.map {
      guard case .number(let x) = $0 else { throw Unexpected(path: path, found: $0) }
      return x
    }
  }

  /// What the certificate of a report says about a theorem, by its label.
  func theorem(_ label: String) throws -> JSONTree { try member("certificate.theorems", label) }

  /// What became of a promise in a report, by the label of its theorem.
  func observation(_ label: String) throws -> JSONTree { try member("observations", label) }

  private func member(_ path: String, _ id: String) throws -> JSONTree {
    guard let found = try list(path).first(where: { $0["id"] == .text(id) }) else {
      throw Unexpected(path: "\(path), id \(id)", found: nil)
    }
    return found
  }

  /// The tree with the values of these keys, wherever they stand, replaced by null.
  func blanking(_ keys: Set<String>) -> JSONTree {
    switch self {
    case .object(let members):
      .object(
        Dictionary(uniqueKeysWithValues: members.map { ($0, keys.contains($0) ? .null : $1.blanking(keys)) }))
    case .list(let values): .list(values.map { $0.blanking(keys) })
    default: self
    }
  }
}

/// ‖A − B‖_F / ‖B‖_F.
func relativeDifference(_ A: Matrix, _ B: Matrix) -> Double { (A - B).frobeniusNorm / B.frobeniusNorm }
