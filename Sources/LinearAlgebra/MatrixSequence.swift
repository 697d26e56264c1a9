/// Matrices A_1, …, A_T of one shape, one after the other in one block of memory.
///
/// A trajectory of a thousand small matrices is one allocation instead of a thousand, and can be made by products of whole blocks.
public struct MatrixSequence: RandomAccessCollection, Equatable, Sendable {
  /// The number of rows of each matrix.
  public let rows: Int
  /// The number of columns of each matrix.
  public let columns: Int
  /// T.
  public let count: Int
  /// Entry (i, j) of matrix k, all from 0, is `storage[i + j * rows + k * rows * columns]`.
  public let storage: [Double]

  /// T matrices whose entries `fill` writes, all of them, into memory that is not initialised.
  public init(rows: Int, columns: Int, count: Int, fill: (UnsafeMutablePointer<Double>) throws -> Void)
    rethrows
  {
    precondition(rows >= 0 && columns >= 0 && count >= 0, "\(count) matrices cannot be \(rows)×\(columns)")
    (self.rows, self.columns, self.count) = (rows, columns, count)
    let size = rows * columns * count
    storage = try [Double](unsafeUninitializedCapacity: size) { entries, initialised in
      if size > 0 { try fill(entries.baseAddress!) }
      initialised = size
    }
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { count }

  /// A copy of matrix k, from 0.
  public subscript(k: Int) -> Matrix {
    precondition(indices.contains(k), "matrix \(k) of \(count)")
    let size = rows * columns
    return Matrix(rows: rows, columns: columns, storage: Array(storage[k * size..<(k + 1) * size]))
  }
}

extension MatrixSequence {
  /// L A_1 Rᵀ, …, L A_T Rᵀ.
  ///
  /// - Complexity: one product of L with all matrices at once, then T products with Rᵀ.
  public func multiplied(left L: Matrix, rightTransposed R: Matrix) -> MatrixSequence {
    precondition(
      L.columns == rows && R.columns == columns,
      "cannot multiply \(rows)×\(columns) by \(L.rows)×\(L.columns) and \(R.columns)×\(R.rows)")
    let (m, n, k) = (L.rows, R.rows, L.columns)
    return MatrixSequence(rows: m, columns: n, count: count) { out in
      guard k > 0, columns > 0 else { return out.initialize(repeating: 0, count: m * n * count) }
      // Side by side the matrices are one of k rows.
      withUnsafeTemporaryAllocation(of: Double.self, capacity: m * columns * count) { left in
        gemm(.plain, .plain, m, columns * count, k, 1, L.storage, m, storage, k, 0, left.baseAddress!, m)
        for t in 0..<count {
          gemm(
            .plain, .transposed, m, n, columns, 1, left.baseAddress! + t * m * columns, m, R.storage, n, 0,
            out + t * m * n, m)
        }
      }
    }
  }
}
