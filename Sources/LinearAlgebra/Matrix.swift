/// A dense real matrix, stored by columns as LAPACK expects.
///
/// The entry in row i and column j is `storage[i + j * rows]`. Matrices without rows or without columns are
/// allowed; their products are zero or empty, as the mathematics wants.
public struct Matrix: Equatable, Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The entries, column after column; `count == rows * columns`.
  public var storage: [Double]

  /// A matrix over given column-major storage.
  public init(rows: Int, columns: Int, storage: [Double]) {
    precondition(rows >= 0 && columns >= 0, "a matrix cannot be \(rows)×\(columns)")
    precondition(
      storage.count == rows * columns,
      "a \(rows)×\(columns) matrix has \(rows * columns) entries, not \(storage.count)")
    self.rows = rows
    self.columns = columns
    self.storage = storage
  }

  /// The zero matrix.
  public init(zeros rows: Int, _ columns: Int) {
    self.init(rows: rows, columns: columns, storage: Array(repeating: 0, count: rows * columns))
  }

  /// The matrix with entry `element(i, j)` in row i and column j.
  public init(_ rows: Int, _ columns: Int, element: (Int, Int) throws -> Double) rethrows {
    var storage = [Double]()
    storage.reserveCapacity(rows * columns)
    for j in 0..<columns {
      for i in 0..<rows { storage.append(try element(i, j)) }
    }
    self.init(rows: rows, columns: columns, storage: storage)
  }

  /// The matrix with the given rows, which must have equal lengths.
  public init(rows: [[Double]]) {
    let columns = rows.first?.count ?? 0
    for (i, row) in rows.enumerated() {
      precondition(row.count == columns, "row \(i) has \(row.count) entries, row 0 has \(columns)")
    }
    self.init(rows.count, columns) { i, j in rows[i][j] }
  }

  /// The identity of order n.
  public static func identity(_ n: Int) -> Matrix { Matrix(n, n) { i, j in i == j ? 1 : 0 } }

  /// The rows × columns matrix with the given main diagonal and zeros elsewhere.
  public static func diagonal(_ d: [Double], rows: Int? = nil, columns: Int? = nil) -> Matrix {
    var D = Matrix(zeros: rows ?? d.count, columns ?? d.count)
    for (i, x) in d.enumerated() { D[i, i] = x }
    return D
  }

  /// The n × 1 matrix with the given entries.
  public static func column(_ x: [Double]) -> Matrix { Matrix(rows: x.count, columns: 1, storage: x) }

  /// A_ij, both indices from 0.
  public subscript(i: Int, j: Int) -> Double {
    get {
      assert(
        i >= 0 && i < rows && j >= 0 && j < columns, "(\(i), \(j)) is outside a \(rows)×\(columns) matrix")
      return storage[i + j * rows]
    }
    set {
      assert(
        i >= 0 && i < rows && j >= 0 && j < columns, "(\(i), \(j)) is outside a \(rows)×\(columns) matrix")
      storage[i + j * rows] = newValue
    }
  }

  /// Row i, from 0.
  public func row(_ i: Int) -> [Double] { (0..<columns).map { self[i, $0] } }
  /// Column j, from 0.
  public func column(_ j: Int) -> [Double] { Array(storage[j * rows..<(j + 1) * rows]) }

  /// The entries as an array of rows.
  public var rowArrays: [[Double]] { (0..<rows).map(row) }

  /// The given columns, in the given order.
  public func columns(_ indices: some Sequence<Int>) -> Matrix {
    let picked = Array(indices)
    return Matrix(rows: rows, columns: picked.count, storage: picked.flatMap { column($0) })
  }

  /// The given rows, in the given order.
  public func rows(_ indices: some Sequence<Int>) -> Matrix {
    let picked = Array(indices)
    return Matrix(picked.count, columns) { i, j in self[picked[i], j] }
  }

  /// Whether the columns are the first unit vectors.
  package var isTruncatedIdentity: Bool {
    columns <= rows && diagonalEntries?.allSatisfy { $0 == 1 } ?? false
  }

  /// The main diagonal of a matrix that has zeros everywhere else; nil for other matrices.
  package var diagonalEntries: [Double]? {
    for j in 0..<columns {
      for i in 0..<rows where i != j && self[i, j] != 0 { return nil }
    }
    return (0..<min(rows, columns)).map { self[$0, $0] }
  }

  /// Aᵀ.
  public var transpose: Matrix { Matrix(columns, rows) { i, j in self[j, i] } }

  /// Whether no entry is infinite or NaN.
  public var isFinite: Bool { storage.allSatisfy(\.isFinite) }

  /// The largest absolute entry; 0 for an empty matrix.
  public var maximumMagnitude: Double { storage.reduce(0) { max($0, $1.magnitude) } }

  /// The diagonal scaling A diag(d): column j times d_j.
  public func scalingColumns(by d: [Double]) -> Matrix {
    precondition(d.count == columns, "\(d.count) factors for \(columns) columns")
    return Matrix(rows, columns) { i, j in self[i, j] * d[j] }
  }

  /// The diagonal scaling diag(d) A: row i times d_i.
  public func scalingRows(by d: [Double]) -> Matrix {
    precondition(d.count == rows, "\(d.count) factors for \(rows) rows")
    return Matrix(rows, columns) { i, j in self[i, j] * d[i] }
  }

  /// D A for the D of the given height that has d on its main diagonal and zeros elsewhere.
  package func scalingRows(diagonal d: [Double], height: Int) -> Matrix {
    precondition(
      d.count == min(height, rows), "a diagonal of \(d.count) entries in a \(height)×\(rows) matrix")
    return Matrix(height, columns) { i, j in i < d.count ? d[i] * self[i, j] : 0 }
  }

  /// [A B]: the columns of `self` followed by those of `other`.
  public func appendingColumns(_ other: Matrix) -> Matrix {
    precondition(rows == other.rows, "[A B] needs equal row counts, not \(rows) and \(other.rows)")
    return Matrix(rows: rows, columns: columns + other.columns, storage: storage + other.storage)
  }

  /// [A; B]: the rows of `self` above those of `other`.
  public func appendingRows(_ other: Matrix) -> Matrix {
    precondition(
      columns == other.columns, "[A; B] needs equal column counts, not \(columns) and \(other.columns)")
    return Matrix(rows + other.rows, columns) { i, j in i < rows ? self[i, j] : other[i - rows, j] }
  }
}

extension Matrix: CustomStringConvertible {
  public var description: String {
    rowArrays.map { "[" + $0.map { "\($0)" }.joined(separator: ", ") + "]" }.joined(separator: "\n")
  }
}

/// A matrix is coded as its array of rows.
extension Matrix: Codable {
  public init(from decoder: any Decoder) throws {
    let rows = try [[Double]](from: decoder)
    guard rows.allSatisfy({ $0.count == rows[0].count }) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "the rows of the matrix differ in length"))
    }
    self.init(rows: rows)
  }

  public func encode(to encoder: any Encoder) throws { try rowArrays.encode(to: encoder) }
}
