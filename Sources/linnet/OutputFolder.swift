import DataFormats
import Foundation
import RunFiles

/// A folder for results that never takes the place of another one unasked.
struct OutputFolder {
  let path: String
  private let isNew: Bool

  func file(_ name: String) -> String { path + "/" + name }

  /// Creates the folder; with `force` an existing one is used and its files replaced one by one.
  ///
  /// - Parameter name: nil for a fresh `<stem>-<date>-<time>` in the current directory.
  static func create(_ name: String?, stem: String, force: Bool) throws(OutputError) -> OutputFolder {
    let path = name ?? freshName(in: FileManager.default.currentDirectoryPath, stem: stem)
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists {
      guard status.st_mode & S_IFMT == S_IFDIR else { throw .isAFile(path: path) }
      guard force else { throw .exists(path: path) }
    }
    if let code = makeFolder(path) { throw .cannotCreate(path: path, code: code) }
    guard access(path, W_OK | X_OK) == 0 else { throw .cannotCreate(path: path, code: errno) }
    return OutputFolder(path: path, isNew: !exists)
  }

  /// Makes a folder and those above it that are missing; the error number if that fails.
  private static func makeFolder(_ path: String) -> Int32? {
    if mkdir(path, 0o777) == 0 { return nil }
    let code = errno
    var status = stat()
    if stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR ? nil : ENOTDIR }
    let parent = (path as NSString).deletingLastPathComponent
    guard code == ENOENT, !parent.isEmpty, parent != path else { return code }
    if let code = makeFolder(parent) { return code }
    return mkdir(path, 0o777) == 0 ? nil : errno
  }

  /// Takes back a folder that was created here and has nothing in it.
  func discard() {
    if isNew { rmdir(path) }
  }

  func write(json value: some Encodable, to name: String) throws {
    try AtomicFile.write(try CanonicalJSON.encode(value), to: file(name))
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

/// Why a command cannot do what its line asks for, or write where it says.
enum OutputError: Error, CustomStringConvertible {
  case exists(path: String)
  case fileExists(path: String)
  case isAFile(path: String)
  case notOfARepetition(argument: String)
  /// With the operating system's error number.
  case cannotCreate(path: String, code: Int32)
  case cannotListen(host: String, port: UInt16, reason: String)

  /// Whether another command line would do, rather than another disk or other rights.
  var isAboutUsage: Bool {
    switch self {
    case .cannotCreate, .cannotListen: false
    default: true
    }
  }

  var description: String {
    switch self {
    case .exists(let path):
      "--out \(path) exists already; name another folder, or add --force to replace its files."
    case .fileExists(let path): "\(path) exists already; name other files with --out, or add --force."
    case .isAFile(let path): "--out \(path) is a file; name a folder."
    case .notOfARepetition(let argument):
      "--repeat and --resume take everything from the earlier run; leave out \(argument)."
    case .cannotListen(let host, let port, let reason):
      "cannot listen on \(host), port \(port) (\(reason)); if another lab has the port, choose one with --port, or --port 0."
    case .cannotCreate(let path, let code):
      "the output folder \(path) cannot be created (\(String(cString: strerror(code)).lowercased())); "
        + "name another with --out."
    }
  }
}
