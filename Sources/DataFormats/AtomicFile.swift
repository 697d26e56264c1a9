import Foundation

/// Files that appear whole or not at all.
///
/// The bytes go to a temporary sibling, are forced to the disk, and only then take the place of `path` by a rename.
/// Whoever reads `path` sees the old content or the new, also after a crash; a failure removes the sibling.
public enum AtomicFile {
  /// Writes the bytes to `path`, replacing what was there.
  ///
  /// A symbolic link is followed. A path that names a device or a pipe is written directly, since a rename would
  /// replace the device itself.
  ///
  /// - Throws: `unwritable`, `diskFull`.
  public static func write(_ bytes: some ContiguousBytes, to path: String) throws(DataFormatError) {
    // `withUnsafeBytes` of the protocol loses the type of a thrown error, so none is thrown through it.
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(DataFormatError) in
        try write(to: path) { sink throws(DataFormatError) in try sink.append(bytes) }
      }
    }
    try result.get()
  }

  /// Writes what `body` appends to the sink; an error thrown by `body` leaves `path` as it was.
  ///
  /// - Throws: `unwritable`, `diskFull`, and what `body` throws.
  public static func write(
    to path: String, _ body: (ByteSink) throws(DataFormatError) -> Void
  ) throws(DataFormatError) {
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR { throw .unwritable(file: path, reason: reason(EISDIR)) }
    // A rename would replace a write-protected file all the same; whoever protected it meant it.
    if exists, access(path, W_OK) != 0 { throw failure(errno, path) }
    if exists, status.st_mode & S_IFMT != S_IFREG {
      let sink = try ByteSink(creating: path, flags: O_WRONLY, naming: path)
      try body(sink)
      return try sink.finish(forcing: .cache)
    }

    let target = exists ? resolvingLinks(path) : path
    let (directory, name) = split(target)
    let sibling = "\(directory)/.\(name).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).tmp"
    let sink = try ByteSink(creating: sibling, flags: O_WRONLY | O_CREAT | O_EXCL, naming: path)
    do throws(DataFormatError) {
      try body(sink)
      try sink.finish(forcing: .disk)
      guard rename(sibling, target) == 0 else { throw failure(errno, path) }
    } catch {
      unlink(sibling)
      throw error
    }
    forceEntries(of: directory)
  }

  static func failure(_ code: Int32, _ path: String) -> DataFormatError {
    code == ENOSPC || code == EDQUOT ? .diskFull(file: path) : .unwritable(file: path, reason: reason(code))
  }

  private static func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  /// Makes the rename itself durable. Some file systems cannot; the content is safe all the same.
  private static func forceEntries(of directory: String) {
    let descriptor = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// A file being written, through a buffer.
public final class ByteSink {
  enum Durability { case cache, disk }

  /// Bytes appended so far.
  public private(set) var byteCount = 0

  private let descriptor: Int32
  private let path: String
  private var buffer: [UInt8] = []
  private static let capacity = 1 << 18

  fileprivate init(creating file: String, flags: Int32, naming path: String) throws(DataFormatError) {
    descriptor = open(file, flags | O_CLOEXEC, 0o666)
    self.path = path
    guard descriptor >= 0 else { throw AtomicFile.failure(errno, path) }
    buffer.reserveCapacity(Self.capacity)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes bytes.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(DataFormatError) {
    byteCount += bytes.count
    if buffer.count + bytes.count > Self.capacity { try flush() }
    if bytes.count >= Self.capacity { try put(bytes) } else { buffer.append(contentsOf: bytes) }
  }

  /// Writes bytes.
  public func append(_ bytes: [UInt8]) throws(DataFormatError) {
    try bytes.withUnsafeBufferPointer { bytes throws(DataFormatError) in
      try append(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Writes text as UTF-8.
  public func append(_ text: String) throws(DataFormatError) {
    try append(Array(text.utf8))
  }

  /// The doubles as eight little-endian bytes each.
  func append(littleEndian values: UnsafeBufferPointer<Double>) throws(DataFormatError) {
    #if _endian(little)
      try append(UnsafeRawBufferPointer(values))
    #else
      for value in values {
        let bits = value.bitPattern
        try append((0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
      }
    #endif
  }

  fileprivate func finish(forcing durability: Durability) throws(DataFormatError) {
    try flush()
    if durability == .disk, fsync(descriptor) != 0 { throw AtomicFile.failure(errno, path) }
  }

  private func flush() throws(DataFormatError) {
    try buffer.withUnsafeBufferPointer { bytes throws(DataFormatError) in
      try put(UnsafeRawBufferPointer(bytes))
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(DataFormatError) {
    var done = 0
    while done < bytes.count {
      let n = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if n < 0 {
        if errno == EINTR { continue }
        throw AtomicFile.failure(errno, path)
      }
      done += n
    }
  }
}
