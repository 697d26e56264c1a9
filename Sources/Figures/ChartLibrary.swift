import Foundation

extension FigureRenderer {
  /// Vega, Vega-Lite and Vega-Embed as one script that assigns `vegaEmbed`, for pages that must work without a network; nil where it is not installed.
  ///
  /// The script is made of what the renderer's Python package carries (`vl_convert.javascript_bundle`, some 0.9 MB). Making it takes many seconds, so
  /// `make figures` does it once and leaves it in the environment, where it is read from.
  public var chartLibrary: String? {
    chartLibraryFile.flatMap { try? String(contentsOf: $0, encoding: .utf8) }
  }

  /// Where the script is; nil where it is not installed.
  public var chartLibraryFile: URL? {
    guard let python else { return nil }
    let environment = python.deletingLastPathComponent().deletingLastPathComponent()
    let file = environment.appendingPathComponent("share/linnet/vega.js")
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }
}
