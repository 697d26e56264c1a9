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
    if let team = CurrentTeam.value { return try run(sharedBy: team) }
    try checkFile()
    Interruption.listen()
    Interruption.atTheEnd { "Interrupted; nothing was written." }
    try write(factor())
  }

  /// Refuses to replace a file unasked.
  func checkFile() throws(OutputError) {
    if !replacesFile, FileManager.default.fileExists(atPath: file) { throw .fileExists(path: file) }
  }

  func write(_ factor: TableFactor) throws {
    try Interruption.uncut { try factor.write(to: file, program: "linnet \(programVersion)") }
    let report = try CompressReport(factor, file: file)
    if printsJSON { Screen.standardOutput(try CanonicalJSON.encode(report)) }
    for line in report.lines { printsJSON ? Screen.standardError(line) : Screen.standardOutput(line) }
    while !Interruption.end() { pause() }
  }

  func factor() throws -> TableFactor {
    if case .factors(let files, _) = data.source { return try TableFactor(files: files) }
    let pattern = try like.map { try TableFactor(file: $0) }
    let fingerprints = SourceFingerprints(of: data.files)
    return try inWordsOfFactors(pattern) {
      let table = try table(like: pattern).compressed(showing: ProgressLine())
      return TableFactor(table, sources: try fingerprints.checked(), like: pattern)
    }
  }

  /// The table, coded by its own cells or like a factor.
  func table(like pattern: TableFactor?) throws -> SampleTable {
    try pattern.map { try data.uncodedTable().coded(like: $0) } ?? data.table()
  }

  /// Says what is unlike a factor in words that speak of factors, instead of models.
  func inWordsOfFactors<T>(_ pattern: TableFactor?, _ work: () throws -> T) throws -> T {
    do {
      return try work()
    } catch let error as SampleTableError {
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
final class SourceFingerprints: @unchecked Sendable {
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

  /// The sources, in the order of the files.
  func all() throws -> [FactorSource] {
    group.wait()
    return try found.get()
  }

  /// The sources, of which no two are the same.
  ///
  /// - Throws: `FactorError.sameSource`, `DataFormatError`.
  func checked() throws -> [FactorSource] {
    let sources = try all()
    try Self.check(sources)
    return sources
  }

  static func check(_ sources: [FactorSource]) throws(FactorError) {
    var seen: [FileFingerprint: String] = [:]
    for source in sources {
      guard let fingerprint = source.fingerprint else { continue }
      if let first = seen.updateValue(source.file, forKey: fingerprint) {
        throw .sameSource(source: source.file, first: first, second: source.file)
      }
    }
  }

  /// An array of an archive is named behind a colon; the file before it is what is read.
  private static func onDisk(_ name: String) -> String {
    if name != "-", !FileManager.default.fileExists(atPath: name), let colon = name.lastIndex(of: ":") {
      return String(name[..<colon])
    }
    return name
  }
}
