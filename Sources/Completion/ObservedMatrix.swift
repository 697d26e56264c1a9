import Foundation
import LinearAlgebra
import Prose

/// Some entries of a matrix Z: those in Ω.
public struct ObservedMatrix: Codable, Sendable, Equatable {
  /// One observed entry, both indices from 0.
  public struct Entry: Codable, Sendable, Equatable {
    public let row, column: Int
    public let value: Double

    /// Z_ij.
    public init(row: Int, column: Int, value: Double) {
      (self.row, self.column, self.value) = (row, column, value)
    }
  }

  /// dy.
  public let rows: Int
  /// dx.
  public let columns: Int
  /// By rows, then by columns; no place twice.
  public let entries: [Entry]

  /// The entries of a matrix of a shape.
  ///
  /// - Parameters:
  ///   - rows: dy.
  ///   - columns: dx.
  ///   - entries: in any order.
  /// - Throws: ``CompletionError`` for no entry at all, one that is no number, and two for one place.
  public init(rows: Int, columns: Int, entries: [Entry]) throws(CompletionError) {
    guard !entries.isEmpty else { throw .nothingObserved }
    for entry in entries {
      precondition(
        (0..<rows).contains(entry.row) && (0..<columns).contains(entry.column),
        "(\(entry.row), \(entry.column)) is outside a \(rows)×\(columns) matrix")
      if !(entry.value.magnitude <= Self.largest) {
        throw .notANumber(row: entry.row + 1, column: entry.column + 1, text: "\(entry.value)")
      }
    }
    let sorted = entries.sorted { ($0.row, $0.column) < ($1.row, $1.column) }
    for (a, b) in zip(sorted, sorted.dropFirst()) where (a.row, a.column) == (b.row, b.column) {
      throw .duplicate(row: a.row + 1, column: a.column + 1, first: a.value, second: b.value)
    }
    (self.rows, self.columns, self.entries) = (rows, columns, sorted)
  }

  /// Losses are of the order of the square of an entry, and far from overflow up to here.
  public static let largest = 1e100

  /// The share of all places that is observed.
  public var share: Double { Double(entries.count) / Double(rows * columns) }

  /// Rows without any entry, from 0: nothing of the data determines them.
  public var emptyRows: [Int] {
    let seen = Set(entries.map(\.row))
    return (0..<rows).filter { !seen.contains($0) }
  }

  /// Columns without any entry, from 0.
  public var emptyColumns: [Int] {
    let seen = Set(entries.map(\.column))
    return (0..<columns).filter { !seen.contains($0) }
  }

  /// Z on Ω, 0 elsewhere.
  public var filled: Matrix {
    var Z = Matrix(zeros: rows, columns)
    for entry in entries { Z[entry.row, entry.column] = entry.value }
    return Z
  }

  /// ‖P_Ω Z‖_F.
  public var norm: Double { Matrix.column(entries.map(\.value)).frobeniusNorm }

  /// The root of the mean square of W − Z on Ω.
  public func rootMeanSquareError(of W: Matrix) -> Double {
    Matrix.column(entries.map { W[$0.row, $0.column] - $0.value }).frobeniusNorm
      / Double(entries.count).squareRoot()
  }

  /// A random part to be held out, and the rest.
  ///
  /// - Parameters:
  ///   - share: of the entries, between 0 and 1; at least one entry stays on either side.
  ///   - seed: of the choice.
  /// - Throws: ``CompletionError/tooFewToHoldOut(entries:)`` where there is but one.
  public func split(holdingOut share: Double, seed: UInt64) throws(CompletionError) -> (
    train: ObservedMatrix, test: ObservedMatrix
  ) {
    guard entries.count > 1 else { throw .tooFewToHoldOut(entries: entries.count) }
    var generator = SeededGenerator(seed: seed)
    let shuffled = entries.shuffled(using: &generator)
    let count = min(max(Int((share * Double(entries.count)).rounded()), 1), entries.count - 1)
    return (
      try ObservedMatrix(rows: rows, columns: columns, entries: Array(shuffled.dropFirst(count))),
      try ObservedMatrix(rows: rows, columns: columns, entries: Array(shuffled.prefix(count)))
    )
  }
}

/// What is wrong with the entries of a matrix.
public enum CompletionError: MendableError, Equatable {
  /// No entry is observed.
  case nothingObserved
  /// A cell or value that is neither empty nor a number of a size whose square a double holds; both counted from 1.
  case notANumber(row: Int, column: Int, text: String)
  /// Two values for one place, both counted from 1.
  case duplicate(row: Int, column: Int, first: Double, second: Double)
  /// A line of a file with another number of cells than the first; counted from 1.
  case raggedLine(line: Int, cells: Int, expected: Int)
  /// An index of an entry that is no whole number from 1 on.
  case notAnIndex(line: Int, text: String)
  /// A file that cannot be read.
  case unreadable(file: String)
  /// Too few entries to hold some out.
  case tooFewToHoldOut(entries: Int)
  /// A matrix of more places than fit.
  case tooLarge(rows: Int, columns: Int)

  public var problem: String {
    switch self {
    case .nothingObserved: "no entry is observed, so nothing can be completed."
    case .notANumber(let row, let column, let text):
      "row \(row), column \(column): “\(text)” is no number of a size up to 1e100; cells that are not observed are empty."
    case .duplicate(let row, let column, let first, let second):
      "row \(row), column \(column) is given twice, as \(number(first)) and as \(number(second))."
    case .raggedLine(let line, let cells, let expected):
      "line \(line) has \(count(cells, "cell")), the first \(expected)."
    case .notAnIndex(let line, let text):
      "line \(line): “\(text)” is no row or column; they are counted from 1."
    case .unreadable(let file): "\(file) cannot be read as text."
    case .tooFewToHoldOut(let entries):
      "of \(count(entries, "entry", plural: "entries")) none can be held out."
    case .tooLarge(let rows, let columns):
      "a \(rows)×\(columns) matrix has more than the \(ObservedFile.mostPlaces) places that a completion takes."
    }
  }

  public var remedies: [Remedy] { [] }
}
