import Figures
import Foundation

/// The pictures that articles of the documentation show.
enum DocumentationImages {
  /// Draws figures as SVG into Documentation/images; says on standard error if there is no renderer.
  static func write(_ figures: [(name: String, figure: LineFigure)]) throws {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(
      "linnet-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let files = try FigureRenderer.located().write(figures, to: scratch)
    if let shortfall = files.shortfall {
      FileHandle.standardError.write(Data("\(shortfall)\n".utf8))
    }
    let images = URL(fileURLWithPath: Repository.file("Documentation/images"))
    for picture in files.pictures where picture.pathExtension == "svg" {
      let destination = images.appendingPathComponent(picture.lastPathComponent)
      try Data(contentsOf: picture).write(to: destination, options: .atomic)
    }
  }
}
