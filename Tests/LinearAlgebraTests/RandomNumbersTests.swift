import LinearAlgebra
import Testing

struct RandomNumbersTests {
  @Test func `SplitMix64 gives its published numbers`() {
    // Seed 1234567: the reference output of Vigna's splitmix64.c; seed 0: of java.util.SplittableRandom's mixer.
    var zero = SeededGenerator(seed: 0)
    #expect(
      (0..<4).map { _ in zero.next() } == [
        0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC,
      ])
    var other = SeededGenerator(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in other.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  @Test func `uniform numbers stay inside (0, 1) at both ends`() {
    // SplitMix64 is a bijection: these seeds make the next word all ones and all zeros.
    var ones = SeededGenerator(seed: 0x3162_8AF6_7B21_31AB)
    var zeros = SeededGenerator(seed: 0x61C8_8646_80B5_83EB)
    var (copyOnes, copyZeros) = (ones, zeros)
    #expect(copyOnes.next() == UInt64.max)
    #expect(copyZeros.next() == UInt64(0))
    #expect(ones.uniform() < 1)
    #expect(zeros.uniform() > 0)
  }

  @Test func `moments are those of the uniform and the normal distribution`() {
    var generator = SeededGenerator(seed: 18)
    let n = 200_000
    // Five standard errors: 5·√(var/n).
    let root = Double(n).squareRoot()
    let uniforms = (0..<n).map { _ in generator.uniform() }
    #expect((uniforms.reduce(0, +) / Double(n) - 0.5).magnitude < 5 * 0.289 / root)
    let normals = (0..<n).map { _ in generator.normal() }
    #expect((normals.reduce(0, +) / Double(n)).magnitude < 5 / root)
    #expect((normals.reduce(0) { $0 + $1 * $1 } / Double(n) - 1).magnitude < 5 * 1.42 / root)
    #expect((normals.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(n) - 3).magnitude < 5 * 9.8 / root)
    #expect(
      (zip(normals, normals.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(n)).magnitude < 5 / root)
  }

  @Test func `random orthonormal columns are orthonormal and have no preferred sign`() {
    var generator = SeededGenerator(seed: 19)
    var (sum, biased) = (0.0, 0.0)
    let n = 2000
    for _ in 0..<n {
      let Q = Matrix.randomOrthonormal(4, 3, using: &generator)
      #expect(orthogonalityDefect(Q) <= 4 * backwardTolerance(4, 3))
      sum += Q[0, 0]
      biased += Matrix.gaussian(4, 3, using: &generator).orthonormalFactor[0, 0]
    }
    // E Q_00² = 1/4. Negative control: without the random signs LAPACK's reflections do prefer one.
    let standardError = 0.5 / Double(n).squareRoot()
    #expect((sum / Double(n)).magnitude < 5 * standardError)
    #expect((biased / Double(n)).magnitude > 20 * standardError)
  }

  @Test func `equal seeds give equal matrices, other seeds others`() {
    var (a, b, c) = (SeededGenerator(seed: 1), SeededGenerator(seed: 1), SeededGenerator(seed: 2))
    let A = Matrix.gaussian(5, 5, using: &a)
    #expect(A == Matrix.gaussian(5, 5, using: &b))
    #expect(A != Matrix.gaussian(5, 5, using: &c))
  }
}
