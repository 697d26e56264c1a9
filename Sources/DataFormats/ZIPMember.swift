import CZlib

extension ZIPDirectory.Member {
  /// The bytes of the member, unpacked, its size and CRC-32 checked.
  ///
  /// Memory grows with what is really there: no size is believed before it is found.
  func contents(in file: InputFile) throws(DataFormatError) -> [UInt8] {
    let start = try dataOffset(in: file)
    guard storedByteCount <= file.byteCount - start else {
      throw .sizeMismatch(
        file: file.path, what: "member “\(name)”", declared: storedByteCount, found: file.byteCount - start)
    }
    let bytes: [UInt8]
    switch method {
    case 0: bytes = try file.bytes(at: start, count: storedByteCount)
    case 8: bytes = try inflated(from: start, in: file)
    default:
      throw .unsupported(
        file: file.path, feature: "compression method \(method) for member “\(name)”",
        remedy: "save it by numpy.savez or numpy.savez_compressed")
    }
    guard bytes.count == byteCount else {
      throw .sizeMismatch(file: file.path, what: "member “\(name)”", declared: byteCount, found: bytes.count)
    }
    var found = Checksum()
    bytes.withUnsafeBytes { found.append($0) }
    guard found.value == checksum else {
      throw .corrupt(file: file.path, detail: "the checksum of member “\(name)” does not match its bytes")
    }
    return bytes
  }

  private func dataOffset(in file: InputFile) throws(DataFormatError) -> Int {
    guard headerOffset <= file.byteCount - 30 else {
      throw .corrupt(file: file.path, detail: "member “\(name)” should begin beyond its end")
    }
    let header = try file.bytes(at: headerOffset, count: 30)
    guard LittleEndianReader.number(header, 0, 4) == Int(ZIPDirectory.localSignature) else {
      throw .corrupt(file: file.path, detail: "member “\(name)” is not where its directory says")
    }
    let nameCount = LittleEndianReader.number(header, 26, 2)
    let start = headerOffset + 30 + nameCount + LittleEndianReader.number(header, 28, 2)
    guard start <= file.byteCount else {
      throw .corrupt(file: file.path, detail: "member “\(name)” should begin beyond its end")
    }
    // Two names for one member mean that one of them is damaged: zipfile refuses it, too.
    let repeated = String(decoding: try file.bytes(at: headerOffset + 30, count: nameCount), as: UTF8.self)
    guard repeated == name else {
      throw .corrupt(
        file: file.path, detail: "its directory calls a member “\(name)” that calls itself “\(repeated)”")
    }
    return start
  }

  private func inflated(from start: Int, in file: InputFile) throws(DataFormatError) -> [UInt8] {
    let damage = DataFormatError.corrupt(file: file.path, detail: "member “\(name)” cannot be decompressed")
    var stream = z_stream()
    // Negative window bits: a bare deflate stream, as ZIP stores it.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw damage
    }
    defer { inflateEnd(&stream) }

    let piece = 1 << 16
    let input = UnsafeMutablePointer<UInt8>.allocate(capacity: piece)
    let output = UnsafeMutablePointer<UInt8>.allocate(capacity: piece)
    defer {
      input.deallocate()
      output.deallocate()
    }
    var bytes: [UInt8] = []
    var taken = 0
    var status = Z_OK
    while status != Z_STREAM_END {
      if stream.avail_in == 0, taken < storedByteCount {
        let count = min(piece, storedByteCount - taken)
        try file.readAll(at: start + taken, into: input, count: count)
        taken += count
        stream.next_in = input
        stream.avail_in = UInt32(count)
      }
      stream.next_out = output
      stream.avail_out = UInt32(piece)
      status = inflate(&stream, Z_NO_FLUSH)
      // Z_BUF_ERROR: no progress, so the stream ends too early.
      guard status == Z_OK || status == Z_STREAM_END else { throw damage }
      let count = piece - Int(stream.avail_out)
      guard count <= byteCount - bytes.count else {
        throw .sizeMismatch(
          file: file.path, what: "member “\(name)”", declared: byteCount, found: bytes.count + count)
      }
      bytes.append(contentsOf: UnsafeBufferPointer(start: output, count: count))
    }
    return bytes
  }
}
