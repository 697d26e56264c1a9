import LinearAlgebra
import LinearNetworks

/// The triangular factor [R_xx R_xy; 0 R_yy] of a table of samples, split into inputs and outputs.
///
/// With [X̃ᵀ Ỹᵀ] = Q R, where x̃ = diag(s) (x − x̄) and ỹ = y − ȳ, everything about the regression of Ỹ on X̃ is a function of R: it does not
/// grow with the number of samples, and X̃ X̃ᵀ, which squares the condition number, is never formed.
///
/// *Edge cases*: a column that is constant up to the round-off of its numbers becomes zero; a constant input then gets the coefficient 0, and a
/// constant output is predicted by its mean.
///
/// Source: D1 of Documentation/derived.md.
public struct RegressionFactor: Sendable {
  /// m.
  public let sampleCount: Int
  /// `Preparation.none`, `Preparation.center` or `Preparation.standardize`.
  public let preparation: Preparation
  /// The columns of the table that are predicted from, dx of them.
  public let inputs: [NamedColumn]
  /// The columns of the table that are predicted, dy of them.
  public let outputs: [NamedColumn]
  /// x̄; zeros if nothing is centred.
  public let inputMeans: [Double]
  /// ȳ; zeros if nothing is centred.
  public let outputMeans: [Double]
  /// s: 1, or for `Preparation.standardize` the reciprocal standard deviations (divisor m), 0 for a constant input.
  public let inputScales: [Double]
  /// Positions among the inputs of those that are constant.
  public let constantInputs: [Int]
  /// R_xx: dx × dx, upper triangular; with fewer than dx samples these themselves, as rows.
  public let inputFactor: Matrix
  /// R_xy: as many rows as R_xx, dy columns.
  public let crossFactor: Matrix
  /// R_yy: dy × dy, upper triangular, or as many rows as there are samples beyond dx; ½‖R_yy‖² is what no function linear in inputs of full rank explains.
  public let residualFactor: Matrix

  /// Up to where a direction of the inputs counts as round-off, and of inputs and outputs together, relative to columns of unit length.
  let inputRoundOff, roundOff: Double
  /// A number near the samples of each input and output, and their means less these, which are known better than the means.
  private let origins, centers: [Double]

  /// The factor of the given columns of a table.
  ///
  /// - Parameters:
  ///   - table: the samples, in units of the file.
  ///   - inputs: at least one column.
  ///   - outputs: at least one column, none of them among the inputs.
  ///   - preparation: whitening is not needed here: a regression without penalty is the same for every invertible change of its inputs.
  /// - Throws: ``RegressionError/noSamples``; ``RegressionError/extremeScale(column:size:)``.
  public init(
    _ table: SampleCompression, inputs: [NamedColumn], outputs: [NamedColumn],
    preparation: Preparation = .center
  ) throws(RegressionError) {
    precondition(preparation != .whiten, "a regression does not whiten its inputs")
    precondition(!inputs.isEmpty && !outputs.isEmpty, "a regression has at least one input and one output")
    guard table.sampleCount > 0 else { throw .noSamples }
    let (dx, dy, m) = (inputs.count, outputs.count, table.sampleCount)
    let isCentred = preparation != .none
    let columns = (inputs + outputs).map(\.column)
    var rows = table.factor(of: columns, centered: isCentred)
    var constant: [Int] = []
    if isCentred {
      for j in table.constants(among: columns) {
        for i in 0..<rows.rows { rows[i, j] = 0 }
        if j < dx { constant.append(j) }
      }
    }
    // The largest output decides: the loss is the sum of their squares.
    let lengths = (dx..<dx + dy).map { rows.length(ofColumn: $0) }
    if let j = lengths.indices.max(by: { lengths[$0] < lengths[$1] || lengths[$1].isNaN }), lengths[j] != 0,
      !RegressionError.lengths.contains(lengths[j])
    {
      throw .extremeScale(column: outputs[j].name, size: lengths[j] / Double(m).squareRoot())
    }
    var scales = [Double](repeating: 1, count: dx)
    if preparation == .standardize {
      for j in 0..<dx {
        let length = rows.length(ofColumn: j)
        scales[j] = length > 0 ? Double(m).squareRoot() / length : 0
      }
      rows = rows.scalingColumns(by: scales + Array(repeating: 1, count: dy))
    }
    let R =
      rows.rows <= dx ? rows : rows.rows < dx + dy ? rows.trapezoidalFactor : rows.triangularFactor
    let top = min(R.rows, dx)
    let means = table.means
    sampleCount = m
    self.preparation = preparation
    (self.inputs, self.outputs) = (inputs, outputs)
    inputMeans = isCentred ? inputs.map { means[$0.column] } : Array(repeating: 0, count: dx)
    outputMeans = isCentred ? outputs.map { means[$0.column] } : Array(repeating: 0, count: dy)
    inputScales = scales
    constantInputs = constant
    inputFactor = R.rows(0..<top).columns(0..<dx)
    crossFactor = R.rows(0..<top).columns(dx..<dx + dy)
    residualFactor = R.rows(top..<R.rows).columns(dx..<dx + dy)
    inputRoundOff = table.roundOff(of: inputs.map(\.column), centered: isCentred)
    roundOff = table.roundOff(of: columns, centered: isCentred)
    let near = table.origins
    let relative = table.means(relativeTo: near)
    origins = columns.map { near[$0] }
    centers = columns.map { relative[$0] }
  }

  /// Positions among the inputs of those that vary (all, if nothing is centred).
  public var usedInputPositions: [Int] { inputs.indices.filter { !constantInputs.contains($0) } }

  /// The inputs that vary.
  public var usedInputs: [NamedColumn] { usedInputPositions.map { inputs[$0] } }

  /// ‖ỹ_j‖² for every output: the sum of squares about the mean (about zero if nothing is centred).
  public var totalSquares: [Double] {
    outputs.indices.map { j in
      let (a, b) = (crossFactor.length(ofColumn: j), residualFactor.length(ofColumn: j))
      return a * a + b * b
    }
  }

  /// Other samples of the same table in the units of this factor: matrices A_x, A_y with few rows and the Gram matrix of [X̃ᵀ Ỹᵀ] of those samples.
  ///
  /// Since z − c = (z − z̄) + (z̄ − c), the factor about *these* means c is that about the samples' own means z̄ with the row √m (z̄ − c) added.
  func rows(of other: SampleCompression) -> (inputs: Matrix, outputs: Matrix) {
    let columns = (inputs + outputs).map(\.column)
    var rows: Matrix
    if preparation == .none {
      rows = other.factor(of: columns, centered: false)
    } else {
      var near = [Double](repeating: 0, count: other.columns)
      for (i, column) in columns.enumerated() { near[column] = origins[i] }
      let means = other.means(relativeTo: near)
      let root = Double(other.sampleCount).squareRoot()
      rows = other.factor(of: columns, centered: true).appendingRows(
        Matrix(1, columns.count) { _, j in root * (means[columns[j]] - centers[j]) })
    }
    rows = rows.scalingColumns(by: inputScales + Array(repeating: 1, count: outputs.count))
    return (rows.columns(0..<inputs.count), rows.columns(inputs.count..<columns.count))
  }
}

/// √Σ x_i², in units of the largest: it neither overflows nor loses digits to underflow where the squares would.
///
/// The unit is a power of two, so that x times a power of two gives the root times that power, to the last bit.
func rootOfSquares(_ x: [Double]) -> Double {
  let unit = binade(of: x)
  return unit * x.reduce(0) { $0 + ($1 / unit) * ($1 / unit) }.squareRoot()
}

/// The power of two below the largest magnitude; 1 where all are zero or none is finite.
func binade(of x: some Sequence<Double>) -> Double {
  let largest = x.reduce(0) { max($0, $1.magnitude) }
  return largest >= .leastNormalMagnitude && largest.isFinite ? largest.binade : 1
}

extension Matrix {
  /// ‖A e_j‖, without overflow or underflow of the squares.
  func length(ofColumn j: Int) -> Double {
    storage.withUnsafeBufferPointer { rows == 0 ? 0 : norm2($0.baseAddress! + j * rows, rows) }
  }

  /// R of the QR factorization, columns × columns.
  var triangularFactor: Matrix {
    var qr = StreamingQR(columns: columns, blockRows: max(rows, 1))
    qr.append(self)
    return qr.triangularFactor
  }
}
