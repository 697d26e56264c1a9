import Figures
import Foundation
import Testing

@Suite final class FigureRendererTests {
  let folder: URL
  let figure = LineFigure.depthComparison(
    [.init(depth: 2, flow: [.init(0, 1), .init(1, 0.1)], euler: [.init(0, 1), .init(1, 0.11)])])

  static let sourceTree = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let python = FigureRenderer.located(
    executable: sourceTree.appendingPathComponent("Tests/program")
  ).python

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "linnet-figures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// An executable file at a path below the test's folder.
  func executable(_ path: String, _ text: String = "#!/bin/sh\nexit 0\n") throws -> URL {
    let file = folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    return file
  }

  @Test(.enabled(if: python != nil, "needs the renderer of `make figures`"))
  func `each figure becomes a specification and three pictures, all in one call`() throws {
    let files = try FigureRenderer(python: Self.python).write([("one", figure), ("two", figure)], to: folder)
    #expect(files.shortfall == nil)
    #expect(files.pictures.count == 6)
    let signatures: [(String, [UInt8])] = [
      ("svg", Array("<svg".utf8)), ("png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
      ("pdf", Array("%PDF-".utf8)),
    ]
    for name in ["one", "two"] {
      for (format, signature) in signatures {
        let content = try Data(contentsOf: folder.appendingPathComponent("\(name).\(format)"))
        #expect(content.starts(with: signature))
        #expect(content.count > 5_000)
      }
    }
    let svg = try String(contentsOf: folder.appendingPathComponent("one.svg"), encoding: .utf8)
    for text in ["N = 2", "time t", "‖W(t) − Z₁‖", "Figure 1"] { #expect(svg.contains(text)) }
  }

  @Test(.enabled(if: python != nil, "needs the renderer of `make figures`"))
  func `only the formats asked for are drawn`() throws {
    let files = try FigureRenderer(python: Self.python).write([("one", figure)], to: folder, formats: [.svg])
    #expect(files.shortfall == nil)
    #expect(files.pictures.map(\.lastPathComponent) == ["one.svg"])
  }

  @Test(.enabled(if: python != nil, "needs the renderer of `make figures`"))
  func `a name that the renderer cannot write is reported and the other figures are drawn`() throws {
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("bad.svg/occupied"), withIntermediateDirectories: true)
    let blocker = folder.appendingPathComponent("bad.svg")
    let renderer = FigureRenderer(python: Self.python)
    // A folder in the picture's place is removed with the stale pictures, a folder in place of its draft is not.
    try FileManager.default.moveItem(at: blocker, to: folder.appendingPathComponent(".bad.svg.part"))
    let files = try renderer.write([("bad", figure), ("good", figure)], to: folder)
    #expect(files.pictures.map(\.lastPathComponent) == ["good.svg", "good.png", "good.pdf"])
    guard case .rendererFailed(_, let reason) = files.shortfall else { throw UnexpectedOutcome() }
    #expect(reason.contains("bad.vl.json"))
  }

  @Test func `without a renderer the specification is written and the way to pictures is told`() throws {
    let files = try FigureRenderer(python: nil).write([("one", figure)], to: folder)
    #expect(files.pictures.isEmpty)
    #expect(files.shortfall == .noRenderer)
    #expect(files.shortfall?.description.contains("make figures") == true)
    #expect(files.shortfall?.description.contains("vl-convert-python==") == true)
    #expect(
      try String(contentsOf: folder.appendingPathComponent("one.vl.json"), encoding: .utf8) == figure.vegaLite
    )
  }

  @Test func `a picture of an earlier run does not stay beside a newer specification`() throws {
    let stale = folder.appendingPathComponent("one.png")
    try Data("old".utf8).write(to: stale)
    _ = try FigureRenderer(python: nil).write([("one", figure)], to: folder)
    #expect(!FileManager.default.fileExists(atPath: stale.path))
  }

  @Test func `a Python without the package is a value that says so`() throws {
    let python = try executable("python", "#!/bin/sh\necho \"No module named 'vl_convert'\" >&2\nexit 1\n")
    let files = try FigureRenderer(python: python).write([("one", figure)], to: folder)
    #expect(files.shortfall == .rendererFailed(python: python.path, reason: "No module named 'vl_convert'"))
    #expect(files.specifications.count == 1)
  }

  @Test func `a Python that does not exist is a value too`() throws {
    let python = folder.appendingPathComponent("nowhere/python")
    let files = try FigureRenderer(python: python).write([("one", figure)], to: folder)
    guard case .rendererFailed = files.shortfall else { throw UnexpectedOutcome() }
    #expect(files.pictures.isEmpty)
  }

  @Test func `a renderer that hangs is stopped, with whatever it started`() throws {
    let python = try executable("python", "#!/bin/sh\nsleep 600\n")
    let files = try FigureRenderer(python: python, timeLimit: 0.1).write([("one", figure)], to: folder)
    #expect(files.shortfall == .rendererFailed(python: python.path, reason: "stopped by signal 9"))
  }

  @Test func `a folder that cannot be written to is an error that names the file`() {
    let nowhere = folder.appendingPathComponent("nowhere")
    #expect {
      try FigureRenderer(python: nil).write([("one", figure)], to: nowhere)
    } throws: { error in
      "\(error)".contains(nowhere.appendingPathComponent("one.vl.json").path)
    }
  }

  @Test func `the renderer is sought in the environment, then beside the program, then in the source tree`()
    throws
  {
    let program = folder.appendingPathComponent("tree/.build/release/linnet")
    func found(_ environment: [String: String] = [:]) -> String? {
      FigureRenderer.located(executable: program, environment: environment).python?.path
    }
    #expect(found() == nil)
    let local = try executable("tree/.venv/bin/python")
    // A virtual environment alone, of whatever project, is not ours.
    #expect(found() == nil)
    _ = try executable("tree/Package.swift")
    #expect(found() == local.path)
    let installed = try executable("tree/.build/share/linnet/figures/bin/python")
    #expect(found() == installed.path)
    #expect(found(["LINNET_PYTHON": ""]) == installed.path)
    #expect(found(["LINNET_PYTHON": "/some/python"]) == "/some/python")
  }

  @Test func `the advice names the version that the set-up installs`() throws {
    let file = Self.sourceTree.appendingPathComponent("Scripts/figures-requirements.txt")
    let pinned = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(FigureRenderer.requirement == pinned)
  }

  struct UnexpectedOutcome: Error {}
}
