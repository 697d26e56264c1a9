import Completion
import LinearAlgebra
import Testing

/// What a file of observed entries may look like.
@Suite struct ObservedMatrixTests {
  @Test func `empty cells are not observed, in every notation`() throws {
    for text in ["1,,3\n,5,\n", "1;;3\n;5;\n", "a,b,c\n1,NA,3\n?,5,nan\n", "1\t\t3\n\t5\t\n"] {
      let found = try ObservedFile.parse(text)
      #expect((found.rows, found.columns) == (2, 3))
      #expect(found.entries.map(\.value) == [1, 3, 5])
      #expect(found.entries.map(\.column) == [0, 2, 1])
    }
  }

  @Test func `lines of row, column and value are entries`() throws {
    let found = try ObservedFile.parse("row,column,value\n2,3,1.5\n1,1,-2\n")
    #expect((found.rows, found.columns) == (2, 3))
    #expect(found.filled == Matrix(rows: [[-2, 0, 0], [0, 0, 1.5]]))
    #expect(try ObservedFile.parse("2,3,1.5\n1,1,-2\n", isList: true) == found)
    // Without the word they are a matrix.
    #expect(try ObservedFile.parse("2,3,1.5\n1,1,-2\n").rows == 2)
  }

  @Test func `rows and columns without an entry are named`() throws {
    let found = try ObservedFile.parse("1,,3\n,,\n4,,6\n")
    #expect(found.emptyRows == [1] && found.emptyColumns == [1])
    #expect((found.share - 4.0 / 9).magnitude < 1e-15)
  }

  @Test func `what cannot be is refused with its place`() {
    func error(_ text: String, isList: Bool = false) -> CompletionError? {
      do throws(CompletionError) {
        _ = try ObservedFile.parse(text, isList: isList)
        return nil
      } catch { return error }
    }
    #expect(error("") == .nothingObserved)
    #expect(error(",,\n,,\n") == .nothingObserved)
    #expect(error("1,2\n3\n") == .raggedLine(line: 2, cells: 1, expected: 2))
    #expect(error("1,2\n3,x\n") == .notANumber(row: 2, column: 2, text: "x"))
    #expect(error("1,2\n3,inf\n") == .notANumber(row: 2, column: 2, text: "inf"))
    #expect(error("1,1,2\n1,1,3\n", isList: true) == .duplicate(row: 1, column: 1, first: 2, second: 3))
    #expect(error("0,1,2\n", isList: true) == .notAnIndex(line: 1, text: "0"))
    #expect(error("row,column,value\n1,x,2\n") == .notAnIndex(line: 2, text: "x"))
    #expect(error("row,column,value\n1,2\n") == .raggedLine(line: 2, cells: 2, expected: 3))
    #expect(error("4000000,4000000,1\n", isList: true) == .tooLarge(rows: 4_000_000, columns: 4_000_000))
  }

  @Test func `a part is held out by its seed, and nothing is lost`() throws {
    let all = try ObservedFile.parse((0..<10).map { i in "\(i),\(i * i),1" }.joined(separator: "\n"))
    let (train, test) = try all.split(holdingOut: 0.1, seed: 3)
    #expect((train.entries.count, test.entries.count) == (27, 3))
    #expect(Set((train.entries + test.entries).map { $0.row * 3 + $0.column }).count == 30)
    #expect(try all.split(holdingOut: 0.1, seed: 3).test == test)
    #expect(try all.split(holdingOut: 0.1, seed: 4).test != test)
    #expect((train.rows, test.columns) == (10, 3))
  }
}
