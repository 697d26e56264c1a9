import Foundation
import Prose

/// A line through a quantity of all runs against a parameter, by least squares: y = a + b x, with either or both as logarithms.
///
/// With log(y) ~ log(x) the slope is an exponent; with y ~ log(x) the factor of a logarithm, as of the end of a plateau against the size of the start.
package struct SweepFit: Codable, Equatable, Sendable {
  /// What is fitted: `log(y)~log(x)|g`.
  package struct Form: Codable, Equatable, Sendable {
    package let y, x: String
    package let yIsLogarithm, xIsLogarithm: Bool
    /// One fit for each value of it; nil for one fit.
    package let group: String?

    /// The form of a text.
    ///
    /// - Throws: `SweepError.notAFit`.
    package init(_ text: String) throws(SweepError) {
      let halves = text.split(separator: "~", omittingEmptySubsequences: false).map(String.init)
      guard halves.count == 2 else { throw .notAFit(text: text) }
      let right = halves[1].split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      func side(_ text: String) -> (name: String, isLogarithm: Bool)? {
        let text = text.trimmingCharacters(in: .whitespaces)
        let isLogarithm = text.hasPrefix("log(") && text.hasSuffix(")")
        let name =
          isLogarithm ? String(text.dropFirst(4).dropLast()).trimmingCharacters(in: .whitespaces) : text
        return name.isEmpty || name.contains(where: { "()~|".contains($0) }) ? nil : (name, isLogarithm)
      }
      guard (1...2).contains(right.count), let y = side(halves[0]), let x = side(right[0]) else {
        throw .notAFit(text: text)
      }
      group = right.count == 2 ? right[1].trimmingCharacters(in: .whitespaces) : nil
      guard group != "" else { throw .notAFit(text: text) }
      (self.y, yIsLogarithm) = y
      (self.x, xIsLogarithm) = x
    }

    /// `log(y)`, `x`.
    package var left: String { yIsLogarithm ? "log(\(y))" : y }
    package var right: String { xIsLogarithm ? "log(\(x))" : x }
    package var text: String { "\(left)~\(right)\(group.map { "|\($0)" } ?? "")" }
  }

  package let form: Form
  /// The value of the group; nil without one.
  package let value: String?
  /// Runs that have both quantities (positive where a logarithm is taken); the others are left out.
  package let runs: Int
  package let leftOut: Int
  /// b, nil where fewer than two different x are there.
  package let slope: Double?
  /// The standard error of b, from the scatter about the line with runs − 2 degrees of freedom; nil for fewer than three runs.
  package let slopeError: Double?
  /// a.
  package let intercept: Double?
  package let interceptError: Double?
  /// The share of the variance that the line explains; nil where y does not vary.
  package let determination: Double?

  /// The fits of a form, one for each value of its group.
  ///
  /// - Throws: `SweepError.unknownQuantity`.
  package static func fits(_ form: Form, in table: SweepTable) throws(SweepError) -> [SweepFit] {
    let y = try table.numbers(form.y)
    let x = try table.numbers(form.x)
    guard let group = form.group else { return [SweepFit(form, value: nil, Array(zip(x, y)))] }
    let values = try table.texts(group)
    var order: [String] = []
    var pairs: [String: [(Double?, Double?)]] = [:]
    for (i, value) in values.enumerated() {
      guard let value else { continue }
      if pairs[value] == nil { order.append(value) }
      pairs[value, default: []].append((x[i], y[i]))
    }
    return order.map { SweepFit(form, value: $0, pairs[$0]!) }
  }

  private init(_ form: Form, value: String?, _ pairs: [(Double?, Double?)]) {
    let points = pairs.compactMap { x, y -> (x: Double, y: Double)? in
      guard let x = x.map({ form.xIsLogarithm ? log($0) : $0 }), x.isFinite,
        let y = y.map({ form.yIsLogarithm ? log($0) : $0 }), y.isFinite
      else { return nil }
      return (x, y)
    }
    (self.form, self.value) = (form, value)
    (runs, leftOut) = (points.count, pairs.count - points.count)
    let n = Double(points.count)
    let (mx, my) = (points.reduce(0) { $0 + $1.x } / n, points.reduce(0) { $0 + $1.y } / n)
    let sxx = points.reduce(0) { $0 + ($1.x - mx) * ($1.x - mx) }
    let sxy = points.reduce(0) { $0 + ($1.x - mx) * ($1.y - my) }
    let syy = points.reduce(0) { $0 + ($1.y - my) * ($1.y - my) }
    guard points.count >= 2, sxx > 0 else {
      (slope, slopeError, intercept, interceptError, determination) = (nil, nil, nil, nil, nil)
      return
    }
    let b = sxy / sxx
    let a = my - b * mx
    // From the residuals themselves: syy − b sxy cancels where the line is good.
    let rest = points.reduce(0) { sum, point in
      let residual = (point.y - my) - b * (point.x - mx)
      return sum + residual * residual
    }
    (slope, intercept) = (b, a)
    determination = syy > 0 ? 1 - rest / syy : nil
    let variance = points.count > 2 ? rest / (n - 2) : nil
    slopeError = variance.map { ($0 / sxx).squareRoot() }
    interceptError = variance.map { ($0 * (1 / n + mx * mx / sxx)).squareRoot() }
  }

  /// The value of the line at x, in the units of y.
  package func height(at x: Double) -> Double? {
    guard let slope, let intercept else { return nil }
    let value = intercept + slope * (form.xIsLogarithm ? log(x) : x)
    return form.yIsLogarithm ? exp(value) : value
  }

  /// The line in words.
  package var words: String {
    let place = value.map { "\(form.group!) = \($0): " } ?? ""
    guard let slope, let intercept else {
      return
        "\(place)no line: \(count(runs, "run")) with both quantities, and two different \(form.x) are needed"
    }
    let meaning =
      form.yIsLogarithm && form.xIsLogarithm
      ? "exponent" : form.xIsLogarithm ? "factor of the logarithm" : "slope"
    let error = slopeError.map { " ± \(number($0, digits: 2))" } ?? ""
    let share = determination.map { ", R² \(number($0, digits: 6))" } ?? ""
    return
      "\(place)\(form.left) = \(number(intercept, digits: 6)) + b·\(form.right), \(meaning) b = \(number(slope, digits: 6))\(error) (standard error; \(count(runs, "run"))\(leftOut > 0 ? ", \(leftOut) without a value" : "")\(share))"
  }
}
