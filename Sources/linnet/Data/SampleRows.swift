import LinearAlgebra
import LinearNetworks
import RunFiles
import Samples
import Training

extension DataRequest {
  /// The samples one by one, prepared as a problem was.
  ///
  /// The data are read once more, since nothing of the size of the samples was kept.
  ///
  /// - Parameter prepared: the problem that was made of the same data.
  /// - Throws: what reading throws; ``SessionError/noSamples(reason:)`` where there are none, or they cannot be read again.
  func samples(of prepared: PreparedProblem?) throws -> PreparedSamples {
    guard let prepared else { throw SessionError.noSamples(reason: "a target has no samples") }
    guard !files.contains("-") else {
      throw SessionError.noSamples(reason: "standard input can be read only once")
    }
    if case .factors = source { throw SessionError.noSamples(reason: "a factor has no rows") }
    guard !reproducesInputs else {
      throw SessionError.noSamples(reason: "with --autoencoder all samples are taken at once")
    }
    let table = try table()
    let inputs = prepared.inputNames.map { name in table.inputs.first { $0.name == name }!.column }
    let outputs = table.outputs.map(\.column)
    var (x, y) = ([Double](), [Double]())
    let width = table.columnCount
    try table.forEachBlock { block, rows in
      for i in 0..<rows {
        for (column, mean) in zip(inputs, prepared.inputMeans) { x.append(block[i * width + column] - mean) }
        for (column, mean) in zip(outputs, prepared.outputMeans) {
          y.append(block[i * width + column] - mean)
        }
      }
    }
    let count = y.count / outputs.count
    return PreparedSamples(
      inputs: prepared.inputTransform * Matrix(rows: inputs.count, columns: count, storage: x),
      outputs: Matrix(rows: outputs.count, columns: count, storage: y))
  }

  /// The samples from which batches are drawn; nil where none are.
  ///
  /// - Throws: as ``samples(of:)``; ``SessionError/batchTooLarge(size:samples:)``.
  func samples(for batch: BatchChoice?, of prepared: PreparedProblem?) throws -> PreparedSamples? {
    guard let batch else { return nil }
    let samples = try samples(of: prepared)
    guard batch.size <= samples.count else {
      throw SessionError.batchTooLarge(size: batch.size, samples: samples.count)
    }
    return samples
  }
}
