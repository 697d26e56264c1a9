import LinearAlgebra
import Prose

/// What is done to a table of samples before training.
public enum Preparation: String, Codable, Sendable, CaseIterable {
  /// Nothing: inputs and outputs as they are.
  case none
  /// Means subtracted from inputs and outputs, so that the predictor gets an intercept.
  case center
  /// Centred, and inputs divided by their standard deviations (divisor m); outputs keep their unit.
  case standardize
  /// Centred and whitened: X Xᵀ/m = I (Definition 3.5), the setting of the theorems, by the symmetric root (ZCA), which keeps features readable.
  case whiten

  var centers: Bool { self != .none }
}

/// A column of a table and what it is called.
public struct NamedColumn: Sendable, Hashable {
  /// Its position in the table, from 0.
  public let column: Int
  /// What it is called.
  public let name: String
  /// The column at a position, with its name.
  public init(column: Int, name: String) { (self.column, self.name) = (column, name) }
}

/// Why a table cannot be prepared as asked.
public enum PreparationError: MendableError, Equatable {
  /// Centred data of m samples has rank m − 1 at most: X Xᵀ is singular.
  ///
  /// `isWhite`: as they are the inputs have X Xᵀ = c·I already, as those of a one-hot table.
  case tooFewSamples(samples: Int, inputs: Int, isWhite: Bool = false)
  /// X Xᵀ is singular because these columns depend on the others.
  case dependentInputs(names: [String], rank: Int, inputs: Int)
  /// More directions are to be whitened than the inputs vary in.
  case whitenRank(requested: Int, rank: Int)
  /// Centring leaves no input.
  case noVaryingInput
  /// The largest of the inputs, or of the outputs, is of a size whose powers a double cannot hold.
  case extremeScale(column: String, size: Double)

  /// The sizes (√ of the mean square of the largest column) from which losses and curvatures stay far from overflow and underflow at every depth.
  public static let scales = 1e-125...1e125

  public var problem: String {
    switch self {
    case .tooFewSamples(let m, let n, _):
      "whitening \(n) inputs needs at least \(n + 1) samples after centring, but there are only \(m): X Xᵀ is singular."
    case .dependentInputs(let names, let rank, let n):
      "X Xᵀ is singular: the \(n) inputs have rank \(rank), and \(names.joined(separator: ", ")) "
        + (names.count == 1 ? "is a linear combination" : "are linear combinations")
        + " of the others, so they cannot be whitened."
    case .whitenRank(let k, let rank):
      "\(k) principal directions cannot be whitened: the inputs vary in \(rank) independent directions."
    case .noVaryingInput:
      "every input column is constant, so there is nothing to predict from."
    case .extremeScale(let column, let size):
      "the numbers of “\(column)” are of the size \(number(size, digits: 3)), and losses are of the order of their powers, which doubles cannot hold; "
        + "give the column in another unit, so that it lies between 1e-125 and 1e125."
    }
  }

  public var remedies: [Remedy] {
    switch self {
    case .tooFewSamples(_, _, isWhite: true): [.preparation(Preparation.none.rawValue)]
    case .tooFewSamples(let m, _, isWhite: false):
      [.whitenRank(atMost: max(m - 1, 1)), .preparation(Preparation.standardize.rawValue), .fewerInputs]
    case .dependentInputs(let names, let rank, _): [.drop(names), .whitenRank(atMost: rank)]
    case .whitenRank(_, let rank): [.whitenRank(atMost: rank)]
    case .noVaryingInput, .extremeScale: []
    }
  }
}

/// A training problem in prepared coordinates, with the way back to the units of the data.
///
/// Prepared inputs are x̃ = T (x − x̄), prepared outputs y − ȳ.
public struct PreparedProblem: Sendable {
  /// The problem in prepared coordinates.
  public let problem: Problem
  /// What was done.
  public let preparation: Preparation
  /// Input columns in use, in order, and those left out because they are constant.
  public let inputNames: [String]
  /// Inputs left out because they are constant.
  public let droppedConstants: [String]
  /// Outputs, in order.
  public let outputNames: [String]
  /// T: prepared inputs × inputs in use.
  public var inputTransform: Matrix {
    switch transform {
    case .identity: .identity(inputNames.count)
    case .diagonal(let scales): .diagonal(scales)
    case .full(let T): T
    }
  }
  /// The diagonal of T where T is diagonal and not the identity.
  public var inputScales: [Double]? { if case .diagonal(let scales) = transform { scales } else { nil } }
  /// x̄ of the inputs in use; zeros if nothing was centred.
  public let inputMeans: [Double]
  /// ȳ; zeros if nothing was centred.
  public let outputMeans: [Double]
  /// σ_max/σ_min of the inputs before whitening (infinite when singular).
  public let inputConditionNumber: Double
  private let transform: InputTransform

  /// T, of which no more is kept than it has.
  private enum InputTransform: Sendable {
    case identity
    case diagonal([Double])
    case full(Matrix)

    /// A T, or A Tᵀ.
    func product(of A: Matrix, _ transposition: Transposition) -> Matrix {
      switch self {
      case .identity: A
      case .diagonal(let scales): A.scalingColumns(by: scales)
      case .full(let T): Matrix.product(A, .plain, T, transposition)
      }
    }
  }

  /// Prepares the given columns of a compressed table.
  ///
  /// - Parameters:
  ///   - table: the samples.
  ///   - inputs: columns to predict from; constant ones are left out if the preparation centres.
  ///   - outputs: columns to predict.
  ///   - preparation: what is done to them.
  ///   - whitenRank: whiten only this many principal directions; the prepared inputs are then their coordinates.
  /// - Throws: ``PreparationError`` if whitening meets a singular X Xᵀ, with the names of the dependent columns.
  public init(
    _ table: SampleCompression, inputs: [NamedColumn], outputs: [NamedColumn], preparation: Preparation,
    whitenRank: Int? = nil
  ) throws(PreparationError) {
    let m = table.sampleCount
    let means = table.means
    var inputs = inputs
    var dropped: [String] = []
    if preparation.centers {
      let constant = Set(table.constants(among: inputs.map(\.column)))
      let varying = inputs.indices.filter { !constant.contains($0) }
      dropped = constant.sorted().map { inputs[$0].name }
      inputs = varying.map { inputs[$0] }
      if inputs.isEmpty { throw .noVaryingInput }
    }
    let n = inputs.count
    let parts = table.split(
      inputs: inputs.map(\.column), outputs: outputs.map(\.column), centered: preparation.centers)
    let Rxx = parts.inputFactor
    let svd = Rxx.singularValueDecomposition
    let root = Double(m).squareRoot()

    let T: InputTransform
    switch preparation {
    case .none, .center:
      T = .identity
    case .standardize:
      T = .diagonal((0..<n).map { root / norm(Rxx, $0) })
    case .whiten:
      // Columns are scaled to unit length first, so that units do not decide.
      let (independent, dependent) = Rxx.independentColumns(
        relativeTolerance: table.roundOff(of: inputs.map(\.column), centered: true))
      if let k = whitenRank {
        guard (1...independent.count).contains(k) else {
          throw .whitenRank(requested: k, rank: independent.count)
        }
        let principal = Matrix.product(
          .diagonal(svd.singularValues.prefix(k).map { root / $0 }), .plain, svd.V.columns(0..<k), .transposed
        )
        // Where units differ by 1e6, σ_k is known to 1e-10 only: what is left to whiten is whitened again.
        T = .full(
          symmetricWhitening(Matrix.product(Rxx, .plain, principal, .transposed), samples: m) * principal)
      } else {
        if m <= n {
          let raw = table.factor(of: inputs.map(\.column), centered: false).singularValues
          let isWhite = raw.count == n && raw[n - 1] > (1 - .hypothesisTolerance) * raw[0]
          throw .tooFewSamples(samples: m, inputs: n, isWhite: isWhite)
        }
        guard dependent.isEmpty else {
          throw .dependentInputs(names: dependent.map { inputs[$0].name }, rank: independent.count, inputs: n)
        }
        T = .full(symmetricWhitening(Rxx, samples: m))
      }
    }
    problem = Problem(
      sampleCount: m, inputFactor: T.product(of: Rxx, .transposed),
      crossFactor: parts.crossFactor,
      irreducible: parts.irreducible)
    self.preparation = preparation
    inputNames = inputs.map(\.name)
    droppedConstants = dropped
    outputNames = outputs.map(\.name)
    transform = T
    inputMeans = preparation.centers ? inputs.map { means[$0.column] } : Array(repeating: 0, count: n)
    outputMeans =
      preparation.centers ? outputs.map { means[$0.column] } : Array(repeating: 0, count: outputs.count)
    inputConditionNumber =
      Rxx.rows < n ? .infinity : (svd.singularValues.first ?? 0) / (svd.singularValues.last ?? 0)
  }

  /// The predictor y = C x + b in the units of the data that a matrix W of the prepared problem stands for: C = W T, b = ȳ − C x̄.
  public func predictor(of W: Matrix) -> AffinePredictor {
    let C = transform.product(of: W, .plain)
    let shift = C * .column(inputMeans)
    return AffinePredictor(
      inputs: inputNames, outputs: outputNames, coefficients: C,
      intercept: outputMeans.indices.map { outputMeans[$0] - shift[$0, 0] })
  }
}

/// y = C x + b, with named columns, in the units of the data.
public struct AffinePredictor: Codable, Sendable, Equatable {
  /// Names of the columns of C.
  public let inputs: [String]
  /// Names of the rows of C.
  public let outputs: [String]
  /// C: outputs × inputs.
  public let coefficients: Matrix
  /// b, one number for each output.
  public let intercept: [Double]

  /// y = C x + b.
  public init(inputs: [String], outputs: [String], coefficients C: Matrix, intercept b: [Double]) {
    precondition(
      C.rows == outputs.count && C.columns == inputs.count && b.count == outputs.count,
      "\(C.rows)×\(C.columns) coefficients for \(outputs.count) outputs and \(inputs.count) inputs")
    (self.inputs, self.outputs, coefficients, intercept) = (inputs, outputs, C, b)
  }
}

/// T = (RᵀR/m)^(−1/2), without forming RᵀR.
///
/// The textbook's V diag(√m/σ) Vᵀ from the singular values of R knows a small σ only to eps·σ_1, so that columns in
/// units a million times apart would be whitened to ten digits only. Instead R = R̂ D with columns of equal length and
/// R̂ = U S Vᵀ: the matrix A = √m S⁻¹ Vᵀ D⁻¹ whitens, R Aᵀ = √m U, to eps·κ(R̂) whatever the units. Among all Q A
/// with Q orthogonal the symmetric one is T = C Bᵀ A, with the singular value decomposition A = B Σ Cᵀ.
private func symmetricWhitening(_ R: Matrix, samples m: Int) -> Matrix {
  let lengths = (0..<R.columns).map { norm(R, $0) }
  let svd = R.scalingColumns(by: lengths.map { 1 / $0 }).singularValueDecomposition
  let root = Double(m).squareRoot()
  let A = svd.V.scalingColumns(by: svd.singularValues.map { root / $0 }).transpose
    .scalingColumns(by: lengths.map { 1 / $0 })
  let polar = A.singularValueDecomposition
  return polar.V * Matrix.product(polar.U, .transposed, A, .plain)
}

private func norm(_ A: Matrix, _ column: Int) -> Double { Matrix.column(A.column(column)).frobeniusNorm }
