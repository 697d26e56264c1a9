import DataFormats
import Training

/// trajectory.csv and trajectory.npz: every record of a run.
public enum TrajectoryFiles {
  /// The file that has the matrices at the times asked for.
  public static let archive = "trajectory.npz"

  /// Writes both files into an existing folder.
  ///
  /// - Throws: `DataFormatError`.
  public static func write(_ outcome: TrainingOutcome, to folder: String) throws(DataFormatError) {
    let records = outcome.records
    var columns = outcome.columns.map { (name: $0.name, values: records.map($0.value)) }
    func add(_ name: String, _ quantity: (TrajectoryRecord) -> Double) {
      columns.append((name, records.map(quantity)))
    }
    if !outcome.spectrum.isEmpty {
      // Not every record has its curvatures.
      let found = Dictionary(outcome.spectrum.map { ($0.time, $0) }) { first, _ in first }
      func addSpectrum(_ name: String, _ quantity: (SpectrumRecord) -> Double) {
        add(name) { found[$0.time].map(quantity) ?? .nan }
      }
      addSpectrum("hessian_largest", \.largestHessianEigenvalue)
      addSpectrum("hessian_smallest") { $0.smallestHessianEigenvalue ?? .nan }
      addSpectrum("kernel_largest", \.largestKernelEigenvalue)
      addSpectrum("kernel_smallest") { $0.smallestKernelEigenvalue ?? .nan }
    }
    try CSVFile.write(columns: columns, to: "\(folder)/trajectory.csv")
    var arrays = columns.map { (name: $0.name, array: NDArray($0.values)) }
    if let first = outcome.states.first?.endToEnd {
      arrays.append(("end_to_end_times", NDArray(outcome.states.map(\.time))))
      arrays.append(
        (
          "end_to_end",
          NDArray(
            shape: [outcome.states.count, first.rows, first.columns],
            values: outcome.states.flatMap { $0.endToEnd.transpose.storage })
        ))
      arrays += layers(outcome)
    }
    try NPZArchive.write(arrays, to: "\(folder)/\(archive)")
  }

  /// Numbers of the layers at the times asked for that are written at most: 160 MB (tuned).
  public static let mostEntries = 20_000_000

  /// Whether the layers at the times asked for are left out, since there would be too many numbers.
  public static func leavesLayersOut(_ outcome: TrainingOutcome) -> Bool {
    Double(outcome.network.parameterCount) * Double(outcome.states.count) > Double(mostEntries)
  }

  /// W_1, …, W_N at the times asked for, `layer_1`, … of the shape times × outputs × inputs, and the matrices of observables; of a run on W alone there are none.
  private static func layers(_ outcome: TrainingOutcome) -> [(name: String, array: NDArray)] {
    guard outcome.hasLayers, !leavesLayersOut(outcome) else { return [] }
    let moments = outcome.networks(at: outcome.states.map(\.time))
    guard moments.count == outcome.states.count else { return [] }
    let matrices = moments.map { network in
      network.layers.enumerated().map { (name: "layer_\($0 + 1)", matrix: $1) }
        + outcome.recordings.flatMap { $0.matrices(network) }
    }
    return (matrices.first ?? []).enumerated().map { i, first in
      (
        first.name,
        NDArray(
          shape: [moments.count, first.matrix.rows, first.matrix.columns],
          values: matrices.flatMap { $0[i].matrix.transpose.storage })
      )
    }
  }
}
