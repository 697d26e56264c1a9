import ArgumentParser
import DataFormats
import Foundation

/// A folder for results that never takes the place of another one unasked.
struct OutputFolder {
  let path: String

  func file(_ name: String) -> String { path + "/" + name }

  /// Creates the folder; with `force` an existing one is used and its files replaced one by one.
  ///
  /// - Parameter name: nil for a fresh `<stem>-<date>-<time>` in the current directory.
  static func create(_ name: String?, stem: String, force: Bool) throws -> OutputFolder {
    let manager = FileManager.default
    let path = name ?? freshName(in: manager.currentDirectoryPath, stem: stem)
    var isDirectory: ObjCBool = false
    if manager.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard isDirectory.boolValue else {
        throw ValidationError("--out \(path) is a file; name a folder.")
      }
      guard force else {
        throw ValidationError("--out \(path) exists already; name another folder, or add --force to replace its files.")
      }
    }
    do {
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw OutputError.cannotCreate(path: path, reason: error.localizedDescription)
    }
    guard manager.isWritableFile(atPath: path) else {
      throw OutputError.cannotCreate(path: path, reason: "it is not writable")
    }
    return OutputFolder(path: path)
  }

  func write(json value: some Encodable, to name: String) throws {
    try AtomicFile.write(try JSON.encode(value), to: file(name))
  }

  /// `<stem>-<date>-<time>`, with a number behind it if that exists.
  static func freshName(in folder: String, stem: String) -> String {
    let name = "\(stem)-\(timestamp())"
    let candidates = [name] + (2...1000).map { "\(name)-\($0)" }
    return candidates.first { !FileManager.default.fileExists(atPath: folder + "/" + $0) } ?? name
  }

  private static func timestamp() -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyyMMdd-HHmmss"
    return formatter.string(from: Date())
  }
}

/// Why results cannot be written.
enum OutputError: Error, CustomStringConvertible {
  case cannotCreate(path: String, reason: String)

  var description: String {
    switch self {
    case .cannotCreate(let path, let reason): "the output folder \(path) cannot be created: \(reason). Name another with --out."
    }
  }
}

/// JSON as this program writes it: sorted keys, doubles with the digits that identify them (17 at most).
enum JSON {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value) + Data("\n".utf8)
  }

  static func decode<T: Decodable>(_ type: T.Type, from path: String) throws -> T {
    guard let data = FileManager.default.contents(atPath: path) else { throw DataFormatError.missingFile(file: path) }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw DataError.notARun(path: path, problem: "is damaged or not a file of this program (\(error)).")
    }
  }
}
