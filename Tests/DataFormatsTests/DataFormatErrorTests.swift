import DataFormats
import Testing

@Suite struct DataFormatErrorTests {
  /// One of each, with the words that must not be missing: the place, and how to mend it.
  @Test(
    arguments: [
      (.missingFile(file: "F"), ["check the path"]),
      (.unreadable(file: "F", reason: "permission denied"), ["permission denied", "permission to read"]),
      (
        .foreignFormat(file: "F", format: "a Parquet file", conversion: "do this"),
        ["Parquet", "convert", "do this"]
      ),
      (.otherEncoding(file: "F", encoding: .utf8), ["UTF-8", "characters are stored"]),
      (.severalArrays(file: "F", arrays: ["X", "Y"]), ["“X”, “Y”", "“F:X”"]),
      (
        .unknownWord(file: "F", line: 7, column: "kind", value: "new", known: ["a", "b"]),
        ["line 7", "“kind”", "“new”", "“a”, “b”"]
      ),
      (.notADate(file: "F", line: 7, column: "day", value: "soon"), ["line 7", "“day”", "“soon”", "date"]),
      (.emptyFile(file: "F"), ["empty", "at least one row"]),
      (.noEntries(file: "F"), ["only a header", "add at least one row"]),
      (.raggedRow(file: "F", line: 7, expected: 3, found: 1), ["line 7", "1 cell where", "3 cells"]),
      (
        .notANumber(file: "F", line: 7, column: "age", value: "old"),
        ["line 7", "“age”", "“old”", "eave out “age”"]
      ),
      (.emptyCell(file: "F", line: 7, column: "age"), ["line 7", "“age”", "empty", "eave out “age”"]),
      (
        .nonFiniteCell(file: "F", line: 7, column: "age", value: "nan"),
        ["line 7", "“age”", "“nan”", "eave out “age”"]
      ),
      (.unterminatedQuote(file: "F", line: 7), ["line 7", "close it"]),
      (.textAfterQuote(file: "F", line: 7), ["line 7", "double"]),
      (.duplicateColumn(file: "F", name: "age", positions: [1, 4]), ["“age”", "1, 4", "rename"]),
      (.unnamedColumn(file: "F", position: 2), ["column 2", "name it"]),
      (
        .nonFiniteEntry(file: "F", array: "W", index: [3, 0], value: "inf"),
        ["“W”", "[3, 0]", "inf"]
      ),
      (.corrupt(file: "F", detail: "it is cut off"), ["it is cut off", "again"]),
      (
        .sizeMismatch(file: "F", what: "the header", declared: 1, found: 9),
        ["the header", "1 byte ", "9 bytes", "again"]
      ),
      (.unsupported(file: "F", feature: "encryption", remedy: "do without"), ["encryption", "do without"]),
      (.missingArray(file: "F", name: "W", available: ["V"]), ["“W”", "choose one of “V”"]),
      (.missingArray(file: "F", name: "W", available: []), ["“W”", "another file"]),
      (.notAMatrix(file: "F", shape: [2, 3, 4]), ["[2, 3, 4]", "reshape"]),
      (.unwritable(file: "F", reason: "read-only file system"), ["read-only file system", "another place"]),
      (.diskFull(file: "F"), ["no space left", "free some"]),
    ] as [(DataFormatError, [String])])
  func `every error is a sentence with place and remedy`(error: DataFormatError, words: [String]) {
    for word in words + ["“F”"] { #expect(error.description.contains(word), "\(error.description)") }
    #expect(error.description.hasSuffix(".") || error.description.hasSuffix("this"))
  }
}
