import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks

/// The version of the files from which `linnet predict` reads a predictor; it grows when an older program could not read them rightly.
let modelFormatVersion = 1

/// What a network in a safetensors file maps, kept in its metadata: y = ȳ + diag(t) W T (x − x̄).
struct NetworkMeaning: Codable {
  static let key = "model"

  let formatVersion: Int
  let inputs: [String]
  let outputs: [String]
  let inputMeans: [Double]
  let outputMeans: [Double]
  /// The diagonal of T; nil for T = I or a full T.
  let inputScales: [Double]?
  /// T, where it is not diagonal.
  let inputTransform: Matrix?
  /// t; nil for ones.
  let outputScales: [Double]?

  init(
    inputs: [String], outputs: [String], inputMeans: [Double], outputMeans: [Double],
    inputScales: [Double]? = nil,
    inputTransform: Matrix? = nil, outputScales: [Double]? = nil
  ) {
    formatVersion = modelFormatVersion
    (self.inputs, self.outputs) = (inputs, outputs)
    (self.inputMeans, self.outputMeans) = (inputMeans, outputMeans)
    (self.inputScales, self.inputTransform, self.outputScales) = (inputScales, inputTransform, outputScales)
  }

  /// The meaning of a network on prepared inputs.
  init(_ prepared: PreparedProblem) {
    let isIdentity = prepared.preparation == .none || prepared.preparation == .center
    self.init(
      inputs: prepared.inputNames, outputs: prepared.outputNames, inputMeans: prepared.inputMeans,
      outputMeans: prepared.outputMeans, inputTransform: isIdentity ? nil : prepared.inputTransform)
  }

  /// As one line of JSON, for the metadata.
  var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// The predictor in the units of the data that the end-to-end matrix of a network stands for; nil if the shapes do not fit.
  func predictor(of W: Matrix) -> AffinePredictor? {
    let prepared = inputTransform?.rows ?? inputs.count
    guard W.rows == outputs.count, W.columns == prepared, inputMeans.count == inputs.count,
      outputMeans.count == outputs.count, inputTransform.map({ $0.columns == inputs.count }) ?? true,
      inputScales.map({ $0.count == inputs.count }) ?? true,
      outputScales.map({ $0.count == outputs.count }) ?? true
    else { return nil }
    var C = inputTransform.map { W * $0 } ?? W
    if let inputScales { C = C.scalingColumns(by: inputScales) }
    if let outputScales { C = C.scalingRows(by: outputScales) }
    let shift = C * .column(inputMeans)
    return AffinePredictor(
      inputs: inputs, outputs: outputs, coefficients: C,
      intercept: outputMeans.indices.map { outputMeans[$0] - shift[$0, 0] })
  }
}

/// A predictor that `fit` or `train` has saved.
struct SavedModel {
  /// The file it was read from.
  let path: String
  let predictor: AffinePredictor

  /// Reads `fit.json`, `result.json`, a safetensors file with its meaning in the metadata, or the folder of one of these.
  init(_ path: String) throws {
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
    predictor =
      file.lowercased().hasSuffix(".safetensors") ? try SavedModel.network(file) : try SavedModel.report(file)
    try SavedModel.check(predictor, file)
  }

  /// The members of fit.json and result.json that matter here.
  private struct Report: Decodable {
    let formatVersion: Int?
    let predictor: AffinePredictor?
  }

  private struct Version: Decodable { let formatVersion: Int? }

  private static func report(_ path: String) throws -> AffinePredictor {
    // The version first: what comes with a newer one may not be readable.
    try checkVersion(try decode(Version.self, path).formatVersion, path)
    guard let predictor = try decode(Report.self, path).predictor else {
      throw ModelError.notAModel(
        path: path,
        problem:
          "has no predictor: it is not the result of a fit, or of a run on samples (a run on --target alone has no units)"
      )
    }
    return predictor
  }

  private static func decode<T: Decodable>(_ type: T.Type, _ path: String) throws -> T {
    do {
      return try JSON.decode(type, from: path)
    } catch is DataError {
      throw ModelError.notAModel(
        path: path, problem: "is damaged or not a model (fit.json, result.json or .safetensors)")
    }
  }

  private static func network(_ path: String) throws -> AffinePredictor {
    let metadata = try SafetensorsFile(path).metadata
    guard let text = metadata[NetworkMeaning.key] else {
      throw ModelError.notAModel(
        path: path,
        problem: "does not say what its inputs are: only networks written by linnet fit and linnet train do")
    }
    let damaged = ModelError.notAModel(path: path, problem: "has metadata that do not fit its layers")
    let data = Data(text.utf8)
    try checkVersion((try? JSONDecoder().decode(Version.self, from: data))?.formatVersion, path)
    guard let meaning = try? JSONDecoder().decode(NetworkMeaning.self, from: data) else { throw damaged }
    guard let predictor = meaning.predictor(of: try NetworkFile.read(path).endToEndMatrix) else {
      throw damaged
    }
    return predictor
  }

  private static func checkVersion(_ version: Int?, _ path: String) throws {
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
    for (j, output) in p.outputs.enumerated() {
      for (i, input) in p.inputs.enumerated() where !p.coefficients[j, i].isFinite {
        throw ModelError.nonFinite(
          path: path, what: "the coefficient of \"\(input)\" for \"\(output)\"", value: p.coefficients[j, i])
      }
      if !p.intercept[j].isFinite {
        throw ModelError.nonFinite(path: path, what: "the intercept of \"\(output)\"", value: p.intercept[j])
      }
    }
  }
}

/// Why a saved model cannot be applied to a file.
enum ModelError: Error, Equatable, CustomStringConvertible {
  case notAModel(path: String, problem: String)
  case newerFormat(path: String, found: Int, known: Int)
  case nonFinite(path: String, what: String, value: Double)
  /// Columns that the model needs and the file lacks, each with the nearest name that the file has.
  case missingColumns(file: String, missing: [String], nearest: [String: String])
  case columnCount(file: String, found: Int, expected: [String])

  var description: String {
    switch self {
    case .notAModel(let path, let problem): "\(path) \(problem)."
    case .newerFormat(let path, let found, let known):
      "\(path) has format version \(found), but this program (\(programVersion)) knows versions up to \(known): "
        + "it was written by a newer linnet; update this one."
    case .nonFinite(let path, let what, let value):
      "\(path): \(what) is \(value); a predictor needs finite numbers. Fit or train again."
    case .missingColumns(let file, let missing, let nearest):
      "\(file) lacks \(missing.count == 1 ? "a column" : "\(missing.count) columns") that the model needs: "
        + missing.prefix(12).map { name in "\"\(name)\"" + (nearest[name].map { " (is it \"\($0)\"?)" } ?? "")
        }
        .joined(separator: ", ") + (missing.count > 12 ? ", …" : "") + ". Columns are matched by name."
    case .columnCount(let file, let found, let expected):
      "\(file) does not name its columns, so they must be the \(expected.count) inputs of the model in order "
        + "(\(expected.prefix(6).joined(separator: ", "))\(expected.count > 6 ? ", …" : "")), but it has \(Screen.count(found, "column"))."
    }
  }
}
