import DataFormats
import Figures
import Foundation
import Prose
import RunFiles
import Sweeps

/// What is made of the lines beside the tables.
struct SweepAnalyses {
  let fits: [SweepFit.Form]
  let lines: [SweepFit.Form]
  let phases: [SweepFit.Form]
}

/// The lines of a sweep's folder, and the files that are made of them.
struct SweepResults {
  let folder: String
  let description: SweepDescription
  let records: [Int: RunRecord]
  private let analyses: SweepAnalyses

  /// Reads the lines.
  ///
  /// - Throws: `SweepError`, `DataFormatError`.
  init(in folder: String, _ analyses: SweepAnalyses) throws {
    (self.folder, self.analyses) = (folder, analyses)
    description = try Self.description(in: folder)
    let found = try RecordFolder(folder, grid: description.grid, mark: description.mark)
    found.warn()
    records = found.records
  }

  /// `grid.json` of a folder.
  static func description(in folder: String) throws -> SweepDescription {
    let file = folder + "/" + SweepDescription.file
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw SweepError.notASweep(folder: folder)
    }
    do { return try CanonicalJSON.decode(SweepDescription.self, from: bytes) } catch {
      throw SweepError.damaged(file: file)
    }
  }

  /// Writes tables, figures and report, and says what came out.
  func write(printingJSON: Bool) throws {
    let table = SweepTable(Array(records.values), of: description.grid)
    let fits = try analyses.fits.map { form in try SweepFit.fits(form, in: table) }
    let summary = SweepSummary(table, fits: fits.flatMap(\.self))
    let figures = try SweepFigures(
      table, theorems: summary.theorems, fits: fits, lines: analyses.lines, phases: analyses.phases)
    let json = try CanonicalJSON.encode(summary)
    try table.writeCSV(to: folder + "/sweep.csv")
    try table.writeNPZ(to: folder + "/sweep.npz")
    try AtomicFile.write(json, to: folder + "/sweep.json")
    let names = figures.drawings.map(\.name)
    removeOtherFigures(than: names)
    let files = try FigureRenderer.located().write(
      drawings: figures.drawings, to: URL(fileURLWithPath: folder))
    let page = SweepPage(
      summary, inputs: description.inputs, figures: RunFolder.figures(names, in: folder))
    try AtomicFile.write(Data(page.html.utf8), to: folder + "/report.html")
    func say(_ line: String) { printingJSON ? Screen.standardError(line) : Screen.standardOutput(line) }
    if printingJSON { Screen.standardOutput(json) }
    summary.lines.forEach(say)
    labelledLines(
      "Files",
      "\(folder)/: report.html, sweep.csv, sweep.npz, sweep.json, \(SweepDescription.file), runs-*.ndjson"
    )
    .forEach(say)
    if names.isEmpty { return }
    labelledLines(
      "Figures",
      "\(names.joined(separator: ", ")) (\(files.pictures.isEmpty ? "" : ".svg, .png, .pdf, ").vl.json)"
    ).forEach(say)
    if let shortfall = files.shortfall { labelledLines("", "\(shortfall)").forEach(say) }
  }

  /// Figures of an earlier merge that asked for others would stand beside a report without them.
  private func removeOtherFigures(than names: [String]) {
    let ours = ["lines-", "phase-", "fit-", "theorems."]
    for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let stem = ["vl.json", "svg", "png", "pdf"].lazy.compactMap { suffix in
        file.hasSuffix("." + suffix) ? String(file.dropLast(suffix.count + 1)) : nil
      }.first
      if let stem, ours.contains(where: file.hasPrefix), !names.contains(stem) { unlink(folder + "/" + file) }
    }
  }
}

extension SweepGrid {
  /// The grid of a file of `--save-grid`, or of a `grid.json`.
  ///
  /// - Throws: `SweepError`, `DataFormatError`.
  init(file: String) throws {
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw DataFormatError.missingFile(file: file)
    }
    do {
      self = try CanonicalJSON.decode(SweepGrid.self, from: bytes)
    } catch let error as SweepError {
      throw error
    } catch {
      guard let description = try? CanonicalJSON.decode(SweepDescription.self, from: bytes) else {
        throw SweepError.damaged(file: file)
      }
      self = description.grid
    }
  }
}
