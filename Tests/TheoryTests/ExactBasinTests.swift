import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct ExactBasinTests {
  /// Z = diag(σ) and a start with given coordinates, so that zeros are exact and stay exact along the flow.
  private func diagonal(
    _ sigma: [Double], rows: Int, columns: Int, left: [Double], right: [Double], depth: Int, size: Double
  ) -> RankOneInstance {
    RankOneInstance(
      flow: RankOneFlow(
        depth: depth, sampleCount: 1,
        target: TargetSpectrum(Matrix.diagonal(sigma, rows: rows, columns: columns))),
      start: RankOneState(scale: size, left: unit(left), right: unit(right)))
  }

  private func basin(_ instance: RankOneInstance) -> ExactBasin {
    ExactBasin(spectrum: instance.flow.target, start: instance.start, depth: instance.flow.depth)
  }

  /// W relative to s_Z at the end of a long run.
  private func distance(
    _ instance: RankOneInstance, to pair: Int?, until end: Double = 400
  ) -> Double {
    let target = instance.flow.target
    func limit(_ W: RankOneState) -> Double {
      guard let pair else { return W.scale / instance.sZ }
      let (u, v, sigma) = (target.leftVectors[pair], target.rightVectors[pair], target.singularValues[pair])
      let Z = Matrix(u.count, v.count) { i, j in u[i] * sigma * v[j] }
      return (W.matrix - Z).frobeniusNorm / instance.sZ
    }
    let run = instance.trajectory(until: end, tolerance: 1e-9) { limit($0) < 1e-5 }
    return run.last.map { limit($0.state) } ?? .infinity
  }

  @Test func `every start with p_1 ≠ 0 reaches the target, also outside the stable set`() {
    var generator = SeededGenerator(seed: 52)
    var (outside, count, waiting) = (0, 0, 0)
    while count < 1000 {
      let instance = RankOneInstance.anywhere(using: &generator)
      guard instance.gamma < 0.9 else { continue }
      let predicted = basin(instance)
      if predicted.limit != .target {
        // Only dx = dy = 1 has p_1 = 0 with positive probability: u_0v_0 = −u_Zv_Z.
        #expect(instance.start.left.count == 1 && instance.start.right.count == 1)
        #expect(predicted.limit == .origin)
        continue
      }
      // A start that nearly opposes the target stays near the origin for up to (2/|p_1|)^(N−2): none but short waits.
      let p = predicted.coordinate.magnitude
      guard pow(2 / p, Double(instance.flow.depth - 2)) < 1e8 else {
        waiting += 1
        continue
      }
      count += 1
      #expect(distance(instance, to: 0, until: 1e8) < 1e-4)
      if instance.flow.coordinate(of: instance.start) <= instance.gamma { outside += 1 }
    }
    #expect(waiting < 100)
    // Negative control: the sufficient condition c_0 > γ_Z as a criterion would mispredict these.
    #expect(outside > 100, "\(outside) of 1000 converged from outside the stable set")
  }

  @Test(arguments: 2...6)
  func `p_1 = 0 leads to the next singular pair with p_i ≠ 0`(depth: Int) {
    var generator = SeededGenerator(seed: UInt64(depth))
    for k in 0..<20 {
      let sigma = [2, 1.2, 0.7]
      func random() -> Double { generator.normal() }
      // p_1 = 0 with u_1 = −v_1 ≠ 0: the wrong coordinate q_1 = u_1 − v_1 would predict the target.
      let x = random()
      var left = [x, random(), random(), random()]
      var right = [-x, random(), random()]
      var pair = 1
      if k % 2 == 1 {
        right[1] = -left[1]
        pair = 2
      }
      // Both norms must be 1 while u_1 = −v_1 and u_2 = −v_2 survive: mend with the last entries.
      let (a, b) = (left[0] * left[0] + left[1] * left[1], right[0] * right[0] + right[1] * right[1])
      let radius = 1.5 * max(a, b) + 1
      left[3] = (radius - a - 0.25 * radius / 3).squareRoot()
      left[2] = (0.25 * radius / 3).squareRoot()
      right[2] = (radius - b).squareRoot()
      var instance = diagonal(
        sigma, rows: 4, columns: 3, left: left, right: right, depth: depth, size: 0.3 + Double(k % 4))
      // Normalisation may round u_1 and −v_1 apart.
      let scale = 1 / radius.squareRoot()
      instance.start = RankOneState(
        scale: instance.start.scale, left: left.map { $0 * scale }, right: right.map { $0 * scale })
      let predicted = basin(instance)
      #expect(predicted.coordinate == 0)
      #expect(predicted.limit == .saddle(pair: pair + 1))
      #expect(distance(instance, to: pair) < 1e-4)
      #expect(distance(instance, to: 0, until: 20) > 0.1)
    }
  }

  @Test func `if every p_i vanishes the limit is the origin`() {
    // A scalar output with W_0 = −s_0 v_Zᵀ, at N = 2 exponentially, at N = 3 algebraically.
    let two = diagonal([1.5], rows: 1, columns: 4, left: [1], right: [-1, 0, 0, 0], depth: 2, size: 1)
    #expect(basin(two).limit == .origin)
    #expect(distance(two, to: nil) < 1e-4)
    #expect(basin(two).note?.contains("strict saddle") == true)
    let three = diagonal([1.5], rows: 1, columns: 4, left: [1], right: [-1, 0, 0, 0], depth: 3, size: 1)
    #expect(basin(three).limit == .origin)
    // s ~ ((N−2) m s_Z t)^(−N/(N−2)) = (k t′)^(−3) in s_Z units: 400 units of time leave 1.6e-8.
    #expect(distance(three, to: nil) < 1e-4)
    #expect(basin(three).note?.contains("non-strict") == true)
    // Directions that Z does not see: u in the null space of Zᵀ, v in that of Z; s ~ t^(−1/p).
    let null = diagonal([2, 1], rows: 3, columns: 3, left: [0, 0, 1], right: [0, 0, 1], depth: 4, size: 1)
    #expect(basin(null).limit == .origin)
    #expect(distance(null, to: nil, until: 1e8) < 1e-4)
  }

  @Test func `round-off zero in p_1 is zero, tiny is not`() {
    var generator = SeededGenerator(seed: 53)
    for k in 0..<300 {
      var instance = RankOneInstance(
        depth: 3, rows: 5, columns: 4, gamma: 0.6, turn: 1, size: 1, using: &generator)
      let target = instance.flow.target
      func without(_ w: [Double], _ z: [Double], plus e: Double) -> [Double] {
        let a = w.indices.reduce(0) { $0 + w[$1] * z[$1] }
        return unit(w.indices.map { w[$0] - a * z[$0] + e * z[$0] })
      }
      let e = k % 2 == 0 ? 0 : 1e-10
      let start = RankOneState(
        scale: 1, left: without(instance.start.left, target.leftVectors[0], plus: e),
        right: without(instance.start.right, target.rightVectors[0], plus: e))
      instance.start = RankOneState(leadingPartOf: start.matrix)
      let predicted = basin(instance)
      #expect(predicted.limit == (k % 2 == 0 ? .saddle(pair: 2) : .target))
      #expect(predicted.note != nil)
    }
  }

  @Test func `repeated singular values share one coordinate`() {
    var generator = SeededGenerator(seed: 54)
    for _ in 0..<100 {
      let (U, V) = (
        Matrix.randomOrthonormal(4, 3, using: &generator), Matrix.randomOrthonormal(5, 3, using: &generator)
      )
      let Z = Matrix.product(U.scalingColumns(by: [2, 2, 1]), .plain, V, .transposed)
      let W = RankOneState(
        scale: 1, left: unit((0..<4).map { _ in generator.normal() }),
        right: unit((0..<5).map { _ in generator.normal() }))
      let predicted = ExactBasin(spectrum: TargetSpectrum(Z), start: W, depth: 3)
      // The norm of U_1ᵀu + V_1ᵀv does not depend on the basis of the singular spaces.
      let sums = (0..<2).map { i in
        (0..<4).reduce(0) { $0 + U[$1, i] * W.left[$1] } + (0..<5).reduce(0) { $0 + V[$1, i] * W.right[$1] }
      }
      let expected = (sums[0] * sums[0] + sums[1] * sums[1]).squareRoot()
      #expect((predicted.coordinate - expected).magnitude <= 1e-13)
      #expect(predicted.limit == .target)
      #expect(predicted.note?.contains("repeated") == true)
    }
  }

  /// What D5 says about Z = diag(σ) and a start.
  private func finding(
    _ sigma: [Double], rows: Int, columns: Int, left: [Double], right: [Double], depth: Int, size: Double = 1
  ) throws -> Finding {
    let instance = diagonal(
      sigma, rows: rows, columns: columns, left: left, right: right, depth: depth, size: size)
    return try #require(Certificate(instance.setting).finding("D5"))
  }

  @Test(arguments: 2...6)
  func `a limit other than the target is certain only where every p_i before it is zero exactly`(depth: Int)
    throws
  {
    // A start along other axes than u_1 and v_1, or mirrored in them: no rounding at all.
    let second = try finding([2, 1], rows: 2, columns: 3, left: [0, 1], right: [0, 1, 0], depth: depth)
    #expect(second.limit == .saddle(kept: [2]) && second.strength == .certain)
    #expect(second.conclusion?.contains("exactly") == true)
    let mirrored = try finding([1.5], rows: 1, columns: 4, left: [1], right: [-1, 0, 0, 0], depth: depth)
    #expect(mirrored.limit == .origin && mirrored.strength == .certain)
    let unseen = try finding([2, 1], rows: 3, columns: 3, left: [0, 0, 1], right: [0, 0, 1], depth: depth)
    #expect(unseen.limit == .origin)
    // The same mirrored starts in a basis that rounds: p_1 may be zero or not, and which cannot be told.
    var generator = SeededGenerator(seed: UInt64(60 + depth))
    for _ in 0..<20 {
      let v = unit((0..<4).map { _ in generator.normal() })
      let rounded = RankOneInstance(
        flow: RankOneFlow(
          depth: depth, sampleCount: 3, target: TargetSpectrum(Matrix(1, 4) { _, j in 1.7 * v[j] })),
        start: RankOneState(scale: 0.8, left: [-1], right: v))
      let silent = try #require(Certificate(rounded.setting).finding("D5"))
      #expect(!silent.applies && silent.limit == nil && silent.strength == nil)
      #expect(silent.reason?.contains("zero up to its round-off") == true)
      // Nor is it called a start like almost every other.
      #expect(
        Certificate(rounded.setting).finding("D19")?.reason?.contains("exceptions of measure zero") == true)
      #expect(
        Certificate(rounded.setting).conclusion == "No theorem names the limit of exactly this start.")
    }
    // A coordinate that is small but no round-off names the target.
    let tiny = try finding([2, 1], rows: 2, columns: 2, left: [1e-9, 1], right: [1e-9, 1], depth: depth)
    #expect(tiny.limit == .globalMinimiser)
    #expect((try #require(tiny.quantity("p_1")).magnitude - 2e-9).magnitude < 1e-15)
  }
}
