import DataFormats
import Foundation
import LinearAlgebra
import TestSupport
import Testing

/// How the form of a text is found out, and what overrules it.
@Suite struct TextFormTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func read(_ text: String, _ format: TextFormat = TextFormat(), name: String = "x.csv") throws -> (
    names: [String]?, rows: Matrix
  ) {
    let file = try DataFile.open(scratch.file(name, text), format)
    return (file.columnNames, try file.readMatrix())
  }

  private let rows = Matrix(rows: [[1.5, 2], [-3.25, 4e3]])

  @Test(arguments: [
    "a;b\n1,5;2\n-3,25;4e3\n", "a;b\n1.5;2\n-3.25;4e3\n", "a\tb\n1,5\t2\n-3,25\t4e3\n",
    "a b\n1.5 2\n-3.25 4e3\n",
    "  a    b\n  1.5  2  \n\t-3.25\t 4e3\n", "a b\n1,5 2\n-3,25 4e3\n",
    "\"a\";\"b\"\n\"1,5\";2\n\"-3,25\";4e3\n",
    "a,b,\n1.5,2,\n-3.25,4e3,\n", "# note; with, separators\na,b\n1.5,2\n-3.25,4e3\n",
    "a,b\r\n1.5,2\r\n-3.25,4e3\r\n",
  ])
  func `a form is found out`(text: String) throws {
    let found = try read(text)
    #expect(found.names == ["a", "b"])
    #expect(found.rows == rows)
  }

  @Test func `a semicolon may stand in names and a comma in cells of other separators`() throws {
    #expect(try read("\"a;b\",c\n1,2\n3,4\n").names == ["a;b", "c"])
    #expect(try read("a, in cm;b\n1;2\n3;4\n").names == ["a, in cm", "b"])
    #expect(try read("first name,b\n1,2\n3,4\n").names == ["first name", "b"])
  }

  @Test func `what is asked for overrules what would be found`() throws {
    let text = "1,5\n2,5\n"
    #expect(try read(text).rows == Matrix(rows: [[1, 5], [2, 5]]))
    #expect(try read(text, TextFormat(separator: .semicolon, decimal: .comma)).rows == .column([1.5, 2.5]))
    #expect(try read("0,1,2\n3,4,5\n").rows == Matrix(rows: [[3, 4, 5]]))
    #expect(
      try read("0,1,2\n3,4,5\n", TextFormat(header: .absent)).rows == Matrix(rows: [[0, 1, 2], [3, 4, 5]]))
    #expect(try read("7,9\n3,4\n", TextFormat(header: .present)).names == ["7", "9"])
  }

  @Test func `a first row 0, 1 of zeros and ones is data`() throws {
    #expect(try read("0,1\n1,0\n1,1\n").rows == Matrix(rows: [[0, 1], [1, 0], [1, 1]]))
    #expect(try read("0,1\n5,0.5\n1,1\n").names == ["0", "1"])
  }

  @Test func `a missing value in the first row is no name`() throws {
    let path = try scratch.file("x.csv", "1,NA\n3,4\n")
    #expect(throws: DataFormatError.notANumber(file: path, line: 1, column: "2", value: "NA")) {
      try CSVFile(path).readMatrix()
    }
  }

  @Test func `a comma that stands for a point is named with its remedy`() throws {
    let path = try scratch.file("x.csv", "a;b\n1;2\n" + String(repeating: "1;2\n", count: 6000) + "1,5;2\n")
    let error = DataFormatError.notANumber(file: path, line: 6003, column: "a", value: "1,5")
    #expect(throws: error) { try CSVFile(path).readMatrix() }
    #expect(error.remedies.first == .decimal("comma"))
    #expect(try CSVFile(path, TextFormat(decimal: .comma)).readMatrix().rows == 6002)
  }

  @Test func `thousands are not taken for decimals`() throws {
    let path = try scratch.file("x.csv", "a;b\n1.234,5;2\n")
    #expect(throws: DataFormatError.notANumber(file: path, line: 2, column: "a", value: "1.234,5")) {
      try CSVFile(path).readMatrix()
    }
  }

  /// Every character of the pages, in a name and in front of a number that must not move.
  @Test(arguments: TextEncoding.allCases)
  func `names survive every encoding, in pieces of any length`(_ encoding: TextEncoding) throws {
    let name = encoding == .latin1 || encoding == .windows1252 ? "Größe in £" : "Größe 𝜎 in €"
    // More than one piece of 64 KiB, of odd and even lengths.
    for padding in 0..<3 {
      let text =
        "\(name),\(String(repeating: "x", count: padding))b\n"
        + (0..<20_000).map { "\($0),\(Double($0) / 7)\n" }.joined()
      let bytes: [UInt8] =
        switch encoding {
        case .utf8: Array(text.utf8)
        case .utf16LittleEndian: text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        case .utf16BigEndian: text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        case .latin1, .windows1252: text.unicodeScalars.map { UInt8($0.value) }
        }
      let path = try scratch.file("x.csv", bytes)
      for format in [TextFormat(), TextFormat(encoding: encoding)] {
        let file = try CSVFile(path, format)
        #expect(file.columnNames?.first == name)
        let read = try file.readMatrix()
        #expect(read.rows == 20_000 && read[19_999, 1] == 19_999.0 / 7)
      }
    }
    #expect(TextEncoding(name: encoding.rawValue.uppercased()) == encoding)
  }

  @Test func `an encoding that a file does not have is refused by its name`() throws {
    let path = try scratch.file("x.csv", [0x47, 0xF6, 0x2C, 0x62, 0x0A, 0x31, 0x2C, 0x32, 0x0A])
    #expect(throws: DataFormatError.otherEncoding(file: path, encoding: .utf8)) {
      try CSVFile(path, TextFormat(encoding: .utf8))
    }
    #expect(try CSVFile(path).columnNames == ["Gö", "b"])
    let plain = try scratch.file("z.csv", "a,b\n1,2\n")
    #expect(throws: DataFormatError.otherEncoding(file: plain, encoding: .utf16LittleEndian)) {
      try CSVFile(plain, TextFormat(encoding: .utf16LittleEndian))
    }
    // What would mend a mistake about what was found: the encoding, where nothing else is unusual.
    #expect(try CSVFile(path).notices.map(\.otherwise) == [.encoding])
    let both = try scratch.file("w.csv", [0x47, 0xF6, 0x3B, 0x62, 0x0A, 0x31, 0x3B, 0x32, 0x0A])
    #expect(try CSVFile(both).notices.map(\.otherwise) == [.separator])
    let half = try scratch.file("y.csv", [0x61, 0, 0x0A, 0, 0x00, 0xD8, 0x31, 0])
    #expect(throws: DataFormatError.corrupt(file: half, detail: "byte 4 is half of a UTF-16 character")) {
      try CSVFile(half, TextFormat(encoding: .utf16LittleEndian))
    }
  }

  @Test func `what cannot be seen is shown in messages`() throws {
    let path = try scratch.file("x.csv", "a\u{200B},b\n1,2\n3,4\u{200B}\n")
    let error = #expect(throws: DataFormatError.self) { try CSVFile(path).readMatrix() }
    #expect(error?.description.contains("“4\\u{200B}”") ?? false, "\(String(describing: error))")
  }

  @Test func `a packed table is read, one that is cut off is refused`() throws {
    let whole = try bytes(of: fixture("quoted.csv.gz"))
    let file = try CSVFile(fixture("quoted.csv.gz"))
    #expect(file.columnNames == ["plain", "with, comma", "with \"quotes\""])
    #expect(try file.readMatrix() == fractions)
    let twice = try scratch.file("two.csv.gz", whole + whole)
    #expect(throws: DataFormatError.self) { try CSVFile(twice).readMatrix() }
    for count in [3, whole.count / 2, whole.count - 9] {
      let path = try scratch.file("cut.csv.gz", Array(whole.prefix(count)))
      #expect(throws: DataFormatError.corrupt(file: path, detail: "its gzip data end too early")) {
        try CSVFile(path).readMatrix()
      }
    }
    #expect(try NPYFile(fixture("f8_c.npy.gz")).readMatrix() == fractions)
  }

  @Test func `columns that are not read may hold anything`() throws {
    let path = try scratch.file(
      "x.csv", "a,note,b\n1,\"a long, \"\"odd\"\"\nnote\",2\n3,,4\n5,x y z,6\n")
    let file = try CSVFile(path)
    var rows: [Double] = []
    try file.forEachBlock(of: [ColumnReading(2), ColumnReading(0)]) { block, _ in rows += block }
    #expect(rows == [2, 1, 4, 3, 6, 5])
    #expect(throws: DataFormatError.self) { try file.readMatrix() }
  }

  @Test func `dates are days since 1970, and only dates`() {
    // numpy.datetime64(…, 'D').astype(int), and the same with times.
    let days: [(String, Double)] = [
      ("1970-01-01", 0), ("2000-02-29", 11_016), ("1969-12-31", -1), ("2024-03-01", 19_783),
      ("0001-01-01", -719_162),
      ("1582-10-14", -141_428), ("2024-01-01 06:00", 19_723.25), ("2024-01-01T12:00:00Z", 19_723.5),
    ]
    for (text, day) in days { #expect(DateOrder.yearMonthDay.days(text) == day, "\(text)") }
    #expect(DateOrder.dayMonthYear.days("31.12.1969") == -1)
    for text in [
      "2023-02-29", "2024-13-01", "2024-00-10", "24-01-01", "2024-01", "2024-01-01 25:00", "x", "",
    ] {
      #expect(DateOrder.yearMonthDay.days(text) == nil, "\(text)")
    }
    #expect(DateOrder.dayMonthYear.days("1.13.2020") == nil)
  }
}
