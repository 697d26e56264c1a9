import DataFormats
import Foundation
import LinearAlgebra
import LinearNetworks
import Prose

/// What is known, or decided, about the tensors of a network in a file.
public struct NetworkReading: Equatable, Sendable {
  /// How a layer is stored.
  public enum Orientation: Sendable {
    /// A row for every output, as PyTorch stores it.
    case outputsByInputs
    /// A row for every input, as Keras stores it.
    case inputsByOutputs
  }

  /// What is done with biases.
  public enum Biases: String, CaseIterable, Sendable {
    /// They are an error, since a linear network has none.
    case refuse
    /// x ↦ W x + b is written as (x, 1) ↦ (W x + b, 1), a linear network with a constant input.
    case fold
  }

  /// Names of the tensors in the order of the layers; nil to find it out.
  public var layers: [String]?
  /// How a layer is stored.
  public var orientation: Orientation
  /// What is done with biases.
  public var biases: Biases

  /// - Parameters:
  ///   - layers: names of the tensors in the order of the layers; nil to find it out.
  ///   - orientation: how a layer is stored.
  ///   - biases: what is done with biases.
  public init(
    layers: [String]? = nil, orientation: Orientation = .outputsByInputs, biases: Biases = .refuse
  ) {
    (self.layers, self.orientation, self.biases) = (layers, orientation, biases)
  }
}

/// A network as it was found in a file.
public struct StoredNetwork: Sendable {
  /// Its layers; with folded biases the last input is the constant.
  public let network: LinearNetwork
  /// The tensors of the layers, in their order.
  public let layers: [String]
  /// What was recognised or left out.
  public let notices: [Notice]

  /// "a 4×3, b 1×4": the layers in their order.
  public var order: String {
    list(zip(layers, network.layers).map { "\(visible($0)) \($1.rows)×\($1.columns)" })
  }

  /// - Throws: ``RunFileError``, `DataFormatError`.
  init(_ file: some TensorFile, in path: String, _ reading: NetworkReading) throws {
    // Numbers in names count as numbers: layers.10 comes after layers.9.
    let names = file.names.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    var matrices: [Layer] = []
    var vectors: [(name: String, b: [Double])] = []
    var others: [String] = []
    for name in names {
      let array = try file.array(name)
      switch array.shape.count {
      case 2 where array.shape.allSatisfy { $0 > 0 }:
        let W = array.matrix!
        guard W.isFinite else {
          throw RunFileError.notANetwork(
            file: path, problem: "tensor “\(visible(name))” has NaN or infinite entries.")
        }
        matrices.append((name, reading.orientation == .outputsByInputs ? W : W.transpose))
      case 1: vectors.append((name, array.values))
      default: others.append(name)
      }
    }
    if let wanted = reading.layers {
      let found = try wanted.map { name in
        guard let matrix = matrices.first(where: { $0.name == name }) else {
          throw RunFileError.unknownLayer(file: path, name: name, layers: matrices.map(\.name))
        }
        return matrix
      }
      others += matrices.map(\.name).filter { !wanted.contains($0) }
      matrices = found
      try Self.check(matrices, in: path, reading.orientation)
    } else {
      guard !matrices.isEmpty else {
        throw RunFileError.notANetwork(
          file: path, problem: "none of its tensors (\(list(names.map(visible)))) is a matrix.")
      }
      matrices = try Self.ordered(matrices, in: path, reading.orientation)
    }

    // The bias of a layer has its name but for the last part, or its number, and a number for every output.
    var biases: [Int: [Double]] = [:]
    for (name, b) in vectors {
      let owner = matrices.indices.filter { matrices[$0].W.rows == b.count }
        .first { Self.belong(name, matrices[$0].name) }
      if let owner, biases[owner] == nil { biases[owner] = b } else { others.append(name) }
    }
    guard biases.isEmpty || reading.biases == .fold else {
      throw RunFileError.hasBiases(file: path, names: vectors.map(\.name).filter { !others.contains($0) })
    }
    layers = matrices.map(\.name)
    notices =
      others.isEmpty
      ? [] : [Notice("tensors that are no layers are left out: \(list(others.sorted().map(visible)))")]
    let plain = matrices.map(\.W)
    guard reading.biases == .fold else {
      network = LinearNetwork(layers: plain)
      return
    }
    network = LinearNetwork(
      layers: plain.enumerated().map { j, W in
        let b = Matrix.column(biases[j] ?? Array(repeating: 0, count: W.rows))
        let affine = W.appendingColumns(b)
        if j == plain.count - 1 { return affine }
        return affine.appendingRows(Matrix(1, W.columns + 1) { _, k in k == W.columns ? 1 : 0 })
      })
  }

  /// Whether a vector and a matrix belong to the same layer, by their names: "fc1.bias" and "fc1.weight", "b2" and "W2".
  private static func belong(_ vector: String, _ matrix: String) -> Bool {
    func stem(_ name: String) -> Substring {
      name[..<(name.lastIndex { $0 == "." || $0 == "/" } ?? name.startIndex)]
    }
    func number(_ name: String) -> String { name.filter(\.isNumber) }
    if !stem(vector).isEmpty || !stem(matrix).isEmpty { return stem(vector) == stem(matrix) }
    return !number(vector).isEmpty && number(vector) == number(matrix)
  }

  private typealias Layer = (name: String, W: Matrix)

  private static func compose(_ layers: [Layer]) -> Bool {
    zip(layers, layers.dropFirst()).allSatisfy { $0.W.rows == $1.W.columns }
  }

  /// - Throws: ``RunFileError/doNotCompose(file:first:outputs:second:inputs:areTransposed:)``.
  private static func check(
    _ layers: [Layer], in path: String, _ orientation: NetworkReading.Orientation
  ) throws(RunFileError) {
    for (a, b) in zip(layers, layers.dropFirst()) where a.W.rows != b.W.columns {
      throw .doNotCompose(
        file: path, first: a.name, outputs: a.W.rows, second: b.name, inputs: b.W.columns,
        areTransposed: orientation == .outputsByInputs && compose(layers.map { ($0.name, $0.W.transpose) }))
    }
  }

  /// The layers in the order of the numbers in their names; where there are none, or the layers compose neither so nor transposed,
  /// in the one order in which they do.
  private static func ordered(
    _ layers: [Layer], in path: String, _ orientation: NetworkReading.Orientation
  ) throws(RunFileError) -> [Layer] {
    let areNumbered = layers.allSatisfy { $0.name.contains(where: \.isNumber) }
    if layers.count == 1 || (areNumbered && compose(layers)) { return layers }
    // The opposite order may compose, too, but then the numbers say what is meant.
    if areNumbered, compose(layers.map { ($0.name, $0.W.transpose) }) {
      try check(layers, in: path, orientation)
    }
    let orders = orders(of: layers)
    if orders.count == 1 { return orders[0] }
    if orders.isEmpty { try check(layers, in: path, orientation) }
    throw .ambiguousOrder(file: path, layers: layers.map(\.name))
  }

  /// The first orders in which layers compose: two if there are several, or too many to be tried.
  private static func orders(of layers: [Layer]) -> [[Layer]] {
    var found: [[Layer]] = []
    // Tuned: a chain of a hundred layers with a shape of its own each is followed at once.
    var trials = 100_000
    var used = Array(repeating: false, count: layers.count)
    var chain: [Int] = []
    func extend() {
      if found.count == 2 || trials == 0 { return }
      trials -= 1
      if chain.count == layers.count {
        found.append(chain.map { layers[$0] })
        return
      }
      for j in layers.indices where !used[j] {
        if let last = chain.last, layers[last].W.rows != layers[j].W.columns { continue }
        used[j] = true
        chain.append(j)
        extend()
        chain.removeLast()
        used[j] = false
      }
    }
    extend()
    // Not tried to the end: there may be another.
    return trials == 0 && found.count < 2 ? [layers, layers] : found
  }
}
