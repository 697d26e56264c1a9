import LinearAlgebra
import LinearNetworks

/// What is trained on, as a request says it.
enum ProblemRequest: Decodable, Sendable {
  /// Whitened, with a target of the given singular values and random singular vectors (`linnet generate spectrum`).
  case spectrum(singularValues: [Double], inputs: Int, outputs: Int, samples: Int, seed: UInt64)
  /// Whitened random inputs and random outputs: the paper's Figure 1 (`linnet generate whitened`).
  case random(inputs: Int, outputs: Int, samples: Int, seed: UInt64)
  /// Whitened, given by Z.
  case target(Matrix, samples: Int)
  /// A table that the server holds.
  case table(TableChoice)
  /// A prepared table in the coordinates of D3, as `POST /api/data` answers it.
  case reduced(ReducedProblem)

  private enum Key: String, CodingKey {
    case kind, singularValues, inputs, outputs, samples, seed, target
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let kind = try values.decode(String.self, forKey: .kind)
    func shape() throws -> (Int, Int, Int, UInt64) {
      (
        try values.decode(Int.self, forKey: .inputs), try values.decode(Int.self, forKey: .outputs),
        try values.decode(Int.self, forKey: .samples),
        try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? 1
      )
    }
    switch kind {
    case "spectrum":
      let (dx, dy, m, seed) = try shape()
      self = .spectrum(
        singularValues: try values.decode([Double].self, forKey: .singularValues), inputs: dx, outputs: dy,
        samples: m, seed: seed)
    case "random":
      let (dx, dy, m, seed) = try shape()
      self = .random(inputs: dx, outputs: dy, samples: m, seed: seed)
    case "target":
      let rows = try values.decode([[Double]].self, forKey: .target)
      guard let width = rows.first?.count, width > 0, rows.allSatisfy({ $0.count == width }) else {
        throw LabError(
          .unprocessable, "“target” must be a list of rows of equal lengths, one for each output.")
      }
      self = .target(Matrix(rows: rows), samples: try values.decode(Int.self, forKey: .samples))
    case "table": self = .table(try TableChoice(from: decoder))
    case "reduced": self = .reduced(try ReducedProblem(from: decoder))
    default:
      throw LabError(
        .unprocessable,
        "“problem.kind” is “\(kind.prefix(40))”, but must be spectrum, random, target, table or reduced.")
    }
  }

  /// The largest of inputs and outputs, before they are looked at.
  func dimension(_ shelf: DataShelf) -> Int {
    switch self {
    case .spectrum(_, let dx, let dy, _, _), .random(let dx, let dy, _, _): max(dx, dy)
    case .target(let Z, _): max(Z.rows, Z.columns)
    case .table(let choice): shelf.tables.first { $0.name == choice.name }?.columns.count ?? 0
    case .reduced(let problem): max(problem.inputScales.count, problem.labels.count)
    }
  }

  /// The problem, within the limits.
  func problem(_ shelf: DataShelf, _ limits: LabLimits) throws -> PosedProblem {
    switch self {
    case .spectrum(let σ, let dx, let dy, let m, let seed):
      try limits.check(inputs: dx, outputs: dy, samples: m)
      guard !σ.isEmpty, σ.count <= min(dx, dy), σ.allSatisfy({ $0 >= 0 }),
        LabLimits.allModerate(σ)
      else {
        throw LabError(
          .unprocessable,
          "“singularValues”: between 1 and min(inputs, outputs) = \(min(dx, dy)) numbers, none negative, the largest between 1e-12 and 1e12 or zero, not \(σ.prefix(8))."
        )
      }
      let Z = SyntheticData.target(singularValues: σ, inputs: dx, outputs: dy, seed: seed &+ 1)
      return PosedProblem(problem: Problem(target: Z, sampleCount: m))
    case .random(let dx, let dy, let m, let seed):
      try limits.check(inputs: dx, outputs: dy, samples: m)
      guard m >= dx else {
        throw LabError(.unprocessable, "whitened inputs need samples ≥ inputs, not \(m) < \(dx).")
      }
      guard m * dx * dx <= 200_000_000 else {
        throw LabError(.limit, "\(m) random samples of \(dx) inputs are too many to draw; use fewer samples.")
      }
      let data = SyntheticData.whitened(samples: m, inputs: dx, outputs: dy, seed: seed)
      return PosedProblem(problem: Problem(inputs: data.inputs, outputs: data.outputs))
    case .target(let Z, let m):
      try limits.check(inputs: Z.columns, outputs: Z.rows, samples: m)
      guard LabLimits.allModerate(Z.storage) else {
        throw LabError(.unprocessable, "“target” must have entries of sizes between 1e-12 and 1e12.")
      }
      return PosedProblem(problem: Problem(target: Z, sampleCount: m))
    case .table(let choice):
      let prepared = try shelf.prepared(choice)
      try limits.check(
        inputs: prepared.problem.inputs, outputs: prepared.problem.outputs,
        samples: prepared.problem.sampleCount)
      return PosedProblem(problem: prepared.problem, prepared: prepared)
    case .reduced(let reduced): return PosedProblem(problem: try reduced.problem(limits))
    }
  }
}

/// A problem, and the way back to the units of its table if it has one.
struct PosedProblem: Sendable {
  let problem: Problem
  var prepared: PreparedProblem?
}

/// Columns of a table and what is done to them.
struct TableChoice: Codable, Sendable {
  let name: String
  /// Columns to predict.
  let targets: [String]
  /// Columns to leave out.
  var drop: [String]?
  /// By default `whiten`.
  var prepare: Preparation?
}

/// ½‖labels − W diag(inputScales)‖² + irreducible: any prepared data in the eigen-coordinates of its inputs, D3.
struct ReducedProblem: Codable, Sendable {
  let kind: String
  /// m.
  let samples: Int
  /// ξ_1 ≥ …, dx of them; √m each for whitened data.
  let inputScales: [Double]
  /// Rows of Y F, one for each output.
  let labels: [[Double]]
  /// ½‖Y P_X⊥‖².
  let irreducible: Double

  init(_ problem: Problem) {
    kind = "reduced"
    samples = problem.sampleCount
    inputScales = problem.inputScales
    labels = problem.spectralLoss.labels.rowArrays
    irreducible = problem.spectralLoss.irreducible
  }

  func problem(_ limits: LabLimits) throws(LabError) -> Problem {
    try limits.check(inputs: inputScales.count, outputs: labels.count, samples: samples)
    guard labels.allSatisfy({ $0.count == inputScales.count && LabLimits.allModerate($0) }),
      LabLimits.allModerate(inputScales), inputScales.allSatisfy({ $0 >= 0 }), irreducible >= 0,
      irreducible.isFinite
    else {
      throw LabError(
        .unprocessable,
        "“labels” must have \(inputScales.count) moderate numbers in every row, as many as “inputScales”, and none of those may be negative."
      )
    }
    return Problem(
      sampleCount: samples, inputFactor: .diagonal(inputScales), crossFactor: Matrix(rows: labels).transpose,
      irreducible: irreducible)
  }
}

extension LabLimits {
  /// The sizes of numbers from whose powers nothing overflows, and no reciprocal. A run at the ends of the range of doubles is for the command line.
  static let sizes = 1e-12...1e12

  /// Whether the largest of the numbers is of such a size, or all are zero.
  static func allModerate(_ x: [Double]) -> Bool {
    guard x.allSatisfy(\.isFinite) else { return false }
    let largest = x.reduce(0) { max($0, $1.magnitude) }
    return largest == 0 || sizes.contains(largest)
  }

  /// - Throws: ``LabError`` that names the quantity, its value and the limit.
  func check(inputs dx: Int, outputs dy: Int, samples m: Int) throws(LabError) {
    for (name, value, limit) in [
      ("inputs", dx, dimension), ("outputs", dy, dimension), ("samples", m, samples),
    ] {
      guard value >= 1 else { throw LabError(.unprocessable, "“\(name)” must be at least 1, not \(value).") }
      guard value <= limit else {
        throw LabError(
          .limit, "“\(name)” is \(value), more than the lab's limit of \(limit); use linnet train.")
      }
    }
  }
}
