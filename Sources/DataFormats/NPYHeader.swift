/// What the header of an NPY array says.
///
/// Versions 1, 2 and 3. Source: NumPy Enhancement Proposal 1 and `numpy.lib.format`.
struct NPYHeader: Equatable {
  let type: ElementType
  let order: ByteOrder
  let layout: Layout
  let shape: [Int]
  /// Where the entries begin.
  let dataOffset: Int

  /// The product of the shape.
  var count: Int { product(shape)! }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Bytes that tell the length of the header, whatever the version.
  static let preambleCount = 12

  /// The length of the whole header, from its first bytes: at least `preambleCount` of them, if the array has as many.
  static func length(preamble: [UInt8], file: String) throws(DataFormatError) -> Int {
    guard preamble.starts(with: magic) else {
      throw .corrupt(file: file, detail: "it does not begin like an NPY array")
    }
    guard preamble.count >= 10, preamble[6] == 1 || preamble.count >= 12 else {
      throw .corrupt(file: file, detail: "its header is cut off")
    }
    guard 1...3 ~= preamble[6], preamble[7] == 0 else {
      throw .unsupported(
        file: file, feature: "version \(preamble[6]).\(preamble[7]) of the NPY format",
        remedy: "save it by numpy.save, which writes versions 1.0 to 3.0")
    }
    return preamble[6] == 1
      ? 10 + Int(preamble[8]) + Int(preamble[9]) << 8
      : 12 + (0..<4).reduce(0) { $0 + Int(preamble[8 + $1]) << (8 * $1) }
  }

  /// Parses a header, and compares the size it declares with the size of the array before anyone allocates.
  ///
  /// - Parameters:
  ///   - header: as many bytes as `length(preamble:file:)` said.
  ///   - totalByteCount: the size of header and entries together.
  init(parsing header: [UInt8], totalByteCount: Int, file: String) throws(DataFormatError) {
    let text = Array(header.dropFirst(header[6] == 1 ? 10 : 12))
    let literal: PythonLiteral
    do { literal = try PythonLiteral(parsing: text) } catch {
      throw .corrupt(file: file, detail: "its header is not a Python dictionary (\(error.detail))")
    }
    guard case .dictionary(let entries) = literal,
      Set(entries.map(\.key)) == ["descr", "fortran_order", "shape"]
    else {
      throw .corrupt(file: file, detail: "its header does not have the keys descr, fortran_order and shape")
    }
    let field = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) })

    guard case .boolean(let fortran)? = field["fortran_order"] else {
      throw .corrupt(file: file, detail: "fortran_order is neither True nor False")
    }
    layout = fortran ? .columnMajor : .rowMajor

    guard case .string(let descriptor)? = field["descr"] else {
      throw .unsupported(
        file: file, feature: "a structured element type", remedy: "save each field as an array of its own")
    }
    guard let (type, order) = Self.elementType(descriptor) else {
      throw .unsupported(
        file: file, feature: "the element type “\(descriptor)”",
        remedy: "convert the array by astype('float64') before saving it")
    }
    (self.type, self.order) = (type, order)

    guard case .sequence(let lengths)? = field["shape"] else {
      throw .corrupt(file: file, detail: "its shape is not a tuple")
    }
    var shape: [Int] = []
    for length in lengths {
      guard case .integer(let n) = length, n >= 0 else {
        throw .corrupt(file: file, detail: "its shape is not a tuple of counts")
      }
      shape.append(n)
    }
    self.shape = shape
    dataOffset = header.count
    guard let declared = product(shape + [type.byteCount]) else {
      throw .corrupt(file: file, detail: "its shape \(shape) is larger than any memory")
    }
    guard declared == totalByteCount - dataOffset else {
      throw .sizeMismatch(
        file: file, what: "an array of shape \(shape)", declared: declared, found: totalByteCount - dataOffset
      )
    }
  }

  /// The type behind a NumPy type string: byte order, kind and size in bytes, a letter of C, or a name.
  private static func elementType(_ descriptor: String) -> (ElementType, ByteOrder)? {
    #if _endian(little)
      let native = ByteOrder.little
    #else
      let native = ByteOrder.big
    #endif
    let orders: [Character: ByteOrder] = ["<": .little, ">": .big, "=": native, "|": native]
    let order = descriptor.first.flatMap { orders[$0] }
    let types: [String: ElementType] = [
      "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16,
      "u4": .uint32, "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64,
      // The letters of C, as NumPy has them where a long has 64 bits.
      "?": .bool, "b": .int8, "h": .int16, "i": .int32, "l": .int64, "q": .int64, "B": .uint8, "H": .uint16,
      "I": .uint32, "L": .uint64, "Q": .uint64, "e": .float16, "f": .float32, "d": .float64,
      "bool": .bool, "int8": .int8, "int16": .int16, "int32": .int32, "int64": .int64, "uint8": .uint8,
      "uint16": .uint16, "uint32": .uint32, "uint64": .uint64, "float16": .float16, "float32": .float32,
      "float64": .float64, "float": .float64, "int": .int64,
    ]
    return types[String(descriptor.dropFirst(order == nil ? 0 : 1))].map { ($0, order ?? native) }
  }
}

extension NDArray {
  /// The array in the bytes of a whole NPY file.
  init(npy bytes: [UInt8], file: String) throws(DataFormatError) {
    let length = try NPYHeader.length(preamble: Array(bytes.prefix(NPYHeader.preambleCount)), file: file)
    guard length <= bytes.count else {
      throw .sizeMismatch(file: file, what: "the NPY header", declared: length, found: bytes.count)
    }
    let header = try NPYHeader(parsing: Array(bytes.prefix(length)), totalByteCount: bytes.count, file: file)
    self = bytes.withUnsafeBytes {
      NDArray(
        decoding: $0.baseAddress! + length, type: header.type, order: header.order, shape: header.shape,
        layout: header.layout)
    }
  }

  /// The beginning of an NPY file of version 1 for this array: eight-byte little-endian floats in C order.
  var npyHeader: [UInt8] {
    let shape =
      shape.count == 1 ? "(\(shape[0]),)" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
    let text = "{'descr': '<f8', 'fortran_order': False, 'shape': \(shape), }"
    // NumPy aligns the entries to 64 bytes; the last byte of the header is a line end.
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64
    let padding = String(repeating: " ", count: length - 10 - text.utf8.count - 1)
    precondition(length - 10 <= UInt16.max, "an array of \(self.shape.count) dimensions has no NPY header")
    return NPYHeader.magic + [1, 0, UInt8((length - 10) & 0xFF), UInt8((length - 10) >> 8)]
      + Array((text + padding + "\n").utf8)
  }
}
