import Figures
import Foundation
import Prose

/// What is drawn of a sweep.
package struct SweepFigures {
  package let drawings: [(name: String, drawing: any Drawing)]

  /// Curves of one line figure at most: more cannot be told apart.
  private static let mostCurves = 6
  /// Phase diagrams that nobody asked for, at most.
  private static let mostDiagrams = 6
  /// The accuracy whose time stands for the run.
  package static let accuracy = "1e-6"

  /// - Parameters:
  ///   - table: the runs.
  ///   - theorems: of how many of them each theorem speaks.
  ///   - fits: each a figure.
  ///   - lines: quantities against parameters, `y~x` or `y~x|g`; empty for a choice.
  ///   - phases: pairs of parameters, `y~x`; empty for all.
  /// - Throws: `SweepError`.
  package init(
    _ table: SweepTable, theorems: [SweepSummary.TheoremShare], fits: [[SweepFit]], lines: [SweepFit.Form],
    phases: [SweepFit.Form]
  ) throws(SweepError) {
    var drawings: [(name: String, drawing: any Drawing)] = []
    let settings = table.grid.settings.filter { $0.values.count > 1 }
    let axes = settings.filter { $0.scale != .words }
    guard table.records.contains(where: { $0.run != nil }) else {
      self.drawings = []
      return
    }
    let chosen = try lines.isEmpty ? Self.choice(axes, settings, in: table) : lines
    for form in chosen {
      drawings.append((Self.name("lines", form), try Self.lines(form, in: table)))
    }
    var pairs: [(SweepParameter, SweepParameter)] = []
    if phases.isEmpty {
      for (i, first) in settings.enumerated() {
        for second in settings.dropFirst(i + 1) where pairs.count < Self.mostDiagrams {
          pairs.append((second, first))
        }
      }
    } else {
      for form in phases {
        func parameter(_ name: String) throws(SweepError) -> SweepParameter {
          if let found = table.grid.parameters.first(where: { $0.name == name }) { return found }
          let known = table.grid.parameters.map(\.name)
          throw .unknownQuantity(name: name, nearest: nearestName(to: name, among: known), known: known)
        }
        pairs.append((try parameter(form.x), try parameter(form.y)))
      }
    }
    for (x, y) in pairs {
      drawings.append(
        ("phase-\(Self.fileWord(y.name))-\(Self.fileWord(x.name))", Self.phase(x, y, in: table)))
    }
    drawings.append(("theorems", Self.shares(theorems, of: table)))
    for (k, group) in fits.enumerated() where group.contains(where: { $0.slope != nil }) {
      drawings.append(("fit-\(k + 1)", try Self.fit(group, in: table)))
    }
    self.drawings = drawings
  }

  private static func fileWord(_ name: String) -> String {
    String(name.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : "-" })
  }

  private static func name(_ kind: String, _ form: SweepFit.Form) -> String {
    "\(kind)-\(fileWord(form.y))-\(fileWord(form.x))\(form.group.map { "-" + fileWord($0) } ?? "")"
  }

  /// The time to the accuracy against every parameter with numbers, with a curve for each value of the parameter that has the fewest beside it.
  private static func choice(_ axes: [SweepParameter], _ settings: [SweepParameter], in table: SweepTable)
    throws(SweepError)
    -> [SweepFit.Form]
  {
    let quantity =
      try table.numbers("time_\(accuracy)").contains { $0 != nil } ? "time_\(accuracy)" : "end_time"
    var forms: [SweepFit.Form] = []
    for axis in axes {
      let others = settings.filter { $0.name != axis.name && $0.values.count <= mostCurves }
      let group = others.min { $0.values.count < $1.values.count }
      forms.append(try SweepFit.Form("\(quantity)~\(axis.name)\(group.map { "|\($0.name)" } ?? "")"))
    }
    return forms
  }

  // MARK: Words

  /// What an axis says of a quantity.
  package static func title(_ quantity: String) -> String {
    let parts = quantity.split(separator: "_", maxSplits: 1).map(String.init)
    if parts.count == 2, SweepTable.accuracies.contains(parts[1]) {
      switch parts[0] {
      case "time": return "time to \(formula(parts[1]))"
      case "promised": return "promised time to \(parts[1])"
      case "observed": return "observed time to \(parts[1])"
      default: break
      }
    }
    if quantity.hasPrefix(SweepTable.eventPrefix) {
      return "time of \(quantity.dropFirst(SweepTable.eventPrefix.count).replacing("_", with: " "))"
    }
    return quantity.replacing("_", with: " ")
  }

  /// The accuracy as a condition, which no line breaks.
  private static func formula(_ accuracy: String) -> String {
    "‖W − W*‖² ≤ \(accuracy) ‖W*‖²".replacing(" ", with: "\u{a0}")
  }

  private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  private static func subtitle(_ table: SweepTable) -> String {
    let missing = table.grid.count - table.records.count
    return "\(count(table.records.count, "run"))\(missing > 0 ? " of \(table.grid.count)" : ""): "
      + table.grid.parameters.map { "\($0.name) \($0.specification)" }.joined(separator: ", ")
  }

  // MARK: Lines

  /// The median of a quantity against a parameter, quartiles shaded, and the promised median dashed beside a time to an accuracy.
  static func lines(_ form: SweepFit.Form, in table: SweepTable) throws(SweepError) -> LineFigure {
    let y = try table.numbers(form.y)
    let x = try table.numbers(form.x)
    let groups: [String?] =
      try form.group.map { name throws(SweepError) in try table.texts(name) }
      ?? Array(repeating: nil, count: y.count)
    var values: [String] = []
    var places: [String: Int] = [:]
    for group in groups {
      let key = group ?? ""
      if places[key] == nil {
        places[key] = values.count
        values.append(key)
      }
    }
    let parts = form.y.split(separator: "_", maxSplits: 1).map(String.init)
    let promised: [Double?]? =
      if parts.count == 2, ["time", "observed"].contains(parts[0]), SweepTable.accuracies.contains(parts[1]) {
        try table.numbers("promised_\(parts[1])")
      } else {
        nil
      }
    var series: [LineFigure.Series] = []
    var bounds: [LineFigure.Series] = []
    var ribbons: [LineFigure.Ribbon] = []
    /// Everything that is drawn, by which the axis is chosen.
    var drawn: [Double] = []
    for (hue, value) in values.prefix(LineFigure.Dash.allCases.count + 1).enumerated() {
      var found: [Double: (seen: [Double], promised: [Double], count: Int)] = [:]
      for i in y.indices where (groups[i] ?? "") == value {
        guard let place = x[i] else { continue }
        found[place, default: ([], [], 0)].count += 1
        if let seen = y[i], seen.isFinite { found[place]!.seen.append(seen) }
        if let time = promised?[i], time.isFinite { found[place]!.promised.append(time) }
      }
      let abscissas = found.keys.sorted()
      let medians = abscissas.map { found[$0]!.seen.isEmpty ? .nan : quantile(0.5, found[$0]!.seen) }
      drawn += medians
      let name = form.group.map { "\($0) \(label(value))" } ?? (promised == nil ? "median" : "observed")
      series.append(.init(name, style: .line(.solid), hue: hue, x: abscissas, y: medians))
      if abscissas.count <= 30 {
        series.append(.init("", style: .markers, hue: hue, x: abscissas, y: medians))
      }
      if abscissas.contains(where: { found[$0]!.seen.count > 1 }) {
        let quartiles = abscissas.filter { !found[$0]!.seen.isEmpty }.map {
          (x: $0, low: quantile(0.25, found[$0]!.seen), high: quantile(0.75, found[$0]!.seen))
        }
        drawn += quartiles.flatMap { [$0.low, $0.high] }
        ribbons.append(.init(hue: hue, spans: quartiles.map { .init($0.x, $0.low, $0.high) }))
      }
      // A promise for a few of the starts says nothing of the median of all.
      if promised != nil, abscissas.contains(where: { 2 * found[$0]!.promised.count > found[$0]!.count }) {
        let promises = abscissas.map {
          2 * found[$0]!.promised.count > found[$0]!.count ? quantile(0.5, found[$0]!.promised) : .nan
        }
        drawn += promises
        bounds.append(
          .init(
            values.count == 1 ? "promised" : "", style: .bound(.dashed), hue: hue, x: abscissas, y: promises))
      }
    }
    let finite = drawn.filter(\.isFinite)
    let isLogarithmic = finite.min().map { $0 > 0 && finite.max()! > 8 * $0 } ?? false
    let parameter = table.grid.parameters.first { $0.name == form.x }
    let left = values.count - LineFigure.Dash.allCases.count - 1
    return LineFigure(
      title: capitalised(title(form.y)) + " against \(form.x)", subtitle: subtitle(table),
      horizontalAxis: .init(
        form.x, scale: parameter?.scale == .logarithmic || form.xIsLogarithm ? .logarithmic : .linear,
        leastStep: parameter?.numbers?.allSatisfy { $0 == $0.rounded() } == true ? 1 : 0),
      verticalAxis: .init(title(form.y), scale: isLogarithmic || form.yIsLogarithm ? .logarithmic : .linear),
      series: series + bounds, ribbons: ribbons,
      caption:
        "Solid: the median over all runs with these values; shaded: their quartiles."
        + (bounds.isEmpty
          ? ""
          : " Dashed: the median of the times promised before the run, where more than half of the starts have one.")
        + (left > 0 ? " \(left) more values of \(form.group!) are not drawn." : ""))
  }

  /// A quantile of numbers, between neighbours by their distance.
  package static func quantile(_ q: Double, _ values: [Double]) -> Double {
    let sorted = values.sorted()
    let place = q * Double(sorted.count - 1)
    let i = min(Int(place), sorted.count - 1)
    let j = min(i + 1, sorted.count - 1)
    return sorted[i] + (place - Double(i)) * (sorted[j] - sorted[i])
  }

  // MARK: Phases

  private enum Outcome: Int, CaseIterable {
    case minimiser, minimiserUntimed, minimiserAlmost, saddle, origin, other, silent, failed

    var kind: PhaseDiagram.Kind {
      switch self {
      case .minimiser: .init("global minimiser", .shaded(hue: 0))
      case .minimiserUntimed: .init("minimiser, time not bounded", .flat(hue: 2))
      case .minimiserAlmost: .init("minimiser, almost surely", .flat(hue: 4))
      case .saddle: .init("saddle", .shaded(hue: 1))
      case .origin: .init("W = 0", .shaded(hue: 3))
      case .other: .init("no limit", .shaded(hue: 6))
      case .silent: .init("no promise", .grey)
      case .failed: .init("no run", .blank)
      }
    }
  }

  /// Where the runs went, beside where they were promised to go.
  static func phase(_ x: SweepParameter, _ y: SweepParameter, in table: SweepTable) -> PhaseDiagram {
    func place(_ parameter: SweepParameter) -> [String: Int] {
      Dictionary(uniqueKeysWithValues: parameter.values.enumerated().map { ($1, $0) })
    }
    let (columns, rows) = (place(x), place(y))
    var groups: [Int: [RunRecord]] = [:]
    for record in table.records {
      groups[
        rows[record.parameters[y.name]!]! * x.values.count + columns[record.parameters[x.name]!]!, default: []
      ]
      .append(record)
    }
    let k = SweepTable.accuracies.firstIndex(of: accuracy)!
    func cells(_ outcome: (RunRecord) -> (Outcome, Double?)) -> [PhaseDiagram.Cell] {
      groups.sorted { $0.key < $1.key }.map { place, records in
        var times: [Outcome: [Double]] = [:]
        var counts: [Outcome: Int] = [:]
        for record in records {
          let (kind, time) = outcome(record)
          counts[kind, default: 0] += 1
          if let time, time.isFinite { times[kind, default: []].append(time) }
        }
        return PhaseDiagram.Cell(
          column: place % x.values.count, row: place / x.values.count,
          shares: Outcome.allCases.compactMap { kind in
            counts[kind].map {
              PhaseDiagram.Share(
                kind: kind.rawValue, fraction: Double($0) / Double(records.count),
                time: times[kind].map { quantile(0.5, $0) })
            }
          })
      }
    }
    let observed = cells { record in
      guard let run = record.run else { return (.failed, nil) }
      switch run.limit {
      case "globalMinimiser":
        return (.minimiser, run.distance.count > k ? run.distance[k] ?? run.time : run.time)
      case "saddle": return (.saddle, run.time)
      case "origin": return (.origin, run.time)
      default: return (.other, run.time)
      }
    }
    let promised = cells { record in
      guard let run = record.run else { return (.failed, nil) }
      let time = run.promised.count > k ? run.promised[k] : nil
      switch (run.promisedLimit, run.strength) {
      case ("globalMinimiser", "certain"): return (time == nil ? .minimiserUntimed : .minimiser, time)
      case ("globalMinimiser", _): return (.minimiserAlmost, nil)
      case ("saddle", _): return (.saddle, time)
      case ("origin", _): return (.origin, time)
      default: return (.silent, nil)
      }
    }
    return PhaseDiagram(
      title: "Where the runs go: \(y.name) and \(x.name)", subtitle: subtitle(table),
      horizontalAxis: .init(x.name, labels: x.values.map(label)),
      verticalAxis: .init(y.name, labels: y.values.map(label)),
      panels: [.init("observed", cells: observed), .init("promised", cells: promised)],
      kinds: Outcome.allCases.map(\.kind),
      caption:
        "A cell shows the shares of its runs. Shade: of runs to a global minimiser the median time to \(formula(accuracy)), "
        + "of others that of their end; of promises the time to \(accuracy) that the strongest one bounds.")
  }

  private static func label(_ value: String) -> String {
    guard value.count > 6, let x = Double(value) else { return value }
    return number(x, digits: 3)
  }

  // MARK: Theorems

  /// Of how many of the starts each theorem speaks.
  static func shares(_ theorems: [SweepSummary.TheoremShare], of table: SweepTable) -> ShareFigure {
    let n = Double(table.records.count { $0.run != nil })
    return ShareFigure(
      title: "Where the theorems speak", subtitle: subtitle(table),
      bars: theorems.map {
        .init("\($0.title), \($0.theorem)", share: Double($0.speaks) / n, part: Double($0.namesTheLimit) / n)
      }, axisTitle: "share of starts",
      caption:
        "Light: starts whose conditions the theorem accepts. Dark: those of them for which it names the limit of exactly this start."
    )
  }

  // MARK: Fits

  /// The runs as dots, and the fitted lines.
  static func fit(_ fits: [SweepFit], in table: SweepTable) throws(SweepError) -> LineFigure {
    let form = fits[0].form
    let y = try table.numbers(form.y)
    let x = try table.numbers(form.x)
    let groups = try form.group.map { name throws(SweepError) in try table.texts(name) }
    var series: [LineFigure.Series] = []
    for (hue, fit) in fits.filter({ $0.slope != nil }).prefix(mostCurves).enumerated() {
      let points = y.indices.compactMap { i -> LineFigure.Point? in
        guard groups == nil || groups![i] == fit.value, let a = x[i], let b = y[i], a.isFinite, b.isFinite
        else {
          return nil
        }
        return .init(a, b)
      }.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
      series.append(.init("", style: .dots, hue: hue, points: points))
      let ends = points.map(\.x).filter { !form.xIsLogarithm || $0 > 0 }
      guard let a = ends.first, let b = ends.last else { continue }
      let line = (0...100).compactMap { k -> LineFigure.Point? in
        let share = Double(k) / 100
        let place = form.xIsLogarithm ? a * pow(b / a, share) : a + (b - a) * share
        return fit.height(at: place).map { .init(place, $0) }
      }
      series.append(
        .init(fit.value.map { "\(form.group!) \($0)" } ?? "fit", style: .line(.solid), hue: hue, points: line)
      )
    }
    return LineFigure(
      title: "\(form.left) against \(form.right)", subtitle: subtitle(table),
      horizontalAxis: .init(form.x, scale: form.xIsLogarithm ? .logarithmic : .linear),
      verticalAxis: .init(title(form.y), scale: form.yIsLogarithm ? .logarithmic : .linear), series: series,
      caption:
        "Dots: runs. Lines: least squares, \(form.left) = a + b·\(form.right), with the standard error of b. "
        + fits.prefix(mostCurves).compactMap { fit in
          fit.slope.map { slope in
            let place = fit.value.map { "\(form.group!) \(label($0)): " } ?? ""
            let error = fit.slopeError.map { " ± \(number($0, digits: 2))" } ?? ""
            return "\(place)b = \(number(slope))\(error)".replacing(" ", with: "\u{a0}")
          }
        }.joined(separator: "; ") + ".")
  }
}
