import LinearAlgebra
import LinearNetworks
import Samples

/// The version of the files from which a predictor is read; it grows when an older program could not read them rightly.
public let modelFormatVersion = 1

/// What a network in a safetensors file maps, kept in its metadata: y = ȳ + diag(t) W T (x − x̄).
public struct NetworkMeaning: Codable, Sendable {
  /// The key of the metadata.
  public static let key = "model"

  /// ``modelFormatVersion`` of the program that wrote it.
  public let formatVersion: Int
  /// Names of the inputs.
  public let inputs: [String]
  /// Names of the outputs.
  public let outputs: [String]
  /// x̄.
  public let inputMeans: [Double]
  /// ȳ.
  public let outputMeans: [Double]
  /// The diagonal of T; nil for T = I or a full T.
  public let inputScales: [Double]?
  /// T, where it is not diagonal.
  public let inputTransform: Matrix?
  /// t; nil for ones.
  public let outputScales: [Double]?
  /// How the columns of a table became these inputs and outputs; nil where they are numbers as they stand.
  public let coding: TableCoding?

  /// The meaning of a network that maps T (x − x̄) to the outputs less ȳ, in units of t.
  ///
  /// - Parameters:
  ///   - inputs: names of the inputs.
  ///   - outputs: names of the outputs.
  ///   - inputMeans: x̄.
  ///   - outputMeans: ȳ.
  ///   - inputScales: the diagonal of T, if it is diagonal and not the identity.
  ///   - inputTransform: T, if it is not diagonal.
  ///   - outputScales: t, unless all are one.
  ///   - coding: how the columns of a table became these inputs and outputs, if they are not numbers as they stand.
  public init(
    inputs: [String], outputs: [String], inputMeans: [Double], outputMeans: [Double],
    inputScales: [Double]? = nil,
    inputTransform: Matrix? = nil, outputScales: [Double]? = nil, coding: TableCoding? = nil
  ) {
    formatVersion = modelFormatVersion
    (self.inputs, self.outputs) = (inputs, outputs)
    (self.inputMeans, self.outputMeans) = (inputMeans, outputMeans)
    (self.inputScales, self.inputTransform, self.outputScales) = (inputScales, inputTransform, outputScales)
    self.coding = coding
  }

  /// The meaning of a network on prepared inputs.
  public init(_ prepared: PreparedProblem, coding: TableCoding? = nil) {
    let isFull = prepared.preparation == .whiten
    self.init(
      inputs: prepared.inputNames, outputs: prepared.outputNames, inputMeans: prepared.inputMeans,
      outputMeans: prepared.outputMeans, inputScales: prepared.inputScales,
      inputTransform: isFull ? prepared.inputTransform : nil,
      coding: coding)
  }

  /// As one line of JSON, for the metadata.
  ///
  /// - Throws: `EncodingError`.
  public var text: String {
    get throws { String(decoding: try CanonicalJSON.encode(self, layout: .line), as: UTF8.self) }
  }

  /// The predictor in the units of the data that the end-to-end matrix of a network stands for; nil if the shapes do not fit.
  public func predictor(of W: Matrix) -> AffinePredictor? {
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
