import DataFormats
import Foundation
import LinearAlgebra

/// A folder of its own for each test, removed with it.
final class Scratch {
  let folder: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("linnet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// The path of a new file with these bytes.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }
}

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
