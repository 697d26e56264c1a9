/// A statement of the theory: its label, what it says, and where it stands.
///
/// The one place where "(38a)", "Theorem 4.4" or "D16" is defined, for screen, report, lab and documents. Notation: p = 2 − 2/N, c = uᵀZ₁v/s_Z, σ̂_i = σ_i(Y P_X), Ẑ = W*(XXᵀ)^{1/2},
/// ε = 2(L_N − min L_N).
public struct Reference: Hashable, Sendable {
  /// A publication, or Documentation/derived.md.
  public enum Source: Hashable, Sendable, CustomStringConvertible {
    /// Eftekhari (2020).
    case paper
    /// Documentation/derived.md.
    case derived
    /// Another publication.
    case publication(String)

    public var description: String {
      switch self {
      case .paper: "Eftekhari (2020)"
      case .derived: "Linnet, derived results"
      case .publication(let text): text
      }
    }
  }

  /// What of a run a statement can be seen in.
  public enum Aspect: String, Codable, Sendable {
    case target, saddles, stableSet, neighbourhood, basin, bounds, levels, finalRate, singularValues
  }

  /// A question that a reader asks of a run.
  public enum Question: String, Codable, Sendable {
    /// Where does the flow go?
    case convergence
  }

  /// "Theorem 4.4".
  public let label: String
  /// What it is about, in a few words.
  public let title: String
  /// What it says, in words and symbols.
  public let statement: String
  /// The same as a formula in TeX; empty where words say it best.
  public let formula: String
  /// Where it stands.
  public let source: Source
  /// Where it is seen; nil if nowhere.
  public let aspect: Aspect?
  /// The question that it answers without naming a limit; nil for all others.
  public let answers: Question?

  /// A reference; one that others shall find by its label also belongs in ``all``.
  ///
  /// - Parameters:
  ///   - label: no other reference has it.
  ///   - source: where it stands.
  ///   - title: what it is about, in a few words.
  ///   - statement: what it says, in words and symbols.
  ///   - formula: the same in TeX.
  ///   - aspect: where it is seen.
  ///   - question: what it answers without naming a limit.
  public init(
    _ label: String, _ source: Source, _ title: String, _ statement: String, formula: String = "",
    seenIn aspect: Aspect? = nil, answering question: Question? = nil
  ) {
    (self.label, self.source, self.title, self.statement) = (label, source, title, statement)
    (self.formula, self.aspect, answers) = (formula, aspect, question)
  }

  /// All of them, in the order of the paper, then the derived results, then other publications.
  public static let all: [Reference] = paper + derived + descent + publications

  /// The reference with a label; nil if there is none.
  public static func labelled(_ label: String) -> Reference? { index[label] }

  private static let index = Dictionary(uniqueKeysWithValues: all.map { ($0.label, $0) })
}

extension Reference: Encodable {
  private enum Key: String, CodingKey { case label, title, statement, formula, source, aspect }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(label, forKey: .label)
    try values.encode(title, forKey: .title)
    try values.encode(statement, forKey: .statement)
    try values.encode(formula, forKey: .formula)
    try values.encode(source.description, forKey: .source)
    try values.encode(aspect, forKey: .aspect)
  }
}
