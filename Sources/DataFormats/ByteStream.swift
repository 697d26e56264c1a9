import CZlib
import Foundation

/// The bytes of a file one after the other.
protocol ByteStream: AnyObject {
  /// Reads up to `count` bytes; fewer only at the end. Returns how many.
  func read(into target: UnsafeMutableRawPointer, count: Int) throws(DataFormatError) -> Int
}

/// The bytes as they are.
final class FileStream: ByteStream {
  private let file: InputFile
  private var offset = 0

  init(_ file: InputFile) { self.file = file }

  func read(into target: UnsafeMutableRawPointer, count: Int) throws(DataFormatError) -> Int {
    let found = try file.read(at: offset, into: target, count: count)
    offset += found
    return found
  }
}

/// Bytes in memory.
final class MemoryStream: ByteStream {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func read(into target: UnsafeMutableRawPointer, count: Int) throws(DataFormatError) -> Int {
    let part = min(count, bytes.count - offset)
    bytes.withUnsafeBytes {
      if part > 0 { target.copyMemory(from: $0.baseAddress! + offset, byteCount: part) }
    }
    offset += part
    return part
  }
}

/// The bytes that a gzip file unpacks to (RFC 1952), all its members one after the other.
final class GzipStream: ByteStream {
  static let magic: [UInt8] = [0x1F, 0x8B]

  private let file: InputFile
  private let source: FileStream
  private var stream = z_stream()
  private let input = UnsafeMutablePointer<UInt8>.allocate(capacity: piece)
  private var isFinished = false
  private static let piece = 1 << 16

  init(_ file: InputFile) throws(DataFormatError) {
    self.file = file
    source = FileStream(file)
    // 16 more than the largest window: gzip wrapping and nothing else.
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw .corrupt(file: file.path, detail: "it cannot be unpacked")
    }
  }

  deinit {
    inflateEnd(&stream)
    input.deallocate()
  }

  func read(into target: UnsafeMutableRawPointer, count: Int) throws(DataFormatError) -> Int {
    guard count > 0 else { return 0 }
    stream.next_out = target.assumingMemoryBound(to: UInt8.self)
    // A block of 4 GiB is never asked for.
    stream.avail_out = UInt32(count)
    while stream.avail_out > 0, !isFinished {
      if stream.avail_in == 0 { try refill() }
      let hadInput = stream.avail_in > 0
      switch inflate(&stream, Z_NO_FLUSH) {
      case Z_OK where hadInput: continue
      case Z_STREAM_END:
        if stream.avail_in == 0 { try refill() }
        // Another member may follow; what is no member is padding.
        isFinished =
          stream.avail_in < 2 || stream.next_in[0] != Self.magic[0] || stream.next_in[1] != Self.magic[1]
        if !isFinished { inflateReset(&stream) }
      case Z_OK, Z_BUF_ERROR:
        throw .corrupt(file: file.path, detail: "its gzip data end too early")
      default: throw .corrupt(file: file.path, detail: "its gzip data cannot be unpacked")
      }
    }
    return count - Int(stream.avail_out)
  }

  private func refill() throws(DataFormatError) {
    stream.next_in = input
    stream.avail_in = UInt32(try source.read(into: input, count: Self.piece))
  }
}

/// The text of a stream in another encoding as UTF-8.
final class TranscodedStream: ByteStream {
  private let source: any ByteStream
  private let encoding: TextEncoding
  private let path: String
  private let raw = UnsafeMutablePointer<UInt8>.allocate(capacity: piece)
  private var left = 0
  private var offset = 0
  private var pending: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  private static let piece = 1 << 16

  init(_ source: any ByteStream, from encoding: TextEncoding, path: String) {
    (self.source, self.encoding, self.path) = (source, encoding, path)
  }

  deinit { raw.deallocate() }

  func read(into target: UnsafeMutableRawPointer, count: Int) throws(DataFormatError) -> Int {
    var done = 0
    while done < count {
      if position == pending.count {
        if isAtEnd { break }
        try convertPiece()
        continue
      }
      let part = min(count - done, pending.count - position)
      pending.withUnsafeBytes {
        target.advanced(by: done).copyMemory(from: $0.baseAddress! + position, byteCount: part)
      }
      position += part
      done += part
    }
    return done
  }

  private func convertPiece() throws(DataFormatError) {
    pending.removeAll(keepingCapacity: true)
    position = 0
    let found = try source.read(into: raw + left, count: Self.piece - left)
    isAtEnd = found < Self.piece - left
    let available = left + found
    var used = 0
    switch encoding {
    case .utf8: preconditionFailure("UTF-8 is not transcoded")
    case .latin1, .windows1252:
      for i in 0..<available { append(encoding == .latin1 ? UInt32(raw[i]) : windows1252(raw[i])) }
      used = available
    case .utf16LittleEndian, .utf16BigEndian:
      func unit(_ i: Int) -> UInt32 {
        let (a, b) = (UInt32(raw[i]), UInt32(raw[i + 1]))
        return encoding == .utf16LittleEndian ? a | b << 8 : a << 8 | b
      }
      while used + 2 <= available {
        let first = unit(used)
        guard 0xD800...0xDFFF ~= first else {
          append(first)
          used += 2
          continue
        }
        if first < 0xDC00, used + 4 > available, !isAtEnd { break }
        guard first < 0xDC00, used + 4 <= available, 0xDC00...0xDFFF ~= unit(used + 2) else {
          throw .corrupt(file: path, detail: "byte \(offset + used) is half of a UTF-16 character")
        }
        append(0x10000 + (first - 0xD800) << 10 + (unit(used + 2) - 0xDC00))
        used += 4
      }
      if isAtEnd, used < available {
        throw .corrupt(file: path, detail: "its UTF-16 text ends within a character")
      }
    }
    left = available - used
    for i in 0..<left { raw[i] = raw[used + i] }
    offset += used
  }

  private func append(_ scalar: UInt32) {
    pending.append(contentsOf: UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}")!)
  }
}

/// The character of a byte in Windows-1252; the five bytes without one stand for control characters, as the WHATWG has it.
private func windows1252(_ byte: UInt8) -> UInt32 {
  0x80...0x9F ~= byte ? windows1252Upper[Int(byte) - 0x80] : UInt32(byte)
}

private let windows1252Upper: [UInt32] = [
  0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
  0x017D,
  0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153,
  0x9D,
  0x017E, 0x0178,
]
