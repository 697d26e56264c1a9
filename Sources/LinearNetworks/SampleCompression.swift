import Foundation
import LinearAlgebra

/// Any number of samples, exactly compressed to at most as many as there are columns.
///
/// The table [1 A] of all samples, with a leading column of ones, is reduced to the triangular factor R of its QR
/// factorization while it is read. Since ½‖Y − W X‖² = ½‖R_xyᵀ − W R_xxᵀ‖² + ½‖R_yy‖² for every W, nothing else is needed,
/// whichever columns become inputs and outputs later. The column of ones gives the means, and what lies
/// below its row of R is the factor of the *centred* table, without a second pass. While there are fewer samples than columns the table itself is its smallest factor; then only its
/// first column is reflected.
///
/// A column far from zero would lose log₁₀(mean/spread) digits so: the round-off of its factor is relative to its length. Columns whose first
/// samples lie within a factor of two of each other are therefore read as differences from one of these, the origin, which are exact
/// there (Sterbenz, 1974); the origin is added again where the table is wanted as it stands.
///
/// *Accuracy*: the centred factor is exact for columns that are changed by c·n·eps of their spread about the origin, whatever their mean. Columns that never meet, being
/// zero where the other is not, stay orthogonal to the last bit as long as nothing is centred.
///
/// Source: D1 of Documentation/derived.md; for the shift Chan, Golub, LeVeque, *Algorithms for computing the sample variance*, The American
/// Statistician 37 (1983).
public struct SampleCompression: Sendable {
  /// Columns of the table, without the ones.
  public let columns: Int
  /// [1 A − 1 oᵀ].
  private var qr: StreamingQR
  /// o; nil until enough samples are known.
  private var origin: [Double]?
  /// The samples that wait for the origin, one after the other.
  private var waiting: [Double] = []
  /// Nil for more columns than are worth the n² bits.
  private(set) var meetings: ColumnMeetings?

  /// Columns up to which it is known which of them meet (tuned).
  private static let mostMeetings = 2048

  /// Samples from which the origin is taken: if they are unlike the m others, √(m/64) is lost (tuned).
  private static let firstSamples = 64

  /// An empty table of the given number of columns.
  ///
  /// - Parameters:
  ///   - columns: of the table.
  ///   - blockRows: samples gathered before the factor is updated; by default what suits the processor's cache.
  public init(columns: Int, blockRows: Int? = nil) {
    precondition(columns > 0, "a table needs at least one column")
    self.columns = columns
    qr = StreamingQR(columns: columns + 1, blockRows: blockRows)
    meetings = columns <= Self.mostMeetings ? ColumnMeetings(columns: columns) : nil
  }

  /// m, the samples taken so far.
  public var sampleCount: Int { qr.rowCount + waiting.count / columns }

  /// Takes samples given one after the other (row-major, `rows` × `columns`).
  public mutating func append(rowMajor values: UnsafePointer<Double>, rows: Int) {
    meetings?.append(rowMajor: values, rows: rows)
    var taken = 0
    if origin == nil {
      taken = min(rows, Self.firstSamples - waiting.count / columns)
      waiting.append(contentsOf: UnsafeBufferPointer(start: values, count: taken * columns))
      if waiting.count == Self.firstSamples * columns { settle() }
    }
    if let origin, taken < rows {
      qr.append(rowMajor: values + taken * columns, rows: rows - taken, after: 1, minus: origin)
    }
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
    guard other.sampleCount > 0 else { return }
    if let theirs = other.meetings { meetings?.merge(theirs) }
    let (R, from) = other.factor
    if sampleCount == 0 { origin = from } else { settle() }
    let to = origin!
    // [1 A − 1 oᵀ] = [1 A − 1 o′ᵀ] with (o′ − o) times the first column added.
    qr.merge(
      triangularFactor: Matrix(R.rows, columns + 1) { i, j in
        i == 0 && j > 0 ? R[0, j] + (from[j - 1] - to[j - 1]) * R[0, 0] : R[i, j]
      }, rows: other.sampleCount)
  }

  /// Takes what a table without samples once was.
  mutating func restore(_ parts: SampleFactor) {
    precondition(sampleCount == 0 && columns == parts.origin.count, "a table is restored into an empty one")
    origin = parts.origin
    qr.merge(triangularFactor: parts.factor, rows: parts.sampleCount)
    // Where it is not known, all may meet.
    if meetings != nil {
      meetings =
        parts.meetings.map { ColumnMeetings(columns: columns, sets: $0) }
        ?? ColumnMeetings(ofAll: columns)
    }
  }

  /// Chooses the origin and takes the samples that waited for it.
  private mutating func settle() {
    guard origin == nil else { return }
    let m = waiting.count / columns
    let chosen = (0..<columns).map { j -> Double in
      let values = (0..<m).map { waiting[$0 * columns + j] }.sorted()
      guard let low = values.first, let high = values.last, low * high > 0 else { return 0 }
      return max(low.magnitude, high.magnitude) <= 2 * min(low.magnitude, high.magnitude) ? values[m / 2] : 0
    }
    origin = chosen
    waiting.withUnsafeBufferPointer { p in
      if let base = p.baseAddress { qr.append(rowMajor: base, rows: m, after: 1, minus: chosen) }
    }
    waiting = []
  }

  /// A factor R of [1 A − 1 oᵀ] whose first column is zero below the first row, and o.
  var factor: (R: Matrix, origin: [Double]) {
    var copy = self
    copy.settle()
    let F = copy.qr.factor
    return (F.rows > columns ? F : F.reflectingFirstColumn, copy.origin!)
  }

  /// The mean of every column.
  public var means: [Double] { means(relativeTo: Array(repeating: 0, count: columns)) }

  /// The mean of every column less a number for each.
  ///
  /// *Accuracy*: relative to the difference, not to the mean, for numbers near the samples.
  package func means(relativeTo center: [Double]) -> [Double] {
    let (R, origin) = factor
    return (0..<columns).map { (origin[$0] - center[$0]) + R[0, $0 + 1] / R[0, 0] }
  }

  /// o: a number near the samples of every column, zero where they are not all far from zero on one side.
  package var origins: [Double] {
    var copy = self
    copy.settle()
    return copy.origin!
  }

  /// The factor R_c with R_cᵀ R_c = A_cᵀ A_c for the table A_c of the given columns, centred or not.
  ///
  /// It has no more rows than there are samples, and one more than columns of the table at most.
  public func factor(of picked: [Int], centered: Bool) -> Matrix {
    let (R, origin) = factor
    if centered { return R.columns(picked.map { $0 + 1 }).rows(1..<max(R.rows, 1)) }
    return Matrix(R.rows, picked.count) { i, j in
      let shifted = R[i, picked[j] + 1]
      return i == 0 ? shifted + origin[picked[j]] * R[0, 0] : shifted
    }
  }

  /// How the lengths of a column compare: what the factor's round-off is relative to, the column as it stands, and about its mean.
  private func lengths(of picked: [Int]) -> [(shifted: Double, whole: Double, centred: Double)] {
    let (R, origin) = factor
    return picked.map { j in
      let centred = Matrix.column(Array(R.column(j + 1).dropFirst())).frobeniusNorm
      return (
        hypot(R[0, j + 1], centred), hypot(R[0, j + 1] + origin[j] * R[0, 0], centred), centred
      )
    }
  }

  /// Positions among the given columns of those that are constant: their standard deviation is at most twice the round-off of their numbers, so
  /// that 0.3 and 0.1 + 0.2 are the same (tuned).
  package func constants(among picked: [Int]) -> [Int] {
    let lengths = lengths(of: picked)
    return picked.indices.filter { lengths[$0].centred <= 2 * .ulpOfOne * lengths[$0].whole }
  }

  /// Up to where a direction of the given columns, scaled to unit length, counts as round-off: that of the factor, and that of the numbers in
  /// the columns, which centring enlarges.
  ///
  /// Constant columns do not count.
  package func roundOff(of picked: [Int], centered: Bool) -> Double {
    let n = Double(picked.count)
    let factor = 100 * n * .ulpOfOne
    let origins = origins
    let root = Double(sampleCount).squareRoot()
    let constant = Set(centered ? constants(among: picked) : [])
    var largest = factor
    for (i, length) in lengths(of: picked).enumerated() where !constant.contains(i) {
      if centered {
        let numbers = 4 * n.squareRoot() * .ulpOfOne * length.whole / length.centred
        largest = max(largest, factor * length.shifted / length.centred, numbers)
      } else if length.whole > 0 {
        largest = max(largest, factor * (origins[picked[i]].magnitude * root) / length.whole)
      }
    }
    // Below 1 for the longest direction to count.
    return min(largest, 0.1)
  }

  /// The parts R_xx, R_xy, ½‖R_yy‖² for a choice of inputs and outputs.
  ///
  /// R_xx has as many rows as inputs, or fewer where there are fewer samples. Without centring, entries of X Xᵀ and Y Xᵀ that belong to columns which never meet are
  /// zeros of R_xx and R_xy.
  public func split(inputs: [Int], outputs: [Int], centered: Bool) -> (
    inputFactor: Matrix, crossFactor: Matrix, irreducible: Double
  ) {
    let (dx, dy) = (inputs.count, outputs.count)
    let table = factor(of: inputs + outputs, centered: centered)
    let R: Matrix
    if table.rows < dx + dy {
      // Fewer samples than columns: those of the table itself, or its trapezoidal factor.
      R = table.rows <= dx ? table : table.trapezoidalFactor
    } else {
      var qr = StreamingQR(columns: dx + dy)
      qr.append(table)
      R = qr.triangularFactor
    }
    let top = min(R.rows, dx)
    let Ryy = R.rows(top..<R.rows).columns(dx..<dx + dy).frobeniusNorm
    let irreducible = 0.5 * Ryy * Ryy
    let groups = centered ? [] : meetings?.groups(of: inputs) ?? []
    if groups.count > 1 {
      let (Rxx, Rxy) = separately(groups, table, inputs: inputs, outputs: outputs)
      return (Rxx, Rxy, irreducible)
    }
    let rows = R.rows(0..<top)
    return (rows.columns(0..<dx), rows.columns(dx..<dx + dy), irreducible)
  }

  /// R_xx and R_xy of groups of inputs of which no two meet: the factor of every group by itself, X_g = Q_g R_g, and Q_gᵀY.
  private func separately(
    _ groups: [[Int]], _ samples: Matrix, inputs: [Int], outputs: [Int]
  ) -> (inputFactor: Matrix, crossFactor: Matrix) {
    let (dx, dy) = (inputs.count, outputs.count)
    // As many rows as the largest group has columns at least.
    let missing = max(dx - samples.rows, 0)
    let table = samples.appendingRows(Matrix(zeros: missing, samples.columns))
    let Y = table.columns(dx..<dx + dy)
    var (Rxx, Rxy) = (Matrix(zeros: dx, dx), Matrix(zeros: dx, dy))
    for group in groups {
      let X = table.columns(group)
      let Q = X.orthonormalFactor
      let R = Matrix.product(Q, .transposed, X, .plain)
      let cross = Matrix.product(Q, .transposed, Y, .plain)
      for (a, i) in group.enumerated() {
        for b in a..<group.count { Rxx[i, group[b]] = R[a, b] }
        for k in 0..<dy where group.contains(where: { meetings!.meet(inputs[$0], outputs[k]) }) {
          Rxy[i, k] = cross[a, k]
        }
      }
    }
    return (Rxx, Rxy)
  }

  /// The problem of predicting some columns from others, in the units of the table.
  public func problem(inputs: [Int], outputs: [Int]) -> PreparedProblem {
    // Without preparation nothing can be singular, so nothing can be thrown.
    try! PreparedProblem(
      self, inputs: inputs.map { .init(column: $0, name: "x\($0 + 1)") },
      outputs: outputs.map { .init(column: $0, name: "y\($0 + 1)") }, preparation: .none)
  }
}

extension Matrix {
  /// H A with the reflection H that makes the first column a multiple of e_1.
  fileprivate var reflectingFirstColumn: Matrix {
    guard rows > 1, columns > 0 else { return self }
    var v = column(0)
    let length = Matrix.column(v).frobeniusNorm
    guard length > 0 else { return self }
    // In units of its length, so that v₁ + sign(v₁) adds like signs.
    for i in v.indices { v[i] /= length }
    let sign = v[0] < 0 ? -1.0 : 1.0
    v[0] += sign
    // vᵀv = 2 + 2|v₁|.
    let scale = 1 / v[0].magnitude
    var result = self
    for j in 0..<columns {
      let first = j * rows
      var product = 0.0
      for i in 0..<rows { product += v[i] * storage[first + i] }
      product *= scale
      for i in 0..<rows { result.storage[first + i] -= product * v[i] }
    }
    result[0, 0] = -sign * length
    for i in 1..<rows { result[i, 0] = 0 }
    return result
  }
}
