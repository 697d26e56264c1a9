import Foundation

/// What came of trying one statement.
public struct ClaimReport: Codable, Sendable {
  /// What the trials say, held against what is known.
  public enum Verdict: String, Codable, Sendable {
    /// No instance violates a statement that should hold.
    case holds
    /// A statement known to be wrong was refuted.
    case failsAsExpected
    /// A statement that should hold was refuted: news, or an error of the program.
    case violated
    /// A statement known to be wrong was not refuted.
    case unexpectedlyHolds
    /// Interrupted before all trials were made.
    case unfinished
  }

  /// An instance and what the statement compares in it.
  public struct Finding: Codable, Sendable {
    /// From which the instance can be made again.
    public let recipe: Recipe
    /// The comparison of least score in it.
    public let comparison: Comparison
    /// (right − left)/unit: negative where the statement fails.
    public let margin: Double
    /// Numbers in the data and the start.
    public let size: Int

    init(_ recipe: Recipe, _ trial: Trial) {
      (self.recipe, comparison, size) = (recipe, trial.worst, trial.size)
      margin = trial.worst.margin
    }
  }

  /// A hypothesis left out, alone: how often the conclusion then fails.
  public struct Dropped: Codable, Sendable {
    /// The hypothesis.
    public let hypothesis: String
    /// Instances that violate it and no other.
    public let tried: Int
    /// Of these, those in which the conclusion fails.
    public let failed: Int
    /// The smallest of them, counted in numbers; nil if there is none.
    public let counterexample: Finding?
  }

  /// A wrong variant of the statement.
  public struct Mutation: Codable, Sendable {
    /// What was changed.
    public let change: String
    /// Instances until it was caught, or all that were tried.
    public let tried: Int
    /// Whether an instance violates it.
    public let isCaught: Bool
  }

  /// The adversarial search: minimisations of the margin from the worst instances of the sample.
  public struct Search: Codable, Sendable {
    /// Minimisations.
    public let starts: Int
    /// Evaluations of the statement in all of them.
    public let evaluations: Int
    /// The least margin of the sample, and after the search.
    public let sampledMargin, foundMargin: Double
  }

  /// The claim's name, and what it says.
  public let id, title, formula, source: String
  /// Whether it should hold.
  public let expectation: Claim.Expectation
  /// Its hypotheses in words.
  public let hypotheses: [String]
  /// Random instances that were tried; more were drawn where few satisfy the hypotheses.
  public let instances: Int
  /// Instances of the sample that violate the statement.
  public let violations: Int
  /// The worst instance of sample and search; nil if there was no instance.
  public let worst: Finding?
  /// The smallest instance that violates the statement, counted in numbers; nil if there is none.
  public let counterexample: Finding?
  /// nil where nothing can be varied.
  public let search: Search?
  /// What each hypothesis is for.
  public let dropped: [Dropped]
  /// Whether the check can fail.
  public let mutations: [Mutation]
  /// The margins of the sample.
  public let histogram: Histogram
  /// Wall clock.
  public let seconds: Double
  /// What the trials say.
  public let verdict: Verdict

  /// Whether the verdict is the expected one and every mutant was caught.
  public var isAsExpected: Bool {
    (verdict == .holds || verdict == .failsAsExpected) && mutations.allSatisfy(\.isCaught)
  }
}

/// How often margins fall between given edges.
public struct Histogram: Codable, Equatable, Sendable {
  /// What is counted.
  public enum Quantity: String, Codable, Sendable {
    /// (right − left)/unit.
    case margin
    /// log10 of |left − right|/(unit·roundOff): an identity fails above 0.
    case logarithmicError
  }

  /// What is counted.
  public let quantity: Quantity
  /// Increasing, one more than ``counts``; values beyond the ends are counted in the first and last cell.
  public let edges: [Double]
  /// How many values lie in each cell.
  public let counts: [Int]

  /// The histogram of the comparisons' margins, or errors if they are identities.
  ///
  /// The cells reach from the least value, or zero, to the 98th percentile: a few very comfortable instances should not hide the others.
  public init(_ comparisons: [Comparison], cells: Int = 40) {
    let isIdentity = comparisons.first?.relation == .equal
    quantity = isIdentity ? .logarithmicError : .margin
    let values = comparisons.map { c in
      // Exact agreement stands at a millionth of the allowance.
      isIdentity ? max(-6, log10(c.margin.magnitude / c.roundOff)) : c.margin
    }.filter { !$0.isNaN }.sorted()
    guard let least = values.first else {
      (edges, counts) = ([], [])
      return
    }
    let low = isIdentity ? min(-1, least.rounded(.down)) : min(0, least)
    var high = isIdentity ? max(1, values.last!) : values[min(values.count - 1, values.count * 98 / 100)]
    if !(high > low) { high = low + 1 }
    let width = (high - low) / Double(cells)
    var counts = [Int](repeating: 0, count: cells)
    for value in values { counts[min(max(Int(((value - low) / width).clampedToCells), 0), cells - 1)] += 1 }
    edges = (0...cells).map { low + width * Double($0) }
    self.counts = counts
  }
}

extension Double {
  /// Within what can be made a whole number.
  fileprivate var clampedToCells: Double { Swift.min(Swift.max(self, -1), 1e6) }
}
