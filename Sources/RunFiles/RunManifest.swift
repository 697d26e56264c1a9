import DataFormats
import Foundation

/// `files.json`, the last file of a run's folder: the others with their sizes and CRC-32s. Where it stands, the folder is whole.
public struct RunManifest: Codable, Equatable, Sendable {
  /// The file's name.
  public static let name = "files.json"
  /// The others.
  public private(set) var files: [String: FileFingerprint]

  /// The files of a folder as they are now; no hidden ones, no checkpoints and no folders.
  ///
  /// - Throws: `DataFormatError` for a file that cannot be read.
  public init(of folder: String) throws {
    files = [:]
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let others = [Self.name, CheckpointFile.name, CheckpointFile.previousName]
    for name in names where !name.hasPrefix(".") && !others.contains(name) {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder),
        !isFolder.boolValue
      else { continue }
      files[name] = try FileFingerprint(of: "\(folder)/\(name)")
    }
  }

  /// That of a folder; nil where there is none, or not a sound one: then the folder is not known to be whole.
  public init?(in folder: String) {
    guard let read = try? CanonicalJSON.decode(RunManifest.self, from: "\(folder)/\(Self.name)") else {
      return nil
    }
    self = read
  }

  /// Takes in a file that was made again.
  public mutating func update(_ name: String, in folder: String) throws {
    files[name] = try FileFingerprint(of: "\(folder)/\(name)")
  }

  /// Writes it.
  public func write(to folder: String) throws {
    try AtomicFile.write(try CanonicalJSON.encode(self), to: "\(folder)/\(Self.name)")
  }

  /// The files that are gone or not what they were, by name.
  public func changes(in folder: String) -> [String] {
    files.filter { (try? FileFingerprint(of: "\(folder)/\($0.key)")) != $0.value }.map(\.key).sorted()
  }
}
