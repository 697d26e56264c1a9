import Landscape
import LinearAlgebra
import LinearNetworks

/// The strengths u_iᵀWv_i of the modes of the data, the singular pairs of Z = Y Xᵀ/m.
///
/// Source: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", ICLR 2014.
struct ModeStrengths: Recordable {
  let name = "modes"
  let summary = "strengths u_iᵀWv_i of the singular pairs of Z = YXᵀ/m"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    let problem = run.reduction.problem
    return try strengths(
      of: problem.crossCovariance, run, prefix: "mode", lacking: "Z = YXᵀ/m",
      caption:
        "Strengths uᵢᵀWvᵢ of the singular pairs of Z = YXᵀ/m (25). Dashed: at the global minimum. After Saxe, McClelland, Ganguli (2014)."
    )
  }
}

/// The strengths of the singular pairs of W*, the best predictor that the widths allow; on whitened data those of ``ModeStrengths``.
struct MinimiserModeStrengths: Recordable {
  let name = "minimiser-modes"
  let summary = "strengths u_iᵀWv_i of the singular pairs of the best predictor W*"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    let minimum = GlobalMinimum(of: run.reduction.problem, rank: run.start.bottleneckWidth)
    return try strengths(
      of: minimum.minimiser, run, prefix: "minimiser_mode", lacking: "the best predictor W*",
      caption:
        "Strengths uᵢᵀWvᵢ of the singular pairs of the best predictor W* of Theorem 2.7. Dashed: its singular values."
    )
  }
}

/// Modes that are recorded at most: those of the largest singular values.
private let mostModes = 24

extension Recordable {
  fileprivate func strengths(
    of A: Matrix, _ run: TrainingRun, prefix: String, lacking: String, caption: String
  ) throws(RecordingError) -> Recording {
    let svd = A.singularValueDecomposition
    let count = min(svd.rank(), mostModes)
    guard count > 0 else {
      throw .unavailable(name: name, reason: "\(lacking) is zero, and has no modes")
    }
    let (U, V) = (svd.U.columns(0..<count), svd.V.columns(0..<count))
    let minimum = GlobalMinimum(of: run.reduction.problem, rank: run.start.bottleneckWidth)
    let goals = modeStrengths(of: FactoredMatrix(minimum.minimiser), U, V)
    return Recording(
      name,
      columns: (0..<count).map {
        Recording.Column("\(prefix)_\($0 + 1)", label: "mode \($0 + 1)", goal: goals[$0])
      },
      title: prefix == "mode" ? "Modes" : "Modes of the minimiser", axis: "strength uᵀWv", caption: caption
    ) { modeStrengths(of: $0.factors, U, V) }
  }
}

/// u_iᵀ W v_i for the columns of U and V.
private func modeStrengths(of W: FactoredMatrix, _ U: Matrix, _ V: Matrix) -> [Double] {
  // W = L Rᵀ: rows of UᵀL against rows of VᵀR.
  let left = Matrix.product(U, .transposed, W.left, .plain)
  let right = W.right.map { Matrix.product(V, .transposed, $0, .plain) } ?? V.transpose
  return (0..<U.columns).map { i in (0..<left.columns).reduce(0) { $0 + left[i, $1] * right[i, $1] } }
}
