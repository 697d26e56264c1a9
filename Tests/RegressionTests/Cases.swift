import LinearAlgebra
import LinearNetworks
import Regression
import TestSupport

extension RegressionCase {
  /// Inputs of lower rank: a random mixture of a few hidden ones.
  static func dependent(
    _ name: String = "dependent", inputs dx: Int, rank: Int, outputs dy: Int, samples m: Int, seed: UInt64
  ) -> RegressionCase {
    var generator = SeededGenerator(seed: seed)
    let hidden = RegressionCase.random(inputs: rank, outputs: dy, samples: m, seed: seed + 1)
    return RegressionCase(
      name, inputs: Matrix.gaussian(dx, rank, using: &generator) * hidden.inputs, outputs: hidden.outputs)
  }

  var inputColumns: [NamedColumn] { (0..<inputs.rows).map { NamedColumn(column: $0, name: "x\($0 + 1)") } }
  var outputColumns: [NamedColumn] {
    (0..<outputs.rows).map { NamedColumn(column: inputs.rows + $0, name: "y\($0 + 1)") }
  }

  func factor(_ preparation: Preparation) throws -> RegressionFactor {
    var compression = SampleCompression(columns: table.columns)
    compression.append(table)
    return try RegressionFactor(
      compression, inputs: inputColumns, outputs: outputColumns, preparation: preparation)
  }

  /// The samples themselves as the factor means them, prepared by two passes.
  func prepared(_ factor: RegressionFactor) -> (X: Matrix, Y: Matrix) {
    func centred(_ A: Matrix) -> Matrix {
      if factor.preparation == .none { return A }
      let means = (0..<A.rows).map { i in A.row(i).reduce(0, +) / Double(A.columns) }
      let once = Matrix(A.rows, A.columns) { i, t in A[i, t] - means[i] }
      let rest = (0..<A.rows).map { i in once.row(i).reduce(0, +) / Double(A.columns) }
      return Matrix(A.rows, A.columns) { i, t in once[i, t] - rest[i] }
    }
    var X = centred(inputs)
    if factor.preparation == .standardize {
      let root = Double(sampleCount).squareRoot()
      X = X.scalingRows(
        by: (0..<X.rows).map { i in
          let length = Matrix.column(X.row(i)).frobeniusNorm
          return length > 1e-14 ? root / length : 0
        })
    }
    return (X, centred(outputs))
  }

  /// Y X† by the normal equations: for well-conditioned inputs only.
  func leastSquares(_ X: Matrix, _ Y: Matrix) -> Matrix {
    let eigen = SymmetricEigendecomposition(Matrix.product(X, .plain, X, .transposed))
    let inverse = Matrix.product(
      eigen.eigenvectors.scalingColumns(by: eigen.eigenvalues.map { 1 / $0 }), .plain, eigen.eigenvectors,
      .transposed)
    return Matrix.product(Y, .plain, X, .transposed) * inverse
  }
}
