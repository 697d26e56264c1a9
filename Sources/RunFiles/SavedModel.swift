import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Samples

/// A predictor that `fit` or `train` has saved.
public struct SavedModel: Sendable {
  /// The file it was read from.
  public let path: String
  /// y = C x + b, in the units of the data.
  public let predictor: AffinePredictor
  /// How the columns of a table become its inputs; nil where they are numbers as they stand.
  public let coding: TableCoding?
  /// What gives the scores of new rows on the principal components; nil of a model that has none.
  public let components: AffinePredictor?

  /// A predictor that is not in a file.
  ///
  /// - Parameters:
  ///   - name: what it is called in messages.
  ///   - predictor: y = C x + b.
  ///   - coding: how the columns of a table become its inputs, if they are not numbers as they stand.
  public init(name: String, predictor: AffinePredictor, coding: TableCoding?) {
    (path, self.predictor, self.coding, components) = (name, predictor, coding, nil)
  }

  /// The model whose outputs are the scores on the principal components that the model keeps.
  ///
  /// - Throws: ``ModelError/notAModel(path:problem:)`` if it has no components.
  public func scores() throws(ModelError) -> SavedModel {
    guard let components else {
      throw .notAModel(
        path: path,
        problem: "has no principal components: scores are of the folder or fit.json of linnet fit --pca")
    }
    let inputs = coding.map { TableCoding(missing: $0.missing, inputs: $0.inputs, outputs: []) }
    return SavedModel(name: path, predictor: components, coding: inputs)
  }

  /// Reads `fit.json`, `result.json`, a safetensors file with its meaning in the metadata, or the folder of one of these.
  ///
  /// - Throws: ``ModelError``, `DataFormatError`.
  public init(_ path: String) throws {
    var isFolder: ObjCBool = false
    let manager = FileManager.default
    guard manager.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DataFormatError.missingFile(file: path)
    }
    var file = path
    if isFolder.boolValue {
      let candidates = ["fit.json", "result.json", "network.safetensors"].map { path + "/" + $0 }
      guard let found = candidates.first(where: manager.fileExists) else {
        throw ModelError.notAModel(
          path: path,
          problem:
            "holds neither fit.json nor result.json: it is not the folder of a fit or of a finished run")
      }
      file = found
    }
    self.path = file
    if file.lowercased().hasSuffix(".safetensors") {
      (predictor, coding) = try SavedModel.network(file)
      components = nil
    } else {
      (predictor, coding, components) = try SavedModel.report(file)
    }
    try SavedModel.check(predictor, file)
  }

  /// The members of fit.json and result.json that matter here.
  private struct Report: Decodable {
    let formatVersion: Int?
    let predictor: AffinePredictor?
    let coding: TableCoding?
    let rank: Int?
    let components: Components?
  }

  /// Of fit.json with principal components.
  private struct Components: Decodable {
    let columns: [String]
    let vectors: Matrix
    let means: [Double]
    let scales: [Double]

    /// z = V_rᵀ diag(s)(x − x̄); nil if the parts do not fit.
    func scores(rank r: Int) -> AffinePredictor? {
      guard vectors.columns == columns.count, means.count == columns.count, scales.count == columns.count,
        (0...vectors.rows).contains(r)
      else { return nil }
      let C = vectors.rows(0..<r).scalingColumns(by: scales)
      let shift = C * .column(means)
      return AffinePredictor(
        inputs: columns, outputs: (0..<r).map { "PC\($0 + 1)" }, coefficients: C,
        intercept: (0..<r).map { -shift[$0, 0] })
    }
  }

  private struct Version: Decodable { let formatVersion: Int? }

  private static func report(_ path: String) throws -> (AffinePredictor, TableCoding?, AffinePredictor?) {
    // The version first: what comes with a newer one may not be readable.
    try checkVersion(try decode(Version.self, path).formatVersion, path)
    let report = try decode(Report.self, path)
    guard let predictor = report.predictor else {
      throw ModelError.notAModel(
        path: path,
        problem:
          "has no predictor: it is not the result of a fit, or of a run on samples (a run on a target alone has no units)"
      )
    }
    var scores: AffinePredictor?
    if let components = report.components, let rank = report.rank, rank > 0 {
      guard let found = components.scores(rank: rank) else {
        throw ModelError.notAModel(path: path, problem: "has components that do not fit its columns")
      }
      scores = found
    }
    return (predictor, report.coding, scores)
  }

  private static func decode<T: Decodable>(_ type: T.Type, _ path: String) throws -> T {
    do {
      return try CanonicalJSON.decode(type, from: path)
    } catch is RunFileError {
      throw ModelError.notAModel(
        path: path, problem: "is damaged or not a model (fit.json, result.json or .safetensors)")
    }
  }

  private static func network(_ path: String) throws -> (AffinePredictor, TableCoding?) {
    let metadata = try SafetensorsFile(path).metadata
    guard let text = metadata[NetworkMeaning.key] else {
      throw ModelError.notAModel(
        path: path,
        problem: "does not say what its inputs are: only networks written by linnet fit and linnet train do")
    }
    let damaged = ModelError.notAModel(path: path, problem: "has metadata that do not fit its layers")
    let data = Data(text.utf8)
    try checkVersion((try? CanonicalJSON.decode(Version.self, from: data))?.formatVersion, path)
    guard let meaning = try? CanonicalJSON.decode(NetworkMeaning.self, from: data) else { throw damaged }
    let network = try NetworkFile.read(path).network
    // Shapes first: two thin layers of a small file can have a product that fills the memory.
    let inputs = meaning.inputTransform?.rows ?? meaning.inputs.count
    guard (network.widths.first, network.widths.last) == (inputs, meaning.outputs.count),
      let predictor = meaning.predictor(of: network.endToEndMatrix)
    else { throw damaged }
    return (predictor, meaning.coding)
  }

  private static func checkVersion(_ version: Int?, _ path: String) throws {
    if let version, version < 1 {
      throw ModelError.notAModel(
        path: path, problem: "has format version \(version), and there is none below 1")
    }
    if let version, version > modelFormatVersion {
      throw ModelError.newerFormat(path: path, found: version, known: modelFormatVersion)
    }
  }

  private static func check(_ p: AffinePredictor, _ path: String) throws {
    guard p.coefficients.rows == p.outputs.count, p.intercept.count == p.outputs.count,
      p.coefficients.columns == p.inputs.count || p.outputs.isEmpty, !p.outputs.isEmpty
    else {
      throw ModelError.notAModel(
        path: path,
        problem:
          "has \(p.coefficients.rows)×\(p.coefficients.columns) coefficients and \(p.intercept.count) intercepts for \(p.outputs.count) outputs and \(p.inputs.count) inputs"
      )
    }
    guard !p.inputs.isEmpty else { throw ModelError.notAModel(path: path, problem: "has no inputs") }
    for (kind, names) in [("inputs", p.inputs), ("outputs", p.outputs)] {
      if let twice = Dictionary(grouping: names, by: \.self).first(where: { $0.value.count > 1 })?.key {
        throw ModelError.notAModel(path: path, problem: "has two \(kind) “\(twice)”")
      }
    }
    for (j, output) in p.outputs.enumerated() {
      for (i, input) in p.inputs.enumerated() where !p.coefficients[j, i].isFinite {
        throw ModelError.nonFinite(
          path: path, what: "the coefficient of “\(input)” for “\(output)”", value: p.coefficients[j, i])
      }
      if !p.intercept[j].isFinite {
        throw ModelError.nonFinite(path: path, what: "the intercept of “\(output)”", value: p.intercept[j])
      }
    }
  }
}
