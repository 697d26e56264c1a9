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
    var columns: [(name: String, values: [Double])] = []
    func add(_ name: String, _ quantity: (TrajectoryRecord) -> Double) {
      columns.append((name, records.map(quantity)))
    }
    add("time", \.time)
    add("loss", \.loss)
    add("gap", \.gap)
    add("gradient_norm", \.gradientNorm)
    add("distance_to_target", \.distanceToTarget)
    add("alignment", \.alignment)
    add("imbalance", \.imbalance)
    add("imbalance_drift", \.imbalanceDrift)
    for i in 0..<(records.first?.singularValues.count ?? 0) {
      add("sigma_\(i + 1)") { $0.singularValues[i] }
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
    }
    try NPZArchive.write(arrays, to: "\(folder)/\(archive)")
  }
}
