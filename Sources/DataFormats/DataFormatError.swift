/// What is wrong with a file, and where, with the data needed to mend it.
///
/// Lines count from 1 as a text editor shows them, the header being line 1, and a row is named by the line on which it
/// begins. Entries of binary arrays are named by their index counted from 0, as NumPy does.
public enum DataFormatError: Error, Equatable, Sendable {
  /// There is no file at this path.
  case missingFile(file: String)
  /// The operating system refuses to read the file.
  case unreadable(file: String, reason: String)
  /// The extension of the name does not say which format the file has.
  case unknownExtension(file: String, known: [String])
  /// The file has no bytes, or nothing but blank lines.
  case emptyFile(file: String)
  /// The file has a header, or a shape, but no entries.
  case noEntries(file: String)

  /// A row has more or fewer cells than the first one.
  case raggedRow(file: String, line: Int, expected: Int, found: Int)
  /// A cell that must hold a number holds something else.
  case notANumber(file: String, line: Int, column: String, value: String)
  /// A cell that must hold a number holds nothing.
  case emptyCell(file: String, line: Int, column: String)
  /// A cell holds NaN, an infinity, or a number too large for a double.
  case nonFiniteCell(file: String, line: Int, column: String, value: String)
  /// A quotation mark is opened and not closed.
  case unterminatedQuote(file: String, line: Int)
  /// Text follows a closing quotation mark within the same cell.
  case textAfterQuote(file: String, line: Int)
  /// Two columns have the same name; positions count from 1.
  case duplicateColumn(file: String, name: String, positions: [Int])
  /// A column of the header has no name; positions count from 1.
  case unnamedColumn(file: String, position: Int)

  /// An array entry is NaN or infinite.
  case nonFiniteEntry(file: String, array: String?, index: [Int], value: String)
  /// The bytes contradict the format.
  case corrupt(file: String, detail: String)
  /// A header promises an amount of data that the file does not have.
  case sizeMismatch(file: String, what: String, declared: Int, found: Int)
  /// The file is sound, but uses what is not supported here.
  case unsupported(file: String, feature: String, remedy: String)
  /// The archive has no array of this name.
  case missingArray(file: String, name: String, available: [String])
  /// The array is not a matrix or a vector.
  case notAMatrix(file: String, shape: [Int])

  /// The operating system refuses to write the file.
  case unwritable(file: String, reason: String)
  /// The disk, or the user's share of it, is full.
  case diskFull(file: String)
}

extension DataFormatError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingFile(let file):
      "There is no file “\(file)”; check the path and the current directory."
    case .unreadable(let file, let reason):
      "“\(file)” cannot be read (\(reason)); it must be a regular file that you have permission to read."
    case .unknownExtension(let file, let known):
      "The name “\(file)” does not tell its format; rename it to end in one of \(known.joined(separator: ", "))."
    case .emptyFile(let file):
      "“\(file)” is empty; it must hold at least one row of numbers."
    case .noEntries(let file):
      "“\(file)” has no rows of numbers, only a header or an empty shape; add at least one row."
    case .raggedRow(let file, let line, let expected, let found):
      "“\(file)”, line \(line): \(Self.count(found, "cell")) where the first row has \(expected); "
        + "give every row \(Self.count(expected, "cell"))."
    case .notANumber(let file, let line, let column, let value):
      "“\(file)”, line \(line), column “\(column)”: “\(value)” is not a number; "
        + "replace it by a decimal number with a point, or remove the row or the column."
    case .emptyCell(let file, let line, let column):
      "“\(file)”, line \(line), column “\(column)”: the cell is empty; "
        + "fill in a number, or remove the row or the column."
    case .nonFiniteCell(let file, let line, let column, let value):
      "“\(file)”, line \(line), column “\(column)”: “\(value)” is not a finite double; "
        + "replace it by a finite number, or remove the row or the column."
    case .unterminatedQuote(let file, let line):
      "“\(file)”, line \(line): a quotation mark is opened here and never closed; "
        + "close it, or double it if it belongs to the text."
    case .textAfterQuote(let file, let line):
      "“\(file)”, line \(line): text follows a closing quotation mark; "
        + "double the quotation marks that belong to the text, and put a separator after the closing one."
    case .duplicateColumn(let file, let name, let positions):
      "“\(file)” names several columns “\(name)” (numbers \(positions.map(String.init).joined(separator: ", "))); "
        + "rename or remove all but one."
    case .unnamedColumn(let file, let position):
      "“\(file)” gives column \(position) no name; name it in line 1, or remove it if it only numbers the rows."
    case .nonFiniteEntry(let file, let array, let index, let value):
      "“\(file)”\(array.map { ", array “\($0)”" } ?? ""): entry \(Self.list(index)) (counted from 0) is \(value); "
        + "replace it by a finite number, or remove its row or column."
    case .corrupt(let file, let detail):
      "“\(file)” is damaged: \(detail); write or download it again."
    case .sizeMismatch(let file, let what, let declared, let found):
      "“\(file)” is damaged or was not copied whole: \(what) should take \(Self.count(declared, "byte")) "
        + "but \(Self.count(found, "byte")) are there; write or copy it again."
    case .unsupported(let file, let feature, let remedy):
      "“\(file)” uses \(feature), which is not supported; \(remedy)."
    case .missingArray(let file, let name, let available):
      available.isEmpty
        ? "“\(file)” has no array “\(name)”, and no other; choose another file."
        : "“\(file)” has no array “\(name)”; choose one of \(available.map { "“\($0)”" }.joined(separator: ", "))."
    case .notAMatrix(let file, let shape):
      "“\(file)” holds an array of shape \(Self.list(shape)), not a matrix or a vector; "
        + "reshape it to two dimensions, samples as rows."
    case .unwritable(let file, let reason):
      "“\(file)” cannot be written (\(reason)); choose another place, or change its permissions."
    case .diskFull(let file):
      "There is no space left to write “\(file)”; free some, or choose another disk. Nothing was left half-written."
    }
  }

  private static func count(_ n: Int, _ noun: String) -> String { n == 1 ? "1 \(noun)" : "\(n) \(noun)s" }
  private static func list(_ x: [Int]) -> String { "[" + x.map(String.init).joined(separator: ", ") + "]" }
}
