import ArgumentParser
import DataFormats
import Figures
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose
import RunFiles
import Training

struct Figure1: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "figure1",
    abstract: "Reproduce Figure 1 of the paper: ‖W(t) − Z_1‖ against time for several depths.",
    discussion: """
      Random whitened inputs, random outputs; the start is the target turned by an angle and ten times as long. Each depth is \
      run by explicit Euler on the induced flow (17), as in the paper, and beside it by the accurate flow. Writes \
      figure1.csv and the figure.

      Examples:
        linnet figure1
        linnet figure1 --depths 2,4,8 --seed 7 --out deeper
      """)

  @Option(parsing: .unconditional, help: ArgumentHelp("Depths N, separated by commas.", valueName: "N1,N2,…"))
  var depths = "1,2,3,5,10"
  @Option(parsing: .unconditional, help: "m, the number of samples.") var samples = 50
  @Option(parsing: .unconditional, help: "dx, the number of inputs.") var inputs = 5
  @Option(parsing: .unconditional, help: "dy, the number of outputs.") var outputs = 1
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Angle of the start to the target.", valueName: "degrees"))
  var angle = 30.0
  @Option(parsing: .unconditional, help: ArgumentHelp("‖W_0‖ relative to the target's.", valueName: "ratio"))
  var norm = 10.0
  @Option(parsing: .unconditional, help: "Step of explicit Euler.") var step = 1e-6
  @Option(parsing: .unconditional, help: "Number of Euler steps.") var steps = 100_000
  @Option(parsing: .unconditional, help: "Seed of the data and the direction of the start.") var seed:
    UInt64 = 1
  @Option(
    help: ArgumentHelp("Folder for the results. Default: linnet-figure1-<date>-<time>.", valueName: "folder"))
  var out: String?
  @Flag(help: "Replace the files of an existing folder.") var force = false
  @Flag(help: "Print the curves as JSON on standard output.") var json = false

  struct Curve: Encodable {
    let depth: Int
    /// ‖W(t) − Z_1‖ of the accurate flow and of Euler.
    let flow: [Double]
    let euler: [Double]
    let seconds: Double
  }

  struct Result: Encodable {
    let samples, inputs, outputs: Int
    let seed: UInt64
    let targetNorm: Double
    let step: Double
    let steps: Int
    let times: [Double]
    let curves: [Curve]
  }

  func validate() throws {
    _ = try depthList()
    guard inputs >= 1, outputs >= 1, samples >= inputs else {
      throw ValidationError("Whitened inputs need --samples ≥ --inputs ≥ 1 and --outputs ≥ 1.")
    }
    guard step > 0, step.isFinite, steps >= 1 else {
      throw ValidationError("--step and --steps must be positive.")
    }
    guard norm > 0, norm.isFinite, angle.isFinite else {
      throw ValidationError("--norm must be positive and --angle a number.")
    }
    guard max(inputs, outputs) >= 2 || angle == 0 else {
      throw ValidationError(
        "With one input and one output there is no direction to turn; use --angle 0 or more inputs.")
    }
  }

  private func depthList() throws -> [Int] {
    try depths.split(separator: ",", omittingEmptySubsequences: false).map {
      guard let N = Int($0.filter { $0 != " " }), N >= 1 else {
        throw ValidationError("--depths: \"\($0)\" is not a depth (1, 2, …).")
      }
      return N
    }
  }

  func run() throws {
    let folder = try OutputFolder.create(out, stem: "linnet-figure1", force: force)
    let data = SyntheticData.whitened(samples: samples, inputs: inputs, outputs: outputs, seed: seed)
    let problem = Problem(inputs: data.inputs, outputs: data.outputs)
    let finalTime = step * Double(steps)
    let times = (0...500).map { finalTime * Double($0) / 500 }
    Interruption.listen()
    var curves: [Curve] = []
    for N in try depthList() {
      let curve = try curve(depth: N, problem: problem, times: times)
      // A curve cut short would look like one that ends.
      if Interruption.isRequested { break }
      curves.append(curve)
      Screen.standardError("depth \(N): \(duration(curve.seconds))")
    }
    let result = Result(
      samples: samples, inputs: inputs, outputs: outputs, seed: seed,
      targetNorm: problem.targetSingularValues[0], step: step, steps: steps, times: times, curves: curves)
    let files = try write(result, to: folder)
    if json { Screen.standardOutput(try CanonicalJSON.encode(result)) }
    Screen.standardError(
      "Wrote \(folder.path)/: figure1.csv, figure1 (\(files.pictures.isEmpty ? "" : ".svg, .png, .pdf, ").vl.json)"
    )
    if let shortfall = files.shortfall { Screen.standardError("\(shortfall)") }
    if Interruption.isRequested {
      Screen.standardError("Interrupted after \(curves.count) of \(try depthList().count) depths.")
      throw ExitCode.failure
    }
  }

  private func curve(depth N: Int, problem: Problem, times: [Double]) throws -> Curve {
    let widths = [inputs] + Array(repeating: 1, count: N - 1) + [outputs]
    let target = problem.crossCovariance.singularValueDecomposition.truncated(to: 1)
    // Every depth starts from the same matrix: of rank one, also where a single layer could have more.
    let turned = try Start.angle(degrees: angle, norm: norm).network(
      widths: [inputs, 1, outputs], target: target, seed: seed &+ 1)
    let start = try LinearNetwork.balanced(factoring: turned.endToEndMatrix, widths: widths)
    let begun = Date()
    var options = TrainingOptions()
    options.finalTime = times.last!
    options.outputTimes = times
    options.estimatesAccuracy = false
    var callbacks = TrainingCallbacks()
    callbacks.isInterrupted = { Interruption.isRequested }
    let flow = TrainingRun(problem: problem, start: start, options: options).run(callbacks: callbacks)
    options.method = .euler
    options.flow = .induced
    options.step = step
    let euler = TrainingRun(problem: problem, start: start, options: options).run(callbacks: callbacks)
    // The target of the figure is Z_1, whatever rank a single layer could reach.
    func distances(_ outcome: TrainingOutcome) -> [Double] {
      outcome.states.map { ($0.endToEnd - target).frobeniusNorm }
    }
    return Curve(
      depth: N, flow: distances(flow), euler: distances(euler), seconds: Date().timeIntervalSince(begun))
  }

  private func write(_ result: Result, to folder: OutputFolder) throws -> FigureFiles {
    var columns = [(name: "time", values: result.times)]
    for curve in result.curves
    where curve.flow.count == result.times.count && curve.euler.count == result.times.count {
      columns.append(("flow_N\(curve.depth)", curve.flow))
      columns.append(("euler_N\(curve.depth)", curve.euler))
    }
    try CSVFile.write(columns: columns, to: folder.file("figure1.csv"))
    let figure = LineFigure.depthComparison(
      result.curves.map { curve in
        LineFigure.DepthCurve(
          depth: curve.depth, flow: zip(result.times, curve.flow).map { .init($0, $1) },
          // A marker at every twentieth time is enough to see them lie on the lines.
          euler: zip(result.times, curve.euler).enumerated().filter { $0.offset % 20 == 0 }.map {
            .init($0.element.0, $0.element.1)
          })
      },
      subtitle:
        "m = \(samples), \(inputs) inputs, \(outputs) \(outputs == 1 ? "output" : "outputs"), start turned by \(number(angle))° and \(number(norm)) times as long; Euler step \(number(step)), seed \(seed)"
    )
    return try FigureRenderer.located().write([("figure1", figure)], to: URL(fileURLWithPath: folder.path))
  }
}
