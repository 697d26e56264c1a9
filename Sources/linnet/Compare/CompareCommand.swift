import ArgumentParser
import Figures
import Foundation
import Prose
import RunFiles

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Put several finished runs side by side: one table, one figure.",
    discussion: """
      The runs are called by what differs among the lines that made them. Any recorded quantity can be drawn. For runs by the \
      thousand use linnet sweep.

      Examples:
        linnet compare depth-2 depth-3 depth-4
        linnet compare depth-2 depth-3 --quantity sigma_1 --axis logarithmic
      """)

  @Argument(help: ArgumentHelp("Folders of finished linnet train runs.", valueName: "run"))
  var runs: [String]

  @Option(
    help: ArgumentHelp(
      "What is drawn against time: a column of trajectory.csv, such as gap, loss, gradient_norm, distance_to_target, alignment or sigma_1. Default: gap.",
      valueName: "column"))
  var quantity = "gap"

  @Option(
    help: ArgumentHelp(
      "The axis of time: linear or logarithmic. Default: logarithmic where one run takes twenty times as long as another, or waits on a plateau.",
      valueName: "scale"))
  var axis: LineFigure.Axis.Scale?

  @OptionGroup(title: "Results") var results: ResultOptions

  func validate() throws {
    guard runs.count >= 2 else {
      throw ValidationError("Name at least two folders of runs; one is read by linnet report.")
    }
    if let twice = runs.first(where: { name in runs.filter { $0 == name }.count > 1 }) {
      throw ValidationError("\(twice) is named twice.")
    }
  }

  func run() throws {
    let destination = results.destination
    try destination.check()
    let comparison = try RunComparison(runs, quantity: quantity, axis: axis)
    func say(_ line: String) { destination.say(line) }
    comparison.lines.forEach(say)
    if let folder = try destination.folder(stem: "linnet-compare") {
      try folder.write(json: comparison, to: "comparison.json")
      let files = try FigureRenderer.located().write(
        [("comparison", comparison.figure)], to: URL(fileURLWithPath: folder.path))
      labelledLines("Files", "\(folder.path)/: comparison.json").forEach(say)
      labelledLines(
        "Figures", "comparison (\(files.pictures.isEmpty ? "" : ".svg, .png, .pdf, ").vl.json)"
      ).forEach(say)
      if let shortfall = files.shortfall { labelledLines("", "\(shortfall)").forEach(say) }
    }
    if results.json { Screen.standardOutput(try CanonicalJSON.encode(comparison)) }
  }
}

extension LineFigure.Axis.Scale: ExpressibleByArgument {}
