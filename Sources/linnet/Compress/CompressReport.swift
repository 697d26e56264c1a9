import Foundation
import Prose
import RunFiles
import Samples

/// What is said of a factor that was written.
struct CompressReport: Encodable {
  let file: String
  let bytes: Int
  let program: String
  let samples: Int
  /// Of the factor: those of the table, coded.
  let columns: [String]
  /// The columns that were named to be predicted.
  let targets: [String]
  let sources: [FactorSource]
  let notices: [String]

  private let name: String

  private enum CodingKeys: String, CodingKey {
    case file, bytes, program, samples, columns, targets, sources, notices
  }

  init(_ factor: TableFactor, file: String) throws {
    self.file = file
    bytes = (try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    program = "linnet \(programVersion)"
    samples = factor.samples.sampleCount
    columns = factor.names
    targets = factor.targets
    sources = factor.sources
    notices = factor.notices.inWords
    name = factor.name
  }

  /// What a person sees.
  var lines: [String] {
    labelledLines("Data", "\(name): \(count(samples, "sample")), \(count(columns.count, "column"))")
      + notices.flatMap { labelledLines("Notice", $0) }
      + labelledLines(
        "Factor",
        "\(file): \(count(bytes, "byte")), the samples of \(count(sources.count, "file")) for every choice of inputs and outputs",
        source: "D1")
  }
}
