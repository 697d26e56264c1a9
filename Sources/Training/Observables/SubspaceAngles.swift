import Foundation
import Landscape
import LinearAlgebra

/// The principal angles between the singular subspaces of W and those of the best predictor W*, outputs and inputs, in radians.
///
/// The subspaces are those of the k leading pairs, k = rank W*. Where W has a smaller rank there are no such subspaces; a side whose subspace is the whole space is left out.
///
/// Accuracy: sines give small angles, cosines large ones, each to round-off.
///
/// Source: Björck, Golub, "Numerical methods for computing angles between linear subspaces", Mathematics of Computation 27 (1973).
struct SubspaceAngles: Recordable {
  let name = "subspace-angles"
  let summary = "principal angles between the singular subspaces of W and of the best predictor W*"

  /// Of each side, so many at most: the largest.
  private static let most = 8

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    let minimum = GlobalMinimum(of: run.reduction.problem, rank: run.start.bottleneckWidth)
    guard minimum.isUnique else {
      throw .unavailable(
        name: name, reason: "the best predictor of rank \(run.start.bottleneckWidth) is not unique")
    }
    let best = minimum.minimiser.singularValueDecomposition
    let k = min(best.rank(), run.start.bottleneckWidth)
    guard k > 0 else { throw .unavailable(name: name, reason: "the best predictor W* is zero") }
    // A subspace that is the whole space is never left.
    let isProper = (outputs: k < run.problem.outputs, inputs: k < run.problem.inputs)
    let sides = (isProper.outputs ? ["output"] : []) + (isProper.inputs ? ["input"] : [])
    guard !sides.isEmpty else {
      throw .unavailable(name: name, reason: "W* has full rank, so that its subspaces are all there is")
    }
    let (U, V) = (best.U.columns(0..<k), best.V.columns(0..<k))
    let count = min(k, Self.most)
    return Recording(
      name,
      columns: sides.flatMap { side in
        (1...count).map { Recording.Column("\(side)_angle_\($0)", label: "\(side)s, angle \($0)", goal: 0) }
      },
      title: "Angles to the best predictor", axis: "angle (radians)", isLogarithmic: true,
      caption:
        "Principal angles, the largest first, between the leading singular subspaces of W(t) and those of the best predictor W* of Theorem 2.7. After Björck, Golub (1973)."
    ) { moment in
      let svd = moment.decomposition
      let hasRank = svd.rank() >= k
      func angles(_ A: Matrix, _ target: Matrix) -> [Double] {
        hasRank
          ? Array(principalAngles(A.columns(0..<k), target).prefix(count))
          : Array(repeating: .nan, count: count)
      }
      return (isProper.outputs ? angles(svd.U, U) : []) + (isProper.inputs ? angles(svd.V, V) : [])
    }
  }
}

/// The principal angles between the ranges of two matrices with as many orthonormal columns, the largest first.
func principalAngles(_ A: Matrix, _ B: Matrix) -> [Double] {
  let C = Matrix.product(B, .transposed, A, .plain)
  let cosines = C.singularValues
  let sines = (A - B * C).singularValues
  // The largest cosine belongs to the smallest sine.
  return cosines.reversed().enumerated().map { i, cosine in
    let sine = i < sines.count ? sines[i] : 0
    return sine < cosine ? asin(min(1, sine)) : acos(min(1, cosine))
  }
}
