import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Regression

/// Times of a fit and of principal components on an array in memory, printed for Benchmarks/fit/compare.py.
struct FitTiming {
  static let usage = "usage: linnet-bench fit TABLE.npy OUTPUTS THREADS"

  let rows: Int
  let columns: Int
  let outputs: Int
  /// The table, row after row, as NumPy holds it; inputs before outputs.
  let values: [Double]
  /// The inputs alone.
  let inputs: [Double]

  /// Reads the table; false if the arguments are not those of `usage`.
  static func run(_ arguments: [String]) throws -> Bool {
    guard arguments.count == 3, let outputs = Int(arguments[1]), let threads = Int(arguments[2]) else {
      return false
    }
    setBLASThreads(threads)
    let timing = try FitTiming(NPYFile(arguments[0]), outputs: outputs)
    // Once before, as for the peer: pages and caches.
    _ = (timing.regression(), timing.components())
    let (fit, a) = timed(timing.regression)
    let (pca, b) = timed(timing.components)
    struct Answer: Encodable {
      let regression: Seconds
      let components: Seconds
      let predictor: AffinePredictor
      let explainedVariance: [Double]
    }
    let answer = Answer(
      regression: a, components: b, predictor: fit, explainedVariance: pca.explainedVariance)
    print(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
    return true
  }

  private init(_ file: NPYFile, outputs: Int) throws {
    var all: [Double] = []
    all.reserveCapacity(file.rowCount * file.columnCount)
    try file.forEachBlock { block, _ in all.append(contentsOf: block) }
    (rows, columns, self.outputs, values) = (file.rowCount, file.columnCount, outputs, all)
    let dx = columns - outputs
    var inputs: [Double] = []
    inputs.reserveCapacity(rows * dx)
    for i in 0..<rows { inputs.append(contentsOf: all[i * columns..<i * columns + dx]) }
    self.inputs = inputs
  }

  /// Of the clock on the wall, and of all processors together: on a busy machine the latter is the steadier.
  private struct Seconds: Encodable {
    let wall: Double
    let processor: Double
  }

  private static func timed<T>(_ work: () -> T) -> (T, Seconds) {
    func now(_ clock: clockid_t) -> Double {
      var time = timespec()
      clock_gettime(clock, &time)
      return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
    let (wall, processor) = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
    let result = work()
    return (
      result, Seconds(wall: now(CLOCK_MONOTONIC) - wall, processor: now(CLOCK_PROCESS_CPUTIME_ID) - processor)
    )
  }

  private static func compressed(_ values: [Double], rows: Int, columns: Int) -> SampleCompression {
    var table = SampleCompression(columns: columns)
    values.withUnsafeBufferPointer { table.append(rowMajor: $0.baseAddress!, rows: rows) }
    return table
  }

  private static func named(_ columns: Range<Int>) -> [NamedColumn] {
    columns.map { NamedColumn(column: $0, name: "\($0)") }
  }

  /// All ranks of the regression, and the coefficients of full rank with intercept.
  private func regression() -> AffinePredictor {
    let table = FitTiming.compressed(values, rows: rows, columns: columns)
    let dx = columns - outputs
    let factor = try! RegressionFactor(
      table, inputs: FitTiming.named(0..<dx), outputs: FitTiming.named(dx..<columns))
    let fit = try! ReducedRankRegression(factor)
    return fit.predictor(rank: fit.maximumRank)
  }

  private func components() -> PrincipalComponents {
    let dx = columns - outputs
    return try! PrincipalComponents(
      FitTiming.compressed(inputs, rows: rows, columns: dx), columns: FitTiming.named(0..<dx))
  }
}
