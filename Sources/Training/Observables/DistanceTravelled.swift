import LinearAlgebra

/// How far every layer is from where it started, ‖W_j(t) − W_j(0)‖_F.
struct DistanceTravelled: Recordable {
  let name = "distance-travelled"
  let summary = "how far every layer has moved, ‖W_j(t) − W_j(0)‖_F"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    try requireLayers(run)
    let (start, factors) = (run.reducedStart.layers, run.layerFactors)
    return Recording(
      name, columns: (1...start.count).map { Recording.Column("travelled_\($0)", label: "W\($0)") },
      title: "Distance travelled", axis: "‖Wⱼ(t) − Wⱼ(0)‖", isLogarithmic: true,
      caption: "Frobenius norm of the change of every layer since the start."
    ) { moment in
      zip(zip(moment.layers, start), factors).map { $1 * ($0.0 - $0.1).frobeniusNorm }
    }
  }
}

/// The same relative to the layer's start, ‖W_j(t) − W_j(0)‖_F/‖W_j(0)‖_F: small in the lazy regime.
///
/// Source: Chizat, Oyallon, Bach, "On lazy training in differentiable programming", NeurIPS 2019.
struct RelativeDistance: Recordable {
  let name = "relative-distance"
  let summary = "how far every layer has moved, relative to its start"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    try requireLayers(run)
    let start = run.reducedStart.layers
    let norms = start.map(\.frobeniusNorm)
    guard norms.contains(where: { $0 > 0 }) else {
      throw .unavailable(name: name, reason: "every layer starts at zero")
    }
    return Recording(
      name, columns: (1...start.count).map { Recording.Column("relative_travelled_\($0)", label: "W\($0)") },
      title: "Distance travelled, relative to the start", axis: "‖Wⱼ(t) − Wⱼ(0)‖ / ‖Wⱼ(0)‖",
      isLogarithmic: true,
      caption:
        "Change of every layer since the start, relative to the start; small in the lazy regime of Chizat, Oyallon, Bach (2019)."
    ) { moment in
      zip(zip(moment.layers, start), norms).map { $1 > 0 ? ($0.0 - $0.1).frobeniusNorm / $1 : .nan }
    }
  }
}
