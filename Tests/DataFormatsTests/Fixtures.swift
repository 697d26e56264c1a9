import Foundation
import LinearAlgebra

/// A file made by NumPy, safetensors or Python's csv module; see `Fixtures/make_fixtures.py`.
func fixture(_ name: String) throws -> String {
  guard let path = Bundle.module.path(forResource: "Fixtures/\(name)", ofType: nil) else {
    throw CocoaError(.fileNoSuchFile)
  }
  return path
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

/// The matrices the fixtures hold: (i + 1)/(j + 3), and the count 3i + j.
let fractions = Matrix(5, 3) { i, j in Double(i + 1) / Double(j + 3) }
let integers = Matrix(5, 3) { i, j in Double(3 * i + j) }

extension Matrix {
  /// The nearest single-precision matrix.
  var single: Matrix { Matrix(rows: rows, columns: columns, storage: storage.map { Double(Float($0)) }) }

  /// The entries' remainders on division by two.
  var parity: Matrix {
    Matrix(rows: rows, columns: columns, storage: storage.map { $0.truncatingRemainder(dividingBy: 2) })
  }
}
