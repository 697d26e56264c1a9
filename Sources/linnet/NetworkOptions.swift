import ArgumentParser
import DataFormats
import Landscape
import LinearAlgebra
import LinearNetworks

/// The shape of the network and where it starts.
struct NetworkOptions: ParsableArguments {
  enum StartName: String, ExpressibleByArgument, CaseIterable { case random, aligned, unbalanced }

  @Option(parsing: .unconditional, help: ArgumentHelp("Number of layers N ≥ 1. Default: 3.", valueName: "N"))
  var depth: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Width of every hidden layer. Default: the smaller of inputs and outputs.", valueName: "r"))
  var rank: Int?

  @Option(
    help: ArgumentHelp(
      "Widths of the hidden layers, separated by commas; the depth follows.", valueName: "d1,d2,…"))
  var widths: String?

  @Option(
    help: ArgumentHelp(
      "random: balanced, random end-to-end matrix; aligned: balanced, with the target's singular vectors; unbalanced: Gaussian layers. Default: random.",
      valueName: "kind"))
  var start: StartName?

  @Option(
    help: ArgumentHelp(
      "Start from the balanced factorisation of a matrix file, outputs × inputs.", valueName: "W0.csv"))
  var startMatrix: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Start from the target's direction turned by this angle, as in Figure 1 of the paper.",
      valueName: "degrees"))
  var angle: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Size of the start, ‖W_0‖ relative to the target's. Default: 1.", valueName: "ratio"))
  var norm: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Entries of an unbalanced start have standard deviation scale/√width. Default: 1.", valueName: "scale"))
  var scale: Double?

  @Option(help: ArgumentHelp("Start from the layers in a safetensors or NPZ file.", valueName: "file"))
  var network: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of everything random.", valueName: "number"))
  var seed: UInt64 = 1

  func validate() throws {
    if let depth, depth < 1 { throw ValidationError("--depth must be at least 1, not \(depth).") }
    if let rank, rank < 1 { throw ValidationError("--rank must be at least 1, not \(rank).") }
    if widths != nil, depth != nil || rank != nil {
      throw ValidationError(
        "--widths gives the hidden widths, and with them depth and rank; leave out --depth and --rank.")
    }
    _ = try hiddenWidths()
    let starts = [start != nil, startMatrix != nil, angle != nil, network != nil].filter(\.self).count
    guard starts <= 1 else {
      throw ValidationError("Give one start: --start, --start-matrix, --angle or --network.")
    }
    if network != nil, depth != nil || rank != nil || widths != nil {
      throw ValidationError("--network brings its own layers; leave out --depth, --rank and --widths.")
    }
    if norm != nil, startMatrix != nil || network != nil || start == .unbalanced {
      throw ValidationError("--norm goes with --start random, --start aligned and --angle.")
    }
    if scale != nil, start != .unbalanced { throw ValidationError("--scale goes with --start unbalanced.") }
    if let norm, !(norm > 0 && norm.isFinite) {
      throw ValidationError("--norm must be positive, not \(norm).")
    }
    if let scale, !(scale > 0 && scale.isFinite) {
      throw ValidationError("--scale must be positive, not \(scale).")
    }
    if let angle, !angle.isFinite {
      throw ValidationError("--angle must be a number of degrees, not \(angle).")
    }
  }

  private func hiddenWidths() throws -> [Int]? {
    guard let widths else { return nil }
    return try widths.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let width = Int(text.filter { $0 != " " }), width > 0 else {
        throw ValidationError("--widths: \"\(text)\" is not a positive whole number.")
      }
      return width
    }
  }

  /// The files that are read.
  var files: [String] { [startMatrix, network].compactMap(\.self) }

  /// The network that a run on this problem starts from.
  func startingNetwork(for problem: Problem) throws -> LinearNetwork {
    let (dx, dy) = (problem.inputs, problem.outputs)
    if let network {
      let found = try NetworkFile.read(network, fitting: problem)
      return try Start.network(found).network(
        widths: found.widths, target: Matrix(zeros: dy, dx), seed: seed)
    }
    let hidden =
      try hiddenWidths() ?? Array(repeating: rank ?? min(dx, dy), count: (depth ?? 3) - 1)
    let widths = [dx] + hidden + [dy]
    let minimum = GlobalMinimum(of: problem.loss, rank: widths.min()!)
    let target = Matrix.product(minimum.minimiser, .plain, problem.inputBasis, .transposed)
    let chosen: Start =
      if let startMatrix {
        .matrix(try DataFile.readMatrix(startMatrix))
      } else if let angle {
        .angle(degrees: angle, norm: norm ?? 1)
      } else {
        switch start ?? .random {
        case .random: .random(norm: norm ?? 1)
        case .aligned: .aligned(norm: norm ?? 1)
        case .unbalanced: .unbalanced(scale: scale ?? 1)
        }
      }
    return try chosen.network(widths: widths, target: target, seed: seed)
  }

  /// The start in words.
  var startDescription: String {
    if let network { return "layers of \(network)" }
    if let startMatrix { return "balanced factorisation of \(startMatrix)" }
    let size = "‖W_0‖ = \(Screen.number(norm ?? 1)) × ‖target‖"
    if let angle { return "balanced, target turned by \(Screen.number(angle))°, \(size), seed \(seed)" }
    switch start ?? .random {
    case .random: return "balanced, random, \(size), seed \(seed)"
    case .aligned: return "balanced, aligned with the target, \(size)"
    case .unbalanced:
      return "Gaussian layers of scale \(Screen.number(scale ?? 1)), not balanced, seed \(seed)"
    }
  }
}

/// Networks in safetensors or NPZ files: one matrix a layer, outputs × inputs as PyTorch's `nn.Linear` stores its weight.
enum NetworkFile {
  static func name(ofLayer j: Int) -> String { "layers.\(j - 1).weight" }

  /// The layers, which must map the inputs of the problem to its outputs.
  static func read(_ path: String, fitting problem: Problem) throws -> LinearNetwork {
    let found = try read(path)
    guard found.widths.first == problem.inputs, found.widths.last == problem.outputs else {
      throw DataError.network(
        file: path,
        problem:
          "it maps \(Screen.count(found.widths[0], "input")) to \(Screen.count(found.widths.last!, "output")), "
          + "but the prepared data has \(Screen.count(problem.inputs, "input")) and \(Screen.count(problem.outputs, "output"))."
      )
    }
    return found
  }

  /// The inputs that the file says it was written for; nil if it does not say.
  static func inputs(of path: String) -> String? {
    isArchive(path) ? nil : (try? SafetensorsFile(path))?.metadata["inputs"]
  }

  private static func isArchive(_ path: String) -> Bool { path.lowercased().hasSuffix(".npz") }

  private static func read(_ path: String) throws -> LinearNetwork {
    let (stored, array): ([String], (String) throws -> NDArray)
    if isArchive(path) {
      let archive = try NPZArchive(path)
      (stored, array) = (archive.names, { try archive.array($0) })
    } else {
      let file = try SafetensorsFile(path)
      (stored, array) = (file.names, { try file.array($0) })
    }
    // Numbers in names count as numbers: layers.10 comes after layers.9.
    let names = stored.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    guard !names.isEmpty else { throw DataError.network(file: path, problem: "it holds no tensors.") }
    let layers = try names.map { name in
      let array = try array(name)
      guard array.shape.count == 2, let W = array.matrix, W.rows > 0, W.columns > 0 else {
        throw DataError.network(
          file: path,
          problem: "tensor \"\(name)\" has shape \(array.shape), but a layer is a matrix (outputs × inputs).")
      }
      guard W.isFinite else {
        throw DataError.network(file: path, problem: "tensor \"\(name)\" has NaN or infinite entries.")
      }
      return W
    }
    for j in layers.indices.dropLast() where layers[j].rows != layers[j + 1].columns {
      throw DataError.network(
        file: path,
        problem:
          "\"\(names[j])\" has \(layers[j].rows) outputs but \"\(names[j + 1])\" takes \(layers[j + 1].columns) inputs."
      )
    }
    return LinearNetwork(layers: layers)
  }

  static func write(_ network: LinearNetwork, to path: String, metadata: [String: String]) throws {
    try SafetensorsFile.write(
      network.layers.enumerated().map { (NetworkFile.name(ofLayer: $0.offset + 1), NDArray($0.element)) },
      metadata: metadata, to: path)
  }
}
