import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Samples
import TestSupport
import Testing

/// What pandas reads in a fixture; see `Fixtures/make_fixtures.py`.
private struct Expected: Decodable {
  let names: [String]
  let rows: [[Double]]

  static let all: [String: Expected] = {
    let path = Bundle.module.path(forResource: "Fixtures/expected.json", ofType: nil)!
    return try! JSONDecoder().decode(
      [String: Expected].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }()
}

private func fixture(_ name: String) -> String {
  Bundle.module.path(forResource: "Fixtures/\(name)", ofType: nil)!
}

extension SampleTable {
  /// All rows, inputs before outputs.
  fileprivate var matrix: Matrix {
    get throws {
      var rows: [[Double]] = []
      let columns = (inputs + outputs).map(\.column)
      try forEachBlock { block, count in
        for i in 0..<count { rows.append(columns.map { block[i * columnCount + $0] }) }
      }
      return Matrix(rows: rows)
    }
  }
}

@Suite struct EverydayTableTests {
  @Test(arguments: [
    ("comma.csv", ""), ("semicolon.csv", "semicolons, decimal commas"), ("tab.txt", "tabs"),
    ("blank.txt", "blanks"), ("utf16.csv", "UTF-16"), ("utf16le.csv", "UTF-16"), ("utf16be.csv", "UTF-16"),
    ("latin1.csv", "Windows-1252"), ("windows1252.csv", "Windows-1252"), ("mark.csv", ""),
    ("packed.csv.gz", ""), ("index.csv", "no name and is left out"), ("numbered.csv", "is taken for names"),
    ("numpy.txt", "named in its comment"), ("r.txt", "no name and is left out"), ("comment.csv", ""),
  ])
  func `a table is read as pandas reads it, and its form is said`(name: String, form: String) throws {
    let expected = Expected.all[name]!
    let table = try SampleTable(fixture(name))
    #expect(table.inputs.map(\.name) == expected.names)
    #expect(try table.matrix == Matrix(rows: expected.rows))
    let notices = table.notices.map(\.text).joined(separator: "\n")
    #expect(form.isEmpty ? notices.isEmpty : notices.contains(form), "\(notices)")
  }

  @Test func `arrays of an archive are named behind a colon`() throws {
    let path = fixture("arrays.npz")
    let table = try SampleTable(inputs: path + ":X", outputs: path + ":y")
    #expect(try table.matrix == Matrix(rows: Expected.all["comma.csv"]!.rows))
    #expect(throws: DataFormatError.severalArrays(file: path, arrays: ["X", "y"])) { try SampleTable(path) }
    #expect(throws: DataFormatError.missingArray(file: path, name: "Z", available: ["X", "y"])) {
      try SampleTable(path + ":Z")
    }
  }

  @Test func `true and false, dates and categories become numbers as pandas makes them`() throws {
    let expected = Expected.all["words.csv"]!
    let table = try SampleTable(fixture("words.csv"), ReadingOptions(words: .auto))
      .choosing(ColumnChoice(targets: ["y"], drop: ["note"])).coded()
    #expect((table.inputs + table.outputs).map(\.name) == expected.names)
    #expect(try table.matrix == Matrix(rows: expected.rows))
    let notices = table.notices.map(\.text)
    #expect(notices.contains { $0.contains("2 columns for 3 categories against “setosa”") }, "\(notices)")
    #expect(notices.contains { $0.contains("“day” is read as days") })
  }

  @Test(arguments: [MissingValues.drop, .mean, .indicator])
  func `missing values are dealt with as with pandas`(_ way: MissingValues) throws {
    let expected = Expected.all["missing.csv \(way.rawValue)"]!
    let table = try SampleTable(fixture("missing.csv"), ReadingOptions(missing: way, words: .auto))
      .choosing(ColumnChoice(targets: ["y"])).coded()
    #expect((table.inputs + table.outputs).map(\.name) == expected.names)
    let (found, wanted) = (try table.matrix, Matrix(rows: expected.rows))
    #expect(found.rows == wanted.rows)
    // Means of 24 numbers, added in another order.
    #expect((found - wanted).frobeniusNorm <= 24 * .ulpOfOne * wanted.frobeniusNorm)
    let notice = try #require(table.notices.last).text
    #expect(notice.contains("“height” (2)") && notice.contains("“y” (1)"), "\(notice)")
    #expect(notice.contains(way == .drop ? "5 rows of 24 are left out" : "1 row of 24 is left out"))
  }

  @Test
  func `missing values and words are refused with their numbers and places unless something is allowed`()
    throws
  {
    let missing = fixture("missing.csv")
    let choice = try ColumnChoice(targets: ["y"], drop: ["species"])
    #expect(
      throws: SampleTableError.missingValues(
        table: missing,
        columns: [.init(name: "height", count: 2), .init(name: "age", count: 2), .init(name: "y", count: 1)],
        column: "height",
        places: [4, 11].map { CellPlace(file: missing, unit: .line, number: $0) })
    ) { try SampleTable(missing).choosing(choice).compressed() }
    let words = fixture("words.csv")
    let place = CellPlace(file: words, unit: .line, number: 2)
    #expect(
      throws: SampleTableError.words(
        table: words, column: "species", value: "virginica", place: place, distinct: 3,
        columns: ["species", "smoker", "day", "note"], areCategories: true)
    ) { try SampleTable(words).choosing(ColumnChoice(targets: ["y"])).compressed() }
    // A different note in every row is no category.
    let all = SampleTableError.words(
      table: words, column: "note", value: "No. 0, “a”", place: place, distinct: 24, columns: ["note"],
      areCategories: false)
    #expect(throws: all) { try SampleTable(words, ReadingOptions(words: .auto)).coded() }
    #expect(all.remedies == [.drop(["note"])])
    // Coding is not offered where it would be refused.
    let alone = #expect(throws: SampleTableError.self) {
      try SampleTable(words).choosing(ColumnChoice(targets: ["y"], drop: ["species", "smoker", "day"]))
        .compressed()
    }
    #expect(alone?.remedies == [.drop(["note"])])
  }

  @Test func `a table whose cells were not told apart is told so`() throws {
    let file = fixture("semicolon.csv")
    let table = try SampleTable(file, ReadingOptions(format: TextFormat(separator: .tab)))
    let error = #expect(throws: SampleTableError.self) { try table.choosing(ColumnChoice(targets: ["y"])) }
    #expect(error?.remedies == [.separator])
    #expect(error?.problem.contains("“height;weight;age;y”") ?? false)
  }

  @Test func `an array with NaN has missing values too`() throws {
    let rows = Matrix(rows: [[1, 2, 3], [4, .nan, 6], [7, 8, 10]])
    let names = ["a", "b", "y"]
    #expect(throws: SampleTableError.self) {
      try SampleTable(rows: rows, columns: names).choosing(ColumnChoice(targets: ["y"])).compressed()
    }
    let table = try SampleTable(rows: rows, columns: names, ReadingOptions(missing: .mean))
      .choosing(ColumnChoice(targets: ["y"])).coded()
    #expect(try table.matrix == Matrix(rows: [[1, 2, 3], [4, 5, 6], [7, 8, 10]]))
    let infinite = SampleTable(
      rows: Matrix(rows: [[1, .infinity], [2, 3]]), columns: ["a", "y"], ReadingOptions(missing: .mean))
    #expect(throws: DataFormatError.self) { try infinite.compressed() }
  }

  @Test func `of several files the words and gaps of all count`() throws {
    let scratch = try Scratch()
    let files = [
      try scratch.file("1.csv", "kind,x,y\na,1,2\nb,2,3\n"),
      try scratch.file("2.csv", "kind,x,y\nc,3,5\na,,7\n"),
    ]
    let table = try SampleTable(files: files, ReadingOptions(missing: .mean, words: .auto))
      .choosing(ColumnChoice(targets: ["y"])).coded()
    #expect(table.inputs.map(\.name) == ["kind=b", "kind=c", "x"])
    #expect(try table.matrix == Matrix(rows: [[0, 0, 1, 2], [1, 0, 2, 3], [0, 1, 3, 5], [0, 0, 2, 7]]))
  }
}

@Suite struct ColumnSelectorTests {
  private let names = ["x1", "x2", "x3", "a,b", "is_0", "is_1", "odd*name", "y"]

  private func chosen(targets: String, drop: String = "", keep: String? = nil) throws -> (
    inputs: [String], outputs: [String]
  ) {
    let table = SampleTable(
      rows: Matrix(1, names.count) { _, j in Double(j) }, columns: names, name: "t")
    let choice = try ColumnChoice(
      targets: ColumnSelector.list(targets), drop: drop.isEmpty ? [] : ColumnSelector.list(drop),
      keep: keep.map(ColumnSelector.list))
    let found = try table.choosing(choice)
    return (found.inputs.map(\.name), found.outputs.map(\.name))
  }

  @Test func `patterns, ranges and quoted names choose columns`() throws {
    #expect(try chosen(targets: "is_*").outputs == ["is_0", "is_1"])
    #expect(try chosen(targets: "y, is_1").outputs == ["y", "is_1"])
    #expect(try chosen(targets: "is_?").outputs == ["is_0", "is_1"])
    #expect(try chosen(targets: "\"a,b\"").outputs == ["a,b"])
    #expect(try chosen(targets: "y", keep: "x1..x3").inputs == ["x1", "x2", "x3"])
    #expect(try chosen(targets: "y", keep: "x3..x2,\"a,b\"").inputs == ["x2", "x3", "a,b"])
    // A name that looks like a pattern is a name first.
    #expect(try chosen(targets: "odd*name").outputs == ["odd*name"])
    #expect(try chosen(targets: "y", drop: "x*,is_0..is_1").inputs == ["a,b", "odd*name"])
  }

  @Test func `a name is stronger than a pattern, and leaving out than a pattern of targets`() throws {
    #expect(try chosen(targets: "is_*", drop: "is_0").outputs == ["is_1"])
    #expect(try chosen(targets: "x2", drop: "x*").outputs == ["x2"])
    #expect(try chosen(targets: "is_*", keep: "*").inputs == ["x1", "x2", "x3", "a,b", "odd*name", "y"])
  }

  @Test func `what fits no column, or two uses, is refused`() throws {
    #expect(throws: SampleTableError.noMatch(pattern: "z*", use: .target, table: "t", columns: names)) {
      try chosen(targets: "z*")
    }
    #expect(throws: SampleTableError.unknownColumn(name: "x9", use: .kept, table: "t", columns: names)) {
      try chosen(targets: "y", keep: "x1..x9")
    }
    #expect(throws: SampleTableError.contradiction(name: "x1", use: .kept, other: .dropped)) {
      try chosen(targets: "y", drop: "x1", keep: "x1,x2")
    }
    #expect(throws: SampleTableError.noTargetsLeft(table: "t")) { try chosen(targets: "is_*", drop: "is*") }
    #expect(throws: SampleTableError.emptyName(use: .target)) { try chosen(targets: "y,") }
  }
}
