import Foundation

/// An open regular file: reads at given offsets, closed when released.
final class InputFile: Sendable {
  let path: String
  /// Bytes in the file when it was opened.
  let byteCount: Int
  private let descriptor: Int32

  convenience init(_ path: String) throws(DataFormatError) {
    if path == StandardInput.name {
      try self.init(path: path, descriptor: StandardInput.open())
      return
    }
    // Without O_NONBLOCK, opening a named pipe would wait for its writer instead of being refused below.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      throw code == ENOENT || code == ENOTDIR
        ? .missingFile(file: path) : .unreadable(file: path, reason: reason(code))
    }
    try self.init(path: path, descriptor: descriptor)
  }

  /// Takes over a descriptor.
  private init(path: String, descriptor: Int32) throws(DataFormatError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      throw .unreadable(
        file: path, reason: isDirectory ? "it is a directory" : "it is not a regular file; - reads a pipe")
    }
    self.path = path
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
  }

  /// The file, or if it is packed by gzip a file without a name that holds what it unpacks to.
  static func unpacked(_ path: String) throws(DataFormatError) -> InputFile {
    let file = try InputFile(path)
    guard try file.bytes(at: 0, count: min(file.byteCount, 2)) == GzipStream.magic else { return file }
    let stream = try GzipStream(file)
    return try InputFile(
      path: path,
      descriptor: StandardInput.unnamedFile { buffer, count throws(DataFormatError) in
        try stream.read(into: buffer, count: count)
      })
  }

  deinit { close(descriptor) }

  /// Reads up to `count` bytes from `offset`; fewer only at the end of the file. Returns how many.
  func read(at offset: Int, into target: UnsafeMutableRawPointer, count: Int) throws(DataFormatError) -> Int {
    var done = 0
    while done < count {
      let n = pread(descriptor, target + done, count - done, off_t(offset + done))
      if n == 0 { break }
      if n < 0 {
        if errno == EINTR { continue }
        throw .unreadable(file: path, reason: reason(errno))
      }
      done += n
    }
    return done
  }

  /// Reads exactly `count` bytes from `offset`, or fails because the file has become shorter.
  func readAll(at offset: Int, into target: UnsafeMutableRawPointer, count: Int) throws(DataFormatError) {
    let found = try read(at: offset, into: target, count: count)
    guard found == count else {
      throw .sizeMismatch(file: path, what: "the part from byte \(offset)", declared: count, found: found)
    }
  }

  /// `count` bytes from `offset`. Whoever calls has compared `count` with `byteCount`: nothing larger is allocated.
  func bytes(at offset: Int, count: Int) throws(DataFormatError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw .sizeMismatch(
        file: path, what: "the part from byte \(offset)", declared: count, found: max(0, byteCount - offset))
    }
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { target throws(DataFormatError) in
      if let base = target.baseAddress { try readAll(at: offset, into: base, count: count) }
    }
    return bytes
  }
}

/// The operating system's words for an error number.
func reason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
