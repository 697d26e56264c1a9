import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose

extension TableFactor {
  /// The ending of the names of factor files.
  public static let ending = DataFile.factorEnding

  /// Whether a file is one by its name.
  public static func isFactor(_ file: String) -> Bool { file.lowercased().hasSuffix(ending) }

  /// The version of the format that is written, and the newest that is read.
  static let formatVersion = 1
  private static let head = "factor.json"

  /// What a factor file says in words, beside its arrays.
  private struct Head: Codable {
    var format = "linnet factor"
    let formatVersion: Int
    let program: String
    let samples: Int
    /// Of the columns of the factor.
    let names: [String]
    let columns: [CodedColumn]
    let isCoded: Bool
    let missing: MissingValues
    let targets: [String]
    let preparation: Preparation
    let notices: [String]
    let sources: [FactorSource]
  }

  private struct Version: Decodable {
    let format: String
    let formatVersion: Int
  }

  /// Writes the factor: an NPZ archive, which `numpy.load` reads, too, with `factor.json` and the arrays `factor` (R of [1 A − 1 oᵀ]), `origin` (o), `means`, and
  /// `meetings` if some columns never meet; whole or not at all.
  ///
  /// - Parameters:
  ///   - path: where to.
  ///   - program: name and version of who writes.
  /// - Throws: `DataFormatError.unwritable`, `DataFormatError.diskFull`.
  public func write(to path: String, program: String) throws {
    guard let parts = samples.parts else { throw SampleTableError.noRowsLeft(table: name) }
    let head = Head(
      formatVersion: Self.formatVersion, program: program, samples: parts.sampleCount, names: names,
      columns: columns, isCoded: isCoded, missing: missing, targets: targets, preparation: defaultPreparation,
      notices: notices.map(\.text), sources: sources)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    var arrays = [
      ("factor", NDArray(parts.factor)), ("origin", NDArray(parts.origin)), ("means", NDArray(samples.means)),
    ]
    if let meetings = parts.meetings {
      // A double holds 32 bits exactly, but not 64.
      let halves = meetings.flatMap { [Double($0 & 0xFFFF_FFFF), Double($0 >> 32)] }
      arrays.append(
        ("meetings", NDArray(shape: [parts.origin.count, halves.count / parts.origin.count], values: halves)))
    }
    try NPZArchive.write(arrays, others: [(Self.head, Array(try encoder.encode(head)) + [0x0A])], to: path)
  }

  /// Reads a factor, and checks it.
  ///
  /// - Throws: `DataFormatError` as for any archive, ``FactorError/notAFactor(file:problem:)``, ``FactorError/newerFormat(file:found:known:)``.
  public init(file path: String) throws {
    func fault(_ problem: String) -> FactorError { .notAFactor(file: path, problem: problem) }
    let archive = try NPZArchive(path)
    guard archive.otherMembers.contains(Self.head) else { throw fault("it has no \(Self.head)") }
    let text = Data(try archive.member(Self.head))
    if let json = JSONFault.first(in: text) { throw fault("\(Self.head) has \(json.words)") }
    let decoder = JSONDecoder()
    // The version first: what comes with a newer one may not be readable.
    guard let version = try? decoder.decode(Version.self, from: text), version.format == "linnet factor"
    else {
      throw fault("\(Self.head) does not say that it is one")
    }
    guard version.formatVersion >= 1 else {
      throw fault("there is no format version \(version.formatVersion)")
    }
    guard version.formatVersion <= Self.formatVersion else {
      throw FactorError.newerFormat(file: path, found: version.formatVersion, known: Self.formatVersion)
    }
    guard let head = try? decoder.decode(Head.self, from: text) else {
      throw fault("\(Self.head) lacks something, or holds it in another form")
    }
    let names = head.columns.flatMap(\.columns)
    guard names == head.names, !names.isEmpty, names.allSatisfy({ !$0.isEmpty }),
      Set(names).count == names.count,
      Set(head.columns.map(\.name)).count == head.columns.count
    else { throw fault("its columns and their names do not fit") }
    guard head.targets.allSatisfy({ target in head.columns.contains { $0.name == target } }),
      Set(head.targets).count == head.targets.count
    else { throw fault("columns to predict are none of its columns") }
    for column in head.columns {
      guard column.code != .constant, column.fill.map({ $0.count == column.valueColumns.count }) ?? true,
        column.fill?.allSatisfy(\.isFinite) ?? true
      else { throw fault("the coding of “\(visible(column.name))” is not sound") }
    }
    let n = names.count
    let factor = try archive.array("factor")
    guard factor.shape.count == 2, let R = factor.matrix else { throw fault("its factor is no matrix") }
    let origin = try archive.array("origin").values
    guard origin.count == n else { throw fault("its factor has \(origin.count) columns, and \(n) names") }
    let meetings = archive.names.contains("meetings") ? try Self.words(archive.array("meetings")) : nil
    if archive.names.contains("meetings"), meetings == nil {
      throw fault("which columns meet is not readable")
    }
    if let problem = SampleFactor.fault(
      sampleCount: head.samples, factor: R, origin: origin, meetings: meetings)
    {
      throw fault(problem)
    }
    let samples = SampleCompression(
      SampleFactor(sampleCount: head.samples, factor: R, origin: origin, meetings: meetings))
    let means = try archive.array("means").values
    let found = samples.means
    // Far above the round-off of either, which is relative to the size of the column's numbers.
    guard means.count == n,
      (0..<n).allSatisfy({ j in
        let size = R.column(j + 1).reduce(origin[j].magnitude) { max($0, $1.magnitude) }
        return (means[j] - found[j]).magnitude <= max(1e-9 * size, .leastNormalMagnitude)
      })
    else { throw fault("its means are not those of its factor") }
    self.init(
      name: path, columns: head.columns, isCoded: head.isCoded, missing: head.missing, targets: head.targets,
      defaultPreparation: head.preparation, notices: head.notices.map { Notice($0) }, sources: head.sources,
      samples: samples)
  }

  /// Words of 64 bits from halves; nil for what is none.
  private static func words(_ halves: NDArray) -> [UInt64]? {
    let values = halves.values
    guard values.count.isMultiple(of: 2),
      values.allSatisfy({ $0 >= 0 && $0 <= 0xFFFF_FFFF && $0 == $0.rounded(.towardZero) })
    else { return nil }
    return stride(from: 0, to: values.count, by: 2).map { UInt64(values[$0]) | UInt64(values[$0 + 1]) << 32 }
  }
}
