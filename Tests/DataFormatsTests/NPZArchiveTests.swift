import DataFormats
import LinearAlgebra
import TestSupport
import Testing

@Suite struct NPZArchiveTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  let cube = NDArray(shape: [2, 3, 4], values: (0..<24).map(Double.init))

  @Test(arguments: ["stored.npz", "deflated.npz"])
  func `archives written by NumPy are read exactly`(name: String) throws {
    let archive = try NPZArchive(fixture(name))
    #expect(archive.names == ["matrix", "fortran", "vector", "cube", "repeated"])
    #expect(try archive.array("matrix") == NDArray(fractions))
    #expect(try archive.array("fortran") == NDArray(fractions))
    #expect(try archive.array("vector") == NDArray(fractions.column(0)))
    #expect(try archive.array("cube") == cube)
    #expect(try archive.array("repeated").matrix == Matrix(300, 4) { _, j in Double(j) })
  }

  @Test func `a directory in 64 bits is read, and members that are not arrays are passed over`() throws {
    let archive = try NPZArchive(fixture("wide.npz"))
    #expect(archive.names == ["matrix", "vector"])
    #expect(try archive.array("matrix").matrix == fractions)
    #expect(try archive.array("vector").values == fractions.column(0))
  }

  @Test(arguments: [ZIPSizes.fitting, .wide])
  func `what is written is read back, byte for byte the same each time`(sizes: ZIPSizes) throws {
    var generator = SeededGenerator(seed: 6)
    let A = Matrix.gaussian(50, 4, using: &generator)
    let arrays: [(name: String, array: NDArray)] = [
      ("A", NDArray(A)), ("σ", NDArray([1, 2])), ("cube", cube), ("number", NDArray(shape: [], values: [7])),
      ("empty", NDArray(shape: [0, 3], values: [])),
    ]
    try NPZArchive.write(arrays, sizes: sizes, to: scratch.path("x.npz"))
    let archive = try NPZArchive(scratch.path("x.npz"))
    #expect(archive.names == arrays.map(\.name))
    for (name, array) in arrays { #expect(try archive.array(name) == array) }
    try NPZArchive.write(arrays, sizes: sizes, to: scratch.path("y.npz"))
    #expect(try bytes(of: scratch.path("x.npz")) == bytes(of: scratch.path("y.npz")))
  }

  @Test func `an archive without arrays, and one with very many, are written and read`() throws {
    try NPZArchive.write([], to: scratch.path("x.npz"))
    #expect(try NPZArchive(scratch.path("x.npz")).names == [])
    // 65,535 members are one more than a directory in 32 bits can count.
    let many = (0..<65_535).map { (name: "\($0)", array: NDArray([Double($0)])) }
    try NPZArchive.write(many, to: scratch.path("x.npz"))
    let archive = try NPZArchive(scratch.path("x.npz"))
    #expect(archive.names.count == 65_535)
    #expect(try archive.array("65534").values == [65_534])
  }

  @Test func `an unknown array is refused with those there are`() throws {
    let path = try fixture("wide.npz")
    #expect(throws: DataFormatError.missingArray(file: path, name: "x", available: ["matrix", "vector"])) {
      try NPZArchive(path).array("x")
    }
  }

  @Test func `a file that is no archive is refused`() throws {
    #expect(throws: DataFormatError.missingFile(file: scratch.path("x.npz"))) {
      try NPZArchive(scratch.path("x.npz"))
    }
    let path = try scratch.file("x.npz", "")
    #expect(throws: DataFormatError.emptyFile(file: path)) { try NPZArchive(path) }
    let whole = try bytes(of: fixture("stored.npz"))
    let truncated = DataFormatError.corrupt(
      file: path, detail: "it has no ZIP directory at its end, so it is cut off or no archive")
    for count in [1, 21, 22, 1000, whole.count - 1] {
      _ = try scratch.file("x.npz", Array(whole.prefix(count)))
      #expect(throws: truncated) { try NPZArchive(path) }
    }
  }

  @Test func `a member whose two names differ is refused, as zipfile does`() throws {
    try NPZArchive.write([("layer", NDArray([1, 2]))], to: scratch.path("x.npz"))
    let whole = try bytes(of: scratch.path("x.npz"))
    // The name stands in the local header and once more in the directory: one bit of either.
    let name = Array("layer.npy".utf8)
    let places = (0...whole.count - name.count).filter { Array(whole[$0..<$0 + name.count]) == name }
    #expect(places.count == 2)
    for place in places {
      var damaged = whole
      damaged[place] ^= 1
      _ = try scratch.file("x.npz", damaged)
      let archive = try NPZArchive(scratch.path("x.npz"))
      #expect(throws: DataFormatError.self) { try archive.array(archive.names[0]) }
    }
    var damaged = whole
    damaged[places[1] + 6] ^= 1
    _ = try scratch.file("x.npz", damaged)
    #expect(try NPZArchive(scratch.path("x.npz")).otherMembers.count == 1)
  }

  @Test func `a changed entry is found by its checksum`() throws {
    try NPZArchive.write([("A", NDArray(fractions))], to: scratch.path("x.npz"))
    var bytes = try bytes(of: scratch.path("x.npz"))
    // The local header has 30 bytes, the name 5, the NPY header 128: this is within the entries.
    bytes[30 + 5 + 128 + 50] ^= 1
    let path = try scratch.file("x.npz", bytes)
    #expect(
      throws: DataFormatError.corrupt(
        file: path, detail: "the checksum of member “A.npy” does not match its bytes")
    ) { try NPZArchive(path).array("A") }
  }

  @Test func `sizes that lie are refused`() throws {
    try NPZArchive.write([("A", NDArray([1, 2]))], sizes: .fitting, to: scratch.path("x.npz"))
    let sound = try bytes(of: scratch.path("x.npz"))
    let directory = sound.count - 22 - 51
    func with(_ position: Int, _ bytes: [UInt8]) throws -> String {
      var changed = sound
      changed.replaceSubrange(position..<position + bytes.count, with: bytes)
      return try scratch.file("y.npz", changed)
    }
    let gibibytes: [UInt8] = [0, 0, 0, 0xF0]
    for (position, bytes) in [
      (directory + 20, gibibytes), (directory + 24, gibibytes), (directory + 42, gibibytes),
      (directory + 42, [1]),
    ] {
      let path = try with(position, bytes)
      let error = #expect(throws: DataFormatError.self) { try NPZArchive(path).array("A") }
      #expect(error?.description.hasPrefix("“\(path)” is damaged") == true)
    }
    // The record at the end: number of members, size and place of the directory.
    for (position, bytes) in [
      (sound.count - 12, [9, 9]), (sound.count - 10, gibibytes), (sound.count - 6, gibibytes),
    ] {
      let path = try with(position, bytes)
      let error = #expect(throws: DataFormatError.self) { try NPZArchive(path) }
      #expect(error?.description.hasPrefix("“\(path)” is damaged") == true)
    }
  }

  @Test func `compressed data that expands beyond its size is refused`() throws {
    var bytes = try bytes(of: fixture("deflated.npz"))
    // The directory entry of the last array, found by its signature, is told to be one byte long.
    let entry = bytes.indices.last { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) }!
    bytes.replaceSubrange(entry + 24..<entry + 28, with: [1, 0, 0, 0])
    let path = try scratch.file("x.npz", bytes)
    #expect(
      throws: DataFormatError.sizeMismatch(
        file: path, what: "member “repeated.npy”", declared: 1, found: 9728)
    ) { try NPZArchive(path).array("repeated") }
  }

  @Test func `encryption and other compression are refused by name`() throws {
    try NPZArchive.write([("A", NDArray([1, 2]))], to: scratch.path("x.npz"))
    var bytes = try bytes(of: scratch.path("x.npz"))
    let directory = bytes.count - 22 - 51
    bytes[directory + 10] = 12
    let path = try scratch.file("y.npz", bytes)
    let method = #expect(throws: DataFormatError.self) { try NPZArchive(path).array("A") }
    #expect(method?.description.contains("compression method 12 for member “A.npy”") == true)
    bytes[directory + 8] |= 1
    let encrypted = try scratch.file("z.npz", bytes)
    let error = #expect(throws: DataFormatError.self) { try NPZArchive(encrypted) }
    #expect(error?.description.contains("uses encryption") == true)
  }

  /// Each was accepted once, and is refused by Python's zipfile; offsets are within the directory's only entry.
  @Test(arguments: [(8, 0x20, "patched"), (8, 0x40, "encryption"), (6, 84, "version 8.4")])
  func `what zipfile does not unpack is refused`(offset: Int, value: UInt8, words: String) throws {
    try NPZArchive.write([("A", NDArray([1, 2]))], to: scratch.path("x.npz"))
    var bytes = try bytes(of: scratch.path("x.npz"))
    bytes[bytes.count - 22 - 51 + offset] = value
    let path = try scratch.file("y.npz", bytes)
    let error = #expect(throws: DataFormatError.self) { try NPZArchive(path) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test func `a directory that does not end where its record begins is refused`() throws {
    try NPZArchive.write([("A", NDArray([1, 2]))], to: scratch.path("x.npz"))
    var bytes = try bytes(of: scratch.path("x.npz"))
    bytes.insert(contentsOf: [0, 0, 0], at: bytes.count - 22)
    let path = try scratch.file("y.npz", bytes)
    #expect(throws: DataFormatError.self) { try NPZArchive(path) }
  }

  @Test func `NaN is refused with the array and the index`() throws {
    let path = scratch.path("x.npz")
    try NPZArchive.write([("A", NDArray(shape: [2, 1, 2], values: [1, 2, 3, .nan]))], to: path)
    #expect(throws: DataFormatError.nonFiniteEntry(file: path, array: "A", index: [1, 0, 1], value: "nan")) {
      try NPZArchive(path).array("A")
    }
  }
}
