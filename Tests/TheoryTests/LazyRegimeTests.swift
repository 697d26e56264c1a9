import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct LazyRegimeTests {
  /// ‖Z − W(t)‖_F along gradient flow on balanced layers with W_0 = U diag(s) Vᵀ, loss (m/2)‖Z − W_N⋯W_1‖².
  private func distances(
    _ Z: Matrix, start: Matrix, depth N: Int, sampleCount m: Double, until end: Double
  ) -> [(time: Double, distance: Double)] {
    // Balanced factors of width r: W_N = U S^(1/N), inner layers S^(1/N), W_1 = S^(1/N) Vᵀ.
    let svd = start.singularValueDecomposition
    let root = svd.singularValues.map { pow($0, 1 / Double(N)) }
    var layers = Array(repeating: Matrix.diagonal(root), count: N)
    layers[0] = svd.V.transpose.scalingRows(by: root)
    layers[N - 1] = N == 1 ? start : svd.U.scalingColumns(by: root)
    let shapes = layers.map { ($0.rows, $0.columns) }
    func unpack(_ y: [Double]) -> [Matrix] {
      var offset = 0
      return shapes.map { rows, columns in
        defer { offset += rows * columns }
        return Matrix(rows: rows, columns: columns, storage: Array(y[offset..<offset + rows * columns]))
      }
    }
    func product(_ layers: some Sequence<Matrix>, _ size: Int) -> Matrix {
      layers.reduce(Matrix.identity(size)) { $1 * $0 }
    }
    var recorded: [(time: Double, distance: Double)] = []
    let finished = DormandPrince(tolerance: 1e-10).integrate(
      from: layers.flatMap(\.storage), to: end,
      { y in
        let W = unpack(y)
        let G = m * (product(W, Z.columns) - Z)
        return W.indices.flatMap { j -> [Double] in
          let after = product(W[(j + 1)...], W[j].rows)
          let before = product(W[..<j], Z.columns)
          return (-(after.transpose * G * before.transpose)).storage
        }
      },
      visit: { t, y in
        recorded.append((t, (Z - product(unpack(y), Z.columns)).frobeniusNorm))
        return true
      })
    precondition(finished, "the test integrator ran out of steps")
    return recorded
  }

  @Test func `the promised decay holds along gradient flow on the layers, three times as fast does not`()
    throws
  {
    var generator = SeededGenerator(seed: 39)
    var tooFast = 0
    for k in 0..<60 {
      let (rows, columns, depth) = (2 + k % 3, 2 + k / 3 % 3, 1 + k % 4)
      let n = min(rows, columns)
      let U = Matrix.randomOrthonormal(rows, n, using: &generator)
      let V = Matrix.randomOrthonormal(columns, n, using: &generator)
      let sigma = (0..<n).map { _ in 0.5 + generator.uniform() }
      let Z = Matrix.product(U.scalingColumns(by: sigma), .plain, V, .transposed)
      // An error of Frobenius norm 0.9·s_min: the margin is a tenth of s_min.
      let E = Matrix.gaussian(rows, columns, using: &generator)
      let smallest = Z.singularValues.last ?? 0
      let W0 = Z + (0.9 * generator.uniform() * smallest / E.frobeniusNorm) * E
      let m = 1 + Int(2 * generator.uniform())
      let lazy = try #require(
        Certificate(Setting(target: Z, start: W0, depth: depth, samples: m)).finding("(39)"))
      #expect(lazy.limit == .globalMinimiser && lazy.strength == .certain)
      let (margin, curve) = (try #require(lazy.quantity("c")), try #require(lazy.bound?.curve))
      // W_0 comes back from N factors, each rounded.
      #expect((margin - (smallest - (Z - W0).frobeniusNorm)).magnitude <= 1e-13)
      #expect(lazy.bound?.on == .distance)
      let rate = Double(m) * pow(margin, 2 - 2 / Double(depth))
      #expect((curve.rate / (2 * rate) - 1).magnitude <= 1e-14)
      #expect((curve.value(at: 0).squareRoot() * Z.frobeniusNorm - (Z - W0).frobeniusNorm).magnitude <= 1e-13)
      let run = distances(Z, start: W0, depth: depth, sampleCount: Double(m), until: 3)
      for (t, d) in run { #expect(d <= run[0].distance * exp(-rate * t) + 1e-8) }
      // With s_1(Z) for the margin and the factor N of square matrices nothing can decay faster than the rate below.
      let fastest = 3 * Double(depth) * Double(m) * pow(Z.spectralNorm + 1, 2)
      if run.contains(where: { $0.distance > run[0].distance * exp(-fastest * $0.time) + 1e-8 }) {
        tooFast += 1
      }
    }
    #expect(tooFast == 60)
  }

  @Test func `it is impossible when rank Z exceeds the bottleneck, and needs a close start`() throws {
    let Z = Matrix.diagonal([2, 1])
    func lazy(_ start: Matrix, bottleneck: Int) throws -> Finding {
      try #require(
        Certificate(Setting(target: Z, start: start, depth: 3, width: bottleneck, samples: 1)).finding("(39)")
      )
    }
    let narrow = try lazy(Matrix.diagonal([2, 0]), bottleneck: 1)
    #expect(!narrow.applies && narrow.bound == nil)
    #expect(narrow.reason?.contains("needs r ≥ 2: it is 1") == true)
    let away = try lazy(Matrix.diagonal([4, 1]), bottleneck: 2)
    #expect(!away.applies && away.bound == nil)
    let margin = try #require(away.conditions.first { $0.quantity == "s_min(Z) − ‖Z − W_0‖" })
    #expect((try #require(margin.value) + 1).magnitude <= 1e-14)
    #expect(away.reason == "needs s_min(Z) − ‖Z − W_0‖ > 0: it is -1")
    let near = try #require(try lazy(Matrix.diagonal([2, 0.5]), bottleneck: 2).quantity("c"))
    #expect((near - 0.5).magnitude <= 1e-14)
    // On the boundary, ‖Z − W_0‖ = s_min(Z), round-off decides, so nobody does.
    let boundary = try lazy(Matrix.diagonal([1, 1]), bottleneck: 2)
    #expect(!boundary.applies && boundary.reason?.hasPrefix("cannot tell whether") == true)
  }
}
