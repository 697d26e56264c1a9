import DataFormats
import Foundation
import RunFiles
import Synchronization

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
    try lock(path)
    return OutputFolder(path: path, isNew: !exists)
  }

  /// Takes a folder, or a file that stands for a part of one, for this process until it ends, and removes what a process that was killed left half-written in the folder.
  ///
  /// The lock is the operating system's, on the folder itself: it goes with the process, so that none is ever stale. Where a file system has none, nothing is locked.
  ///
  /// - Throws: `OutputError.isInUse` if another process has it.
  static func lock(_ path: String) throws(OutputError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return }
    // A second lock of our own would be refused as that of another.
    let inode = UInt64(status.st_ino)
    guard held.withLock({ $0.insert(inode).inserted }) else {
      close(descriptor)
      return
    }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(descriptor)
      held.withLock { _ = $0.remove(inode) }
      throw .isInUse(path: path, process: holder(of: inode))
    }
    removeUnfinished(in: path)
  }

  private static let held = Mutex<Set<UInt64>>([])

  /// The process that has locked a file, as Linux lists it.
  private static func holder(of inode: UInt64) -> Int? {
    let locks = (try? String(contentsOfFile: "/proc/locks", encoding: .utf8)) ?? ""
    // “1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF”
    for line in locks.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count > 5, words[1] == "FLOCK", words[5].split(separator: ":").last == "\(inode)" {
        return Int(words[4])
      }
    }
    return nil
  }

  /// Removes the siblings under which `AtomicFile` and the renderer of figures write, before a file takes its name.
  static func removeUnfinished(in path: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      if name.hasPrefix("."),
        name.hasSuffix(".tmp") || name.hasPrefix(".dat.nosync") || name.hasSuffix(".part")
      {
        unlink(path + "/" + name)
      }
    }
  }

  /// Makes a folder and those above it that are missing; the error number if that fails.
  static func makeFolder(_ path: String) -> Int32? {
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
  /// Another process writes there; its number, if that is known.
  case isInUse(path: String, process: Int?)
  /// With the operating system's error number.
  case cannotCreate(path: String, code: Int32)
  case cannotListen(host: String, port: UInt16, reason: String)
  /// Another program listens there.
  case portIsTaken(port: UInt16)

  /// Whether another command line would do, rather than another disk or other rights.
  var isAboutUsage: Bool {
    switch self {
    case .cannotCreate, .cannotListen, .portIsTaken, .isInUse: false
    default: true
    }
  }

  var description: String {
    switch self {
    case .exists(let path):
      "--out \(path) exists already; name another folder, or add --force to replace its files."
    case .fileExists(let path): "\(path) exists already; name other files with --out, or add --force."
    case .isAFile(let path): "--out \(path) is a file; name a folder."
    case .isInUse(let path, let process):
      "\(path) is in use by another linnet\(process.map { " (process \($0))" } ?? ""); wait for it, or name another folder with --out."
    case .notOfARepetition(let argument):
      "--repeat and --resume take everything from the earlier run; leave out \(argument)."
    case .cannotListen(let host, let port, let reason):
      "cannot listen on \(host), port \(port) (\(reason)); choose another port with --port, or --port 0 for any that is free."
    case .portIsTaken(let port):
      "port \(port) is in use, perhaps by another linnet lab; end that one, or take another port with --port, or --port 0 for any that is free."
    case .cannotCreate(let path, let code):
      "the output folder \(path) cannot be created (\(String(cString: strerror(code)).lowercased())); "
        + "name another with --out."
    }
  }
}
