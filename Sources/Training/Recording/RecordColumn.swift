/// A number of every record under the name that it has in trajectory.csv.
package struct RecordColumn: Sendable {
  /// Such as `sigma_1`.
  package let name: String
  /// Of a record; NaN where there is none.
  package let value: @Sendable (TrajectoryRecord) -> Double

  /// The columns of all runs, with `count` singular values of W.
  static func standard(singularValues count: Int) -> [RecordColumn] {
    [
      RecordColumn(name: "time", value: \.time),
      RecordColumn(name: "loss", value: \.loss),
      RecordColumn(name: "gap", value: \.gap),
      RecordColumn(name: "gradient_norm", value: \.gradientNorm),
      RecordColumn(name: "distance_to_target", value: \.distanceToTarget),
      RecordColumn(name: "alignment", value: \.alignment),
      RecordColumn(name: "imbalance", value: \.imbalance),
      RecordColumn(name: "imbalance_drift", value: \.imbalanceDrift),
    ]
      + (0..<count).map { i in
        RecordColumn(name: "sigma_\(i + 1)") { i < $0.singularValues.count ? $0.singularValues[i] : .nan }
      }
  }

  /// The columns of an observable.
  static func columns(of recording: Recording) -> [RecordColumn] {
    recording.columns.map { column in
      RecordColumn(name: column.name) { $0.others[column.name] ?? .nan }
    }
  }
}

extension TrainingOutcome {
  /// The columns of trajectory.csv, in order, but for the curvatures.
  package var columns: [RecordColumn] {
    RecordColumn.standard(singularValues: records.first?.singularValues.count ?? 0)
      + recordings.flatMap(RecordColumn.columns)
  }
}
