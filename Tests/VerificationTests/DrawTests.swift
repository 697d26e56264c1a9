import Testing
import Verification

struct DrawTests {
  @Test func `equal recipes give equal numbers, and given reals come first`() {
    let recipe = Recipe(name: "claim", seed: 1, index: 7)
    var (a, b) = (Draw(recipe), Draw(recipe))
    #expect((0..<5).map { _ in a.real() } == (0..<5).map { _ in b.real() })
    #expect(a.integer(1...1000) == b.integer(1...1000))
    var changed = Draw(Recipe(seed: recipe.seed, reals: [0.25]))
    #expect(changed.real() == 0.25)
    // The numbers after the given ones, and the structure, are those of the seed.
    #expect(changed.real() == a.reals[1])
    var fresh = Draw(recipe)
    #expect(changed.integer(1...1000) == fresh.integer(1...1000))
  }
}
