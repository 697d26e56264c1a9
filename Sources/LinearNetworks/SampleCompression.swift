import LinearAlgebra

/// Any number of samples, exactly compressed to as many as there are columns.
///
/// The table [1 A] of all samples, with a leading column of ones, is reduced to the triangular factor R of its QR
/// factorization while it is read. Since ½‖Y − W X‖² = ½‖R_xyᵀ − W R_xxᵀ‖² + ½‖R_yy‖² for every W, nothing else is needed,
/// whichever columns become inputs and outputs later. The column of ones gives the means, and what lies
/// below its row of R is the factor of the *centred* table, without a second pass and without cancellation.
///
/// Source: D1 of Documentation/derived.md.
public struct SampleCompression: Sendable {
  /// Columns of the table, without the ones.
  public let columns: Int
  private var qr: StreamingQR

  /// An empty table of the given number of columns.
  ///
  /// - Parameters:
  ///   - columns: of the table.
  ///   - blockRows: samples gathered before the factor is updated; by default what suits the processor's cache.
  public init(columns: Int, blockRows: Int? = nil) {
    precondition(columns > 0, "a table needs at least one column")
    self.columns = columns
    qr = StreamingQR(columns: columns + 1, blockRows: blockRows)
  }

  /// m, the samples taken so far.
  public var sampleCount: Int { qr.rowCount }

  /// Takes samples given one after the other (row-major, `rows` × `columns`).
  public mutating func append(rowMajor values: UnsafePointer<Double>, rows: Int) {
    qr.append(rowMajor: values, rows: rows, after: 1)
  }

  /// Takes the samples in the rows of a table.
  public mutating func append(_ table: Matrix) {
    precondition(
      table.columns == columns, "samples of length \(table.columns) in a table of \(columns) columns")
    table.transpose.storage.withUnsafeBufferPointer { p in
      if let base = p.baseAddress { append(rowMajor: base, rows: table.rows) }
    }
  }

  /// Merges the samples of another table of the same columns, as if they had been appended here: R of [R; R_other].
  public mutating func merge(_ other: SampleCompression) {
    precondition(
      other.columns == columns, "a table of \(other.columns) columns merged into one of \(columns)")
    if other.sampleCount > 0 { qr.merge(other.qr) }
  }

  /// The mean of every column.
  public var means: [Double] {
    let R = qr.triangularFactor
    return (0..<columns).map { R[0, $0 + 1] / R[0, 0] }
  }

  /// The factor R_c with R_cᵀ R_c = A_cᵀ A_c for the table A_c of the given columns, centred or not.
  public func factor(of picked: [Int], centered: Bool) -> Matrix {
    let R = qr.triangularFactor
    return R.columns(picked.map { $0 + 1 }).rows(centered ? 1...columns : 0...columns)
  }

  /// The parts R_xx, R_xy, ½‖R_yy‖² for a choice of inputs and outputs.
  public func split(inputs: [Int], outputs: [Int], centered: Bool) -> (
    inputFactor: Matrix, crossFactor: Matrix, irreducible: Double
  ) {
    var qr = StreamingQR(columns: inputs.count + outputs.count)
    qr.append(factor(of: inputs + outputs, centered: centered))
    let R = qr.triangularFactor
    let (dx, dy) = (inputs.count, outputs.count)
    let Ryy = R.rows(dx..<dx + dy).columns(dx..<dx + dy).frobeniusNorm
    let top = R.rows(0..<dx)
    return (top.columns(0..<dx), top.columns(dx..<dx + dy), 0.5 * Ryy * Ryy)
  }

  /// The problem of predicting some columns from others, in the units of the table.
  public func problem(inputs: [Int], outputs: [Int]) -> PreparedProblem {
    // Without preparation nothing can be singular, so nothing can be thrown.
    try! PreparedProblem(
      self, inputs: inputs.map { .init(column: $0, name: "x\($0 + 1)") },
      outputs: outputs.map { .init(column: $0, name: "y\($0 + 1)") }, preparation: .none)
  }
}
