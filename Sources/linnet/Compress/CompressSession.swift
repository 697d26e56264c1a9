import DataFormats
import Foundation
import LinearNetworks
import Prose
import RunFiles
import Samples

/// One `linnet compress`, from the tables to the factor.
struct CompressSession {
  let data: DataRequest
  /// The factor whose columns and coding are taken; nil if the cells decide.
  let like: String?
  let file: String
  let replacesFile: Bool
  let printsJSON: Bool

  func run() throws {
    if !replacesFile, FileManager.default.fileExists(atPath: file) {
      throw OutputError.fileExists(path: file)
    }
    Interruption.listen()
    Interruption.atTheEnd { "Interrupted; nothing was written." }
    let factor = try factor()
    try Interruption.uncut { try factor.write(to: file, program: "linnet \(programVersion)") }
    let report = try CompressReport(factor, file: file)
    if printsJSON { Screen.standardOutput(try CanonicalJSON.encode(report)) }
    for line in report.lines { printsJSON ? Screen.standardError(line) : Screen.standardOutput(line) }
    while !Interruption.end() { pause() }
  }

  private func factor() throws -> TableFactor {
    if case .factors(let files, _) = data.source { return try TableFactor(files: files) }
    let pattern = try like.map { try TableFactor(file: $0) }
    let fingerprints = SourceFingerprints(of: data.files)
    do {
      let table = try pattern.map { try data.uncodedTable().coded(like: $0) } ?? data.table()
      return TableFactor(
        try table.compressed(showing: ProgressLine()), sources: try fingerprints.sources(), like: pattern)
    } catch let error as SampleTableError {
      // In the words of a factor instead of a model.
      guard let pattern else { throw error }
      switch error {
      case .unlikeTheModel(let problem), .unknownToTheModel(let problem):
        throw FactorError.unlike(pattern: pattern.name, problem: problem)
      default: throw error
      }
    }
  }
}

/// The fingerprints of files, taken on a thread of its own while the same files are read.
private final class SourceFingerprints: @unchecked Sendable {
  private let files: [String]
  // Written before the group is left, and read after it was waited for.
  private var found: Result<[FactorSource], any Error> = .success([])
  private let group = DispatchGroup()

  init(of files: [String]) {
    self.files = files
    DispatchQueue.global().async(group: group) { [self] in
      found = Result {
        try files.map { FactorSource(file: $0, fingerprint: try FileFingerprint(of: Self.onDisk($0))) }
      }
    }
  }

  /// - Throws: `FactorError.sameSource` if two files hold the same, `DataFormatError`.
  func sources() throws -> [FactorSource] {
    group.wait()
    let sources = try found.get()
    var seen: [FileFingerprint: String] = [:]
    for source in sources {
      guard let fingerprint = source.fingerprint else { continue }
      if let first = seen.updateValue(source.file, forKey: fingerprint) {
        throw FactorError.sameSource(source: source.file, first: first, second: source.file)
      }
    }
    return sources
  }

  /// An array of an archive is named behind a colon; the file before it is what is read.
  private static func onDisk(_ name: String) -> String {
    if name != "-", !FileManager.default.fileExists(atPath: name), let colon = name.lastIndex(of: ":") {
      return String(name[..<colon])
    }
    return name
  }
}
