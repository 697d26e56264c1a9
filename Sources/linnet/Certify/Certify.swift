import ArgumentParser
import Foundation
import LinearNetworks
import Prose
import RunFiles
import Theory
import Training

struct Certify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what the theory promises for a problem and a start, without running.",
    discussion: """
      Takes the data, network and start options of linnet train.

      Examples:
        linnet certify diabetes.csv --targets progression --depth 3
        linnet certify --target Z.csv --samples 50 --rank 1 --angle 30 \\
          --norm 10 --json
      """)

  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Network and start") var network: NetworkOptions

  @Flag(help: "Print the certificate as JSON on standard output.")
  var json = false

  @Flag(help: "Say of every theorem what it says here, or why it is silent.")
  var verbose = false

  func validate() throws {
    try data.requireData()
    try network.file.check(data)
  }

  func run() throws {
    let request = try network.request(data.text.format)
    let loaded = try data.request(hasConstantInput: request.hasConstantInput).load()
    let (start, stored) = try request.network(for: loaded.problem)
    let report = CertificateReport(problem: loaded.problem, start: start)
    if json {
      Screen.standardOutput(try CanonicalJSON.encode(report))
    } else {
      screen(report, loaded, widths: start.widths, start: request.description, stored?.lines ?? []).forEach(
        Screen.standardOutput)
      TrainingScreen.certificate(report.certificate, verbose ? .full : .brief).forEach(Screen.standardOutput)
      report.saddleSequence?.lines().forEach(Screen.standardOutput)
    }
  }

  private func screen(
    _ report: CertificateReport, _ loaded: LoadedProblem, widths: [Int], start: String, _ startLines: [String]
  )
    -> [String]
  {
    let values = report.target.singularValues.prefix(6).map { number($0, digits: 6) }
    let more = report.target.singularValues.count > 6 ? ", …" : ""
    let ratio = report.target.gap(rank: report.problem.bottleneck, isWhitened: report.problem.whitened)
    let minimum = report.globalMinimum
    return TrainingScreen.problem(loaded, widths: widths, start: start) + startLines
      + Imbalance.lines(report.imbalances)
      + labelledLines(
        "Target", "singular values \(values.joined(separator: ", "))\(more); \(ratio)", source: "(25), (26)"
      )
      + labelledLines(
        "Minimum",
        "loss \(number(minimum.loss, digits: 10)) (irreducible \(number(minimum.irreducibleLoss, digits: 6)))",
        source: "Theorem 2.7")
  }
}
