import Foundation
import Testing

@Suite struct FigureFilesTests {
  static let python = Workspace.sources.appendingPathComponent(".venv/bin/python").path
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
  }

  private let arguments = [
    "train", "--target", "Z.csv", "--samples", "10", "--rank", "1", "--angle", "30", "--out", "run",
  ]
  private let figures = ["convergence", "singular-values"]

  @Test func `without a renderer the specifications are written and the way to pictures is told`() throws {
    let run = try workspace.linnet(arguments)
    #expect(run.status == 0)
    for figure in figures {
      let specification = try workspace.json("run/\(figure).vl.json")
      #expect(try specification.text("$schema").contains("vega-lite"))
      for format in ["svg", "png", "pdf"] { #expect(!workspace.exists("run/\(figure).\(format)")) }
    }
    let prose = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(prose.contains("some pictures are missing"))
    #expect(prose.contains("make figures") && prose.contains("LINNET_PYTHON"))
  }

  @Test func `a figure that would be empty is left out with the reason, and one of an earlier run goes`()
    throws
  {
    let exact = try workspace.linnet(arguments)
    #expect(!workspace.exists("run/imbalance.vl.json"))
    #expect(exact.output.contains("none of the imbalance: its drift is exactly 0 at all recorded times"))
    #expect(try workspace.text("run/report.html").contains("There is no figure of the imbalance"))
    // Stepped, the imbalance drifts.
    let stepped = try workspace.linnet(arguments + ["--method", "erk", "--force"])
    #expect(stepped.status == 0 && workspace.exists("run/imbalance.vl.json"))
    #expect(!stepped.output.contains("none of the imbalance"))
    #expect(try !workspace.text("run/report.html").contains("There is no figure of the imbalance"))
    #expect(try workspace.linnet(arguments + ["--force"]).status == 0)
    #expect(!workspace.exists("run/imbalance.vl.json"))
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: python), "needs the renderer of `make figures`")
  )
  func `with the renderer each figure is also drawn as SVG, PNG and PDF`() throws {
    let run = try workspace.linnet(arguments, environment: ["LINNET_PYTHON": FigureFilesTests.python])
    #expect(run.status == 0)
    for figure in figures {
      for (format, signature) in [("svg", "<svg"), ("png", "\u{89}PNG"), ("pdf", "%PDF-")] {
        let content = try workspace.contents("run/\(figure).\(format)")
        #expect(content.starts(with: signature.unicodeScalars.map { UInt8($0.value) }))
        #expect(content.count > 3000)
      }
    }
    #expect(!run.output.contains("pictures are missing"))
    #expect(run.output.contains(".svg, .png, .pdf, .vl.json"))
  }
}
