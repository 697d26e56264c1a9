import Foundation

/// A folder of its own for each test, removed with it.
public final class Scratch {
  public let folder: String

  public init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("linnet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  public func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// The path of a new file with these bytes.
  public func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  public func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

  public var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }
}
