import ArgumentParser
import DataFormats
import LinearNetworks
import RunFiles

/// The shape of the network and where it starts.
struct NetworkOptions: ParsableArguments {
  /// The values of --start: two balanced ones, and the initializations of practice, of which “gaussian” is called unbalanced too.
  enum StartName: ExpressibleByArgument {
    case random
    case aligned
    case lambda
    case symmetric
    case layers(Initialization)

    init?(argument: String) {
      switch argument {
      case "random": self = .random
      case "aligned": self = .aligned
      case "lambda": self = .lambda
      case "symmetric": self = .symmetric
      case "unbalanced": self = .layers(.gaussian)
      default:
        guard let initialization = Initialization(rawValue: argument), initialization != .gaussian else {
          return nil
        }
        self = .layers(initialization)
      }
    }

    static let allValueStrings =
      ["random", "aligned", "lambda", "symmetric", "unbalanced"]
      + Initialization.allCases.filter { $0 != .gaussian }.map(\.rawValue)

    /// Whether layers are drawn one by one, and not W_0.
    var isDrawnByLayers: Bool {
      switch self {
      case .layers, .symmetric: true
      case .random, .aligned, .lambda: false
      }
    }
  }

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
      "random: balanced, random end-to-end matrix; aligned: balanced, with the target's singular vectors; lambda: W_{j+1}ᵀW_{j+1} − W_jW_jᵀ = λ_j I, by --lambda (Dominé et al., 2024); symmetric: W_j = W_{N+1−j}ᵀ, normal, for widths that read the same from both ends; unbalanced: \(Initialization.gaussian.summary); "
        + Initialization.allCases.filter { $0 != .gaussian }.map { "\($0.rawValue): \($0.summary)" }.joined(
          separator: "; ")
        + ". Default: random.",
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
      "Factor of every layer of a start whose layers are drawn one by one, or one for each, separated by commas. Default: 1; for small: 1e-3.",
      valueName: "scale|a1,a2,…"))
  var scale: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "For --start lambda: λ of every hidden layer, or one for each, separated by commas; positive where the later layer is the larger.",
      valueName: "λ|λ1,λ2,…"))
  var lambda: String?

  @Option(help: ArgumentHelp("Start from the layers in a safetensors or NPZ file.", valueName: "file"))
  var network: String?

  @OptionGroup(title: "Network file") var file: NetworkFileOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of everything random.", valueName: "number"))
  var seed: UInt64 = 1

  func validate() throws {
    if let depth, depth < 1 { throw ValidationError("--depth must be at least 1, not \(depth).") }
    if let rank, rank < 1 { throw ValidationError("--rank must be at least 1, not \(rank).") }
    if let hidden = try hiddenWidths() {
      let said = hidden.map(String.init).joined(separator: ",")
      if let depth, depth != hidden.count + 1 {
        throw ValidationError(
          "--depth \(depth) contradicts --widths \(said), which makes \(hidden.count + 1) layers; leave one of them out."
        )
      }
      if let rank, hidden.contains(where: { $0 != rank }) {
        throw ValidationError(
          "--rank \(rank), the width of every hidden layer, contradicts --widths \(said); leave one of them out."
        )
      }
    }
    let starts = [start != nil, startMatrix != nil, angle != nil, network != nil].filter(\.self).count
    guard starts <= 1 else {
      throw ValidationError("Give one start: --start, --start-matrix, --angle or --network.")
    }
    if network == nil, file.isGiven {
      throw ValidationError("--layers, --transposed and --biases are for the file of --network.")
    }
    if network != nil, depth != nil || rank != nil || widths != nil {
      throw ValidationError("--network brings its own layers; leave out --depth, --rank and --widths.")
    }
    if norm != nil, startMatrix != nil || network != nil || start?.isDrawnByLayers == true {
      throw ValidationError("--norm goes with --start random, --start aligned, --start lambda and --angle.")
    }
    if scale != nil, start?.isDrawnByLayers != true {
      throw ValidationError(
        "--scale goes with a start whose layers are drawn one by one, such as --start unbalanced; balanced ones take --norm."
      )
    }
    if (lambda != nil) != (start.map { if case .lambda = $0 { true } else { false } } ?? false) {
      throw ValidationError("--start lambda and --lambda go together.")
    }
    _ = try lambdas()
    if let norm, !(norm > 0 && norm.isFinite) {
      throw ValidationError("--norm must be positive, not \(norm).")
    }
    if let wrong = try scales().first(where: { !($0 > 0) }) {
      throw ValidationError("--scale must be positive, not \(wrong).")
    }
    if let angle, !angle.isFinite {
      throw ValidationError("--angle must be a number of degrees, not \(angle).")
    }
  }

  private func scales() throws -> [Double] { try scale.map { try Self.numbers($0, "--scale") } ?? [] }
  private func lambdas() throws -> [Double] { try lambda.map { try Self.numbers($0, "--lambda") } ?? [] }

  /// Numbers that are separated by commas.
  static func numbers(_ text: String, _ option: String) throws -> [Double] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      guard let x = Double($0.filter { $0 != " " }), x.isFinite else {
        throw ValidationError("\(option): \"\($0)\" is not a number.")
      }
      return x
    }
  }

  private func hiddenWidths() throws -> [Int]? { try widths.map(NetworkOptions.hiddenWidths) }

  /// The numbers of --widths.
  static func hiddenWidths(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let width = Int(text.filter { $0 != " " }), width > 0 else {
        throw ValidationError("--widths: \"\(text)\" is not a positive whole number.")
      }
      return width
    }
  }

  /// The values.
  ///
  /// - Parameter format: what is known of the form of a matrix in a text.
  func request(_ format: TextFormat) throws -> StartRequest {
    let origin: StartRequest.Origin =
      if let network {
        .network(file: network, file.reading)
      } else if let startMatrix {
        .matrix(file: startMatrix)
      } else if let angle {
        .angle(degrees: angle, norm: norm ?? 1)
      } else {
        switch start ?? .random {
        case .random: .random(norm: norm ?? 1)
        case .aligned: .aligned(norm: norm ?? 1)
        case .lambda: .lambda(try lambdas(), norm: norm ?? 1)
        case .symmetric: .symmetric(scales: try scales())
        case .layers(let initialization): .layers(initialization, scales: try scales())
        }
      }
    return StartRequest(
      shape: try hiddenWidths().map { .hidden($0) } ?? .depth(depth ?? 3, width: rank), origin: origin,
      format: format, seed: seed)
  }
}
