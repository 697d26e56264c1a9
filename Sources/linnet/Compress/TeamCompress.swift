import ArgumentParser
import DataFormats
import Foundation
import LinearNetworks
import Prose
import RunFiles
import Samples

extension CompressSession {
  /// Compresses the files with all processes of a team, each some of them, and writes the merged factor at rank 0.
  func run(sharedBy team: any Team) throws {
    guard !data.files.contains("-") else {
      throw ValidationError("Standard input (-) reaches one process of a team only; name files.")
    }
    Interruption.listen()
    Interruption.atTheEnd { team.rank == 0 ? "Interrupted; nothing was written." : "" }
    if team.rank == 0 { try checkFile() }
    // Nobody begins if the file is not to be replaced.
    _ = team.broadcast([])
    if case .factors = data.source {
      if team.rank == 0 { try write(factor()) }
      return
    }
    let pattern = try like.map { try TableFactor(file: $0) }
    try inWordsOfFactors(pattern) {
      let table = try table(like: pattern)
      let owners = try Self.owners(of: data.files, by: team)
      let places = table.sourceCount == owners.count ? owners : Array(repeating: 0, count: table.sourceCount)
      let mine = data.files.indices.filter {
        table.sourceCount == owners.count ? owners[$0] == team.rank : team.rank == 0
      }
      let fingerprints = SourceFingerprints(of: mine.map { data.files[$0] })
      var samples = SampleCompression(columns: table.columnCount)
      try table.sources(at: places.indices.filter { places[$0] == team.rank }).forEachBlock(
        showing: ProgressLine()
      ) {
        samples.append(rowMajor: $0.baseAddress!, rows: $1)
      }
      let found = try zip(mine, fingerprints.all()).map { Found(place: $0, source: $1) }
      let merged = samples.merged(by: team)
      let gathered = team.gather(Array(try CanonicalJSON.encode(found, layout: .line)))
      guard team.rank == 0 else { return }
      let sources = try gathered.flatMap { try CanonicalJSON.decode([Found].self, from: Data($0)) }
        .sorted { $0.place < $1.place }.map(\.source)
      try SourceFingerprints.check(sources)
      if team.size > owners.count {
        Screen.standardError(
          "Notice: \(count(owners.count, "file")) kept no more than \(count(owners.count, "process", plural: "processes")) of \(team.size) busy; a file is read by one."
        )
      }
      try write(TableFactor(table.compressed(to: merged), sources: sources, like: pattern))
    }
  }

  /// A source and its place among the files.
  private struct Found: Codable {
    let place: Int
    let source: FactorSource
  }

  /// The rank that reads each file: the largest first, each by who has least to read.
  private static func owners(of files: [String], by team: any Team) throws -> [Int] {
    var owners = [Int](repeating: 0, count: files.count)
    if team.rank == 0 {
      var load = [Int](repeating: 0, count: team.size)
      let sizes = files.map { file in
        ((try? FileManager.default.attributesOfItem(atPath: file)[.size]) as? Int) ?? 0
      }
      for place in files.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) {
        let least = load.indices.min { load[$0] < load[$1] }!
        owners[place] = least
        // One more than its bytes, so that empty files are shared, too.
        load[least] += sizes[place] + 1
      }
    }
    let shared = team.broadcast(Array(owners.map(String.init).joined(separator: " ").utf8))
    return String(decoding: shared, as: UTF8.self).split(separator: " ").map { Int($0)! }
  }
}
