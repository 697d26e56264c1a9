import LinearAlgebra

/// The singular values of every layer; those beyond the ones recorded are zero, or smaller.
struct LayerSingularValues: Recordable {
  let name = "layer-singular-values"
  let summary = "singular values of every layer W_j"

  /// Of a layer, at most so many.
  private static let most = 16

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    try requireLayers(run)
    // What a layer has lies in the reduced coordinates, which are orthonormal.
    let factors = run.layerFactors
    let counts = run.reducedStart.layers.map { min($0.rows, $0.columns, Self.most) }
    let columns = counts.enumerated().flatMap { j, count in
      (0..<count).map { Recording.Column("layer_\(j + 1)_sigma_\($0 + 1)", label: "σ\($0 + 1)(W\(j + 1))") }
    }
    return Recording(
      name, columns: columns, title: "Singular values of the layers", axis: "singular value",
      caption:
        "Singular values of the layers Wⱼ. In a balanced network (14) those of all layers are the N-th roots of those of W."
    ) { moment in
      zip(zip(moment.layerDecompositions, counts), factors).flatMap { layer, factor in
        layer.0.singularValues.prefix(layer.1).map { factor * $0 }
      }
    }
  }
}

/// The share of the leading singular pair in every layer, ‖W_j‖²/‖W_j‖_F²: 1 for a layer of rank one.
///
/// Source: Ji, Telgarsky, "Gradient descent aligns the layers of deep linear networks", ICLR 2019.
struct LeadingShare: Recordable {
  let name = "leading-share"
  let summary = "share ‖W_j‖²/‖W_j‖_F² of the leading pair in every layer"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    try requireLayers(run)
    return Recording(
      name,
      columns: (1...run.start.depth).map { Recording.Column("leading_share_\($0)", label: "W\($0)") },
      title: "Share of the leading pair", axis: "‖Wⱼ‖² / ‖Wⱼ‖²_F",
      caption:
        "Share of the largest singular value in each layer, ‖Wⱼ‖²/‖Wⱼ‖²_F; 1 for a layer of rank one. After Ji, Telgarsky (2019)."
    ) { moment in
      moment.layerDecompositions.map { svd in
        // Relative to the largest, so that squares neither overflow nor underflow.
        guard let top = svd.singularValues.first, top > 0 else { return .nan }
        return 1 / svd.singularValues.reduce(0) { $0 + ($1 / top) * ($1 / top) }
      }
    }
  }
}

/// The alignment of adjacent layers, |⟨u_j, v_{j+1}⟩|, of the leading left vector of W_j with the leading right vector of W_{j+1}.
///
/// *Edge cases*: where the largest singular value of a layer is not simple its vectors are not determined, and neither is this.
///
/// Source: Ji, Telgarsky (2019), Theorem 2.
struct LayerAlignment: Recordable {
  let name = "layer-alignment"
  let summary = "alignment |⟨u_j, v_{j+1}⟩| of the leading singular vectors of adjacent layers"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    try requireHiddenLayers(run)
    return Recording(
      name,
      columns: (1..<run.start.depth).map {
        Recording.Column("layer_alignment_\($0)", label: "W\($0) and W\($0 + 1)")
      },
      title: "Alignment of adjacent layers", axis: "|⟨uⱼ, vⱼ₊₁⟩|",
      caption:
        "Leading left singular vector of Wⱼ against the leading right one of Wⱼ₊₁. After Ji, Telgarsky (2019)."
    ) { moment in
      let layers = moment.layerDecompositions
      return zip(layers, layers.dropFirst()).map { lower, upper in
        guard lower.singularValues.first ?? 0 > 0, upper.singularValues.first ?? 0 > 0 else { return .nan }
        return min(1, Matrix.inner(.column(lower.U.column(0)), .column(upper.V.column(0))).magnitude)
      }
    }
  }
}
