import DataFormats
import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Samples
import TestSupport
import Testing

/// 200 rows of whole numbers about 0, 1000, −3, 0, 50000 and 7.
private let rows = Matrix(200, 6) { i, j in
  Double((i + 1) * (j + 2) * (i + 3 * j + 5) % 97 - 48) + [0, 1000, -3, 0, 50000, 7][j]
}
private let names = ["a", "b", "c", "d", "y", "z"]

/// Of the table above: means; least squares of y and z on a, b, c, d by NumPy (`lstsq` and `qr` of the centred table) and, with the same 13 digits, by mpmath with 40 digits.
private enum Reference {
  static let means = [2.735, 996.31, -0.845, 3.295, 49995.85, 8.16]
  static let coefficients = Matrix(rows: [
    [0.065591070384221234, 0.077769847260924488, 0.034702334562353451, 0.013080647642397828],
    [0.12745539355715146, 0.10680197919996342, 0.044968254040060574, 0.12656454210079764],
  ])
  static let intercept = [49918.173954636691, -98.97550238965264]
  /// Diagonal of R of the centred table.
  static let diagonal = [
    417.74029611709714, 372.26162799571601, 425.4745321793932, 358.60401089685456, 418.95641672217346,
    387.2335081089218,
  ]
  static let singularValues = [96.266221189462106, 18.737672155985833]
}

@Suite struct TableFactorTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A file with some of the rows.
  private func table(_ range: Range<Int>, _ name: String) throws -> String {
    try CSVFile.write(rows.rows(range), columnNames: names, to: scratch.path(name))
    return scratch.path(name)
  }

  private func sources(_ files: [String]) throws -> [FactorSource] {
    try files.map { FactorSource(file: $0, fingerprint: try FileFingerprint(of: $0)) }
  }

  /// The factor of a table in a file, by way of a factor file.
  @discardableResult private func factor(
    _ file: String, _ options: ReadingOptions = ReadingOptions(), targets: [String] = [], to name: String
  ) throws -> String {
    let table = try SampleTable(file, options).choosing(ColumnChoice(targets: targets))
    try TableFactor(table.compressed(), sources: sources([file])).write(
      to: scratch.path(name), program: "test")
    return scratch.path(name)
  }

  private func problem(_ file: String, _ fault: @Sendable (FactorError) -> Bool) {
    #expect {
      try TableFactor(file: file)
    } throws: {
      ($0 as? FactorError).map(fault) == true
    }
  }

  /// Values beside reference values, to 1e-13 of the scale that their round-off has.
  private func agrees(_ table: CompressedTable) throws {
    let means = table.samples.means
    for j in 0..<6 {
      #expect((means[j] - Reference.means[j]).magnitude <= 1e-13 * max(Reference.means[j].magnitude, 50))
    }
    let R = table.samples.factor(of: Array(0..<6), centered: true)
    var qr = StreamingQR(columns: 6)
    qr.append(R)
    let T = qr.triangularFactor
    for j in 0..<6 {
      #expect((T[j, j].magnitude - Reference.diagonal[j]).magnitude <= 1e-13 * Reference.diagonal[j])
    }
    let prepared = try table.prepared(.center)
    let values = GlobalMinimum(of: prepared.problem, rank: 2).singularValues
    for (found, expected) in zip(values, Reference.singularValues) {
      #expect((found - expected).magnitude <= 1e-13 * Reference.singularValues[0])
    }
    let predictor = prepared.predictor(of: GlobalMinimum(of: prepared.problem, rank: 2).minimiser)
    #expect((predictor.coefficients - Reference.coefficients).maximumMagnitude <= 1e-13)
    for (found, expected) in zip(predictor.intercept, Reference.intercept) {
      // b = ȳ − C x̄, with x̄ about 1000.
      #expect((found - expected).magnitude <= 1e-13 * max(expected.magnitude, 1000))
    }
  }

  /// Parts of 1 and of 3 rows are smaller than their factor would be, 70 begin with another origin.
  @Test(arguments: [
    [0, 200], [0, 100, 200], [0, 1, 200], [0, 199, 200], [0, 3, 70, 71, 150, 200], [0, 5, 9, 14, 130, 200],
    Array(stride(from: 0, through: 200, by: 4)),
  ])
  func `however a table is split, and in whatever order its factors are merged, they are NumPy's values`(
    _ ends: [Int]
  ) throws {
    let files = try zip(ends, ends.dropFirst()).map { begin, end in
      try factor(table(begin..<end, "\(begin).csv"), to: "\(begin).linnet")
    }
    let choice = try ColumnChoice(targets: ["y", "z"])
    for order in [
      files, files.reversed(),
      files.enumerated().sorted { ($0.offset * 7 % 11, $0.offset) < ($1.offset * 7 % 11, $1.offset) }.map(
        \.element),
    ] {
      try agrees(TableFactor(files: order).choosing(choice))
    }
    // As a tree, and by way of files.
    if files.count > 3 {
      let (left, right) = (
        try TableFactor(files: Array(files.prefix(2))), try TableFactor(files: Array(files.dropFirst(2)))
      )
      try left.write(to: scratch.path("left.linnet"), program: "test")
      let merged = try TableFactor(file: scratch.path("left.linnet")).merging(right)
      #expect(merged.samples.sampleCount == 200 && merged.sources.count == files.count)
      try agrees(merged.choosing(choice))
    }
  }

  @Test func `columns chosen afterwards are those chosen before`() throws {
    let file = try table(0..<200, "all.csv")
    let whole = try TableFactor(file: factor(file, to: "all.linnet"))
    for choice in [
      try ColumnChoice(targets: ["z", "y"]), try ColumnChoice(targets: ["y"], drop: ["a", "z"]),
      try ColumnChoice(targets: ["z"], keep: ["b..d"]),
    ] {
      let (before, after) = (try SampleTable(file).choosing(choice).compressed(), try whole.choosing(choice))
      #expect(before.inputs.map(\.name) == after.inputs.map(\.name))
      #expect(before.outputs.map(\.name) == after.outputs.map(\.name))
      let (a, b) = (try before.prepared(.whiten).problem, try after.prepared(.whiten).problem)
      // Whitening divides by the least singular value; these columns are far from dependent.
      #expect(
        (a.crossCovariance - b.crossCovariance).maximumMagnitude <= 1e-12 * a.crossCovariance.maximumMagnitude
      )
    }
    #expect(throws: SampleTableError.self) { try whole.choosing(ColumnChoice(targets: ["w"])) }
    // Named when it was compressed, and not again.
    let named = try TableFactor(file: factor(file, targets: ["z", "y"], to: "named.linnet"))
    #expect(try named.choosing(ColumnChoice()).outputs.map(\.name) == ["z", "y"])
    #expect(try named.choosing(ColumnChoice(targets: ["a"])).outputs.map(\.name) == ["a"])
    #expect(try named.choosing(ColumnChoice(), predictsTargets: false).outputs.isEmpty)
  }

  private let words =
    "size,town,price\n1,Ulm,2\n2,,4\n,Aalen,6\n4,Ulm,7\n5,Bonn,\n6,Aalen,9\n7,Bonn,15\n8,Ulm,12\n"

  @Test(arguments: [MissingValues.drop, .mean, .indicator])
  func `words and gaps become numbers where the table is compressed, as they do without a factor`(
    _ missing: MissingValues
  ) throws {
    let file = try scratch.file("words.csv", words)
    let options = ReadingOptions(missing: missing, words: .auto)
    let choice = try ColumnChoice(targets: ["price"])
    let direct = try SampleTable(file, options).choosing(choice).compressed()
    let path = scratch.path("words.linnet")
    try TableFactor(direct, sources: sources([file])).write(to: path, program: "test")
    let read = try TableFactor(file: path)
    let table = try read.choosing(ColumnChoice())
    #expect(table.inputs == direct.inputs && table.outputs == direct.outputs)
    #expect(table.coding == direct.coding)
    #expect(table.notices.map(\.text) == direct.notices.map(\.text))
    let columns = Array(0..<direct.samples.columns)
    let (A, B) = (
      direct.samples.factor(of: columns, centered: false), table.samples.factor(of: columns, centered: false)
    )
    #expect(
      (Matrix.product(A, .transposed, A, .plain) - Matrix.product(B, .transposed, B, .plain)).maximumMagnitude
        <= 1e-11)
    if missing != .drop {
      #expect(throws: FactorError.filledTarget(column: "size", table: path)) {
        try read.choosing(ColumnChoice(targets: ["size"]))
      }
    }
  }

  @Test func `parts whose words become numbers in one way are merged, and others are not`() throws {
    let options = ReadingOptions(missing: .mean, words: .auto)
    let first = try factor(scratch.file("1.csv", words), options, targets: ["price"], to: "1.linnet")
    // Without Ulm, and with another mean.
    let other = try scratch.file("2.csv", "size,town,price\n3,Bonn,2\n,Aalen,4\n9,Bonn,7\n1,Aalen,1\n")
    let apart = try factor(other, options, targets: ["price"], to: "apart.linnet")
    #expect(throws: FactorError.differentCoding(first: first, second: apart, column: "size")) {
      try TableFactor(files: [first, apart])
    }
    let pattern = try TableFactor(file: first)
    let alike = try SampleTable(other).coded(like: pattern).compressed()
    let merged = try pattern.merging(TableFactor(alike, sources: sources([other]), like: pattern))
    // Seven rows have a price, and four.
    #expect(merged.samples.sampleCount == 11)
    #expect(merged.names == ["size", "town=Bonn", "town=Ulm", "price"])
    // A town that the first does not know.
    let foreign = try scratch.file("3.csv", "size,town,price\n3,Köln,2\n")
    #expect(throws: SampleTableError.self) { try SampleTable(foreign).coded(like: pattern).compressed() }
    let narrow = try scratch.file("4.csv", "size,price\n3,2\n")
    #expect(
      throws: FactorError.differentColumns(first: first, second: narrow, missing: ["town"], surplus: [])
    ) { try SampleTable(narrow).coded(like: pattern) }
  }

  /// Nothing may be missing where nothing was allowed to be.
  @Test func `a table that is coded like another is refused what that was refused`() throws {
    let first = try factor(table(0..<20, "1.csv"), targets: ["y"], to: "1.linnet")
    let gap = try scratch.file("gap.csv", "a,b,c,d,y,z\n1,2,3,4,,6\n1,2,3,4,5,6\n")
    let pattern = try TableFactor(file: first)
    #expect(throws: SampleTableError.self) { try SampleTable(gap).coded(like: pattern).compressed() }
    let options = ReadingOptions(words: .auto)
    let coded = try factor(
      scratch.file("w.csv", "x,w,y\n1,p,2\n2,q,1\n"), options, targets: ["y"], to: "w.linnet")
    let lacking = try scratch.file("lacking.csv", "x,w,y\n1,p,\n2,q,1\n")
    #expect(throws: SampleTableError.self) {
      try SampleTable(lacking).coded(like: TableFactor(file: coded)).compressed()
    }
  }

  @Test func `factors that are not of one table are not merged`() throws {
    let a = try factor(table(0..<100, "a.csv"), to: "a.linnet")
    let b = try factor(table(100..<200, "b.csv"), to: "b.linnet")
    // The same bytes under another name.
    let again = try factor(table(0..<100, "copy.csv"), to: "copy.linnet")
    #expect(throws: FactorError.sameSource(source: scratch.path("a.csv"), first: a, second: again)) {
      try TableFactor(files: [a, again])
    }
    #expect(throws: FactorError.sameSource(source: scratch.path("a.csv"), first: "\(a), \(b)", second: a)) {
      try TableFactor(files: [a, b, a])
    }
    try CSVFile.write(rows.columns(0..<5), columnNames: ["a", "b", "c", "d", "w"], to: scratch.path("w.csv"))
    let w = try factor(scratch.path("w.csv"), to: "w.linnet")
    #expect(
      throws: FactorError.differentColumns(first: a, second: w, missing: ["y", "z"], surplus: ["w"])
    ) { try TableFactor(files: [a, w]) }
    try CSVFile.write(
      rows.columns([1, 0, 2, 3, 4, 5]), columnNames: ["b", "a", "c", "d", "y", "z"], to: scratch.path("o.csv")
    )
    let o = try factor(scratch.path("o.csv"), to: "o.linnet")
    #expect(throws: FactorError.differentColumns(first: a, second: o, missing: [], surplus: [])) {
      try TableFactor(files: [a, o])
    }
    let named = try factor(scratch.path("b.csv"), targets: ["y"], to: "named.linnet")
    #expect(throws: FactorError.differentTreatment(first: a, second: named)) {
      try TableFactor(files: [a, named])
    }
    #expect(throws: DataFormatError.missingFile(file: scratch.path("none.linnet"))) {
      try TableFactor(files: [a, scratch.path("none.linnet")])
    }
    #expect(throws: DataFormatError.hasNoRows(file: a)) { try SampleTable(a) }
  }

  /// The head of a factor file with something else in the place of a text.
  private func changed(_ file: String, _ text: String, into other: String, to name: String) throws -> String {
    let archive = try NPZArchive(file)
    let head = String(decoding: try archive.member("factor.json"), as: UTF8.self)
    #expect(head.contains(text))
    try NPZArchive.write(
      archive.names.map { ($0, try archive.array($0)) },
      others: [("factor.json", Array(head.replacing(text, with: other).utf8))], to: scratch.path(name))
    return scratch.path(name)
  }

  @Test func `a factor that says what cannot be is refused, with what is wrong`() throws {
    let file = try factor(table(0..<100, "a.csv"), targets: ["y"], to: "a.linnet")
    for (i, (text, other, words)) in [
      ("\"linnet factor\"", "\"other factor\"", "does not say that it is one"),
      ("\"formatVersion\" : 1", "\"formatVersion\" : 0", "no format version 0"),
      ("\"samples\" : 100", "\"samples\" : 101", "not the root of 101 samples"),
      ("\"samples\" : 100", "\"samples\" : -1", "-1 samples"),
      ("\"missing\" : \"refuse\"", "\"missing\" : \"maybe\"", "in another form"),
      ("\"isCoded\" : false,", "", "lacks something"),
      ("\"targets\" : [\n    \"y\"", "\"targets\" : [\n    \"w\"", "none of its columns"),
      ("\"names\" : [\n    \"a\"", "\"names\" : [\n    \"b\"", "names do not fit"),
      ("\"isCoded\" : false,", "\"isCoded\" : false, \"isCoded\" : true,", "twice in one object"),
    ].enumerated() {
      let path = try changed(file, text, into: other, to: "\(i).linnet")
      problem(path) { $0.description.contains(words) }
    }
    let newer = try changed(file, "\"formatVersion\" : 1", into: "\"formatVersion\" : 2", to: "newer.linnet")
    problem(newer) { $0 == .newerFormat(file: newer, found: 2, known: 1) }
    try NPZArchive.write([("factor", NDArray([1, 2]))], to: scratch.path("npz.linnet"))
    problem(scratch.path("npz.linnet")) { $0.description.contains("it has no factor.json") }

    let archive = try NPZArchive(file)
    let head = [("factor.json", try archive.member("factor.json"))]
    var arrays = try archive.names.map { ($0, try archive.array($0)) }
    let means = try #require(arrays.firstIndex { $0.0 == "means" })
    arrays[means].1 = NDArray(try archive.array("means").values.map { $0 + 0.01 })
    try NPZArchive.write(arrays, others: head, to: scratch.path("means.linnet"))
    problem(scratch.path("means.linnet")) { $0.description.contains("its means are not those of its factor") }
    arrays.remove(at: means)
    try NPZArchive.write(arrays, others: head, to: scratch.path("without.linnet"))
    #expect(throws: DataFormatError.self) { try TableFactor(file: scratch.path("without.linnet")) }
  }

  @Test func `a file with a changed or a missing byte is refused`() throws {
    let file = try factor(table(0..<50, "a.csv"), to: "a.linnet")
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    for position in stride(from: 31, to: bytes.count - 30, by: 101) {
      var damaged = bytes
      damaged[position] ^= 0x10
      let path = try scratch.file("damaged.linnet", damaged)
      // Some bytes say nothing: the date of a member. What is accepted must be the factor.
      if let found = try? TableFactor(file: path) {
        #expect(found.samples.parts == (try TableFactor(file: file).samples.parts), "byte \(position)")
      }
    }
    for count in [0, 10, bytes.count / 2, bytes.count - 1] {
      let path = try scratch.file("short.linnet", Array(bytes.prefix(count)))
      #expect(throws: (any Error).self) { try TableFactor(file: path) }
    }
  }
}
