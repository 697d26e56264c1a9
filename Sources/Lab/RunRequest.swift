import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Training

/// A run as a request describes it: the same knobs as `linnet train`.
struct RunRequest: Decodable, Sendable {
  let problem: ProblemRequest
  let network: NetworkRequest
  let start: StartRequest
  /// Of the start's random directions.
  var seed: UInt64?
  var method: TrainingOptions.Method?
  /// Flow time at which to stop; by default where the limit is reached.
  var time: Double?
  var tolerance: Double?
  /// Of explicit Euler.
  var step: Double?
  /// `induced` for explicit Euler on (17).
  var flow: TrainingOptions.Flow?
  /// Seconds after which a stepping run is given up.
  var maximumSeconds: Double?

  /// Observables that are recorded along the run (``Recordables``).
  var record: [String]?

  /// The keys of the request and of the objects in it. A key that is misspelt would otherwise be taken for one left out.
  private static let keys: [String: Set<String>] = [
    "": [
      "problem", "network", "start", "seed", "method", "time", "tolerance", "step", "flow", "maximumSeconds",
      "record",
    ],
    "network": ["depth", "rank", "widths"],
    "start": ["kind", "degrees", "norm", "scale", "matrix", "left", "right", "size"],
    "problem": [
      "kind", "singularValues", "inputs", "outputs", "samples", "seed", "target", "name", "targets", "drop",
      "prepare", "inputScales", "labels", "irreducible",
    ],
  ]

  /// The request in a body.
  ///
  /// - Throws: ``LabError``, which names a key that stands twice or that there is none of.
  init(json body: Data) throws(LabError) {
    self = try LabJSON.decode(RunRequest.self, from: body)
    guard let whole = (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] else { return }
    for (name, known) in Self.keys {
      let found = name.isEmpty ? whole : whole[name] as? [String: Any] ?? [:]
      if let other = Set(found.keys).subtracting(known).min() {
        let place = name.isEmpty ? "the body" : "“\(name)”"
        throw LabError(
          .malformed,
          "\(place) has no key “\(other.prefix(60))”; there are \(known.sorted().joined(separator: ", ")).")
      }
    }
  }

  /// The shape of the network.
  struct NetworkRequest: Decodable, Sendable {
    /// N.
    var depth: Int?
    /// Width of every hidden layer; by default the smaller of inputs and outputs.
    var rank: Int?
    /// Hidden widths, instead of depth and rank.
    var widths: [Int]?

    func widths(inputs dx: Int, outputs dy: Int, _ limits: LabLimits) throws(LabError) -> [Int] {
      guard widths == nil || (depth == nil && rank == nil) else {
        throw LabError(.unprocessable, "“network.widths” gives depth and rank; leave those out.")
      }
      let N = widths.map { $0.count + 1 } ?? depth ?? 3
      guard (1...limits.depth).contains(N) else {
        throw LabError(.limit, "“network.depth” is \(N), but must lie between 1 and \(limits.depth).")
      }
      let hidden = widths ?? Array(repeating: rank ?? min(dx, dy), count: N - 1)
      guard hidden.allSatisfy({ (1...limits.dimension).contains($0) }) else {
        throw LabError(.limit, "hidden widths must lie between 1 and \(limits.dimension).")
      }
      let all = [dx] + hidden + [dy]
      let weights = zip(all, all.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
      guard weights <= limits.weights else {
        throw LabError(
          .limit, "the network has \(weights) weights, more than the lab's limit of \(limits.weights).")
      }
      return all
    }
  }

  /// Whether the answer may take long: some dimension, or the depth, is large (tuned: what is below takes a tenth of a second).
  func isLarge(_ shelf: DataShelf) -> Bool {
    let width = max(network.rank ?? 1, network.widths?.max() ?? 1)
    let depth = network.widths?.count ?? network.depth ?? 3
    return max(problem.dimension(shelf), width) > 40 || depth > 60
  }

  /// The network that the run starts from.
  func startingNetwork(_ problem: Problem, _ limits: LabLimits) throws -> LinearNetwork {
    let widths = try network.widths(inputs: problem.inputs, outputs: problem.outputs, limits)
    let network = try start.network(for: problem, widths: widths, seed: seed ?? 1)
    // Products of many large layers overflow before any of them does; losses are of the order of their square.
    let size = network.layers.reduce(0) { $0 + log10(max(1, $1.frobeniusNorm)) }
    guard size.isFinite, size <= 60 else {
      throw LabError(
        .unprocessable,
        "the start's layers multiply to 1e\(size.isFinite ? "\(Int(size))" : "∞"), more than the 1e60 that the lab takes; choose a smaller scale or depth."
      )
    }
    return network
  }

  func options(_ limits: LabLimits) throws(LabError) -> TrainingOptions {
    var options = TrainingOptions()
    if let method { options.method = method }
    if let time {
      guard time >= 1e-200, time <= 1e200 else {
        throw LabError(.unprocessable, "“time” must lie between 1e-200 and 1e200, not \(time).")
      }
      options.finalTime = time
    }
    if let tolerance {
      guard (1e-13...1e-2).contains(tolerance) else {
        throw LabError(.unprocessable, "“tolerance” must lie between 1e-13 and 1e-2, not \(tolerance).")
      }
      options.tolerance = tolerance
    }
    if options.method == .euler {
      guard let step, step >= 1e-200, step <= 1e200 else {
        throw LabError(.unprocessable, "method euler needs a “step” between 1e-200 and 1e200.")
      }
      options.step = step
      options.flow = flow ?? .layers
    } else if step != nil || flow == .induced {
      throw LabError(.unprocessable, "“step” and the induced “flow” belong to method euler.")
    }
    if let maximumSeconds, !(maximumSeconds > 0) {
      throw LabError(.unprocessable, "“maximumSeconds” must be positive, not \(maximumSeconds).")
    }
    options.maximumSeconds = min(maximumSeconds ?? limits.runSeconds, limits.runSeconds)
    return options
  }
}

/// Where a run starts.
enum StartRequest: Decodable, Sendable {
  case angle(degrees: Double, norm: Double)
  case random(norm: Double)
  case aligned(norm: Double)
  case layers(Initialization, scale: Double)
  case matrix(Matrix)
  /// W_0 = size·s_Z·u vᵀ with u ∝ Σ left_i u_i and v ∝ Σ right_i v_i in the singular bases of the target: for starts on the basin's boundary (D5).
  case singular(left: [Double], right: [Double], size: Double)

  private enum Key: String, CodingKey { case kind, degrees, norm, scale, matrix, left, right, size }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    func number(_ key: Key, default value: Double? = nil) throws -> Double {
      let x =
        try value.map { try values.decodeIfPresent(Double.self, forKey: key) ?? $0 }
        ?? values.decode(Double.self, forKey: key)
      guard LabLimits.allModerate([x]) else {
        throw LabError(
          .unprocessable, "“start.\(key.stringValue)” is \(x); its size must lie between 1e-12 and 1e12.")
      }
      return x
    }
    func positive(_ key: Key, default value: Double? = nil) throws -> Double {
      let x = try number(key, default: value)
      guard x > 0 else {
        throw LabError(.unprocessable, "“start.\(key.stringValue)” must be positive, not \(x).")
      }
      return x
    }
    let kind = try values.decode(String.self, forKey: .kind)
    switch kind {
    case "angle": self = .angle(degrees: try number(.degrees), norm: try positive(.norm, default: 1))
    case "random": self = .random(norm: try positive(.norm, default: 1))
    case "aligned": self = .aligned(norm: try positive(.norm, default: 1))
    case "unbalanced": self = .layers(.gaussian, scale: try positive(.scale, default: 1))
    case "matrix":
      let rows = try values.decode([[Double]].self, forKey: .matrix)
      guard let width = rows.first?.count, width > 0,
        rows.allSatisfy({ $0.count == width && LabLimits.allModerate($0) })
      else { throw LabError(.unprocessable, "“start.matrix” must be a list of rows of equal lengths.") }
      self = .matrix(Matrix(rows: rows))
    case "singular":
      self = .singular(
        left: try values.decode([Double].self, forKey: .left),
        right: try values.decode([Double].self, forKey: .right),
        size: try positive(.size, default: 1))
    default:
      if let initialization = Initialization(rawValue: kind) {
        self = .layers(initialization, scale: try positive(.scale, default: initialization.defaultScale))
        return
      }
      let names = Initialization.allCases.map(\.rawValue).joined(separator: ", ")
      throw LabError(
        .unprocessable,
        "“start.kind” is “\(kind.prefix(40))”, but must be angle, random, aligned, unbalanced, \(names), matrix or singular."
      )
    }
  }

  func network(for problem: Problem, widths: [Int], seed: UInt64) throws -> LinearNetwork {
    let start: Start =
      switch self {
      case .angle(let degrees, let norm): .angle(degrees: degrees, norm: norm)
      case .random(let norm): .random(norm: norm)
      case .aligned(let norm): .aligned(norm: norm)
      case .layers(let initialization, let scale): .layers(initialization, scale: scale)
      case .matrix(let W): .matrix(W)
      case .singular(let left, let right, let size): .matrix(try Self.matrix(left, right, size, problem))
      }
    return try start.network(for: problem, widths: widths, seed: seed)
  }

  private static func matrix(_ left: [Double], _ right: [Double], _ size: Double, _ problem: Problem)
    throws(LabError)
    -> Matrix
  {
    let svd = problem.crossCovariance.singularValueDecomposition
    let k = svd.singularValues.count
    func direction(_ coordinates: [Double], _ basis: Matrix, _ name: String) throws(LabError) -> [Double] {
      guard !coordinates.isEmpty, coordinates.count <= k, LabLimits.allModerate(coordinates) else {
        throw LabError(
          .unprocessable,
          "“start.\(name)”: between 1 and \(k) moderate coordinates, not \(coordinates.count).")
      }
      let w = (basis.columns(0..<coordinates.count) * .column(coordinates)).storage
      let length = Matrix.column(w).frobeniusNorm
      guard length > 1e-100, length.isFinite else {
        throw LabError(.unprocessable, "“start.\(name)” is no direction: all coordinates are zero.")
      }
      return w.map { $0 / length }
    }
    let (u, v) = (try direction(left, svd.U, "left"), try direction(right, svd.V, "right"))
    let scale = size * (svd.singularValues.first ?? 1)
    return Matrix(u.count, v.count) { i, j in scale * u[i] * v[j] }
  }
}
