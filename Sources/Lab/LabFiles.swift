import Foundation

/// The files that a browser may have: the page, the chart library and KaTeX. A path is looked up in a list made at the start and never put together from a request.
public struct LabFiles: Sendable {
  /// What stands behind a path.
  struct Entry: Sendable {
    let file: URL
    let type: String
  }

  private let entries: [String: Entry]
  /// What is not installed, with the way to install it; the page goes without.
  public let missing: [String]

  /// - Parameters:
  ///   - page: folder of `index.html` and what it loads.
  ///   - chartLibrary: Vega, Vega-Lite and Vega-Embed as one script.
  ///   - katex: folder of `katex.min.js`, `katex.min.css` and `fonts`.
  public init(page: URL, chartLibrary: URL?, katex: URL?) {
    var entries: [String: Entry] = [:]
    func add(_ path: String, _ file: URL) {
      guard let type = Self.types[file.pathExtension], FileManager.default.isReadableFile(atPath: file.path)
      else { return }
      entries[path] = Entry(file: file, type: type)
    }
    func names(in folder: URL) -> [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    }
    for name in names(in: page) { add("/" + name, page.appendingPathComponent(name)) }
    entries["/"] = entries["/index.html"]
    if let chartLibrary { add("/vendor/vega.js", chartLibrary) }
    if let katex {
      for name in ["katex.min.js", "katex.min.css"] {
        add("/vendor/katex/" + name, katex.appendingPathComponent(name))
      }
      let fonts = katex.appendingPathComponent("fonts").resolvingSymlinksInPath()
      for name in names(in: fonts) where name.hasSuffix(".woff2") {
        add("/vendor/katex/fonts/" + name, fonts.appendingPathComponent(name))
      }
    }
    self.entries = entries
    var missing: [String] = []
    if entries["/"] == nil { missing.append("the page itself: run make install again") }
    if entries["/vendor/vega.js"] == nil { missing.append("the charts: run make figures") }
    if entries["/vendor/katex/katex.min.js"] == nil {
      missing.append("the formulas: apt-get install libjs-katex fonts-katex")
    }
    self.missing = missing
  }

  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml", "woff2": "font/woff2", "json": "application/json",
  ]

  func entry(_ path: String) -> Entry? { entries[path] }

  /// The files of this installation: below `../share/linnet`, seen from the executable's folder, where `make install` puts them; otherwise those of the source tree
  /// that holds the executable.
  ///
  /// - Parameters:
  ///   - chartLibrary: where the renderer's environment has it.
  ///   - executable: the running program, with symbolic links resolved.
  public static func located(
    chartLibrary: URL?, executable: URL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  ) -> LabFiles {
    let folders = folders(executable)
    let debian = URL(fileURLWithPath: "/usr/share/javascript/katex")
    let installed = folders.page.deletingLastPathComponent().appendingPathComponent("katex")
    let katex = [installed, debian].first {
      FileManager.default.fileExists(atPath: $0.path + "/katex.min.js")
    }
    return LabFiles(page: folders.page, chartLibrary: chartLibrary, katex: katex)
  }

  /// The folder of the bundled tables.
  public static func bundledData(
    executable: URL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  ) -> URL { folders(executable).data }

  private static func folders(_ executable: URL) -> (page: URL, data: URL) {
    let folder = executable.deletingLastPathComponent()
    let share = folder.deletingLastPathComponent().appendingPathComponent("share/linnet/lab")
    if FileManager.default.fileExists(atPath: share.path + "/page/index.html") {
      return (share.appendingPathComponent("page"), share.appendingPathComponent("data"))
    }
    var ancestor = folder
    while ancestor.pathComponents.count > 1 {
      if FileManager.default.fileExists(atPath: ancestor.path + "/Sources/Lab/Page/index.html") {
        return (
          ancestor.appendingPathComponent("Sources/Lab/Page"),
          ancestor.appendingPathComponent("Examples/data")
        )
      }
      ancestor.deleteLastPathComponent()
    }
    return (share.appendingPathComponent("page"), share.appendingPathComponent("data"))
  }
}
