import DataFormats
import Landscape
import LinearAlgebra
import LinearNetworks
import Prose

/// The shape of a network and where it starts: the values behind the network options.
package struct StartRequest {
  /// The hidden layers.
  package enum Shape {
    /// N layers; nil for the smaller of inputs and outputs as the width of the hidden ones.
    case depth(Int, width: Int?)
    case hidden([Int])
  }

  package enum Origin {
    case random(norm: Double)
    case aligned(norm: Double)
    case angle(degrees: Double, norm: Double)
    /// The layers of an initialisation, times one factor for all, or one for each; none for the usual one.
    case layers(Initialization, scales: [Double])
    /// Layers that are transposes of each other.
    case symmetric(scales: [Double])
    /// D_j = λ_j I.
    case lambda([Double], norm: Double)
    /// The balanced factorisation of a matrix in a file.
    case matrix(file: String)
    /// The layers in a file, whatever the shape.
    case network(file: String, NetworkReading)
    /// The balanced factorisation of a matrix in memory.
    case givenMatrix(Matrix)
    /// Layers in memory, whatever the shape.
    case givenNetwork(LinearNetwork)
  }

  /// Weights of a network at most: 0.8 GB.
  private static let weights = 100_000_000
  /// Width of a hidden layer at most: its imbalance is a matrix of width × width.
  private static let width = 5000

  /// - Throws: ``SessionError/tooWide(width:limit:)``, before anything is sized by the widths.
  package static func check(_ widths: [Int]) throws(SessionError) {
    let hidden = widths.dropFirst().dropLast().max() ?? 0
    guard
      zip(widths, widths.dropFirst()).reduce(0.0, { $0 + Double($1.0) * Double($1.1) }) <= Double(weights)
    else { throw .tooWide(width: hidden, limit: weights) }
    guard hidden <= width else { throw .tooWide(width: hidden, limit: width * width) }
  }

  package let shape: Shape
  package let origin: Origin
  /// What is known of the form of a matrix in a text.
  package let format: TextFormat
  package let seed: UInt64

  /// A request.
  ///
  /// - Parameters:
  ///   - shape: of the hidden layers.
  ///   - origin: where the layers come from.
  ///   - format: what is known of the form of a matrix in a text.
  ///   - seed: of everything random.
  package init(shape: Shape, origin: Origin, format: TextFormat = TextFormat(), seed: UInt64) {
    (self.shape, self.origin, self.format, self.seed) = (shape, origin, format, seed)
  }

  /// The files that are read.
  package var files: [String] {
    switch origin {
    case .matrix(let file), .network(let file, _): [file]
    default: []
    }
  }

  /// Whether the data get an input that is always 1.
  package var hasConstantInput: Bool {
    if case .network(_, let reading) = origin { reading.biases == .fold } else { false }
  }

  /// The network that a run on this problem starts from, and its file if it comes from one.
  package func network(for problem: Problem) throws -> (network: LinearNetwork, stored: StoredNetwork?) {
    let (dx, dy) = (problem.inputs, problem.outputs)
    if case .network(let file, let reading) = origin {
      let found = try NetworkFile.read(file, fitting: problem, reading)
      try Self.check(found.network.widths)
      let network = try Start.network(found.network).network(
        for: problem, widths: found.network.widths, seed: seed)
      return (network, found)
    }
    if case .givenNetwork(let network) = origin {
      try Self.check(network.widths)
      return (try Start.network(network).network(for: problem, widths: network.widths, seed: seed), nil)
    }
    if case .depth(_, let rank?) = shape, rank > min(dx, dy) {
      throw SessionError.rankTooLarge(rank: rank, inputs: dx, outputs: dy)
    }
    let hidden =
      switch shape {
      case .depth(let N, let width): Array(repeating: width ?? min(dx, dy), count: N - 1)
      case .hidden(let widths): widths
      }
    let widths = [dx] + hidden + [dy]
    try Self.check(widths)
    let start: Start =
      switch origin {
      case .random(let norm): .random(norm: norm)
      case .aligned(let norm): .aligned(norm: norm)
      case .angle(let degrees, let norm): .angle(degrees: degrees, norm: norm)
      case .layers(let initialization, let scales):
        Self.scaled(scales, initialization.defaultScale) { .layers(initialization, scale: $0) }
      case .symmetric(let scales): Self.scaled(scales, 1) { .symmetric(scale: $0) }
      case .lambda(let values, let norm): .lambda(values, norm: norm)
      case .matrix(let file): .matrix(try DataFile.readMatrix(file, format))
      case .givenMatrix(let W): .matrix(W)
      case .network, .givenNetwork: preconditionFailure("a given network has its own shape")
      }
    return (try start.network(for: problem, widths: widths, seed: seed), nil)
  }

  /// A start with one factor for all layers, or one for each.
  private static func scaled(_ factors: [Double], _ usual: Double, _ start: (Double) -> Start) -> Start {
    factors.count > 1 ? .scaled(start(1), by: factors) : start(factors.first ?? usual)
  }

  /// The start in words.
  package var description: String {
    func size(_ norm: Double) -> String { "‖W_0‖ = \(number(norm)) × ‖target‖" }
    func words(_ scales: [Double], _ usual: Double) -> String {
      list((scales.isEmpty ? [usual] : scales).map { number($0) })
    }
    return switch origin {
    case .network(let file, _): "layers of \(file)"
    case .matrix(let file): "balanced factorisation of \(file)"
    case .givenMatrix: "balanced factorisation of a given W_0"
    case .givenNetwork: "given layers"
    case .angle(let degrees, let norm):
      "balanced, target turned by \(number(degrees))°, \(size(norm)), seed \(seed)"
    case .random(let norm): "balanced, random, \(size(norm)), seed \(seed)"
    case .aligned(let norm): "balanced, aligned with the target, \(size(norm))"
    case .layers(let initialization, let scales):
      "\(initialization == .gaussian ? "Gaussian" : initialization.rawValue) layers of scale \(words(scales, initialization.defaultScale)), not balanced"
        + (initialization.isRandom ? ", seed \(seed)" : "")
    case .symmetric(let scales):
      "layers that are transposes of each other, of scale \(words(scales, 1)), seed \(seed)"
    case .lambda(let values, let norm):
      "λ-balanced, λ = \(list(values.map { number($0) })), random, \(size(norm)), seed \(seed)"
    }
  }
}
