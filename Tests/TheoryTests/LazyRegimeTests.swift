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
      let m = 1 + generator.uniform()
      let lazy = LazyRegime(
        spectrum: TargetSpectrum(Z), start: W0, bottleneck: n, depth: depth, sampleCount: m)
      #expect(lazy.holds == true)
      let (margin, rate) = (try #require(lazy.margin), try #require(lazy.distanceRate))
      #expect((margin - (smallest - (Z - W0).frobeniusNorm)).magnitude <= 1e-14)
      #expect(lazy.rate == pow(margin, 2 - 2 / Double(depth)))
      let run = distances(Z, start: W0, depth: depth, sampleCount: m, until: 3)
      for (t, d) in run { #expect(d <= run[0].distance * exp(-rate * t) + 1e-8) }
      // With s_1(Z) for the margin and the factor N of square matrices nothing can decay faster than the rate below.
      let fastest = 3 * Double(depth) * m * pow(Z.spectralNorm + 1, 2)
      if run.contains(where: { $0.distance > run[0].distance * exp(-fastest * $0.time) + 1e-8 }) {
        tooFast += 1
      }
    }
    #expect(tooFast == 60)
  }

  @Test func `it is impossible when rank Z exceeds the bottleneck, and needs a close start`() {
    let Z = Matrix.diagonal([2, 1])
    func lazy(_ start: Matrix, bottleneck: Int) -> LazyRegime {
      LazyRegime(spectrum: TargetSpectrum(Z), start: start, bottleneck: bottleneck, depth: 3, sampleCount: 1)
    }
    #expect(lazy(Matrix.diagonal([2, 0]), bottleneck: 1).holds == false)
    #expect(lazy(Matrix.diagonal([2, 0]), bottleneck: 1).reason == "impossible: rank Z = 2 > r = 1")
    let away = lazy(Matrix.diagonal([4, 1]), bottleneck: 2)
    #expect(away.holds == false)
    #expect(away.margin == -1)
    #expect(away.rate == nil)
    #expect(away.reason == "‖Z − W_0‖ exceeds s_min(Z) by 1")
    #expect(lazy(Matrix.diagonal([2, 0.5]), bottleneck: 2).margin == 0.5)
  }
}
