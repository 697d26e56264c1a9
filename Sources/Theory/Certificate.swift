import LinearNetworks
import Prose

/// What the theory promises about gradient flow on one problem from one start: every theorem of the ``Catalogue``, held against it.
///
/// A value made of numbers: nothing is integrated, and nothing is written into it after a run (an ``Observation`` stands beside it). Its JSON keys are a promise to
/// readers; absent values are `null`.
public struct Certificate: Codable, Equatable, Sendable {
  /// Every theorem with its conditions: what it says here, or why it is silent.
  public let theorems: [Finding]
  /// The ``Finding/id`` of the strongest promise about the limit; nil if no theorem names one.
  @ExplicitNull public private(set) var best: String?
  /// The promise in one sentence, or that there is none.
  public let conclusion: String

  /// The certificate of a start, before any run.
  ///
  /// - Parameters:
  ///   - problem: what is trained on.
  ///   - start: layers whose inputs are those of the problem.
  public init(problem: Problem, start: LinearNetwork) { self.init(Setting(problem: problem, start: start)) }

  /// The certificate of a setting, by some theorems.
  ///
  /// - Parameters:
  ///   - setting: the problem and the start.
  ///   - theorems: by default all that there are on the flow, or on descent where the setting has a step.
  public init(_ setting: Setting, theorems: [any Theorem]? = nil) {
    let theorems = theorems ?? (setting.step == nil ? Catalogue.all : Catalogue.descent)
    let findings = theorems.map { $0.finding(in: setting) }
    self.theorems = findings
    let strongest = Self.strongest(findings)
    best = strongest?.id
    let mover = setting.step.map { "gradient descent in steps of \(number($0))" } ?? "gradient flow"
    conclusion =
      strongest.map { Self.sentence($0, mover) }
      ?? (setting.step == nil
        ? "No theorem names the limit of exactly this start."
        : "No theorem names the limit of these steps from exactly this start.")
  }

  /// The finding that ``best`` names.
  public var strongest: Finding? { theorems.first { $0.id == best } }

  /// The finding of a theorem by its label; nil if it is not in the catalogue.
  public func finding(_ label: String) -> Finding? { theorems.first { $0.id == label } }

  /// The promise that says most: for exactly this start before “almost every”, with a bound before without, the earlier bound, and of those that say the same the first in the
  /// catalogue.
  private static func strongest(_ findings: [Finding]) -> Finding? {
    func rank(_ finding: Finding) -> (Int, Int, Double) {
      let time = finding.bound.flatMap { bound in
        [1e-12, 1e-6, 1e-2].lazy.compactMap(bound.curve.time(to:)).first
      }
      return (finding.strength == .certain ? 0 : 1, time == nil ? 1 : 0, time ?? 0)
    }
    // min(by:) may return any of equals; the first is wanted.
    return findings.filter { $0.applies && $0.limit != nil }.enumerated().min {
      let (a, b) = (rank($0.element), rank($1.element))
      return a == b ? $0.offset < $1.offset : a < b
    }?.element
  }

  private static func sentence(_ finding: Finding, _ mover: String) -> String {
    let who =
      finding.strength == .certain
      ? mover.prefix(1).uppercased() + mover.dropFirst() : "For almost every start like this one \(mover)"
    let place: String =
      switch finding.limit! {
      case .globalMinimiser: "converges to a global minimiser"
      case .origin: "converges to the origin"
      case .saddle(let kept?) where !kept.isEmpty:
        "converges to the saddle that keeps the singular direction\(kept.count == 1 ? "" : "s") \(kept.map(String.init).joined(separator: ", "))"
      case .saddle: "does not reach the global minimum: its limit is a saddle"
      }
    let time: String =
      if let bound = finding.bound, let t = bound.curve.time(to: 1e-6) {
        "; \(bound.on == .gap ? "the loss gap" : "‖W − W*‖²") is below 1e-6 (relative) by t = \(number(t))"
      } else if finding.strength == .almostEvery {
        "; how long it takes is not bounded"
      } else {
        ""
      }
    return "\(who) \(place)\(time) (\(finding.id))."
  }
}
