import DataFormats
import LinearAlgebra
import TestSupport
import Testing

@Suite struct NPYFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(arguments: ["f8_c", "f8_fortran", "f8_big", "version2", "version3"])
  func `doubles of every order, layout and version are read exactly`(name: String) throws {
    let file = try NPYFile(fixture(name + ".npy"))
    #expect(file.rowCount == 5 && file.rowCountHint == 5 && file.columnCount == 3 && file.columnNames == nil)
    #expect(try file.readMatrix() == fractions)
  }

  @Test(arguments: ["f2", "f4", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
  func `counts of every element type are read exactly`(name: String) throws {
    #expect(try NPYFile(fixture(name + ".npy")).readMatrix() == integers)
  }

  @Test func `signs, bytes swapped, booleans and vectors are read exactly`() throws {
    #expect(try DataFile.readMatrix(fixture("i2_big.npy")) == -1 * integers)
    #expect(try DataFile.readMatrix(fixture("bool.npy")) == integers.parity)
    #expect(try DataFile.readMatrix(fixture("f4_big_fortran.npy")) == fractions.single)
    #expect(try DataFile.readMatrix(fixture("vector.npy")) == fractions.columns([0]))
  }

  /// Source of the values: IEEE 754, binary16.
  @Test func `half precision covers subnormal numbers and the largest`() throws {
    for (bits, value) in [
      (0x0001, 0x1p-24), (0x03FF, 1023 * 0x1p-24), (0x0400, 0x1p-14), (0x3C00, 1), (0x3555, 0.333251953125),
      (0x7BFF, 65504),
      (0xC000, -2),
    ] as [(UInt16, Double)] {
      let path = try scratch.file(
        "x.npy",
        npy(
          "{'descr': '<f2', 'fortran_order': False, 'shape': (1,)}", [UInt8(bits & 0xFF), UInt8(bits >> 8)]))
      #expect(try NPYFile(path).readMatrix() == Matrix(rows: [[value]]))
    }
  }

  /// 65 columns leave no power of two anywhere; the last block is smaller than the others.
  @Test func `blocks together are the whole file, in both layouts`() throws {
    var generator = SeededGenerator(seed: 4)
    let A = Matrix.gaussian(9_001, 65, using: &generator)
    try NPYFile.write(A, to: scratch.path("c.npy"))
    // The same numbers column by column are the transpose, and Fortran order says so.
    try NPYFile.write(A.transpose, to: scratch.path("transpose.npy"))
    let entries = try bytes(of: scratch.path("transpose.npy")).dropFirst(128)
    let fortran = npy("{'descr': '<f8', 'fortran_order': True, 'shape': (9001, 65)}", Array(entries))
    _ = try scratch.file("fortran.npy", fortran)
    for name in ["c.npy", "fortran.npy"] {
      let file = try NPYFile(scratch.path(name))
      var rows: [Double] = []
      var blocks = 0
      try file.forEachBlock { values, count in
        #expect(values.count == count * 65)
        rows += values
        blocks += 1
      }
      #expect(blocks > 1)
      #expect(rows == A.transpose.storage)
      #expect(try file.readMatrix() == A)
    }
  }

  @Test func `the factor of a file read in blocks is the factor of its matrix`() throws {
    var generator = SeededGenerator(seed: 5)
    let A = Matrix.gaussian(40_000, 7, using: &generator)
    try NPYFile.write(A, to: scratch.path("x.npy"))
    var (streamed, whole) = (StreamingQR(columns: 7), StreamingQR(columns: 7))
    try NPYFile(scratch.path("x.npy")).forEachBlock { block, rows in
      streamed.append(rowMajor: block.baseAddress!, rows: rows)
    }
    whole.append(A)
    #expect(streamed.rowCount == 40_000)
    #expect(streamed.triangularFactor == whole.triangularFactor)
  }

  @Test func `what is written is what NumPy writes`() throws {
    try NPYFile.write(fractions, to: scratch.path("x.npy"))
    #expect(try bytes(of: scratch.path("x.npy")) == bytes(of: fixture("f8_c.npy")))
    try NPYFile.write(NDArray(fractions.column(0)), to: scratch.path("x.npy"))
    #expect(try bytes(of: scratch.path("x.npy")) == bytes(of: fixture("vector.npy")))
    try NPYFile.write(
      NDArray(shape: [2, 3, 4], values: (0..<24).map(Double.init)), to: scratch.path("x.npy"))
    #expect(try bytes(of: scratch.path("x.npy")) == bytes(of: fixture("cube.npy")))
  }
}

/// The bytes of an NPY file of version 1 with this header text.
func npy(_ header: String, _ entries: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
  let text = Array((header + "\n").utf8)
  let length = [UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + (version == 1 ? [] : [0, 0])
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + entries
}
