import LinearAlgebra
import LinearNetworks
import RunFiles

/// The shape of a network and where it starts, as the options of the command say it.
private struct NetworkRequest: Decodable {
  let depth, rank: Int?
  let widths: [Int]?
  let start: String?
  let angle, norm, scale: Double?
  let seed: UInt64?

  /// Layers at most: what is known of a network grows with the square of their number.
  private static let mostLayers = 10_000

  /// - Parameter given: whether a matrix or layers are given.
  func check(given: Bool) throws {
    if let depth {
      try require(depth >= 1, "depth", "be at least 1", depth)
      try require(depth <= Self.mostLayers, "depth", "be at most \(Self.mostLayers)", depth)
    }
    if let rank { try require(rank >= 1, "rank", "be at least 1", rank) }
    if let widths {
      if depth != nil || rank != nil {
        throw ArgumentError(
          "widths", "widths gives the hidden widths, and with them depth and rank; leave out depth and rank",
          value: "\(widths)")
      }
      try require(
        widths.count < Self.mostLayers, "widths", "name less than \(Self.mostLayers) hidden layers",
        widths.count)
      for width in widths { try require(width >= 1, "widths", "be positive whole numbers", width) }
    }
    if given || start != nil, angle != nil {
      throw ArgumentError("angle", "give one start: start, or angle", value: "\(angle!)")
    }
    if let angle { try require(angle.isFinite, "angle", "be a number of degrees", angle) }
    if let norm {
      if given || initialization != nil {
        throw ArgumentError(
          "norm", "norm goes with start=\"random\", start=\"aligned\" and angle", value: "\(norm)")
      }
      try require(norm > 0 && norm.isFinite, "norm", "be positive", norm)
    }
    if let scale {
      if given || initialization == nil {
        throw ArgumentError(
          "scale",
          "scale goes with a start that is not balanced, such as start=\"unbalanced\"; balanced ones take norm",
          value: "\(scale)")
      }
      try require(scale > 0 && scale.isFinite, "scale", "be positive", scale)
    }
  }

  /// The layers of practice that the start names.
  private var initialization: Initialization? {
    switch start {
    case nil, "random", "aligned", "gaussian": nil
    case "unbalanced": .gaussian
    case let name?: Initialization(rawValue: name)
    }
  }

  private static let names =
    ["random", "aligned", "unbalanced"] + Initialization.allCases.filter { $0 != .gaussian }.map(\.rawValue)

  /// - Parameter given: what is given in the place of a start by its name.
  func request(_ given: StartRequest.Origin?) throws -> StartRequest {
    try check(given: given != nil)
    if let start, !Self.names.contains(start) { throw unknownWord(start, "start", Self.names) }
    let origin: StartRequest.Origin =
      if let given {
        given
      } else if let angle {
        .angle(degrees: angle, norm: norm ?? 1)
      } else if let initialization {
        .layers(initialization, scale: scale ?? initialization.defaultScale)
      } else {
        start == "aligned" ? .aligned(norm: norm ?? 1) : .random(norm: norm ?? 1)
      }
    return StartRequest(
      shape: widths.map { .hidden($0) } ?? .depth(depth ?? 3, width: rank), origin: origin, seed: seed ?? 1)
  }

  /// The same for layers that are given, which bring their own shape.
  func checkLayers() throws {
    if depth != nil || rank != nil || widths != nil {
      throw ArgumentError(
        "start", "given layers bring their own shape; leave out depth, rank and widths", value: "layers")
    }
  }
}

/// The network whose layers are stored one after the other, each row by row.
func network(_ values: UnsafePointer<Double>?, widths given: UnsafePointer<Int64>?, count: Int64) throws
  -> LinearNetwork
{
  guard let values, let given, count >= 2 else {
    throw ArgumentError("layers", "a network has at least one layer", value: "\(max(0, count - 1))")
  }
  let widths = Array(UnsafeBufferPointer(start: given, count: Int(count)))
  for width in widths { try require(width >= 1, "layers", "have at least one row and one column", width) }
  try StartRequest.check(widths.map { Int($0) })
  var layers: [Matrix] = []
  var next = values
  for (j, (columns, rows)) in zip(widths, widths.dropFirst()).enumerated() {
    layers.append(try matrix(next, rows: rows, columns: columns, name: "layer \(j + 1)"))
    next += Int(rows * columns)
  }
  return LinearNetwork(layers: layers)
}

@_cdecl("linnet_start")
public func linnet_start(
  _ problem: UnsafeRawPointer?, _ request: Text?, _ network: HandleOut?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let problem: ProblemBox = try box(problem)
    let request = try decoded(NetworkRequest.self, request).request(nil)
    try start(request, problem).hand(to: network)
  }
}

@_cdecl("linnet_start_from_matrix")
public func linnet_start_from_matrix(
  _ problem: UnsafeRawPointer?, _ request: Text?, _ values: UnsafePointer<Double>?, _ rows: Int64,
  _ columns: Int64, _ network: HandleOut?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let problem: ProblemBox = try box(problem)
    let W = try matrix(values, rows: rows, columns: columns, name: "W0")
    let request = try decoded(NetworkRequest.self, request).request(.givenMatrix(W))
    try start(request, problem).hand(to: network)
  }
}

@_cdecl("linnet_start_from_layers")
public func linnet_start_from_layers(
  _ problem: UnsafeRawPointer?, _ request: Text?, _ values: UnsafePointer<Double>?,
  _ widths: UnsafePointer<Int64>?, _ count: Int64, _ network: HandleOut?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let problem: ProblemBox = try box(problem)
    let given = try CInterface.network(values, widths: widths, count: count)
    let request = try decoded(NetworkRequest.self, request)
    try request.checkLayers()
    try start(try request.request(.givenNetwork(given)), problem).hand(to: network)
  }
}

private func start(_ request: StartRequest, _ problem: ProblemBox) throws -> NetworkBox {
  NetworkBox(
    try request.network(for: problem.problem).network, words: request.description, seed: request.seed)
}
