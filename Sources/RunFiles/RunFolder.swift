import Foundation
import Training

/// The files of a finished run: how it was made, what came of it, and its figures.
public struct RunFolder: Sendable {
  /// A figure: its Vega-Lite specification, and its picture if a renderer drew one.
  public struct Figure: Sendable {
    /// What its files are called, without extensions.
    public let name: String
    /// JSON text.
    public let specification: String
    /// The picture, if there is one.
    public let svg: Data?
  }

  /// Where the files are.
  public let path: String
  /// How the run was made.
  public let origin: RunDescription
  /// What came of it.
  public let result: TrainingReport
  /// In the order of a report.
  public let figures: [Figure]

  /// Figures of a run, in the order of the report; others found in the folder follow by name.
  static let order = ["convergence", "singular-values", "imbalance"]

  /// Reads `run.json`, `result.json` and every `*.vl.json` with its `*.svg`.
  ///
  /// - Throws: ``RunFileError`` naming the file that is missing or damaged.
  public init(_ path: String) throws(RunFileError) {
    self.path = path
    origin = try Self.decode(RunDescription.self, path, "run.json")
    result = try Self.decode(TrainingReport.self, path, "result.json")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let names = files.filter { $0.hasSuffix(Self.suffix) }.map { String($0.dropLast(Self.suffix.count)) }
    func rank(_ name: String) -> Int { Self.order.firstIndex(of: name) ?? Self.order.count }
    figures = Self.figures(names.sorted { (rank($0), $0) < (rank($1), $1) }, in: path)
  }

  private static let suffix = ".vl.json"

  /// The figures of these names in a folder, each with its picture if there is one; those that are not there are left out.
  package static func figures(_ names: [String], in path: String) -> [Figure] {
    names.compactMap { name in
      guard let text = FileManager.default.contents(atPath: "\(path)/\(name)\(suffix)"),
        (try? JSONSerialization.jsonObject(with: text)) is [String: Any]
      else { return nil }
      return Figure(
        name: name, specification: String(decoding: text, as: UTF8.self),
        svg: FileManager.default.contents(atPath: "\(path)/\(name).svg"))
    }
  }

  private static func decode<T: Decodable>(_ type: T.Type, _ folder: String, _ name: String)
    throws(RunFileError) -> T
  {
    guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
      throw .missing(folder: folder, file: name)
    }
    do {
      return try CanonicalJSON.decode(type, from: bytes)
    } catch {
      throw name == "run.json"
        ? .damaged(file: "\(folder)/\(name)") : .damagedResult(folder: folder, file: name)
    }
  }
}
