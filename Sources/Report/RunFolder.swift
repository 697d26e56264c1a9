import Foundation
import Training

/// The files of a run that a report is made from.
public struct RunFolder: Sendable {
  /// `run.json`: how the run was made.
  public struct Origin: Codable, Sendable {
    /// A file that was read.
    public struct Input: Codable, Sendable {
      public struct Fingerprint: Codable, Sendable {
        public let bytes: Int
        public let crc32: UInt32
      }
      public let path: String
      public let fingerprint: Fingerprint
    }

    public let program: String
    public let version: String
    /// What followed `linnet train`.
    public let arguments: [String]
    public let workingDirectory: String
    public let inputs: [Input]
    public let seed: UInt64
    /// The start and the data in words.
    public let start: String
    public let data: String
  }

  /// A figure: its Vega-Lite specification, and its picture if a renderer drew one.
  public struct Figure: Sendable {
    public let name: String
    /// JSON text.
    public let specification: String
    public let svg: Data?
  }

  /// Where the files are.
  public let path: String
  public let origin: Origin
  public let result: TrainingReport
  public let figures: [Figure]

  /// Figures of a run, in the order of the report; others found in the folder follow by name.
  static let order = ["convergence", "singular-values", "imbalance"]

  /// Reads `run.json`, `result.json` and every `*.vl.json` with its `*.svg`.
  ///
  /// - Throws: ``ReportError`` naming the file that is missing or damaged.
  public init(_ path: String) throws(ReportError) {
    self.path = path
    origin = try Self.decode(Origin.self, path, "run.json")
    result = try Self.decode(TrainingReport.self, path, "result.json")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let suffix = ".vl.json"
    let names = files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
    func rank(_ name: String) -> Int { Self.order.firstIndex(of: name) ?? Self.order.count }
    figures = names.sorted { (rank($0), $0) < (rank($1), $1) }.compactMap { name in
      guard let text = FileManager.default.contents(atPath: "\(path)/\(name)\(suffix)"),
        (try? JSONSerialization.jsonObject(with: text)) is [String: Any]
      else { return nil }
      return Figure(
        name: name, specification: String(decoding: text, as: UTF8.self),
        svg: FileManager.default.contents(atPath: "\(path)/\(name).svg"))
    }
  }

  private static func decode<T: Decodable>(_ type: T.Type, _ folder: String, _ name: String)
    throws(ReportError) -> T
  {
    guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
      throw .missing(folder: folder, file: name)
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return try decoder.decode(type, from: data)
    } catch {
      throw .damaged(folder: folder, file: name)
    }
  }
}

/// Why a folder gives no report, with the way to mend it.
public enum ReportError: Error, Equatable, Sendable, CustomStringConvertible {
  case missing(folder: String, file: String)
  case damaged(folder: String, file: String)

  public var description: String {
    switch self {
    case .missing(let folder, let file):
      "\(folder) has no \(file): a report is made from the folder of a finished linnet train. "
        + (file == "result.json"
          ? "If the run was interrupted by force, go on with linnet train --resume \(folder)."
          : "Name that folder.")
    case .damaged(let folder, let file):
      "\(folder)/\(file) is damaged or not a file of this program; repeat the run: linnet train --repeat \(folder)/run.json"
    }
  }
}
