import DataFormats
import Figures
import Foundation
import LinearAlgebra
import LinearNetworks
import RunFiles
import Verification

/// The folder of a verification: verify.json, index.html, figures, counterexamples.
struct VerifyFolder {
  let folder: OutputFolder

  func write(_ report: VerifyReport, of claims: [Claim], progress: SharedProgressLine) throws {
    try folder.write(json: report, to: "verify.json")
    let byName = Dictionary(uniqueKeysWithValues: claims.map { ($0.id, $0) })
    var commands: [String: [Counterexample]] = [:]
    for claim in report.claims {
      commands[claim.id] = try counterexamples(claim, byName[claim.id]!)
    }
    progress.show("drawing")
    let figures = VerifyFigures(report, byName)
    let place = URL(fileURLWithPath: folder.path).appendingPathComponent("figures")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    // A tenth of a second each on an idle machine; ten minutes are for a busy one.
    let renderer = FigureRenderer(python: FigureRenderer.located().python, timeLimit: 600)
    let files = try renderer.write(figures.all, to: place, formats: [.svg])
    let pictures = Dictionary(
      files.pictures.compactMap { url in
        FileManager.default.contents(atPath: url.path).map {
          (url.deletingPathExtension().lastPathComponent, $0)
        }
      }, uniquingKeysWith: { $1 })
    let page = VerifyPage(
      report: report, figures: figures, pictures: pictures, counterexamples: commands,
      shortfall: files.shortfall)
    try AtomicFile.write(Data(page.html.utf8), to: folder.file("index.html"))
    progress.clear()
    Screen.standardError("Wrote \(folder.path)/: index.html, verify.json, figures/, counterexamples/")
    if let shortfall = files.shortfall { Screen.standardError("\(shortfall)") }
  }

  /// A counterexample on disk.
  struct Counterexample {
    /// Which hypothesis was left out; nil for one to the statement itself.
    let without: String?
    /// The command that runs it, from inside the results' folder.
    let command: String
    let margin: Double
  }

  private func counterexamples(_ report: ClaimReport, _ claim: Claim) throws -> [Counterexample] {
    var written: [Counterexample] = []
    if let finding = report.counterexample, let exhibit = claim.exhibit(of: finding) {
      written.append(try write(exhibit, margin: finding.margin, name: claim.id, without: nil))
    }
    for (k, dropped) in report.dropped.enumerated() {
      guard let finding = dropped.counterexample, let exhibit = claim.exhibit(of: dropped) else { continue }
      written.append(
        try write(
          exhibit, margin: finding.margin, name: "\(claim.id)-without-\(k + 1)", without: dropped.hypothesis))
    }
    return written
  }

  private func write(_ exhibit: Exhibit, margin: Double, name: String, without: String?) throws
    -> Counterexample
  {
    let place = "counterexamples/\(name)"
    try FileManager.default.createDirectory(
      atPath: folder.file(place), withIntermediateDirectories: true)
    func matrix(_ A: Matrix, _ file: String, prefix: String) throws -> String {
      try CSVFile.write(
        columns: (0..<A.columns).map { ("\(prefix)\($0 + 1)", A.column($0)) },
        to: folder.file("\(place)/\(file)"))
      return "\(place)/\(file)"
    }
    let network = "\(place)/start.safetensors"
    try NetworkFile.write(exhibit.start, to: folder.file(network), metadata: ["claim": name])
    let data: String
    switch exhibit.data {
    case .target(let Z, let m): data = "--target \(try matrix(Z, "Z.csv", prefix: "z")) --samples \(m)"
    case .samples(let X, let Y):
      data =
        "--inputs \(try matrix(X.transpose, "X.csv", prefix: "x")) --outputs \(try matrix(Y.transpose, "Y.csv", prefix: "y"))"
    }
    let steps = exhibit.step.map { " --descent \($0)" } ?? ""
    return Counterexample(
      without: without, command: "linnet train \(data) --network \(network)\(steps)", margin: margin)
  }
}
