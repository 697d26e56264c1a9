import DataFormats
import TestSupport
import Testing

@Suite struct NPYErrorTests {
  let scratch: Scratch
  let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path("x.npy")
  }

  private func expect(_ error: DataFormatError, _ bytes: [UInt8]) throws {
    _ = try scratch.file("x.npy", bytes)
    #expect(throws: error) { try DataFile.readMatrix(path) }
  }

  private func header(_ shape: String, type: String = "<f8") -> String {
    "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
  }

  @Test func `NaN is refused with its row and column`() throws {
    #expect(
      throws: DataFormatError.nonFiniteEntry(
        file: try fixture("nan.npy"), array: nil, index: [3, 1], value: "nan")
    ) { try DataFile.readMatrix(fixture("nan.npy")) }
    // The ninth entry of a vector lies behind the part that is looked at eight by eight.
    var entries = [UInt8](repeating: 0, count: 72)
    entries.replaceSubrange(64..<72, with: [0, 0, 0, 0, 0, 0, 0xF0, 0xFF])
    try expect(
      .nonFiniteEntry(file: path, array: nil, index: [8], value: "-inf"), npy(header("(9,)"), entries))
    try expect(
      .nonFiniteEntry(file: path, array: nil, index: [4, 0], value: "-inf"),
      npy(header("(9, 1)"), Array(entries[32...]) + entries[..<32]))
  }

  @Test func `a file without entries is refused`() throws {
    try expect(.emptyFile(file: path), [])
    try expect(.noEntries(file: path), npy(header("(0, 3)")))
    try expect(.noEntries(file: path), npy(header("(3, 0)")))
    try expect(.noEntries(file: path), npy(header("(9223372036854775807, 0)")))
    try expect(.noEntries(file: path), npy(header("(0,)")))
  }

  @Test func `a size that is not the file's is refused before anything is allocated`() throws {
    let eight = [UInt8](repeating: 0, count: 8)
    func mismatch(_ shape: [Int], _ declared: Int, _ found: Int) -> DataFormatError {
      .sizeMismatch(file: path, what: "an array of shape \(shape)", declared: declared, found: found)
    }
    try expect(mismatch([2], 16, 8), npy(header("(2,)"), eight))
    try expect(mismatch([1], 8, 7), npy(header("(1,)"), Array(eight.dropLast())))
    try expect(mismatch([1], 8, 9), npy(header("(1,)"), eight + [0]))
    try expect(mismatch([1 << 30, 1 << 20], 1 << 53, 8), npy(header("(1073741824, 1048576)"), eight))
    let huge = "(4294967296, 4294967296)"
    try expect(
      .corrupt(file: path, detail: "its shape [4294967296, 4294967296] is larger than any memory"),
      npy(header(huge), eight))
    try expect(
      .sizeMismatch(file: path, what: "the NPY header", declared: 12 + 0xFFFF_FFFF, found: 20),
      [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255] + eight)
  }

  @Test func `headers that are not what they should be are refused`() throws {
    try expect(.corrupt(file: path, detail: "it does not begin like an NPY array"), Array("a,b\n1,2\n".utf8))
    try expect(.corrupt(file: path, detail: "its header is cut off"), [0x93] + Array("NUMPY".utf8) + [1, 0])
    try expect(
      .corrupt(file: path, detail: "its header does not have the keys descr, fortran_order and shape"),
      npy("{'descr': '<f8', 'shape': (1,)}"))
    try expect(
      .corrupt(file: path, detail: "its header does not have the keys descr, fortran_order and shape"),
      npy("[1, 2]"))
    try expect(
      .corrupt(file: path, detail: "fortran_order is neither True nor False"),
      npy("{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}"))
    try expect(.corrupt(file: path, detail: "its shape is not a tuple"), npy(header("(1)")))
    try expect(.corrupt(file: path, detail: "its shape is not a tuple of counts"), npy(header("(-1,)")))
    try expect(.corrupt(file: path, detail: "its shape is not a tuple of counts"), npy(header("('a',)")))
  }

  @Test(arguments: [
    "", "{", "{'descr'", "{'descr': }", "{'descr': '<f8'", "{'descr': '<f8", "{'descr': '<f8'} x", "{1: 2}",
    "{'descr': '<f8', 'descr': '<f4', 'shape': (1,)}", "{'shape': (1, , 2)}",
    "{'shape': (99999999999999999999,)}",
    "{'shape': [1, 2}", "{'shape': nothing}", "{'shape': -}", String(repeating: "(", count: 60_000),
  ])
  func `text that is not a Python dictionary is refused`(text: String) throws {
    _ = try scratch.file("x.npy", npy(text))
    let error = #expect(throws: DataFormatError.self) { try NPYFile(path) }
    guard case .corrupt(_, let detail)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(detail.hasPrefix("its header is not a Python dictionary (expected "))
  }

  @Test func `unusual but right headers are read`() throws {
    let one: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
    for text in [
      "{\"shape\":(1L,),\"descr\":\"=f8\",\"fortran_order\":True}  \n ",
      "{ 'fortran_order' : False,\t'shape': [1], 'descr': '<f8' }",
      // numpy.load reads these, too.
      "{'descr': '<d', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': 'float64', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': 'd', 'fortran_order': False, 'shape': (1,), }",
    ] {
      _ = try scratch.file("x.npy", npy(text, one))
      #expect(try DataFile.readMatrix(path).storage == [1])
    }
  }

  @Test func `headers that numpy.load refuses are refused`() throws {
    let one: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]
    _ = try scratch.file("x.npy", npy(header("(01,)"), one))
    #expect(throws: DataFormatError.self) { try NPYFile(path) }
    var minor = npy(header("(1,)"), one)
    _ = try scratch.file("x.npy", minor)
    #expect(try DataFile.readMatrix(path).storage == [1])
    minor[7] = 4
    _ = try scratch.file("x.npy", minor)
    let error = #expect(throws: DataFormatError.self) { try NPYFile(path) }
    #expect(error?.description.contains("version 1.4 of the NPY format") == true)
  }

  @Test func `what is not a real matrix is refused`() throws {
    let cube = try fixture("cube.npy")
    #expect(throws: DataFormatError.notAMatrix(file: cube, shape: [2, 3, 4])) { try NPYFile(cube) }
    try expect(.notAMatrix(file: path, shape: []), npy(header("()"), [UInt8](repeating: 0, count: 8)))
    for (name, feature) in [
      ("complex.npy", "the element type “<c16”"), ("structured.npy", "a structured element type"),
    ] {
      let error = #expect(throws: DataFormatError.self) { try NPYFile(fixture(name)) }
      #expect(error?.description.contains("uses \(feature), which is not supported; ") == true)
    }
    let error = #expect(throws: DataFormatError.self) {
      try NPYFile(scratch.file("x.npy", npy("", version: 4)))
    }
    #expect(error?.description.contains("version 4.0 of the NPY format") == true)
  }

  @Test func `a file that changes after it was opened is noticed`() throws {
    let eight = [UInt8](repeating: 0, count: 8)
    _ = try scratch.file("x.npy", npy(header("(2,)"), eight + eight))
    let file = try NPYFile(path)
    _ = try scratch.file("x.npy", npy(header("(1,)"), eight))
    #expect(throws: DataFormatError.corrupt(file: path, detail: "its header has changed since it was opened"))
    {
      try file.readMatrix()
    }
  }
}
