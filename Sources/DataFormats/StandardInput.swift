import Foundation

/// Standard input as a file: copied once into one without a name, so that it can be read as often as any other.
enum StandardInput {
  /// What stands for it among file names.
  static let name = "-"

  /// A descriptor of the copy, which the caller closes.
  static func open() throws(DataFormatError) -> Int32 { dup(try copy.get()) }

  private static let copy = Result { () throws(DataFormatError) in
    guard isatty(STDIN_FILENO) == 0 else {
      throw .unreadable(file: name, reason: "it is a terminal; send a table through a pipe")
    }
    return try unnamedFile { buffer, count throws(DataFormatError) in
      while true {
        let n = read(STDIN_FILENO, buffer, count)
        if n >= 0 { return n }
        if errno != EINTR { throw .unreadable(file: name, reason: reason(errno)) }
      }
    }
  }

  /// A file of this process alone, already unlinked, filled with what `next` puts into its buffer until that is nothing.
  static func unnamedFile(
    _ next: (UnsafeMutableRawPointer, Int) throws(DataFormatError) -> Int
  ) throws(DataFormatError) -> Int32 {
    let folder = FileManager.default.temporaryDirectory.path
    var template = Array((folder + "/linnet-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw AtomicFile.failure(errno, folder) }
    unlink(template)
    do throws(DataFormatError) {
      let piece = 1 << 18
      let buffer = UnsafeMutableRawPointer.allocate(byteCount: piece, alignment: 16)
      defer { buffer.deallocate() }
      while true {
        let count = try next(buffer, piece)
        if count == 0 { return descriptor }
        var done = 0
        while done < count {
          let n = write(descriptor, buffer + done, count - done)
          if n < 0, errno == EINTR { continue }
          guard n >= 0 else { throw AtomicFile.failure(errno, folder) }
          done += n
        }
      }
    } catch {
      close(descriptor)
      throw error
    }
  }
}
