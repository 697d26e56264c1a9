import Training

extension RunRequest {
  /// How many numbers of observables an answer has at each of its times, at most.
  static let mostObserved = 400

  /// Those that are about samples of another file.
  private static let needFiles: Set<String> = ["test-loss", "representations"]

  /// The observables that are asked for, of a run.
  ///
  /// - Throws: ``LabError`` for a name that there is none of, for what does not exist for this run, and for too many numbers.
  func recordings(of run: TrainingRun) throws(LabError) -> [Recording] {
    guard let record, !record.isEmpty else { return [] }
    if let name = record.first(where: Self.needFiles.contains) {
      throw LabError(
        .unprocessable, "“record”: “\(name)” needs a file beside the data; linnet train --record takes it.")
    }
    let found: [Recording]
    do {
      found = try run.recordings(of: record)
    } catch {
      throw LabError(.unprocessable, "“record”: \(error)")
    }
    let count = found.reduce(0) { $0 + $1.columns.count }
    guard count <= Self.mostObserved else {
      throw LabError(
        .limit, "“record” asks for \(count) numbers at each time, more than the lab's \(Self.mostObserved).")
    }
    return found
  }
}
