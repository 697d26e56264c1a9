import ArgumentParser
import DataFormats
import Figures
import Foundation
import Report
import RunFiles

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Make report.html of a run or of a fit again, from the files in its folder.",
    discussion: """
      linnet train and linnet fit write report.html by themselves. The page needs no network and no other file. Of a run it has \
      data, certificate, promise against observation, verdict, figures that can be hovered and zoomed, and every statement with its \
      equation and source; of a fit errors, rank path, coefficients with their intervals, and figures.

      Examples:
        linnet report linnet-run-20260101-120000
        linnet report linnet-fit-20260101-120000
      """)

  @Argument(help: ArgumentHelp("Folder of a finished linnet train or linnet fit.", valueName: "folder"))
  var folder: String

  @Option(help: ArgumentHelp("File to write. Default: report.html in the folder.", valueName: "file"))
  var out: String?

  func run() throws {
    let file = out ?? folder + "/report.html"
    if out == nil, FileManager.default.fileExists(atPath: folder) { try OutputFolder.lock(folder) }
    let manifest = RunManifest(in: folder)
    if let changed = manifest?.changes(in: folder).first(where: { $0 == "run.json" || $0 == "result.json" }) {
      throw RunFileError.damagedResult(folder: folder, file: changed)
    }
    try ReportCommand.write(folder, to: file)
    if out == nil, var manifest {
      try manifest.update("report.html", in: folder)
      try manifest.write(to: folder)
    }
    let bytes = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? nil
    Screen.standardOutput("Wrote \(file)\(bytes.map { " (\($0 / 1000) kB)" } ?? "")")
  }

  /// Writes the report of a folder.
  ///
  /// - Throws: `RunFileError` and `ModelError` for the folder, `DataFormatError` if the file cannot be written.
  static func write(_ folder: String, to file: String) throws {
    let html =
      FitFolder.isOne(folder)
      ? try FitFolder.page(of: folder)
      : ReportPage(of: try RunFolder(folder), chartLibrary: FigureRenderer.located().chartLibrary).html
    try AtomicFile.write(Data(html.utf8), to: file)
  }
}
