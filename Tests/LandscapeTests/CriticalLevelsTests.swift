import Landscape
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing

@Suite struct CriticalLevelsTests {
  private func minimum(_ σ: [Double], rank: Int, inputs: Int? = nil) -> GlobalMinimum {
    let labels = Matrix.diagonal(σ, rows: σ.count, columns: inputs ?? σ.count)
    return GlobalMinimum(
      of: Problem(
        sampleCount: 1, inputFactor: .identity(labels.columns), crossFactor: labels.transpose,
        irreducible: 0.25),
      rank: rank)
  }

  /// ½ Σ_{i∉S} σ_i² over all sets of at most r, distinct and sorted.
  private func bruteForce(_ σ: [Double], rank r: Int) -> [Double] {
    let losses = (0..<1 << σ.count).filter { $0.nonzeroBitCount <= r }.map { mask in
      0.25 + 0.5 * σ.indices.reduce(0.0) { mask >> $1 & 1 == 0 ? $0 + σ[$1] * σ[$1] : $0 }
    }.sorted()
    var distinct: [Double] = []
    for loss in losses where distinct.last.map({ loss - $0 > 1e-12 * losses.last! }) ?? true {
      distinct.append(loss)
    }
    return distinct
  }

  @Test(arguments: [1, 2, 4, 7], [3, 5, 8])
  func `all levels come in order, as from all subsets`(rank: Int, count: Int) {
    var generator = SeededGenerator(seed: UInt64(10 * rank + count))
    let σ = (0..<count).map { _ in 0.2 + generator.uniform() }.sorted(by: >)
    let levels = Array(CriticalLevels(of: minimum(σ, rank: rank)))
    let expected = bruteForce(σ, rank: rank)
    #expect(levels.count == expected.count)
    for (level, loss) in zip(levels, expected) {
      #expect((level.loss - loss).magnitude <= 1e-13 * expected.last!)
      #expect(level.rank == level.kept.count && level.rank <= rank)
      let sum = σ.indices.reduce(0.25) { level.kept.contains($1 + 1) ? $0 : $0 + 0.5 * σ[$1] * σ[$1] }
      #expect((sum - loss).magnitude <= 1e-13 * expected.last!)
    }
  }

  @Test func `equal singular values make one level, and so do sums that agree by chance`() {
    // 3² + 4² = 5²: {5} and {3, 4} are at one level.
    let levels = Array(CriticalLevels(of: minimum([5, 4, 4, 3], rank: 2)))
    let expected = bruteForce([5, 4, 4, 3], rank: 2)
    #expect(levels.map { ($0.loss * 1e9).rounded() } == expected.map { ($0 * 1e9).rounded() })
    #expect(levels[0].kept == [1, 2])
  }

  @Test func `the nature of a level says which saddles are there`() throws {
    let levels = CriticalLevels(of: minimum([3, 2, 2, 1], rank: 3))
    let natures = Dictionary(uniqueKeysWithValues: levels.map { ($0.kept, $0.nature) })
    #expect(natures[[1, 2, 3]] == .globalMinimum)
    for leading in [[], [1], [1, 2]] { #expect(natures[leading] == .leading) }
    for other in [[2], [4], [1, 4], [2, 3], [1, 2, 4]] { #expect(natures[other] == .strictSaddles) }
  }

  @Test func `of 2⁶⁰ levels the lowest hundred are found without visiting the others`() {
    let σ = (0..<60).map { 2 - Double($0 * $0) / 3600 }
    let levels = CriticalLevels(of: minimum(σ, rank: 30)).lowest(100)
    #expect(levels.count == 100)
    #expect(zip(levels, levels.dropFirst()).allSatisfy { $0.gap < $1.gap })
    #expect(levels[0].kept == Array(1...30))
    // The best exchange is that of the last kept for the first left out.
    #expect(levels[1].kept == Array(1...29) + [31])
  }

  @Test func `directions without labels are no directions`() {
    let levels = Array(CriticalLevels(of: minimum([2, 0, 0], rank: 3, inputs: 5)))
    #expect(levels.map(\.kept) == [[1], []])
    #expect(CriticalLevels(of: minimum([0, 0], rank: 1)).spacing == nil)
  }

  @Test func `a level can be asked for by its directions`() {
    let levels = CriticalLevels(of: minimum([5, 4, 2, 1], rank: 3))
    for level in levels { #expect(levels.level(keeping: level.kept) == level) }
  }
}
