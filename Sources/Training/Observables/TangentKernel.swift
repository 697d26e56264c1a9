import Landscape
import LinearAlgebra
import LinearNetworks

/// The extreme eigenvalues of the neural tangent kernel on the row space of X.
///
/// Source: Jacot, Gabriel, Hongler, "Neural tangent kernel", NeurIPS 2018.
struct KernelEigenvalues: Recordable {
  let name = "kernel-eigenvalues"
  let summary = "extreme eigenvalues of the neural tangent kernel on the row space of X"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    try requireLayers(run)
    return Recording(
      name,
      columns: [.init("ntk_largest", label: "largest"), .init("ntk_smallest", label: "smallest")],
      title: "Neural tangent kernel", axis: "eigenvalue", isLogarithmic: true,
      caption:
        "Extreme eigenvalues of K = JJᵀ, J the derivative of the outputs on the samples with respect to all weights, on the row space of X. After Jacot, Gabriel, Hongler (2018)."
    ) { moment in
      let kernel = NeuralTangentKernel(of: moment.measures.run.problem, at: moment.thinNetwork)
      return [kernel.largest, kernel.smallest]
    }
  }
}

/// How far the neural tangent kernel has turned from that of the start, 1 − ⟨K, K_0⟩/(‖K‖ ‖K_0‖): 0 in the lazy regime.
///
/// Source: Fort, Dziugaite, Paul, Kharaghani, Roy, Ganguli, "Deep learning versus kernel learning", NeurIPS 2020; Braun, Dominé, Fitzgerald, Saxe (2022).
struct KernelDistanceFromStart: Recordable {
  let name = "kernel-distance"
  let summary = "distance 1 − cos(K, K_0) of the neural tangent kernel from the start's"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    try requireLayers(run)
    let start = KernelFactors(of: run.problem, at: run.thinNetwork(run.reducedStart.layers))
    guard start.norm > 0 else {
      throw .unavailable(name: name, reason: "the kernel of the start is zero")
    }
    return Recording(
      name, columns: [.init("kernel_distance", label: "1 − cos(K, K₀)")], title: "Distance of the kernel",
      axis: "1 − ⟨K, K₀⟩ / (‖K‖ ‖K₀‖)",
      caption:
        "How far the neural tangent kernel on the samples has turned from that of the start; 0 in the lazy regime. After Fort et al. (2020), Braun et al. (2022)."
    ) { moment in
      [KernelFactors(of: moment.measures.run.problem, at: moment.thinNetwork).distance(to: start)]
    }
  }
}
