import Foundation
import LinearAlgebra

/// One instance as data: a seed, and the first of the real numbers it is made of.
///
/// Equal recipes make equal instances on every machine. A search varies the reals and keeps the seed, so that depth, dimensions and
/// rotations stay as they were drawn.
public struct Recipe: Codable, Equatable, Sendable {
  /// The seed of everything that ``reals`` does not give.
  public let seed: UInt64
  /// The first numbers that ``Draw/real()`` returns, each in (0, 1).
  public let reals: [Double]

  /// A recipe from its parts.
  public init(seed: UInt64, reals: [Double] = []) {
    precondition(reals.allSatisfy { $0 > 0 && $0 < 1 }, "the reals of a recipe lie between 0 and 1")
    (self.seed, self.reals) = (seed, reals)
  }

  /// The recipe of the i-th instance of a named statement, the same however many processors share the work.
  ///
  /// - Parameters:
  ///   - name: of the statement.
  ///   - seed: of the run.
  ///   - index: which instance.
  ///   - attempt: counted up while the drawn instance does not satisfy the hypotheses.
  public init(name: String, seed: UInt64, index: Int, attempt: Int = 0) {
    // FNV-1a of the name; SplitMix64 then scatters neighbouring counters.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var generator = SeededGenerator(seed: hash ^ seed)
    var mixed = SeededGenerator(seed: generator.next() &+ UInt64(index))
    var again = SeededGenerator(seed: mixed.next() &+ UInt64(attempt))
    self.init(seed: again.next())
  }
}

/// Where an instance takes its numbers from: reals that a search may vary, and a structure that it may not.
///
/// ```swift
/// let depth = draw.integer(2...10)
/// let scale = draw.logarithmic(1e-2, 1e2)
/// let direction = draw.direction(depth)
/// ```
public struct Draw {
  private let given: [Double]
  private var structure: SeededGenerator
  private var rest: SeededGenerator
  /// The reals used so far: the recipe's own, then random ones.
  public private(set) var reals: [Double] = []

  /// The numbers of a recipe.
  public init(_ recipe: Recipe) {
    given = recipe.reals
    structure = SeededGenerator(seed: recipe.seed)
    rest = SeededGenerator(seed: recipe.seed ^ 0x5DEE_CE66_D1CE_4E5B)
  }

  // MARK: What a search varies

  /// Uniform on (0, 1).
  public mutating func real() -> Double {
    // Drawn also where the recipe gives the number, so that the numbers after it stay the same.
    let random = rest.uniform()
    let x = reals.count < given.count ? given[reals.count] : random
    reals.append(x)
    return x
  }

  /// Uniform on (a, b).
  public mutating func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * real() }

  /// Log-uniform on (a, b), 0 < a < b.
  public mutating func logarithmic(_ a: Double, _ b: Double) -> Double { a * pow(b / a, real()) }

  /// A number of either sign with the density of the logistic distribution: one real, smooth and increasing in it.
  public mutating func logistic() -> Double {
    let x = real()
    return log(x / (1 - x))
  }

  /// A unit vector of n entries.
  public mutating func direction(_ n: Int) -> [Double] {
    if n == 1 { return [real() < 0.5 ? -1 : 1] }
    let x = (0..<n).map { _ in logistic() }
    let length = Matrix.column(x).frobeniusNorm
    return length > 0 ? x.map { $0 / length } : [1] + [Double](repeating: 0, count: n - 1)
  }

  /// rows × columns with independent logistic entries.
  public mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows, columns) { _, _ in logistic() }
  }

  // MARK: What stays

  /// A whole number of the range, each with equal probability.
  public mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(structure.next() % UInt64(range.count))
  }

  /// rows × columns with orthonormal columns, uniformly distributed.
  public mutating func orthonormal(_ rows: Int, _ columns: Int) -> Matrix {
    .randomOrthonormal(rows, columns, using: &structure)
  }

  /// rows × columns with independent standard normal entries that a search leaves alone.
  public mutating func gaussian(_ rows: Int, _ columns: Int) -> Matrix {
    .gaussian(rows, columns, using: &structure)
  }

  /// `count` different numbers of 0, …, n − 1, in increasing order.
  public mutating func subset(_ count: Int, of n: Int) -> [Int] {
    var all = Array(0..<n)
    all.shuffle(using: &structure)
    return all.prefix(count).sorted()
  }
}
