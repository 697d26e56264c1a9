import LinearAlgebra
import LinearNetworks

extension SampleTable {
  /// All samples, exactly compressed, in two parts: those that stay, and those that are held out.
  ///
  /// - Parameters:
  ///   - isHeldOut: told of one row after the other.
  ///   - progress: told after every block how far the reading is.
  /// - Throws: what ``coded()`` and ``forEachBlock(progress:_:)`` throw. A part without rows is no error here.
  public func compressed(
    holdingOut isHeldOut: () -> Bool, progress: ((ReadingProgress) -> Void)? = nil
  ) throws -> (kept: CompressedTable, heldOut: CompressedTable) {
    let table = try coded()
    let n = table.columnCount
    var parts = [SampleCompression(columns: n), SampleCompression(columns: n)]
    try table.forEachBlock(progress: progress) { block, rows in
      for i in 0..<rows {
        parts[isHeldOut() ? 1 : 0].append(rowMajor: block.baseAddress! + i * n, rows: 1)
      }
    }
    let compressed = parts.map {
      CompressedTable(
        name: name, inputs: table.inputs, outputs: table.outputs, defaultPreparation: defaultPreparation,
        coding: table.coding, notices: table.notices, samples: $0)
    }
    return (compressed[0], compressed[1])
  }
}

extension PreparedProblem {
  /// Samples that were not prepared with this problem, in its coordinates: x̃ = T(x − x̄) and y − ȳ with the means of the samples that were.
  ///
  /// Its loss ½‖Y − WX‖² is that of W on them, and of ``predictor(of:)``.
  ///
  /// - Parameter table: has the inputs and outputs of the problem among its columns, by their names.
  public func problem(heldOut table: CompressedTable) -> Problem {
    let columns = Dictionary((table.inputs + table.outputs).map { ($0.name, $0.column) }) { first, _ in first
    }
    let picked = (inputNames + outputNames).map { name in
      guard let column = columns[name] else {
        preconditionFailure("the held-out samples have no column \(name)")
      }
      return column
    }
    let m = table.samples.sampleCount
    // Σ(x − x̄)(x − x̄)ᵀ = Σ(x − μ)(x − μ)ᵀ + m(μ − x̄)(μ − x̄)ᵀ, μ the mean of the held-out samples.
    let shift = table.samples.means(relativeTo: center(picked, of: table.samples.columns))
    let row = Matrix(1, picked.count) { _, j in Double(m).squareRoot() * shift[picked[j]] }
    let R = table.samples.factor(of: picked, centered: true).appendingRows(row)
    let n = inputNames.count
    return Problem(
      sampleCount: m,
      inputFactor: Matrix.product(R.columns(0..<n), .plain, inputTransform, .transposed),
      crossFactor: R.columns(n..<picked.count), irreducible: 0)
  }

  /// The means of this problem at the places of the columns of a table.
  private func center(_ picked: [Int], of count: Int) -> [Double] {
    var center = Array(repeating: 0.0, count: count)
    for (column, mean) in zip(picked, inputMeans + outputMeans) { center[column] = mean }
    return center
  }
}
