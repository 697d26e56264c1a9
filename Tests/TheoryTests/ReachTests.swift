import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing
import Theory

@Suite struct ReachTests {
  /// What D10 says about Q_1 Z Q_0ᵀ and the start Q_1 W_0 Q_0ᵀ with orthogonal Q_0 and Q_1: without them, where a matrix is diagonal, its zeros decide.
  private func reach(
    depth: Int, Z: Matrix, W0: Matrix, width: Int? = nil, unbalanced: Bool = false, turned: Bool = true
  ) throws -> Finding {
    var generator = SeededGenerator(seed: 5)
    func turn(_ n: Int) -> Matrix {
      turned ? .randomOrthonormal(n, n, using: &generator) : .identity(n)
    }
    let (left, right) = (turn(Z.rows), turn(Z.columns))
    func inBases(_ A: Matrix) -> Matrix { Matrix.product(left * A, .plain, right, .transposed) }
    let balanced = Setting(target: inBases(Z), start: inBases(W0), depth: depth, width: width)
    var layers = balanced.start.layers
    if unbalanced { layers[0] = 1.1 * layers[0] }
    let start = LinearNetwork(layers: layers)
    return try #require(Certificate(problem: balanced.problem, start: start).finding("D10"))
  }

  private let Z = Matrix(rows: [[2, 0], [0, 1]])

  @Test func `a start whose determinant has the other sign cannot reach the minimiser`() throws {
    let mirrored = Matrix(rows: [[1, 0], [0, -1]])
    let finding = try reach(depth: 2, Z: Z, W0: mirrored)
    #expect(finding.conclusion?.contains("det W_0 and det W*") == true)
    #expect(finding.limit == .saddle(kept: nil) && finding.strength == .certain)
    // Each hypothesis taken away: same sign, depth one, not balanced, a wider target, a target of lower rank.
    #expect(try !reach(depth: 2, Z: Z, W0: .identity(2)).applies)
    #expect(try !reach(depth: 1, Z: Z, W0: mirrored).applies)
    #expect(try !reach(depth: 2, Z: Z, W0: mirrored, unbalanced: true).applies)
    let wide = Matrix(rows: [[2, 0, 0], [0, 1, 0]])
    #expect(try !reach(depth: 2, Z: wide, W0: Matrix(rows: [[1, 0, 0], [0, -1, 0]])).applies)
    #expect(try !reach(depth: 2, Z: Matrix.diagonal([2, 0]), W0: mirrored).applies)
    // The sign counts in wider layers too; where round-off could turn it, nothing is said.
    #expect(try reach(depth: 3, Z: Z, W0: mirrored, width: 4).conclusion?.contains("det") == true)
    let nearlySingular = try reach(depth: 2, Z: Matrix.diagonal([1, 1e-15]), W0: mirrored)
    #expect(!nearlySingular.applies)
  }

  @Test func `a start of too low a rank cannot reach the minimum`() throws {
    let one = Matrix(rows: [[1, 1], [1, 1]])
    let finding = try reach(depth: 3, Z: Z, W0: one)
    #expect(
      finding.conclusion?.contains("1 live unit") == true && finding.conclusion?.contains("below 2") == true)
    #expect(finding.limit == .saddle(kept: nil) && finding.strength == .certain)
    // Hidden units without weights stay so at any balance; a layer of them leaves W = 0.
    #expect(try reach(depth: 3, Z: Z, W0: one, unbalanced: true).limit == .saddle(kept: nil))
    #expect(try reach(depth: 3, Z: Z, W0: 0 * one).limit == .origin)
    // Not at depth one, and not where the target's rank is no higher.
    #expect(try !reach(depth: 1, Z: Z, W0: one).applies)
    #expect(try !reach(depth: 3, Z: one, W0: one).applies)
  }

  @Test func `exact zeros split a diagonal start into chains, whose limits are known`() throws {
    func diagonal(_ W0: [Double], depth: Int, unbalanced: Bool = false) throws -> Finding {
      try reach(
        depth: depth, Z: Matrix.diagonal([3, 2, 1]), W0: .diagonal(W0), unbalanced: unbalanced, turned: false)
    }
    for depth in [2, 3, 5] {
      #expect(try diagonal([1, 1, 1], depth: depth).limit == .globalMinimiser)
      #expect(try diagonal([1, -1, 1], depth: depth).limit == .saddle(kept: [1, 3]))
      #expect(try diagonal([-1, -1, -1], depth: depth).limit == .origin)
      // A dead unit does not revive.
      #expect(try diagonal([1, 0, 1], depth: depth).limit == .saddle(kept: [1, 3]))
    }
    // At depth two, with a first weight 1.1 times the other, the smaller one is alone and changes its sign.
    #expect(try diagonal([1, -1, 1], depth: 2, unbalanced: true).limit == .globalMinimiser)
    // Where two singular values agree, which is which is arbitrary.
    let tied = try reach(depth: 2, Z: .diagonal([2, 2]), W0: .diagonal([1, -1]), turned: false)
    #expect(tied.conclusion?.contains("parts") != true && tied.limit == .saddle(kept: nil))
  }

  @Test
  func `weights that agree up to round-off are not told apart, and no two theorems contradict each other`()
    throws
  {
    // One chain against its target: of equal smallest weights it vanishes, and where one is smaller that one changes its sign.
    func certificate(_ last: Double) -> Certificate {
      Certificate(
        problem: Problem(target: Matrix(rows: [[0.4679], [0], [0]]), sampleCount: 13),
        start: LinearNetwork(
          layers: [Matrix(rows: [[0.5925841943399183]]), Matrix(rows: [[last], [0], [0]])]))
    }
    func limits(_ certificate: Certificate) -> Set<String> {
      Set(certificate.theorems.filter { $0.strength == .certain }.compactMap { $0.limit.map { "\($0)" } })
    }
    // The same weight, one unit of the last digit beside it, and one that is smaller by more than any rounding.
    let (equal, beside, smaller) = (
      certificate(-0.5925841943399183), certificate(-0.592584194339918), certificate(-0.59258419)
    )
    #expect(limits(equal) == ["origin"])
    #expect(limits(beside).count <= 1)
    #expect(beside.finding("D10")?.limit != .globalMinimiser)
    #expect(limits(smaller) == ["globalMinimiser"])
  }

  @Test func `a rank that is low up to round-off only is no obstacle`() throws {
    // W_0 = ones(2, 2) by layers without a zero: rank 1 as numbers, but a weight's last digit could be another.
    let problem = Problem(target: Z, sampleCount: 10)
    let half = Matrix(rows: [[0.5, 0.5], [0.5, 0.5]])
    let start = LinearNetwork(layers: [half, half, half])
    let certificate = Certificate(problem: problem, start: start)
    #expect(try #require(certificate.finding("D10")).applies == false)
    #expect(certificate.finding("Lemma 3.3")?.quantity("rank W_0") == 1)
  }

  @Test func `a promised saddle is kept by the origin, which is one, but not by a minimiser`() throws {
    func observed(_ promise: Limit, _ word: String) throws -> Bool? {
      let finding = Claimed(conclusion: Conclusion("a limit", limit: promise)).finding
      let run = ObservedTrajectory(
        times: [0, 1], gaps: [1, 0].map { .init($0, error: 0) },
        distances: [1, 0].map { .init($0, error: 0) },
        limit: word)
      return try #require(Observation(finding, along: run)).limitReached
    }
    #expect(try observed(.saddle(kept: nil), "origin") == true)
    #expect(try observed(.saddle(kept: nil), "saddle") == true)
    #expect(try observed(.saddle(kept: nil), "globalMinimiser") == false)
    #expect(try observed(.saddle(kept: [2]), "origin") == false)
    #expect(try observed(.globalMinimiser, "origin") == false)
    #expect(try observed(.origin, "saddle") == false)
  }

  @Test func `the sign of a determinant survives overflow and is zero for singular matrices`() {
    #expect(Matrix.diagonal([1e200, -1e200, 1e200]).determinantSign == -1)
    #expect(Matrix.diagonal([1e-200, 1e-200, 1e-200]).determinantSign == 1)
    #expect(Matrix(rows: [[0, 1], [1, 0]]).determinantSign == -1)
    #expect(Matrix(rows: [[1, 2], [2, 4]]).determinantSign == 0)
  }
}
