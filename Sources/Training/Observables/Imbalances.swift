import LinearAlgebra
import LinearNetworks

/// The size ‖D_j‖_F of every imbalance matrix and its drift ‖D_j(t) − D_j(0)‖_F, in the units of the layers' squares.
///
/// Source: Eftekhari (2020), equations (14) and (15).
struct Imbalances: Recordable {
  let name = "imbalances"
  let summary = "size ‖D_j‖_F and drift ‖D_j(t) − D_j(0)‖_F of every imbalance matrix"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    try requireHiddenLayers(run)
    let start = run.reducedStart.imbalances
    return Recording(
      name,
      columns: (1...start.count).flatMap {
        [
          Recording.Column("imbalance_\($0)", label: "‖D\($0)‖"),
          Recording.Column("imbalance_\($0)_drift", label: "drift of D\($0)"),
        ]
      },
      title: "Imbalance matrices", axis: "‖Dⱼ‖, ‖Dⱼ(t) − Dⱼ(0)‖", isLogarithmic: true,
      caption:
        "Frobenius norms of Dⱼ = Wⱼ₊₁ᵀWⱼ₊₁ − WⱼWⱼᵀ of (14) and of their change since the start, which gradient flow keeps at zero (15). Numbers: Eftekhari (2020)."
    ) { moment in
      zip(LinearNetwork(layers: moment.layers).imbalances, start).flatMap {
        [$0.frobeniusNorm, ($0 - $1).frobeniusNorm]
      }
    }
  }
}

/// The eigenvalues of every imbalance matrix, in decreasing order; of wide layers the outermost.
struct ImbalanceEigenvalues: Recordable {
  let name = "imbalance-eigenvalues"
  let summary = "eigenvalues of every imbalance matrix D_j"

  /// From either end, so many at most.
  private static let most = 8

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    try requireHiddenLayers(run)
    let widths = Array(run.start.widths.dropFirst().dropLast())
    // Counted from the largest; of more than twice `most` those in the middle are left out.
    let picked = widths.map { d in
      (1...d).filter { d <= 2 * Self.most || $0 <= Self.most || $0 > d - Self.most }
    }
    return Recording(
      name,
      columns: picked.enumerated().flatMap { j, indices in
        indices.map { Recording.Column("imbalance_\(j + 1)_eigenvalue_\($0)", label: "λ\($0)(D\(j + 1))") }
      },
      title: "Eigenvalues of the imbalances", axis: "eigenvalue of Dⱼ",
      caption:
        "Eigenvalues of Dⱼ = Wⱼ₊₁ᵀWⱼ₊₁ − WⱼWⱼᵀ (14), constant along gradient flow (15). Numbers: Eftekhari (2020)."
    ) { moment in
      let D = LinearNetwork(layers: moment.layers).imbalances
      return D.indices.flatMap { j -> [Double] in
        // Outside the reduced coordinates both layers are zero.
        let missing = Array(repeating: 0.0, count: widths[j] - D[j].rows)
        let all = (SymmetricEigendecomposition(D[j]).eigenvalues + missing).sorted(by: >)
        return picked[j].map { all[$0 - 1] }
      }
    }
  }
}
