/// One theorem held against one problem and start: its conditions as measured, and what it promises or why it is silent.
///
/// Its JSON keys are a promise to readers (Documentation/result-json.md); absent values are `null`.
public struct Finding: Equatable, Sendable {
  /// The label of its ``Reference``: "Theorem 4.4", "D14", …
  public let id: String
  /// What it is about, in a few words.
  public let title: String
  /// Where it stands.
  public let source: String
  /// Every condition with its measured value.
  public let conditions: [Condition]
  /// Why it says nothing here; nil if it applies.
  public let reason: String?
  /// What it says here, in words; nil if it is silent.
  public let conclusion: String?
  /// Where the flow goes; nil if it does not say so.
  public let limit: Limit?
  /// For which starts the limit is named; nil where none is.
  public let strength: Strength?
  /// A bound for all times from some time on.
  public let bound: Bound?
  /// How the flow arrives at its limit.
  public let decay: FinalDecay?
  /// Numbers on the way.
  public let quantities: [Quantity]

  /// Whether it speaks.
  public var applies: Bool { reason == nil }

  init(_ theorem: any Theorem, _ conditions: [Condition], _ conclusion: Conclusion) {
    (id, title, source) = (
      theorem.reference.label, theorem.reference.title, theorem.reference.source.description
    )
    (self.conditions, reason, self.conclusion) = (conditions, nil, conclusion.words)
    (limit, strength) = (conclusion.limit, conclusion.limit == nil ? nil : conclusion.strength)
    (bound, decay, quantities) = (conclusion.bound, conclusion.decay, conclusion.quantities)
  }

  init(_ theorem: any Theorem, _ conditions: [Condition], silent reason: String) {
    (id, title, source) = (
      theorem.reference.label, theorem.reference.title, theorem.reference.source.description
    )
    (self.conditions, self.reason, conclusion) = (conditions, reason, nil)
    (limit, strength, bound, decay, quantities) = (nil, nil, nil, nil, [])
  }

  /// The value of a quantity by its symbol; nil if it has none of that name.
  public func quantity(_ symbol: String) -> Double? { quantities.first { $0.symbol == symbol }?.value ?? nil }
}

extension Finding: Codable {
  private enum Key: String, CodingKey {
    case id, title, source, conditions, applies, reason, conclusion, limit, kept, strength, quantities
    case on, from, timeToAccuracy, curve, finalRate, finalMode, finalPower
  }

  /// A law t ↦ coefficient·t^{−exponent}.
  private struct PowerLaw: Codable {
    let exponent, coefficient: Double
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(id, forKey: .id)
    try values.encode(title, forKey: .title)
    try values.encode(source, forKey: .source)
    try values.encode(conditions, forKey: .conditions)
    try values.encode(applies, forKey: .applies)
    try values.encode(reason, forKey: .reason)
    try values.encode(conclusion, forKey: .conclusion)
    try values.encode(limit?.word, forKey: .limit)
    var kept: [Int]?
    if case .saddle(let directions) = limit { kept = directions }
    try values.encode(kept, forKey: .kept)
    try values.encode(strength, forKey: .strength)
    try values.encode(quantities, forKey: .quantities)
    try values.encode(bound?.on, forKey: .on)
    try values.encode(bound?.curve.start, forKey: .from)
    try values.encode(bound?.timesToAccuracy ?? [], forKey: .timeToAccuracy)
    try values.encode(bound?.curve, forKey: .curve)
    var (rate, mode, power): (Double?, String?, PowerLaw?) = (nil, nil, nil)
    switch decay {
    case .exponential(let k, let name): (rate, mode) = (k, name)
    case .power(let exponent, let coefficient): power = PowerLaw(exponent: exponent, coefficient: coefficient)
    case nil: break
    }
    try values.encode(rate, forKey: .finalRate)
    try values.encode(mode, forKey: .finalMode)
    try values.encode(power, forKey: .finalPower)
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    id = try values.decode(String.self, forKey: .id)
    title = try values.decode(String.self, forKey: .title)
    source = try values.decode(String.self, forKey: .source)
    conditions = try values.decode([Condition].self, forKey: .conditions)
    reason = try values.decodeIfPresent(String.self, forKey: .reason)
    conclusion = try values.decodeIfPresent(String.self, forKey: .conclusion)
    let kept = try values.decodeIfPresent([Int].self, forKey: .kept)
    switch try values.decodeIfPresent(String.self, forKey: .limit) {
    case "globalMinimiser": limit = .globalMinimiser
    case "saddle": limit = .saddle(kept: kept)
    case "origin": limit = .origin
    case nil: limit = nil
    case let word?:
      throw DecodingError.dataCorruptedError(
        forKey: .limit, in: values, debugDescription: "\"\(word)\" is none of globalMinimiser, saddle, origin"
      )
    }
    strength = try values.decodeIfPresent(Strength.self, forKey: .strength)
    quantities = try values.decode([Quantity].self, forKey: .quantities)
    bound = try values.decodeIfPresent(Observable.self, forKey: .on).map {
      Bound(on: $0, try values.decode(DecayCurve.self, forKey: .curve))
    }
    if let rate = try values.decodeIfPresent(Double.self, forKey: .finalRate) {
      decay = .exponential(
        rate: rate, mode: try values.decodeIfPresent(String.self, forKey: .finalMode) ?? "")
    } else {
      decay = try values.decodeIfPresent(PowerLaw.self, forKey: .finalPower).map {
        .power(exponent: $0.exponent, coefficient: $0.coefficient)
      }
    }
  }
}
