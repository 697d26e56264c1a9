import Prose

/// One theorem: its conditions, measured, and what follows where they hold.
///
/// A new theorem is a file with a type of this protocol, a line in ``Catalogue``, its ``Reference``, and a claim in the module Verification that tries it.
/// Everything that shows theorems (screen, report, lab, figures) loops over the findings and needs no change.
public protocol Theorem: Sendable {
  /// Its label, what it says, and where it stands.
  var reference: Reference { get }

  /// Whether it is about gradient flow (the default) or about gradient descent, whose step the setting has.
  var dynamics: Dynamics { get }

  /// Every condition, measured; the theorem speaks where all of them hold.
  ///
  /// - Parameter setting: the problem and the start.
  func conditions(in setting: Setting) -> [Condition]

  /// What follows, for a setting in which every condition holds.
  ///
  /// - Parameter setting: the problem and the start.
  /// - Throws: ``Silence`` where nothing follows although the conditions hold, with the reason.
  func conclusion(in setting: Setting) throws(Silence) -> Conclusion
}

/// What a theorem is about.
public enum Dynamics: Sendable {
  /// Gradient flow.
  case flow
  /// Gradient descent with steps of one size, at the times t = kη.
  case descent
}

extension Theorem {
  public var dynamics: Dynamics { .flow }
}

/// Why a theorem says nothing here.
public struct Silence: Error, Equatable, Sendable {
  /// In words, with the quantity that decides.
  public let reason: String

  /// Nothing is said, for this reason.
  public init(_ reason: String) { self.reason = reason }
}

/// What a theorem says about one start.
public struct Conclusion: Sendable {
  /// In one sentence of at most about ninety characters.
  public var words: String
  /// Where the flow goes, if the theorem says so.
  public var limit: Limit?
  /// For which starts it says so.
  public var strength: Strength = .certain
  /// A bound for all times from some time on.
  public var bound: Bound?
  /// How the flow arrives.
  public var decay: FinalDecay?
  /// Numbers on the way.
  public var quantities: [Quantity] = []

  /// - Parameters:
  ///   - words: the sentence.
  ///   - limit: where the flow goes.
  ///   - strength: for which starts.
  ///   - bound: for all times.
  ///   - decay: how the flow arrives.
  ///   - quantities: numbers on the way.
  public init(
    _ words: String, limit: Limit? = nil, strength: Strength = .certain, bound: Bound? = nil,
    decay: FinalDecay? = nil,
    quantities: [Quantity] = []
  ) {
    (self.words, self.limit, self.strength) = (words, limit, strength)
    (self.bound, self.decay, self.quantities) = (bound, decay, quantities)
  }
}

extension Theorem {
  /// The theorem held against a setting.
  public func finding(in setting: Setting) -> Finding {
    precondition(
      (dynamics == .descent) == (setting.step != nil),
      "\(reference.label) is about \(dynamics), which the setting is not")
    let conditions = conditions(in: setting)
    let failures = conditions.filter { $0.holds != true }
    guard failures.isEmpty else {
      // What certainly fails is said before what cannot be told.
      let certain = failures.filter { $0.holds == false }
      return Finding(
        self, conditions,
        silent: (certain.isEmpty ? failures : certain).map(\.failure).joined(separator: "; "))
    }
    do throws(Silence) {
      return Finding(self, conditions, try conclusion(in: setting))
    } catch {
      return Finding(self, conditions, silent: error.reason)
    }
  }
}
