import Completion
import LinearAlgebra
import Testing

/// The completion of least nuclear norm against closed forms, with its own certificate.
@Suite struct NuclearNormTests {
  @Test func `one missing entry of a 2 × 2 matrix: by hand`() throws {
    // ‖X‖_*² = ‖X‖_F² + 2|det X|: for [[a, b], [c, x]] with ax < bc the least is at x = a if a² < bc, else at the kink x = bc/a.
    for (a, b, c) in [(1.0, 2.0, 3.0), (3, 1, 2), (2, 2, 2.0)] {
      let Z = try ObservedMatrix(
        rows: 2, columns: 2,
        entries: [
          .init(row: 0, column: 0, value: a), .init(row: 0, column: 1, value: b),
          .init(row: 1, column: 0, value: c),
        ])
      let x = a * a < b * c ? a : b * c / a
      let least = (a * a + b * b + c * c + x * x + 2 * (a * x - b * c).magnitude).squareRoot()
      let found = NuclearNormCompletion(of: Z, tolerance: 1e-8, mostSteps: 20_000)
      #expect(found.lowerBound <= least * (1 + 1e-12) && found.upperBound >= least * (1 - 1e-12))
      #expect(found.relativeGap <= 1e-8)
      #expect((found.matrix[1, 1] - x).magnitude <= 1e-3)
    }
  }

  @Test func `what is observed is kept exactly, and the bounds are those of the matrix`() throws {
    var generator = SeededGenerator(seed: 3)
    let truth = Matrix.gaussian(8, 1, using: &generator) * Matrix.gaussian(1, 9, using: &generator)
    let places = (0..<72).shuffled(using: &generator).prefix(50)
    let Z = try ObservedMatrix(
      rows: 8, columns: 9,
      entries: places.map { .init(row: $0 / 9, column: $0 % 9, value: truth[$0 / 9, $0 % 9]) })
    let found = NuclearNormCompletion(of: Z)
    for entry in Z.entries { #expect(found.matrix[entry.row, entry.column] == entry.value) }
    #expect((found.upperBound / found.matrix.singularValues.reduce(0, +) - 1).magnitude <= 1e-12)
    // The truth fits the entries, so that it is no better than the best.
    #expect(found.lowerBound <= truth.singularValues.reduce(0, +) * (1 + 1e-12))
    #expect(found.relativeGap <= 1e-6)
  }

  @Test func `everything observed leaves no choice`() throws {
    let Z = try ObservedMatrix(
      rows: 2, columns: 2,
      entries: (0..<4).map { .init(row: $0 / 2, column: $0 % 2, value: Double($0)) })
    let found = NuclearNormCompletion(of: Z)
    #expect(found.matrix == Z.filled)
    #expect((found.upperBound / Z.filled.singularValues.reduce(0, +) - 1).magnitude <= 1e-12)
    #expect(found.relativeGap <= 1e-6)
  }
}
