import Foundation
import LinearAlgebra
import LinearNetworks
import Training

/// A rank-one trajectory known to 25 digits: W_0 = s_0 u_0 v_0ᵀ and W(t) = s u vᵀ at some times.
struct ReferenceFile: Decodable {
  struct State: Decodable {
    let t: Double
    let s: String
    let u: [String]
    let v: [String]

    var matrix: Matrix {
      let (s, u, v) = (Double(s)!, u.map { Double($0)! }, v.map { Double($0)! })
      return Matrix(u.count, v.count) { i, j in s * u[i] * v[j] }
    }
  }

  let N: Int
  let m: Double
  let Z: [[Double]]
  let u0: [Double]
  let v0: [Double]
  let s0: Double
  let trajectory: [State]
  private(set) var name = ""

  private enum CodingKeys: CodingKey { case N, m, Z, u0, v0, s0, trajectory }

  static func all() throws -> [ReferenceFile] {
    let folder = URL(fileURLWithPath: Repository.file("Tests/TestSupport/Reference"))
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "json" }.sorted { $0.lastPathComponent < $1.lastPathComponent }
      .map { url in
        var file = try JSONDecoder().decode(ReferenceFile.self, from: Data(contentsOf: url))
        file.name = url.deletingPathExtension().lastPathComponent
        return file
      }
  }

  /// The run from this start to the last of these times.
  func run(method: TrainingOptions.Method, tolerance: Double = 1e-10) throws -> TrainingRun {
    let problem = Problem(target: Matrix(rows: Z), sampleCount: Int(m))
    let W0 = Matrix(u0.count, v0.count) { i, j in s0 * u0[i] * v0[j] }
    let start = try LinearNetwork.balanced(
      factoring: W0, widths: [problem.inputs] + Array(repeating: 1, count: N - 1) + [problem.outputs])
    var options = TrainingOptions()
    options.method = method
    options.tolerance = tolerance
    options.outputTimes = trajectory.map(\.t)
    options.finalTime = options.outputTimes.max()
    options.estimatesAccuracy = false
    return TrainingRun(problem: problem, start: start, options: options)
  }

  /// max_t ‖W(t) − W_exact(t)‖/‖W_exact(t)‖.
  func error(of outcome: TrainingOutcome) -> Double {
    precondition(
      outcome.states.count == trajectory.count, "\(outcome.states.count) of \(trajectory.count) states")
    return zip(outcome.states, trajectory).map { found, exact in
      (found.endToEnd - exact.matrix).frobeniusNorm / exact.matrix.frobeniusNorm
    }.max()!
  }
}
