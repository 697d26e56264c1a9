import DataFormats
import LinearAlgebra
import TestSupport
import Testing

@Suite struct CSVFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(arguments: ["quoted.csv", "excel.csv"])
  func `a table written by Python is read with its names`(name: String) throws {
    let file = try CSVFile(fixture(name))
    #expect(file.columnNames == ["plain", "with, comma", "with \"quotes\""])
    #expect(file.columnCount == 3)
    #expect(try file.readMatrix() == fractions)
  }

  @Test func `a matrix written by NumPy is read without a header`() throws {
    let file = try CSVFile(fixture("savetxt.csv"))
    #expect(file.columnNames == nil)
    #expect(try file.readMatrix() == fractions)
  }

  @Test(arguments: [
    "a,b\n1,2\n3,4\n", "a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\n3,4\n\n  \n\r\n",
    "\n \na,b\n1,2\n3,4\n",
    "a , b\n 1,2 \n  3 ,  4\n", "\u{FEFF}a,b\n1,2\n3,4\n", "\"a\",\"b\"\n\"1\",\" 2 \"\n3, \"4\" \n",
    "a,b\n+1.,2e0\n0.3E+1,.4e1",
  ])
  func `one table may be written in many ways`(text: String) throws {
    let file = try CSVFile(scratch.file("x.csv", text))
    #expect(file.columnNames == ["a", "b"])
    #expect(try file.readMatrix() == Matrix(rows: [[1, 2], [3, 4]]))
  }

  @Test func `separators, line ends and quotation marks may stand in names`() throws {
    let file = try CSVFile(scratch.file("x.csv", "\"one,\ntwo\",\"say \"\"hi\"\"\",é\n1,2,3\n"))
    #expect(file.columnNames == ["one,\ntwo", "say \"hi\"", "é"])
  }

  @Test func `a first row of numbers is data unless told otherwise`() throws {
    let path = try scratch.file("x.csv", "1990,1991\n1,2\n")
    #expect(try CSVFile(path).readMatrix() == Matrix(rows: [[1990, 1991], [1, 2]]))
    let named = try CSVFile(path, TextFormat(header: .present))
    #expect(named.columnNames == ["1990", "1991"])
    #expect(try named.readMatrix() == Matrix(rows: [[1, 2]]))
    #expect(throws: DataFormatError.notANumber(file: path, line: 1, column: "1", value: "a")) {
      let path = try scratch.file("x.csv", "a,b\n1,2\n")
      _ = try CSVFile(path, TextFormat(header: .absent)).readMatrix()
    }
  }

  @Test func `NaN in the first row is refused, not taken for a name`() throws {
    let path = try scratch.file("x.csv", "1,nan\n3,4\n")
    #expect(throws: DataFormatError.nonFiniteCell(file: path, line: 1, column: "2", value: "nan")) {
      try CSVFile(path).readMatrix()
    }
  }

  @Test func `tabs separate the cells of a .tsv file`() throws {
    let file = try DataFile.open(scratch.file("x.TSV", "a,b\tc\n1\t2\n"))
    #expect(file.columnNames == ["a,b", "c"])
    #expect(try file.readMatrix() == Matrix(rows: [[1, 2]]))
  }

  @Test func `every double survives writing and reading`() throws {
    var generator = SeededGenerator(seed: 1)
    var values: [Double] = [
      0, -0.0, 1, 0.1, .leastNonzeroMagnitude, 2.2250738585072014e-308, .greatestFiniteMagnitude, 1e23,
      9_007_199_254_740_994,
    ]
    while values.count < 30_000 {
      let x = Double(bitPattern: generator.next())
      if x.isFinite { values.append(x) }
    }
    let A = Matrix(rows: 3, columns: values.count / 3, storage: values).transpose
    try CSVFile.write(A, columnNames: ["a", "b,\n\"", " c"], to: scratch.path("x.csv"))
    let file = try CSVFile(scratch.path("x.csv"))
    #expect(file.columnNames == ["a", "b,\n\"", " c"])
    let B = try file.readMatrix()
    #expect(zip(A.storage, B.storage).allSatisfy { $0.bitPattern == $1.bitPattern })
  }

  /// Digits and exponents of every length, and halfway cases, against the standard library.
  @Test func `numbers are rounded correctly`() throws {
    var generator = SeededGenerator(seed: 2)
    var texts = [
      "9007199254740993", "9007199254740992.9999", "9007199254740993.00000000000000000001", "1e22", "1e23",
      "8.5e-27",
      "18446744073709551615", "18446744073709551616",
      "0.000000000000000000000000000000000001234567890123456789",
      "00000000000000000000000000000012.50", "179769313486231580793e288", "2.4703282292062327208e-324",
      "0e999999999999999999",
      "123456789012345678901234567890e-30", "1" + String(repeating: "0", count: 300), "9007199254740993e-22",
      "6.02214076e23",
    ]
    for _ in 0..<20_000 {
      let length = 1 + Int(generator.next() % 22)
      let digits = (0..<length).map { _ in "\(generator.next() % 10)" }.joined()
      let point = Int(generator.next() % UInt64(length + 1))
      let sign = ["", "-", "+"][Int(generator.next() % 3)]
      let exponent = generator.next() % 3 == 0 ? "" : "e\(Int(generator.next() % 60) - 30)"
      texts.append(sign + digits.prefix(point) + "." + digits.dropFirst(point) + exponent)
    }
    let file = try CSVFile(scratch.file("x.csv", "x\n" + texts.joined(separator: "\n")))
    let read = try file.readMatrix().storage
    #expect(read.count == texts.count)
    for (text, x) in zip(texts, read) { #expect(x.bitPattern == Double(text)!.bitPattern, "\(text)") }
  }

  @Test func `blocks together are the whole file`() throws {
    // 300,000 numbers and several megabytes: more than one block and more than one buffer.
    var generator = SeededGenerator(seed: 3)
    let A = Matrix.gaussian(60_000, 5, using: &generator)
    try CSVFile.write(A, to: scratch.path("x.csv"))
    let file = try CSVFile(scratch.path("x.csv"))
    var rows: [Double] = []
    var blocks = 0
    try file.forEachBlock { values, count in
      #expect(values.count == count * 5)
      rows += values
      blocks += 1
    }
    #expect(blocks > 1)
    #expect(rows == A.transpose.storage)
    #expect(try file.readMatrix() == A)
  }

  @Test func `a row longer than the buffer is read`() throws {
    let row = (0..<400_000).map { Double($0) / 7 }
    try CSVFile.write(Matrix(rows: 1, columns: row.count, storage: row), to: scratch.path("x.csv"))
    #expect(try CSVFile(scratch.path("x.csv")).readMatrix().storage == row)
  }

  @Test func `columns are written side by side`() throws {
    try CSVFile.write(
      columns: [("time", [0, 0.5]), ("loss, total", [1, 1e-20])], to: scratch.path("x.csv"))
    let text = String(decoding: try bytes(of: scratch.path("x.csv")), as: UTF8.self)
    #expect(text == "time,\"loss, total\"\n0.0,1.0\n0.5,1e-20\n")
  }

  @Test func `an error of the caller ends the reading`() throws {
    struct Enough: Error {}
    let file = try CSVFile(fixture("quoted.csv"))
    #expect(throws: Enough.self) { try file.forEachBlock { _, _ in throw Enough() } }
  }
}
