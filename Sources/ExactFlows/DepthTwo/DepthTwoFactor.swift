import Foundation
import LinearAlgebra

/// A balanced factor Y of QQᵀ(t) in the eigenvectors of F, from an elimination and the weights of one time.
///
/// With L = Θ R, Θ of orthonormal columns, Y = e^{mΛt} D^{−1/2} Θ_A: the rows of Θ that belong to A, each times e^{mλ_it}/w_i. Modified Gram–Schmidt applies
/// to each row what a solution X R = L by rows would, and its R is as good as Householder's.
///
/// Source: Björck, "Solving linear least squares problems by Gram–Schmidt orthogonalization", BIT 7 (1967).
struct DepthTwoFactor {
  typealias Vector = SIMD4<Double>

  private let elimination: DepthTwoElimination
  private let weights: DepthTwoElimination.Weights
  /// L and Θ by columns, each of `stride` vectors; the last is filled up with zeros.
  private let triangular: [Vector]
  private let orthonormal: [Vector]
  /// R, upper triangular, by columns.
  private let R: [Double]

  private var stride: Int { DepthTwoFactor.stride(elimination) }
  private static func stride(_ e: DepthTwoElimination) -> Int { (e.rows + e.rank + 3) / 4 }

  init(_ elimination: DepthTwoElimination, _ weights: DepthTwoElimination.Weights) {
    (self.elimination, self.weights) = (elimination, weights)
    let (ρ, stride) = (elimination.rank, DepthTwoFactor.stride(elimination))
    var L = [Vector](repeating: .zero, count: stride * ρ)
    var Θ: [Vector]
    var R = [Double](repeating: 0, count: ρ * ρ)
    L.withUnsafeMutableBytes { bytes in
      guard ρ > 0 else { return }
      let entries = bytes.bindMemory(to: Double.self).baseAddress!
      DepthTwoFactor.fill(entries, stride: 4 * stride, elimination, weights)
    }
    Θ = L
    Θ.withUnsafeMutableBufferPointer { θ in
      R.withUnsafeMutableBufferPointer { r in
        guard ρ > 0 else { return }
        DepthTwoFactor.orthonormalize(θ.baseAddress!, stride: stride, columns: ρ, r.baseAddress!)
      }
    }
    (triangular, orthonormal, self.R) = (L, Θ, R)
  }

  /// (entry/pivot)·(g_i/g_p)·e^{κ_i − κ_p}.
  private static func fill(
    _ L: UnsafeMutablePointer<Double>, stride: Int, _ e: DepthTwoElimination,
    _ weights: DepthTwoElimination.Weights
  ) {
    let (n, ρ) = (e.rows, e.rank)
    let all = n + ρ
    let (g, κ) = (weights.factors, weights.exponents)
    if let w = weights.values(rank: ρ) {
      for c in 0..<ρ {
        let scale = 1 / w[e.order[c]]
        let column = L + c * stride
        for i in 0..<all { column[i] = e.ratios[c * all + i] * (w[i] * scale) }
      }
      return
    }
    func weight(_ i: Int) -> (g: Double, κ: Double) { i < n ? (g[i], κ[i]) : (1, 0) }
    for c in 0..<ρ {
      let pivot = weight(e.order[c])
      for i in 0..<all where e.ratios[c * all + i] != 0 {
        let (ratio, row) = (e.ratios[c * all + i], weight(i))
        let Δκ = row.κ - pivot.κ
        // Pivoting bounds the product by 1 up to round-off, but not the exponential alone.
        L[i + c * stride] =
          Δκ.magnitude < 600
          ? ratio * (row.g / pivot.g) * exp(Δκ)
          : (ratio < 0 ? -1 : 1) * exp(min(0, log(ratio.magnitude) + log(row.g / pivot.g) + Δκ))
      }
    }
  }

  /// Modified Gram–Schmidt in place.
  private static func orthonormalize(
    _ Θ: UnsafeMutablePointer<Vector>, stride: Int, columns ρ: Int, _ R: UnsafeMutablePointer<Double>
  ) {
    for k in 0..<ρ {
      let q = Θ + k * stride
      var square = Vector.zero
      for v in 0..<stride { square += q[v] * q[v] }
      let length = square.sum().squareRoot()
      R[k + k * ρ] = length
      let inverse = 1 / length
      for v in 0..<stride { q[v] *= inverse }
      for j in k + 1..<max(ρ, k + 1) {
        let column = Θ + j * stride
        var sum = Vector.zero
        for v in 0..<stride { sum += q[v] * column[v] }
        let r = sum.sum()
        R[k + j * ρ] = r
        for v in 0..<stride { column[v] -= q[v] * r }
      }
    }
  }

  /// Y, as many rows as A.
  var factor: Matrix {
    let n = elimination.rows
    var Y = Matrix(zeros: n, elimination.rank)
    Y.storage.withUnsafeMutableBufferPointer { y in
      guard let base = y.baseAddress else { return }
      write(to: base)
    }
    return Y
  }

  /// Y by columns.
  func write(to Y: UnsafeMutablePointer<Double>) {
    let (n, stride) = (elimination.rows, 4 * stride)
    orthonormal.withUnsafeBytes { bytes in
      let Θ = bytes.bindMemory(to: Double.self)
      for c in 0..<elimination.rank {
        for i in 0..<n { Y[i + c * n] = Θ[i + c * stride] * weights.ratios[i] }
      }
    }
  }

  /// A bound, to first order, on ‖δY‖_F up to rotations from the right.
  var error: Double {
    let (n, ρ, stride) = (elimination.rows, elimination.rank, 4 * stride)
    let all = n + ρ
    // Sums of squares: what underflows in them is below the round-off that is added at the end.
    var (δL, δscaled) = (0.0, 0.0)
    triangular.withUnsafeBytes { bytes in
      let L = bytes.bindMemory(to: Double.self)
      for c in 0..<ρ {
        let p = elimination.order[c]
        let pivotError = elimination.pivotErrors[c]
        // A pivot that stands little above its round-off may in truth be zero: then the state is another one.
        if p < n, pivotError > 0.05 {
          let scaled = min(1, pivotError) * weights.ratios[p]
          (δL, δscaled) = (δL + min(1, pivotError) * min(1, pivotError), δscaled + scaled * scaled)
        }
        for i in 0..<all where i != p {
          let value = L[i + c * stride].magnitude
          guard value > 0 else { continue }
          let together = i < n && p < n && weights.clusters[i] == weights.clusters[p]
          let moved =
            together
            ? 0 : (i < n ? weights.exponentErrors[i] : 0) + (p < n ? weights.exponentErrors[p] : 0)
          let error = value * min(1, elimination.ratioErrors[i + c * all] + moved)
          δL += error * error
          if i < n {
            let scaled = (error + value * min(1, weights.ratioErrors[i])) * weights.ratios[i]
            δscaled += scaled * scaled
          }
        }
      }
    }
    let size = factor.frobeniusNorm
    return (δscaled.squareRoot() + size * δL.squareRoot()) * inverseNorm + 4 * Double(max(ρ, 1)) * .ulpOfOne
      * size
  }

  /// ‖R^{−1}‖_F, column by column.
  private var inverseNorm: Double {
    let ρ = elimination.rank
    var squares = 0.0
    for c in 0..<ρ {
      var x = [Double](repeating: 0, count: ρ)
      x[c] = 1
      for i in Swift.stride(from: c, through: 0, by: -1) {
        for j in i + 1..<max(c + 1, i + 1) { x[i] -= R[i + j * ρ] * x[j] }
        x[i] /= R[i + i * ρ]
        squares += x[i] * x[i]
      }
    }
    return squares.squareRoot()
  }
}
