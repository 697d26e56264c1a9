import Figures
import Foundation
import Landscape
import LinearAlgebra
import LinearNetworks
import Theory
import Training

/// How often which theorem speaks, and how close its promises are: on the bundled tables and on random problems.
struct CertificateStudy {
  /// A start of practice or of the theory, with its name on the command line.
  struct NamedStart {
    let name: String
    let start: Start
    var isRandom = true

    static let all: [NamedStart] =
      [
        NamedStart(name: "random", start: .random(norm: 1)),
        NamedStart(name: "angle 30°", start: .angle(degrees: 30, norm: 1)),
        NamedStart(name: "aligned", start: .aligned(norm: 1), isRandom: false),
        NamedStart(name: "unbalanced", start: .unbalanced(scale: 1)),
      ]
      + [Initialization.orthogonal, .identity, .zeroAsymmetric, .xavier, .kaiming, .pytorch].map {
        NamedStart(
          name: $0.rawValue, start: .layers($0, scale: 1),
          isRandom: ![.identity, .zeroAsymmetric].contains($0))
      } + [NamedStart(name: "small", start: .layers(.small, scale: 1e-3))]
  }

  /// What came of a start.
  struct Case {
    let data, preparation, start: String
    let depth: Int
    /// A theorem names the limit; a theorem bounds the gap or the distance for all times.
    let (namesLimit, hasRate): (Bool, Bool)
    /// The theorems that apply.
    let applying: [String]
    /// nil where no run was made.
    var run: Observed?

    struct Observed {
      /// It ended at a global minimiser that is not the only level.
      let arrived: Bool
      let wasCertain: Bool
      let endedInTime: Bool
      let violations: [String]
      /// Promised over observed time to 1e-6, of the earliest promise made before the run.
      let ratio: Double?
      /// The same by theorem.
      let ratios: [(id: String, ratio: Double)]
    }
  }

  /// A squared relative accuracy of 1e-6.
  private static let accuracy = 1e-6
  /// A run that takes longer counts as not ended.
  private static let seconds = 2.0

  private(set) var tables: [Case] = []
  private(set) var random: [Case] = []

  // MARK: Trying

  /// - Parameters:
  ///   - seeds: of the random starts on the tables.
  ///   - runs: how many of these are run.
  ///   - problems: random problems for each start.
  init(seeds: Int = 20, runs: Int = 2, problems: Int = 1000) throws {
    for (name, make) in Self.sources {
      for preparation in Preparation.allCases {
        let problem = try make(preparation)
        for depth in 1...5 {
          for start in NamedStart.all {
            for seed in 1...(start.isRandom ? seeds : 1) {
              let widths = Self.widths(problem, depth: depth, hidden: min(problem.inputs, problem.outputs))
              // Larger data are run once.
              let isRun = seed <= (problem.inputs > 30 ? 1 : runs)
              if let one = try Self.examine(
                problem, widths: widths, start, seed: UInt64(seed), isRun: isRun,
                labels: (name, preparation.rawValue))
              {
                tables.append(one)
              }
            }
          }
        }
        FileHandle.standardError.write(Data("\(name), \(preparation.rawValue): \(tables.count) cases\n".utf8))
      }
    }
    for start in NamedStart.all {
      var generator = SeededGenerator(seed: 20)
      for seed in 1...problems {
        let (problem, widths) = Self.randomProblem(&generator)
        if let one = try Self.examine(
          problem, widths: widths, start, seed: UInt64(seed), isRun: seed % 5 == 0, labels: ("random", "–"))
        {
          random.append(one)
        }
      }
      FileHandle.standardError.write(Data("random problems, \(start.name): \(random.count) cases\n".utf8))
    }
  }

  private static let sources: [(String, @Sendable (Preparation) throws -> Problem)] = [
    (
      "tobacco",
      { p in
        try BundledData.problem("tobacco", preparation: p) {
          ["burn_rate", "sugar", "nicotine"].contains($0)
        }
      }
    ),
    ("diabetes", { p in try BundledData.problem("diabetes", preparation: p) { $0 == "progression" } }),
    ("digits", { p in try BundledData.problem("digits", preparation: p) { $0.hasPrefix("is_") } }),
    (
      "linnerud",
      { p in
        try BundledData.problem("linnerud", preparation: p) { ["Weight", "Waist", "Pulse"].contains($0) }
      }
    ),
    (
      "teacher of rank 2",
      { p in
        let data = SyntheticData.teacher(rank: 2, noise: 0.1, samples: 60, inputs: 8, outputs: 4, seed: 3)
          .samples
        return try prepared(data.inputs, data.outputs, p)
      }
    ),
    (
      "ill-conditioned",
      { p in
        let data = SyntheticData.teacher(rank: 3, noise: 0.02, samples: 40, inputs: 6, outputs: 3, seed: 5)
          .samples
        return try prepared(data.inputs.scalingRows(by: [10, 5, 2, 1, 0.5, 0.2]), data.outputs, p)
      }
    ),
  ]

  private static func prepared(_ X: Matrix, _ Y: Matrix, _ preparation: Preparation) throws -> Problem {
    var compression = SampleCompression(columns: X.rows + Y.rows)
    compression.append(X.appendingRows(Y).transpose)
    return try PreparedProblem(
      compression, inputs: (0..<X.rows).map { NamedColumn(column: $0, name: "x\($0)") },
      outputs: (0..<Y.rows).map { NamedColumn(column: X.rows + $0, name: "y\($0)") },
      preparation: preparation
    ).problem
  }

  private static func widths(_ problem: Problem, depth N: Int, hidden: Int) -> [Int] {
    [problem.inputs] + Array(repeating: hidden, count: N - 1) + [problem.outputs]
  }

  /// Up to six inputs and outputs, hidden layers of up to eight units, depth up to five; half of them whitened.
  private static func randomProblem(_ generator: inout SeededGenerator) -> (Problem, [Int]) {
    func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    let (dx, dy, N) = (integer(1...6), integer(1...6), integer(1...5))
    let m = dx + integer(5...30)
    let X = Matrix.gaussian(dx, m, using: &generator)
    let Y = Matrix.gaussian(dy, dx, using: &generator) * X + 0.3 * Matrix.gaussian(dy, m, using: &generator)
    let problem =
      integer(0...1) == 0
      ? Problem(inputs: X, outputs: Y)
      : Problem(
        target: (1 / Double(m)) * Matrix.product(Y, .plain, X, .transposed), sampleCount: m)
    return (problem, [dx] + (1..<max(N, 1)).map { _ in integer(1...8) } + [dy])
  }

  private static func examine(
    _ problem: Problem, widths: [Int], _ start: NamedStart, seed: UInt64, isRun: Bool,
    labels: (data: String, preparation: String)
  ) throws -> Case? {
    guard let network = try? start.start.network(for: problem, widths: widths, seed: seed) else { return nil }
    let promise = CertificateReport(problem: problem, start: network)
    let applying = promise.certificate.theorems.filter(\.applies)
    var found = Case(
      data: labels.data, preparation: labels.preparation, start: start.name, depth: widths.count - 1,
      namesLimit: applying.contains { $0.limit != nil }, hasRate: applying.contains { $0.bound != nil },
      applying: applying.map(\.id))
    guard isRun else { return found }
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    options.maximumSeconds = seconds
    let run = TrainingRun(problem: problem, start: network, options: options)
    let outcome = run.run()
    let report = TrainingReport(run: run, outcome: outcome, promise: promise, prepared: nil)
    let ratios = report.observations.filter { $0.from == 0 }.compactMap { o -> (id: String, ratio: Double)? in
      guard let pair = o.timeToAccuracy.first(where: { $0.accuracy <= 1.01 * accuracy }),
        let promised = pair.promised, let observed = pair.observed, observed > 0
      else { return nil }
      return (o.id, promised / observed)
    }
    found.run = Case.Observed(
      arrived: outcome.verdict.kind == .globalMinimiser && outcome.ending.meansConvergence
        && Setting(problem: problem, start: network).lowestLevel != nil && widths.count > 2,
      wasCertain: report.certainty != nil, endedInTime: outcome.ending.meansConvergence,
      violations: report.observations.filter(\.isViolated).map(\.id), ratio: ratios.map(\.ratio).min(),
      ratios: ratios)
    return found
  }

  // MARK: Telling

  /// The page of the documentation.
  var markdown: String {
    let starts = NamedStart.all.map(\.name)
    let violated = (tables + random).compactMap(\.run).flatMap(\.violations)
    var text = """
      # How far the promises reach

      What `linnet certify` can say before a run, and how close it comes, tried by `make certificates`. Shares are of all starts of a kind:

      - **(a)** a theorem names the limit before the run;
      - **(b)** a theorem bounds the loss gap or the distance for all times, before the run;
      - **(c)** of the runs that end at a global minimiser with a saddle level above it, those in which D14 was certain before the end;
      - **(d)** promised over observed time to a squared relative accuracy of 1e-6: median (largest), of the earliest promise made before the run. One layer, where D9 is exact, makes most medians
        1: the table by depth shows the others.

      What is left silent in (a): unbalanced deep networks whose imbalances keep too little rank (D20 then says from which rank on), balanced ones that are unbalanced on the range of a singular X, and exact structure
      that no theorem covers.

      A run that did not end within \(short(Self.seconds)) s of processor time counts in (a) and (b) only: \(share(tables.compactMap(\.run), \.endedInTime)) of the runs on tables ended. Promises broken, of all \((tables + random).compactMap(\.run).count) runs: **\(violated.count)**\(violated.isEmpty ? "" : " (\(Set(violated).sorted().joined(separator: ", ")))").

      ## On tables

      Tobacco (3 targets), diabetes, digits (ten indicators), linnerud (3 targets) and two generated sets of 4 and 3 targets (`SyntheticData.teacher`, the second with inputs of scales 10 to 0.2), as they are, centred, standardised and whitened; hidden
      layers as wide as the smaller of inputs and outputs. Random starts with 20 seeds, two of which are run (digits: one).


      """
    text += rows("start", starts, tables, \.start)
    text += "\n" + rows("data", Self.sources.map(\.0), tables, \.data)
    text += "\n" + rows("preparation", Preparation.allCases.map(\.rawValue), tables, \.preparation)
    text += "\n" + rows("depth", (1...5).map(String.init), tables) { "\($0.depth)" }
    text += """

      ## On random problems

      1,000 for each start: up to six inputs and outputs, hidden layers of one to eight units each, depth one to five, half of them whitened; every fifth is run.


      """
    text += rows("start", starts, random, \.start)
    text += "\n" + theoremTable
    text += """

      ![Promised over observed time, by theorem](../images/certificates.svg)

      A ratio near 1 is a promise that the run just kept. Theorems without a time (D13, D19, D20, …) name the limit only; their waiting time is not bounded.

      """
    return text
  }

  private func share(_ runs: [Case.Observed], _ holds: (Case.Observed) -> Bool) -> String {
    runs.isEmpty ? "–" : percent(Double(runs.filter(holds).count) / Double(runs.count))
  }

  private func percent(_ x: Double) -> String {
    x > 0.995 && x < 1 ? "> 99 %" : "\(Int((100 * x).rounded())) %"
  }

  private func rows(_ title: String, _ keys: [String], _ cases: [Case], _ key: (Case) -> String) -> String {
    var lines = ["| \(title) | starts | (a) | (b) | runs | (c) | (d) |", "|---|---|---|---|---|---|---|"]
    for k in keys {
      let own = cases.filter { key($0) == k }
      let runs = own.compactMap(\.run)
      let ratios = runs.compactMap(\.ratio).sorted()
      let d = ratios.isEmpty ? "–" : "\(short(ratios[ratios.count / 2])) (\(short(ratios.last!)))"
      lines.append(
        "| \(k) | \(own.count) | \(percent(Double(own.filter(\.namesLimit).count) / Double(max(own.count, 1)))) | "
          + "\(percent(Double(own.filter(\.hasRate).count) / Double(max(own.count, 1)))) | \(runs.count) | "
          + "\(share(runs.filter(\.arrived), \.wasCertain)) | \(d) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// How often each theorem speaks, by start.
  private var theoremTable: String {
    let ids = Catalogue.all.map(\.reference.label).filter { id in random.contains { $0.applying.contains(id) }
    }
    let starts = NamedStart.all.map(\.name)
    var lines = [
      "| theorem | " + starts.joined(separator: " | ") + " |",
      "|---" + String(repeating: "|---", count: starts.count) + "|",
    ]
    for id in ids {
      let cells = starts.map { start in
        let own = random.filter { $0.start == start }
        let count = own.filter { $0.applying.contains(id) }.count
        return count == 0 ? "" : percent(Double(count) / Double(own.count))
      }
      lines.append("| \(id) | " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The sorted ratios of each theorem against their rank.
  var figure: LineFigure {
    var byTheorem: [String: [Double]] = [:]
    for (id, ratio) in (random + tables).compactMap(\.run).flatMap(\.ratios) {
      byTheorem[id, default: []].append(ratio)
    }
    let series = byTheorem.filter { $0.value.count >= 20 }.sorted { $0.key < $1.key }.map { id, ratios in
      let sorted = ratios.sorted()
      let count = min(sorted.count, 200)
      func place(_ k: Int) -> Int { k * (sorted.count - 1) / max(count - 1, 1) }
      return LineFigure.Series(
        id, x: (0..<count).map { Double(place($0) + 1) / Double(sorted.count) },
        y: (0..<count).map { sorted[place($0)] })
    }
    return LineFigure(
      title: "Promised over observed time", subtitle: "to a squared relative accuracy of 1e-6, of all runs",
      horizontalAxis: .init("share of runs with a smaller ratio", scale: .linear),
      verticalAxis: .init("promised / observed time", scale: .logarithmic), series: series,
      caption:
        "Each curve is a theorem of the certificate; 1 is a promise just kept, and nothing lies below it. Random problems and tables of the page."
    )
  }
}
