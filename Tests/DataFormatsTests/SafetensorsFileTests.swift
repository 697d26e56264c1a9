import DataFormats
import LinearAlgebra
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
  let scratch: Scratch
  let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path("x.safetensors")
  }

  @Test func `arrays written by the reference implementation are read exactly`() throws {
    let file = try SafetensorsFile(fixture("types.safetensors"))
    #expect(Set(file.names) == ["f64", "f32", "f16", "i64", "bool", "vector", "empty"])
    #expect(file.metadata == ["made by": "safetensors", "quote": "a \"b\" \\ é"])
    #expect(try file.array("f64").matrix == fractions)
    #expect(try file.array("f32").matrix == fractions.single)
    #expect(try file.array("f16").matrix == integers)
    #expect(try file.array("i64").matrix == -1 * integers)
    #expect(try file.array("bool").matrix == integers.parity)
    #expect(try file.array("vector") == NDArray(fractions.column(0)))
    #expect(try file.array("empty") == NDArray(shape: [0, 3], values: []))
    #expect(try SafetensorsFile(fixture("bfloat16.safetensors")).array("x").matrix == integers)
  }

  @Test func `what is written is read back, byte for byte the same each time`() throws {
    var generator = SeededGenerator(seed: 7)
    let arrays: [(name: String, array: NDArray)] = [
      ("layers.1", NDArray(Matrix.gaussian(4, 3, using: &generator))),
      ("none", NDArray(shape: [2, 0], values: [])),
      ("a \"quoted\"\n\u{1}\\name σ", NDArray([1])), ("number", NDArray(shape: [], values: [.pi])),
      ("layers.2", NDArray(Matrix.gaussian(2, 4, using: &generator))),
    ]
    let metadata = ["format": "pt", "note": "tab\tquote\" \u{1F} é", "a": ""]
    try SafetensorsFile.write(arrays, metadata: metadata, to: path)
    let file = try SafetensorsFile(path)
    #expect(file.names == arrays.map(\.name))
    #expect(file.metadata == metadata)
    for (name, array) in arrays { #expect(try file.array(name) == array) }
    let first = try bytes(of: path)
    try SafetensorsFile.write(arrays, metadata: metadata, to: path)
    #expect(try bytes(of: path) == first)
    #expect((first.count - 8 * 12 - 8 - 8 - 8 * 8) % 8 == 0, "the entries are aligned to eight bytes")
  }

  @Test func `a file without arrays is written and read`() throws {
    try SafetensorsFile.write([], to: path)
    #expect(try SafetensorsFile(path).names == [])
  }

  /// A file with this header and so many zero bytes.
  private func expect(_ error: DataFormatError, header: String, data: Int) throws {
    let text = Array(header.utf8)
    _ = try scratch.file(
      "x.safetensors",
      (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
        + Array(repeating: 0, count: data))
    #expect(throws: error, "\(header)") { try SafetensorsFile(path) }
  }

  private func tensor(_ name: String, _ shape: String, _ offsets: String, type: String = "F64") -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  @Test func `a length of the header that lies is refused`() throws {
    _ = try scratch.file("x.safetensors", [])
    #expect(throws: DataFormatError.emptyFile(file: path)) { try SafetensorsFile(path) }
    _ = try scratch.file("x.safetensors", [2, 0, 0])
    #expect(
      throws: DataFormatError.sizeMismatch(
        file: path, what: "the length of the header", declared: 8, found: 3)
    ) { try SafetensorsFile(path) }
    _ = try scratch.file("x.safetensors", [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D])
    #expect(throws: DataFormatError.sizeMismatch(file: path, what: "the header", declared: 3, found: 2)) {
      try SafetensorsFile(path)
    }
    _ = try scratch.file("x.safetensors", [UInt8](repeating: 0xFF, count: 8) + [0x7B, 0x7D])
    #expect(throws: DataFormatError.corrupt(file: path, detail: "its header claims \(UInt64.max) bytes")) {
      try SafetensorsFile(path)
    }
  }

  @Test func `offsets that leave the file, overlap or leave gaps are refused`() throws {
    func corrupt(_ detail: String) -> DataFormatError { .corrupt(file: path, detail: detail) }
    try expect(
      corrupt("array “a” lies at bytes 0 to 16 of 8, which is not within the file"),
      header: "{\(tensor("a", "[2]", "[0,16]"))}", data: 8)
    try expect(
      corrupt("array “a” lies at bytes 8 to 0 of 8, which is not within the file"),
      header: "{\(tensor("a", "[1]", "[8,0]"))}", data: 8)
    try expect(
      corrupt("array “a” lies at bytes -8 to 0 of 8, which is not within the file"),
      header: "{\(tensor("a", "[1]", "[-8,0]"))}", data: 8)
    try expect(
      corrupt("array “b” overlaps the array before it"),
      header: "{\(tensor("a", "[2]", "[0,16]")),\(tensor("b", "[2]", "[8,24]"))}", data: 24)
    try expect(
      corrupt("array “b” leaves a gap before it"),
      header: "{\(tensor("b", "[1]", "[16,24]")),\(tensor("a", "[1]", "[0,8]"))}", data: 24)
    try expect(
      corrupt("array “a” does not have two offsets"), header: "{\(tensor("a", "[1]", "[8]"))}", data: 8)
    try expect(
      .sizeMismatch(file: path, what: "all arrays together", declared: 8, found: 9),
      header: "{\(tensor("a", "[1]", "[0,8]"))}", data: 9)
  }

  @Test func `shapes that do not fit their bytes are refused`() throws {
    try expect(
      .sizeMismatch(file: path, what: "array “a” of shape [2]", declared: 16, found: 8),
      header: "{\(tensor("a", "[2]", "[0,8]"))}", data: 8)
    try expect(
      .sizeMismatch(
        file: path, what: "array “a” of shape [1073741824, 1048576]", declared: 1 << 53, found: 8),
      header: "{\(tensor("a", "[1073741824,1048576]", "[0,8]"))}", data: 8)
    for shape in ["[4294967296,4294967296]", "[-1]"] {
      let printed = shape.replacing(",", with: ", ")
      try expect(
        .corrupt(file: path, detail: "the shape \(printed) of array “a” is impossible"),
        header: "{\(tensor("a", shape, "[0,8]"))}", data: 8)
    }
  }

  @Test func `keys given twice are refused, however they are written`() throws {
    let a = tensor("a", "[1]", "[0,8]")
    try expect(
      .corrupt(file: path, detail: "its header has the key “a” twice in one object"), header: "{\(a),\(a)}",
      data: 8)
    try expect(
      .corrupt(file: path, detail: "its header has the key “a” twice in one object"),
      header: "{\(a),\(tensor("\\u0061", "[1]", "[0,8]"))}", data: 8)
    try expect(
      .corrupt(file: path, detail: "its header has the key “shape” twice in one object"),
      header: "{\"a\":{\"shape\":[1],\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", data: 8)
  }

  @Test func `headers that are not what they should be are refused`() throws {
    for header in ["", "[]", " {}", "{\0}\0"] {
      try expect(
        .corrupt(file: path, detail: "its header is not a JSON object in UTF-8"), header: header, data: 0)
    }
    for (header, detail) in [
      ("{", "it is not valid JSON"), ("{}x", "it is not valid JSON"),
      ("{\"a\":{\"dtype\":\"F64\",\"shape\":[1]}}", "“data_offsets” is missing in “a”"),
      ("{\(tensor("a", "[0.5]", "[0,8]"))}", "it is not valid JSON"),
      ("{\(tensor("a", "\"1\"", "[0,8]"))}", "the value has the wrong type in “a”"),
      ("{\"a\":1}", "the value has the wrong type in “a”"),
      ("{\"__metadata__\":{\"a\":1}}", "the value has the wrong type in “__metadata__”"),
    ] {
      try expect(
        .corrupt(file: path, detail: "its header is not the expected JSON (\(detail))"), header: header,
        data: 8)
    }
  }

  @Test func `other element types are refused by name`() throws {
    let error = #expect(throws: DataFormatError.self) { try SafetensorsFile(fixture("complex.safetensors")) }
    #expect(error?.description.contains("the element type “C64” in array “x”") == true)
  }

  @Test func `NaN and unknown names are refused`() throws {
    try SafetensorsFile.write([("W", NDArray(shape: [1, 2], values: [1, .infinity]))], to: path)
    let file = try SafetensorsFile(path)
    #expect(throws: DataFormatError.nonFiniteEntry(file: path, array: "W", index: [0, 1], value: "inf")) {
      try file.array("W")
    }
    #expect(throws: DataFormatError.missingArray(file: path, name: "V", available: ["W"])) {
      try file.array("V")
    }
  }
}
