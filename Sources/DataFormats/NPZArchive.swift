/// Named arrays in NumPy's NPZ format: a ZIP archive of NPY files, stored or deflated.
public struct NPZArchive: Sendable {
  /// Where the archive is.
  public let path: String
  /// The names of the arrays, in the order of the archive.
  public let names: [String]
  /// The names of the members that are not `.npy` files, and that are not read.
  public let otherMembers: [String]

  private let members: [String: ZIPDirectory.Member]
  private let other: [String: ZIPDirectory.Member]

  /// Reads the directory of the archive.
  ///
  /// - Throws: `missingFile`, `unreadable`, `emptyFile`, `corrupt`, `sizeMismatch`, `unsupported` (encryption).
  public init(_ path: String) throws(DataFormatError) {
    var names: [String] = []
    var members: [String: ZIPDirectory.Member] = [:]
    var others: [String] = []
    var other: [String: ZIPDirectory.Member] = [:]
    for member in try ZIPDirectory(of: InputFile(path)).members {
      guard member.name.hasSuffix(".npy") else {
        others.append(member.name)
        // The first of two: none of them is an array.
        if other[member.name] == nil { other[member.name] = member }
        continue
      }
      let name = String(member.name.dropLast(4))
      guard members.updateValue(member, forKey: name) == nil else {
        throw .corrupt(file: path, detail: "it has two arrays “\(name)”")
      }
      names.append(name)
    }
    self.path = path
    self.names = names
    otherMembers = others
    self.members = members
    self.other = other
  }

  /// Reads one array; its entries must be finite.
  ///
  /// - Throws: `missingArray`, `nonFiniteEntry`, `unsupported`, and `corrupt` or `sizeMismatch` if the checksum, the
  ///   sizes, or the compressed data do not agree.
  public func array(_ name: String) throws(DataFormatError) -> NDArray {
    try anyArray(name).requiringFinite(file: path, array: name)
  }

  /// One array, whatever its entries.
  func anyArray(_ name: String) throws(DataFormatError) -> NDArray {
    guard let member = members[name] else {
      throw .missingArray(file: path, name: name, available: names)
    }
    return try NDArray(npy: member.contents(in: InputFile(path)), file: path)
  }

  /// The bytes of a member that is no array.
  ///
  /// - Throws: `missingArray` with the names of the members that are no arrays, and as ``array(_:)``.
  public func member(_ name: String) throws(DataFormatError) -> [UInt8] {
    guard let member = other[name] else {
      throw .missingArray(file: path, name: name, available: otherMembers)
    }
    return try member.contents(in: InputFile(path))
  }

  /// Writes named arrays, uncompressed, whole or not at all. Equal arrays give equal files, byte for byte.
  ///
  /// - Parameters:
  ///   - arrays: their names, distinct and without `.npy`, and their entries.
  ///   - others: names and bytes of members that are no arrays; they stand in front.
  ///   - path: where to.
  ///   - sizes: what `numpy.load` reads either way; archives beyond 4 GiB get 64-bit sizes by themselves.
  /// - Throws: `unwritable`, `diskFull`.
  public static func write(
    _ arrays: [(name: String, array: NDArray)], others: [(name: String, bytes: [UInt8])] = [],
    sizes: ZIPSizes = .fitting, to path: String
  ) throws(DataFormatError) {
    precondition(
      Set(arrays.map { $0.name + ".npy" } + others.map(\.name)).count == arrays.count + others.count,
      "members of an archive need distinct names")
    try AtomicFile.write(to: path) { sink throws(DataFormatError) in
      var archive = ZIPWriter(sink, sizes: sizes)
      for (name, bytes) in others {
        try archive.append(name: name, head: bytes, values: UnsafeBufferPointer(start: nil, count: 0))
      }
      for (name, array) in arrays {
        try array.values.withUnsafeBufferPointer { values throws(DataFormatError) in
          try archive.append(name: name + ".npy", head: array.npyHeader, values: values)
        }
      }
      try archive.finish()
    }
  }
}
