import LinearAlgebra

/// All that a compressed table is: what a file keeps of it, or a message between machines.
///
/// With the origin o and the column of ones in front, [1 A − 1 oᵀ] = Q R; R and o give the means, every centred and uncentred factor, and with those of other samples
/// of the same columns the factor of all of them (``SampleCompression/merge(_:)``).
///
/// Source: D1 of Documentation/derived.md.
public struct SampleFactor: Equatable, Sendable {
  /// m, the samples that it stands for.
  public let sampleCount: Int
  /// R: as many columns as the table and one more in front, below whose first entry √m are zeros; rows with diagonal entries ≥ 0 if there are as many as columns.
  public let factor: Matrix
  /// o, a number for each column of the table.
  public let origin: [Double]
  /// For each column a set of columns that are different from zero in a row where it is, as bits, 64 to a word; nil if that is not known, or for all.
  public let meetings: [UInt64]?

  /// The largest number of samples: beyond, not every count is a double.
  public static let mostSamples = 1 << 53

  /// The parts of a compressed table.
  ///
  /// - Parameters:
  ///   - sampleCount: m.
  ///   - factor: R.
  ///   - origin: o.
  ///   - meetings: which columns meet; nil if that is not known.
  public init(sampleCount: Int, factor: Matrix, origin: [Double], meetings: [UInt64]?) {
    let fault = Self.fault(sampleCount: sampleCount, factor: factor, origin: origin, meetings: meetings)
    precondition(fault == nil, "no factor of samples: \(fault ?? "")")
    (self.sampleCount, self.factor, self.origin, self.meetings) = (sampleCount, factor, origin, meetings)
  }

  /// Why parts are not those of a compressed table, in words; nil if they are.
  ///
  /// - Parameters:
  ///   - sampleCount: m.
  ///   - factor: R.
  ///   - origin: o.
  ///   - meetings: which columns meet.
  public static func fault(sampleCount: Int, factor: Matrix, origin: [Double], meetings: [UInt64]?) -> String?
  {
    let n = origin.count
    guard n > 0, factor.columns == n + 1, (1...n + 1).contains(factor.rows) else {
      return "its factor is \(factor.rows)×\(factor.columns), and its table has \(n) columns"
    }
    guard (1...mostSamples).contains(sampleCount) else { return "it stands for \(sampleCount) samples" }
    guard factor.storage.allSatisfy(\.isFinite), origin.allSatisfy(\.isFinite) else {
      return "a number of it is not finite"
    }
    // The length of a column of ones; its round-off grows with the number of blocks, far below this.
    guard (factor[0, 0] / Double(sampleCount).squareRoot() - 1).magnitude < 1e-6 else {
      return "its factor begins with \(factor[0, 0]), which is not the root of \(sampleCount) samples"
    }
    guard (1..<factor.rows).allSatisfy({ factor[$0, 0] == 0 }),
      factor.rows <= n || (0...n).allSatisfy({ j in (j + 1..<n + 1).allSatisfy { factor[$0, j] == 0 } })
    else { return "its factor is not triangular" }
    if let meetings {
      let words = ColumnMeetings.words(for: n)
      guard meetings.count == n * words else {
        return "which columns meet is said by \(meetings.count) numbers in the place of \(n * words)"
      }
      func meet(_ i: Int, _ j: Int) -> Bool { meetings[i * words + j / 64] >> UInt64(j % 64) & 1 == 1 }
      guard
        (0..<n).allSatisfy({ i in (0..<words * 64).allSatisfy { j in meet(i, j) == (j < n && meet(j, i)) } })
      else { return "columns meet others that do not meet them" }
    }
    return nil
  }
}

extension SampleCompression {
  /// What the table is made of; nil without samples.
  ///
  /// *Accuracy*: rows of R change sign so that its diagonal is not negative, which is exact.
  public var parts: SampleFactor? {
    guard sampleCount > 0 else { return nil }
    var (R, origin) = factor
    let isTriangular = R.rows > columns
    for i in 0..<(isTriangular ? R.rows : 1) where R[i, i] < 0 {
      for j in i..<R.columns where R[i, j] != 0 { R[i, j] = -R[i, j] }
    }
    return SampleFactor(
      sampleCount: sampleCount, factor: R, origin: origin, meetings: meetings?.sets)
  }

  /// The table that parts were taken of.
  public init(_ parts: SampleFactor) {
    self.init(columns: parts.origin.count)
    restore(parts)
  }

  /// The same samples with a further column, which is 1 in each of them; it stands behind the others.
  package func addingOnes() -> SampleCompression {
    guard let parts else { return SampleCompression(columns: columns + 1) }
    let (R, n) = (parts.factor, columns)
    // With the origin 1 the column is zero.
    return SampleCompression(
      SampleFactor(
        sampleCount: parts.sampleCount, factor: R.appendingColumns(Matrix(zeros: R.rows, 1)),
        origin: parts.origin + [1],
        meetings: parts.meetings.flatMap { ColumnMeetings(columns: n, sets: $0).addingOnes.sets }
      ))
  }
}
