import Foundation

/// An option of a run that varies, with its values in order.
package struct SweepParameter: Equatable, Sendable {
  /// How its axis is divided.
  package enum Scale: Equatable, Sendable {
    case linear
    case logarithmic
    /// Values that are no numbers.
    case words
  }

  /// The name of the seed's option: its values are repetitions.
  package static let seed = "seed"
  /// Values of a parameter at most.
  private static let most = 10_000_000

  /// The option, without its hyphens.
  package let name: String
  /// The values as they were given: `2:6`, `log:0.1:10:9`, `random,aligned`.
  package let specification: String
  /// The values as the option takes them.
  package let values: [String]
  package let scale: Scale

  /// The values as numbers; nil for words.
  package var numbers: [Double]? { scale == .words ? nil : values.compactMap(Double.init) }

  /// - Parameters:
  ///   - name: of the option.
  ///   - specification: `a:b`, `a:b:step`, `lin:a:b:n`, `log:a:b:n`, `a,b,c`, or `a;b;c` where values have commas.
  /// - Throws: ``SweepError``.
  package init(name: String, specification: String) throws(SweepError) {
    (self.name, self.specification) = (name, specification)
    func refuse(_ reason: String) -> SweepError {
      .notValues(parameter: name, text: specification, reason: reason)
    }
    let parts = specification.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let numbers = parts.map { Double($0) }
    var scale = Scale.linear
    if parts.count == 4, ["lin", "log"].contains(parts[0]) {
      guard let a = numbers[1], let b = numbers[2], a.isFinite, b.isFinite, let n = Int(parts[3]) else {
        throw refuse("\(parts[0]):a:b:n takes two numbers and a count")
      }
      guard n <= Self.most else { throw .tooManyPoints(limit: Self.most) }
      guard n >= 1 else { throw .emptyGrid(parameter: name, text: specification) }
      let isLogarithmic = parts[0] == "log"
      guard !isLogarithmic || (a > 0 && b > 0) else { throw refuse("log:a:b:n takes positive ends") }
      guard n == 1 ? a == b : true else {
        throw refuse("one value cannot reach from \(parts[1]) to \(parts[2])")
      }
      if isLogarithmic { scale = .logarithmic }
      values = (0..<n).map { k in
        if k == 0 { return Self.text(a) }
        if k == n - 1 { return Self.text(b) }
        let share = Double(k) / Double(n - 1)
        return Self.text(isLogarithmic ? a * pow(b / a, share) : a + (b - a) * share)
      }
    } else if parts.count == 2, let a = Int(parts[0]), let b = Int(parts[1]) {
      guard a <= b else { throw .emptyGrid(parameter: name, text: specification) }
      let (length, overflows) = b.subtractingReportingOverflow(a)
      guard !overflows, length < Self.most else { throw .tooManyPoints(limit: Self.most) }
      values = (a...b).map { "\($0)" }
    } else if parts.count == 3, let a = numbers[0], let b = numbers[1], let step = numbers[2] {
      guard a.isFinite, b.isFinite, step.isFinite, step != 0 else {
        throw refuse("the step must be a number, not zero")
      }
      // A last value that round-off puts beyond the end belongs to it.
      let length = (b - a) / step + 1e-9
      guard length >= 0 else { throw .emptyGrid(parameter: name, text: specification) }
      guard length < Double(Self.most) else { throw .tooManyPoints(limit: Self.most) }
      values = (0...Int(length)).map { Self.text(a + Double($0) * step) }
    } else if parts.count > 1, ["lin", "log"].contains(parts[0]) || numbers.allSatisfy({ $0 != nil }) {
      throw refuse("this is no range")
    } else {
      let separator: Character = specification.contains(";") ? ";" : ","
      values = specification.split(separator: separator, omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      if specification.trimmingCharacters(in: .whitespaces).isEmpty {
        throw .emptyGrid(parameter: name, text: specification)
      }
      guard !values.contains("") else { throw refuse("a value of the list is missing") }
      if !values.allSatisfy({ Double($0)?.isFinite == true }) { scale = .words }
    }
    self.scale = scale
    var seen = Set<String>()
    for value in values where !seen.insert(scale == .words ? value : "\(Double(value)!)").inserted {
      throw .repeatedValue(parameter: name, value: value)
    }
    if name == Self.seed, let wrong = values.first(where: { UInt64($0) == nil }) {
      throw refuse("\(wrong) is no seed (a whole number, not negative)")
    }
  }

  /// The parameter of `name=values`.
  ///
  /// - Throws: ``SweepError``.
  package init(_ text: String) throws(SweepError) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    var name = parts[0].trimmingCharacters(in: .whitespaces)
    while name.hasPrefix("-") { name.removeFirst() }
    guard parts.count == 2, !name.isEmpty else {
      throw .notValues(parameter: text, text: "", reason: "this is no name=values")
    }
    try self.init(name: name, specification: parts[1])
  }

  /// A number of a range: whole ones without a point, and none of the digits that its computation left behind the fifteenth.
  private static func text(_ x: Double) -> String {
    SweepTable.text(Double(String(format: "%.15g", x)) ?? x)
  }
}
