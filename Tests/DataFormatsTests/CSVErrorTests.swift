import DataFormats
import TestSupport
import Testing

@Suite struct CSVErrorTests {
  let scratch: Scratch
  let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path("x.csv")
  }

  /// Reading a file with this text must fail so.
  private func expect(_ error: DataFormatError, _ text: String) throws {
    _ = try scratch.file("x.csv", text)
    #expect(throws: error, "\(text.debugDescription)") { try DataFile.readMatrix(path) }
  }

  @Test func `a missing file, a folder and an unknown extension are told apart`() throws {
    #expect(throws: DataFormatError.missingFile(file: path)) { try DataFile.open(path) }
    #expect(throws: DataFormatError.missingFile(file: path + "/y.csv")) { try DataFile.open(path + "/y.csv") }
    #expect(throws: DataFormatError.unreadable(file: scratch.folder, reason: "it is a directory")) {
      try CSVFile(scratch.folder)
    }
    #expect(
      throws: DataFormatError.unreadable(
        file: "/dev/null", reason: "it is not a regular file; - reads a pipe")
    ) {
      try CSVFile("/dev/null")
    }
    #expect(throws: DataFormatError.missingFile(file: "a.parquet")) { try DataFile.open("a.parquet") }
    let other = try scratch.file("a.parquet", "PAR1")
    let error = #expect(throws: DataFormatError.self) { try DataFile.open(other) }
    #expect(error?.description.contains("pandas.read_parquet") ?? false)
  }

  @Test(arguments: ["", "\n", "  \r\n\n", "\u{FEFF}"])
  func `an empty file is refused`(text: String) throws { try expect(.emptyFile(file: path), text) }

  @Test(arguments: ["a,b", "a,b\n", "a,b\r\n\r\n \n"])
  func `a header alone is refused`(text: String) throws { try expect(.noEntries(file: path), text) }

  @Test func `a ragged row is named by its line`() throws {
    try expect(.raggedRow(file: path, line: 3, expected: 2, found: 1), "a,b\n1,2\n3\n4,5\n")
    try expect(.raggedRow(file: path, line: 3, expected: 2, found: 3), "a,b\r\n1,2\r\n3,4,\r\n")
    try expect(.raggedRow(file: path, line: 2, expected: 1, found: 2), "a\n1,5\n")
    // Lines count as in an editor, also where a name takes two of them.
    try expect(.raggedRow(file: path, line: 4, expected: 2, found: 3), "\"a\nx\",b\n1,2\n3,4,5\n")
  }

  @Test func `a blank line between rows is a missing row`() throws {
    try expect(.raggedRow(file: path, line: 3, expected: 2, found: 0), "a,b\n1,2\n\n\n3,4\n")
    try expect(.raggedRow(file: path, line: 2, expected: 1, found: 0), "1\n\n3\n")
    try expect(.raggedRow(file: path, line: 2, expected: 2, found: 0), "a,b\n\n3,x\n")
  }

  @Test(arguments: ["x", "1x", "0x10", "1,5", "1e", "--1", ".", "-", "1 2", "1_000", "١", "NA", "1e5.0"])
  func `text in a cell of numbers is refused with its value`(value: String) throws {
    try expect(.notANumber(file: path, line: 3, column: "b", value: value), "a,b\n1,2\n3,\"\(value)\"\n4,5\n")
  }

  @Test(arguments: ["", " ", "\"\"", "\" \""])
  func `an empty cell is refused`(value: String) throws {
    try expect(.emptyCell(file: path, line: 2, column: "b"), "a,b,c\n1,\(value),2\n")
  }

  @Test(arguments: ["nan", "NaN", "-nan", "inf", "-Inf", "+Infinity", "1e999", "-1e309"])
  func `a number that is not finite is refused with its value`(value: String) throws {
    try expect(.nonFiniteCell(file: path, line: 2, column: "b", value: value), "a,b,c\n1, \(value),2\n")
    try expect(.nonFiniteCell(file: path, line: 2, column: "1", value: value), "1\n\(value)\n")
  }

  @Test func `a quotation mark left open is named by its line`() throws {
    try expect(.unterminatedQuote(file: path, line: 3), "a,b\n1,2\n3,\"4\n5,6\n7,8\n")
    try expect(.unterminatedQuote(file: path, line: 1), "a,\"b\n1,2\n")
    try expect(.unterminatedQuote(file: path, line: 2), "\"a\nb\",\"c\n1,2\"\"\n")
  }

  @Test func `a quotation mark left open is not sought beyond 64 MiB`() throws {
    let text = "a,b\n1,\"2\n" + String(repeating: "3,4\n", count: 20_000_000)
    try expect(.unterminatedQuote(file: path, line: 2), text)
  }

  @Test func `text behind a closing quotation mark is refused`() throws {
    try expect(.textAfterQuote(file: path, line: 2), "a,b\n1,\"2\"3\n")
    try expect(.textAfterQuote(file: path, line: 1), "\"a\"x,b\n1,2\n")
    try expect(.notANumber(file: path, line: 2, column: "b", value: "2\"3\""), "a,b\n1,2\"3\"\n")
  }

  @Test func `names must be there and differ`() throws {
    try expect(.duplicateColumn(file: path, name: "a", positions: [1, 3]), "a,b, a\n1,2,3\n")
    try expect(.unnamedColumn(file: path, position: 2), "a,,b\n0,1,2\n")
  }

  @Test func `other kinds of text files are recognised`() throws {
    try expect(
      .unsupported(
        file: path, feature: "carriage returns within line 1", remedy: "save it with line ends LF or CR LF"),
      "a,b\r1,2\r3,4\r")
    // Pictures, UTF-32 and other bytes are no text.
    for bytes: [UInt8] in [
      [0x89, 0x50, 0x4E, 0x47, 0, 0, 0], [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], [0x31, 0, 0, 0x32],
    ] {
      _ = try scratch.file("x.csv", bytes)
      #expect(
        throws: DataFormatError.unsupported(
          file: path, feature: "bytes that are no text",
          remedy: "save it as comma-separated text in UTF-8, or as an .npy file")
      ) { try CSVFile(path) }
    }
  }

  @Test func `a long cell is shortened in the message`() throws {
    let value = String(repeating: "long ", count: 100)
    _ = try scratch.file("x.csv", "a\n\"\(value)\"\n")
    let error = #expect(throws: DataFormatError.self) { try DataFile.readMatrix(path) }
    #expect((error?.description.count ?? .max) < path.count + 250)
  }
}
