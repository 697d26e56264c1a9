import DataFormats
import Figures
import Foundation
import RunFiles

/// The folder of a finished fit, from which its page can be made again.
enum FitFolder {
  /// Whether a folder is that of a fit.
  static func isOne(_ folder: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/fit.json") }

  /// In the order of the page; those that a fit does not have are not there.
  private static let figures = ["rank-trace", "held-out-error", "scree", "ridge-path", "fitted", "biplot"]

  /// The head of a fit.json.
  private struct Head: Decodable {
    let formatVersion: Int
    let hasComponents: Bool

    enum Key: String, CodingKey { case formatVersion, components }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Key.self)
      formatVersion = try values.decode(Int.self, forKey: .formatVersion)
      hasComponents = values.contains(.components)
    }
  }

  /// The page of the fit in a folder.
  ///
  /// - Throws: `RunFileError` if fit.json is damaged, `ModelError` if a newer program wrote it.
  static func page(of folder: String) throws -> String {
    let file = "\(folder)/fit.json"
    // The version first: what comes with a newer one may not be readable.
    let head = try CanonicalJSON.decode(Head.self, from: file)
    guard head.formatVersion <= modelFormatVersion else {
      throw ModelError.newerFormat(path: file, found: head.formatVersion, known: modelFormatVersion)
    }
    let figures = RunFolder.figures(figures, in: folder)
    let library = FigureRenderer.located().chartLibrary
    return head.hasComponents
      ? ComponentsPage(
        report: try CanonicalJSON.decode(ComponentsReport.self, from: file), figures: figures,
        chartLibrary: library
      ).html
      : FitPage(
        report: try CanonicalJSON.decode(FitReport.self, from: file), figures: figures, chartLibrary: library
      ).html
  }
}
