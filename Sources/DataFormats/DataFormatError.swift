import Prose

/// What is wrong with a file, and where, with the data needed to mend it.
///
/// Lines count from 1 as a text editor shows them, the header being line 1, and a row is named by the line on which it
/// begins. Entries of binary arrays are named by their index counted from 0, as NumPy does.
public enum DataFormatError: MendableError, Equatable {
  /// There is no file at this path.
  case missingFile(file: String)
  /// The operating system refuses to read the file.
  case unreadable(file: String, reason: String)
  /// The file has a format that is not read here; `conversion` is how to get one that is.
  case foreignFormat(file: String, format: String, conversion: String)
  /// The file is a factor, of which the rows cannot be had again.
  case hasNoRows(file: String)
  /// The file is not written in the encoding that was asked for.
  case otherEncoding(file: String, encoding: TextEncoding)
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
  /// A cell that must hold one of some words holds another.
  case unknownWord(file: String, line: Int, column: String, value: String, known: [String])
  /// A cell that must hold a date holds none of the expected form.
  case notADate(file: String, line: Int, column: String, value: String)
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
  /// The archive has several arrays, and none was named.
  case severalArrays(file: String, arrays: [String])
  /// The array is not a matrix or a vector.
  case notAMatrix(file: String, shape: [Int])

  /// The operating system refuses to write the file.
  case unwritable(file: String, reason: String)
  /// The disk, or the user's share of it, is full.
  case diskFull(file: String)
}

extension DataFormatError {
  public var problem: String {
    switch self {
    case .missingFile(let file):
      "There is no file \(fileName(file)); check the path and the current directory."
    case .unreadable(let file, let reason):
      "\(fileName(file)) cannot be read (\(reason)); it must be a regular file that you have permission to read."
    case .foreignFormat(let file, let format, let conversion):
      "\(fileName(file)) is \(format), which is not read here; convert it: \(conversion)"
    case .hasNoRows(let file):
      "\(fileName(file)) is a compressed factor: it stands for samples whose rows cannot be had again; name the table that it was made of."
    case .otherEncoding(let file, let encoding):
      "\(fileName(file)) is not written in \(encoding.rawValue.uppercased())."
    case .emptyFile(let file):
      "\(fileName(file)) is empty; it must hold at least one row of numbers."
    case .noEntries(let file):
      "\(fileName(file)) has no rows of numbers, only a header or an empty shape; add at least one row."
    case .raggedRow(let file, let line, let expected, let found):
      "\(fileName(file)), line \(line): \(count(found, "cell")) where the first row has \(expected); "
        + "give every row \(count(expected, "cell"))."
    case .notANumber(let file, let line, let column, let value):
      "\(Self.place(file, line, column)): “\(value)” is not a number."
    case .emptyCell(let file, let line, let column): "\(Self.place(file, line, column)): the cell is empty."
    case .nonFiniteCell(let file, let line, let column, let value):
      "\(Self.place(file, line, column)): “\(value)” is not a finite double."
    case .unknownWord(let file, let line, let column, let value, let known):
      "\(Self.place(file, line, column)): “\(value)” is none of the words that are known there (\(list(known.map { "“\(visible($0))”" })))."
    case .notADate(let file, let line, let column, let value):
      "\(Self.place(file, line, column)): “\(value)” is not a date like the others."
    case .unterminatedQuote(let file, let line):
      "\(fileName(file)), line \(line): a quotation mark is opened here and never closed; "
        + "close it, or double it if it belongs to the text."
    case .textAfterQuote(let file, let line):
      "\(fileName(file)), line \(line): text follows a closing quotation mark; "
        + "double the quotation marks that belong to the text, and put a separator after the closing one."
    case .duplicateColumn(let file, let name, let positions):
      "\(fileName(file)) names several columns “\(visible(name))” (numbers \(positions.map(String.init).joined(separator: ", "))); "
        + "rename or remove all but one."
    case .unnamedColumn(let file, let position):
      "\(fileName(file)) gives column \(position) no name; name it in the first row, or remove it."
    case .nonFiniteEntry(let file, let array, let index, let value):
      "\(fileName(file))\(array.map { ", array “\(visible($0))”" } ?? ""): entry \(Self.shape(index)) (counted from 0) is \(value)."
    case .corrupt(let file, let detail):
      "\(fileName(file)) is damaged: \(detail); write or download it again."
    case .sizeMismatch(let file, let what, let declared, let found):
      "\(fileName(file)) is damaged or was not copied whole: \(what) should take \(count(declared, "byte")) "
        + "but \(count(found, "byte")) are there; write or copy it again."
    case .unsupported(let file, let feature, let remedy):
      "\(fileName(file)) uses \(feature), which is not supported; \(remedy)."
    case .missingArray(let file, let name, let available):
      available.isEmpty
        ? "\(fileName(file)) has no array “\(visible(name))”, and no other; choose another file."
        : "\(fileName(file)) has no array “\(visible(name))”; choose one of \(list(available.map { "“\(visible($0))”" }))."
    case .severalArrays(let file, let arrays):
      "\(fileName(file)) has the arrays \(list(arrays.map { "“\(visible($0))”" })); name one behind a colon: “\(visible(file)):\(arrays.first ?? "")”."
    case .notAMatrix(let file, let shape):
      "\(fileName(file)) holds an array of shape \(Self.shape(shape)), not a matrix or a vector; "
        + "reshape it to two dimensions, samples as rows."
    case .unwritable(let file, let reason):
      "\(fileName(file)) cannot be written (\(reason)); choose another place, or change its permissions."
    case .diskFull(let file):
      "There is no space left to write \(fileName(file)); free some, or choose another disk. No half of it was left."
    }
  }

  public var remedies: [Remedy] {
    switch self {
    case .otherEncoding: [.encoding]
    case .raggedRow: [.separator]
    case .notANumber(_, _, let column, let value):
      // A comma that stands for a point, or a word.
      (value.contains(",") && Double(value.replacing(",", with: ".")) != nil ? [.decimal("comma")] : [])
        + [.drop([column])]
    case .emptyCell(_, _, let column), .nonFiniteCell(_, _, let column, _): [.drop([column])]
    case .unnamedColumn: [.header("no")]
    default: []
    }
  }

  private static func place(_ file: String, _ line: Int, _ column: String) -> String {
    "\(fileName(file)), line \(line), column “\(visible(column))”"
  }

  private static func shape(_ x: [Int]) -> String { "[" + x.map(String.init).joined(separator: ", ") + "]" }
}
