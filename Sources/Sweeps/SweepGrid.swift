import DataFormats
import Foundation
import Prose
import RunFiles

/// The runs of a sweep: fixed arguments, and every combination of the values of some parameters.
///
/// The points are numbered with the last parameter running fastest; seeds are the last.
package struct SweepGrid: Equatable, Sendable {
  /// What follows `linnet train` in every run.
  package let arguments: [String]
  /// What varies; the seeds, if any, are the last.
  package let parameters: [SweepParameter]
  /// The number of points.
  package let count: Int

  /// Points of a grid at most: their lines take a kilobyte each.
  package static let most = 10_000_000

  /// - Parameters:
  ///   - arguments: of every run.
  ///   - parameters: what varies, in order.
  ///   - seeds: repetitions of every combination.
  /// - Throws: ``SweepError``.
  package init(arguments: [String], parameters: [SweepParameter], seeds: String? = nil) throws(SweepError) {
    var all = parameters
    if let seeds { all.append(try SweepParameter(name: SweepParameter.seed, specification: seeds)) }
    var names = Set<String>()
    for parameter in all where !names.insert(parameter.name).inserted {
      throw .overlap(parameter: parameter.name, alsoGiven: false)
    }
    for name in arguments.compactMap(Self.optionName) where names.contains(name) {
      throw .overlap(parameter: name, alsoGiven: true)
    }
    guard !all.isEmpty else { throw .nothingVaries }
    let ordered =
      all.filter { $0.name != SweepParameter.seed } + all.filter { $0.name == SweepParameter.seed }
    var count = 1
    for parameter in ordered {
      let (product, overflows) = count.multipliedReportingOverflow(by: parameter.values.count)
      guard !overflows, product <= Self.most else { throw .tooManyPoints(limit: Self.most) }
      count = product
    }
    (self.arguments, self.parameters, self.count) = (arguments, ordered, count)
  }

  /// `depth` of `--depth` and `--depth=3`.
  private static func optionName(_ argument: String) -> String? {
    guard argument.hasPrefix("--") else { return nil }
    return argument.dropFirst(2).split(separator: "=", maxSplits: 1).first.map(String.init)
  }

  /// The parameters that are no seeds.
  package var settings: [SweepParameter] { parameters.filter { $0.name != SweepParameter.seed } }

  /// The number of seeds of every combination.
  package var repetitions: Int {
    parameters.last.map { $0.name == SweepParameter.seed ? $0.values.count : 1 } ?? 1
  }

  /// The point of a number.
  package func point(_ index: Int) -> SweepPoint {
    precondition(0..<count ~= index, "point \(index) of a grid of \(count)")
    var rest = index
    var values: [String] = []
    for parameter in parameters.reversed() {
      values.append(parameter.values[rest % parameter.values.count])
      rest /= parameter.values.count
    }
    return SweepPoint(index: index, names: parameters.map(\.name), values: values.reversed())
  }
}

extension SweepGrid: Codable {
  private enum Key: String, CodingKey { case format, arguments, vary, seeds }

  private struct Varied: Codable {
    let name, values: String
  }

  /// The format of grid files.
  package static let format = 1

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(Self.format, forKey: .format)
    try values.encode(arguments, forKey: .arguments)
    try values.encode(settings.map { Varied(name: $0.name, values: $0.specification) }, forKey: .vary)
    try values.encodeIfPresent(
      parameters.first { $0.name == SweepParameter.seed }?.specification, forKey: .seeds)
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let format = try values.decode(Int.self, forKey: .format)
    guard format == Self.format else {
      throw DecodingError.dataCorruptedError(
        forKey: .format, in: values, debugDescription: "format \(format)")
    }
    try self.init(
      arguments: values.decode([String].self, forKey: .arguments),
      parameters: (values.decodeIfPresent([Varied].self, forKey: .vary) ?? []).map {
        try SweepParameter(name: $0.name, specification: $0.values)
      },
      seeds: values.decodeIfPresent(String.self, forKey: .seeds))
  }
}

/// One combination of values.
package struct SweepPoint: Equatable, Sendable {
  /// Its number in the grid, from 0 on.
  package let index: Int
  package let names: [String]
  package let values: [String]

  /// The values by name.
  package var parameters: [String: String] { Dictionary(uniqueKeysWithValues: zip(names, values)) }

  /// `depth=3 seed=1`.
  package var description: String { zip(names, values).map { "\($0)=\($1)" }.joined(separator: " ") }
}

/// `grid.json` in the folder of a sweep: what its runs are, and of which files.
package struct SweepDescription: Codable, Sendable {
  package static let file = "grid.json"

  package let program: String
  package let version: String
  package let grid: SweepGrid
  /// The files that are read; the same contents elsewhere are the same sweep.
  package let inputs: [RunDescription.Input]

  package init(_ grid: SweepGrid, inputs: [RunDescription.Input]) {
    (program, version) = ("linnet", programVersion)
    (self.grid, self.inputs) = (grid, inputs)
  }

  /// A short mark, by which each line says where it belongs.
  package var mark: String {
    get throws {
      // The files' places have no part in it.
      struct Identity: Encodable {
        let version: String
        let grid: SweepGrid
        let inputs: [FileFingerprint]
      }
      let bytes = try CanonicalJSON.encode(
        Identity(version: version, grid: grid, inputs: inputs.map(\.fingerprint)), layout: .line)
      return String(FileFingerprint(of: bytes).crc32, radix: 16)
    }
  }

  /// In what another description differs; nil if both are of the same runs.
  package func difference(from other: SweepDescription) -> String? {
    if version != other.version { return "of version \(other.version), not \(version)" }
    if grid.arguments != other.grid.arguments {
      return "its arguments are \(other.grid.arguments.map(shellQuoted).joined(separator: " "))"
    }
    if grid.parameters != other.grid.parameters {
      func words(_ grid: SweepGrid) -> String {
        grid.parameters.map { "\($0.name)=\($0.specification)" }.joined(separator: " ")
      }
      return "its grid is \(words(other.grid))"
    }
    if inputs.map(\.fingerprint) != other.inputs.map(\.fingerprint) {
      let changed = zip(inputs, other.inputs).first { $0.fingerprint != $1.fingerprint }?.0.path
      return "of other data\(changed.map { ": \($0) has another content" } ?? "")"
    }
    return nil
  }
}
