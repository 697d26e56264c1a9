import Foundation

/// Writes figures to files: NAME.vl.json always, and NAME.svg, NAME.png, NAME.pdf where a renderer is installed.
///
/// Pictures are drawn by `vl-convert` in one Python process for all figures, since its start takes a second and each
/// picture a tenth of one.
public struct FigureRenderer: Equatable, Sendable {
  /// The Python package that draws, as `pip` wants it.
  public static let requirement = "vl-convert-python==1.9.0.post1"

  /// A Python that has the package; nil if none was found.
  public let python: URL?

  /// Seconds after which a renderer that has not finished is stopped. Tuned: ten figures take three seconds.
  public let timeLimit: Double

  /// A renderer that uses the given Python, or none, for at most `timeLimit` seconds a call.
  public init(python: URL?, timeLimit: Double = 120) {
    precondition(timeLimit > 0, "a time limit of \(timeLimit) s leaves no time")
    self.python = python
    self.timeLimit = timeLimit
  }

  /// The renderer of this installation, the first of
  ///
  /// 1. the environment variable `LINNET_PYTHON`, if it is set and not empty, whether or not it can run;
  /// 2. `../share/linnet/figures/bin/python`, seen from the executable's folder: where `make install` puts it;
  /// 3. `.venv/bin/python` in the nearest folder above the executable that has a `Package.swift`: where `make figures`
  ///    puts it.
  ///
  /// - Parameters:
  ///   - executable: the running program, with symbolic links resolved.
  ///   - environment: the variables of the process.
  public static func located(
    executable: URL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath(),
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> FigureRenderer {
    if let chosen = environment["LINNET_PYTHON"], !chosen.isEmpty {
      return FigureRenderer(python: URL(fileURLWithPath: chosen))
    }
    let folder = executable.deletingLastPathComponent()
    let installed = folder.deletingLastPathComponent().appendingPathComponent(
      "share/linnet/figures/bin/python")
    if isExecutable(installed) { return FigureRenderer(python: installed) }
    var ancestor = folder
    while ancestor.pathComponents.count > 1 {
      let local = ancestor.appendingPathComponent(".venv/bin/python")
      let manifest = ancestor.appendingPathComponent("Package.swift").path
      if isExecutable(local), FileManager.default.fileExists(atPath: manifest) {
        return FigureRenderer(python: local)
      }
      ancestor.deleteLastPathComponent()
    }
    return FigureRenderer(python: nil)
  }

  private static func isExecutable(_ file: URL) -> Bool {
    FileManager.default.isExecutableFile(atPath: file.path)
  }

  /// A format of pictures.
  public enum Format: String, CaseIterable, Sendable { case svg, png, pdf }

  /// Writes each figure under its name into an existing folder, replacing files of the same names.
  ///
  /// - Parameters:
  ///   - figures: file names without extension, and what to draw.
  ///   - folder: where the files go.
  ///   - formats: which pictures are drawn.
  /// - Returns: what was written, and why pictures are missing if they are.
  /// - Throws: `FigureError.cannotWrite` if a specification cannot be written. A failure of the renderer throws nothing.
  public func write(
    _ figures: [(name: String, figure: LineFigure)], to folder: URL, formats: [Format] = Format.allCases
  ) throws(FigureError) -> FigureFiles {
    try write(drawings: figures.map { ($0.name, $0.figure) }, to: folder, formats: formats)
  }

  /// Writes each drawing under its name into an existing folder, as ``write(_:to:formats:)`` does with figures of lines.
  ///
  /// - Parameters:
  ///   - drawings: file names without extension, and what to draw.
  ///   - folder: where the files go.
  ///   - formats: which pictures are drawn.
  /// - Returns: what was written, and why pictures are missing if they are.
  /// - Throws: `FigureError.cannotWrite` if a specification cannot be written. A failure of the renderer throws nothing.
  public func write(
    drawings: [(name: String, drawing: any Drawing)], to folder: URL, formats: [Format] = Format.allCases
  ) throws(FigureError) -> FigureFiles {
    var specifications = [URL]()
    for (name, figure) in drawings {
      let file = folder.appendingPathComponent(name + ".vl.json")
      do {
        try Data(figure.vegaLite.utf8).write(to: file, options: .atomic)
      } catch {
        throw .cannotWrite(path: file.path, reason: error.localizedDescription)
      }
      specifications.append(file)
    }
    guard !specifications.isEmpty else {
      return FigureFiles(specifications: [], pictures: [], shortfall: nil)
    }
    // A picture of an earlier run beside a newer specification would be a lie.
    for file in specifications {
      let stem = file.deletingPathExtension().deletingPathExtension()
      for format in Format.allCases {
        try? FileManager.default.removeItem(at: stem.appendingPathExtension(format.rawValue))
      }
    }
    let (pictures, shortfall) = draw(specifications, formats)
    return FigureFiles(specifications: specifications, pictures: pictures, shortfall: shortfall)
  }
}
