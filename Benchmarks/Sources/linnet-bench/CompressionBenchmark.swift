import CReferenceLAPACK
import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Samples

/// A large NPY file read and compressed, against LAPACK's factorization of the same matrix in memory.
struct CompressionBenchmark {
  let rows = 1_000_000
  let columns = 50
  let repetitions = 7

  static let explanation = """
    A file of 1,000,000 × 50 doubles (400 MB) is read by `NPYFile` and compressed by `SampleCompression`; the
    reference is LAPACK's `dgeqrf` on the same matrix, column-major in memory, without reading anything. The two
    alternate, and the factors are compared; speed is the median of the ratios (wanted: at least 0.40). The file comes
    from the system's cache. Memory is the peak of a process that does nothing else (wanted: < 300 MB).

    Ours can be the faster one because a block of rows stays in the processor's cache from its reading to its
    last reflection, while `dgeqrf` passes over all rows of a panel once for every column of it.
    """

  /// Reads and compresses the file.
  static func compress(_ path: String) throws -> SampleCompression {
    try SampleTable(path).compressed().samples
  }

  func run() throws -> Table {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "linnet-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("samples.npy").path
    try write(to: path)

    // Before this process holds the matrix itself, since peaks never fall.
    let peak = try Self.peakMemoryOfChild(path)

    let matrix = UnsafeMutablePointer<Double>.allocate(capacity: rows * columns)
    defer { matrix.deallocate() }
    var tau = [Double](repeating: 0, count: columns)
    var factor = Matrix(zeros: 0, 0)
    let times = try PairedTimes(
      repetitions: repetitions,
      ours: {
        let compression = try Self.compress(path)
        factor = compression.factor(of: Array(0..<columns), centered: false)
      },
      preparingReference: { try load(path, into: matrix) },
      reference: {
        let info = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, Int32(rows), Int32(columns), matrix, Int32(rows), &tau)
        precondition(info == 0, "LAPACK's dgeqrf returned \(info)")
      })

    // Both must have computed the same: RᵀR = AᵀA.
    let R = Matrix(columns, columns) { i, j in i <= j ? matrix[i + j * rows] : 0 }
    let (ours, theirs) = (
      Matrix.product(factor, .transposed, factor, .plain), Matrix.product(R, .transposed, R, .plain)
    )
    let difference = (ours - theirs).frobeniusNorm / theirs.frobeniusNorm
    precondition(difference < 1e-12, "the factors differ by \(difference)")

    let (a, b) = (median(times.ours), median(times.reference))
    let bytes = Double(rows * columns * 8)
    let range = times.relativeSpeedRange
    return Table(
      title: "Compression of samples", explanation: Self.explanation,
      columns: ["work", "time", "rate", "speed / dgeqrf", "peak memory"],
      rows: [
        [
          "read and compress", duration(a), short(bytes / a / 1e6) + " MB/s",
          "\(short(times.relativeSpeed)) (\(short(range.lowerBound)) … \(short(range.upperBound)))",
          short(Double(peak) / 1e6) + " MB",
        ],
        ["dgeqrf in memory", duration(b), short(bytes / b / 1e6) + " MB/s", "1", "400 MB and more"],
      ])
  }

  /// Correlated columns with means, seeded; written in blocks, so that this process stays small.
  private func write(to path: String) throws {
    try Data().write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? file.close() }
    let dictionary = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let padding = String(repeating: " ", count: 128 - 10 - dictionary.utf8.count - 1)
    try file.write(
      contentsOf: Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0])
        + Data((dictionary + padding + "\n").utf8))
    var generator = SeededGenerator(seed: 1)
    let blockRows = 10_000
    for _ in 0..<rows / blockRows {
      var block = [Double]()
      block.reserveCapacity(blockRows * columns)
      for _ in 0..<blockRows {
        var previous = 0.0
        for j in 0..<columns {
          previous = 0.5 * previous + generator.uniform()
          block.append(previous + Double(j))
        }
      }
      try block.withUnsafeBytes { try file.write(contentsOf: $0) }
    }
  }

  /// The file as a column-major matrix.
  private func load(_ path: String, into matrix: UnsafeMutablePointer<Double>) throws {
    var first = 0
    try NPYFile(path).forEachBlock { block, count in
      for j in 0..<columns {
        for i in 0..<count { matrix[j * rows + first + i] = block[i * columns + j] }
      }
      first += count
    }
  }

  private static func peakMemoryOfChild(_ path: String) throws -> Int {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    child.arguments = ["peak-memory", path]
    let pipe = Pipe()
    child.standardOutput = pipe
    try child.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    child.waitUntilExit()
    guard child.terminationStatus == 0, let peak = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
    else {
      preconditionFailure("the measuring process failed: \(text)")
    }
    return peak
  }
}
