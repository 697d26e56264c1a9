import Foundation

/// Files of `Reference`, made with more digits than the library has; each states its origin.
enum ReferenceFile {
  static func decode<Content: Decodable>(_ type: Content.Type, named name: String) throws -> Content {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/\(name).json")
    return try JSONDecoder().decode(type, from: Data(contentsOf: file))
  }
}
