import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing
import Theory

struct CertificateTests {
  private func json(_ value: some Encodable) throws -> [String: Any] {
    // JSONEncoder throws on NaN and infinities, so this also shows that there are none.
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
    return try #require(object as? [String: Any])
  }

  private func expectPromisedKeys(_ certificate: Certificate) throws {
    let root = try json(certificate)
    #expect(Set(root.keys) == ["theorems", "best", "conclusion"])
    let theorems = try #require(root["theorems"] as? [[String: Any]])
    #expect(theorems.count == Catalogue.all.count)
    for theorem in theorems {
      #expect(
        Set(theorem.keys) == [
          "id", "title", "source", "conditions", "applies", "reason", "conclusion", "limit", "kept",
          "strength",
          "quantities", "on", "from", "timeToAccuracy", "curve", "finalRate", "finalMode", "finalPower",
        ])
      for condition in try #require(theorem["conditions"] as? [[String: Any]]) {
        #expect(
          Set(condition.keys) == ["quantity", "name", "reference", "value", "relation", "limit", "holds"])
      }
      for quantity in try #require(theorem["quantities"] as? [[String: Any]]) {
        #expect(Set(quantity.keys) == ["symbol", "name", "value"])
      }
      let times = try #require(theorem["timeToAccuracy"] as? [[String: Any]])
      #expect(times.count == (theorem["on"] is NSNull ? 0 : 12))
      #expect(times.allSatisfy { Set($0.keys) == ["accuracy", "bound"] })
      #expect(theorem["applies"] as? Bool == (theorem["reason"] is NSNull))
      #expect(theorem["conclusion"] is NSNull == !(theorem["reason"] is NSNull))
    }
  }

  private func expectPromisedKeys(_ observation: Observation) throws {
    let root = try json(observation)
    #expect(
      Set(root.keys) == [
        "id", "on", "from", "count", "undecided", "tightestMargin", "violations", "timeToAccuracy",
        "promisedRate",
        "measuredRate",
        "limitReached",
      ])
    let times = try #require(root["timeToAccuracy"] as? [[String: Any]])
    #expect(times.allSatisfy { Set($0.keys) == ["accuracy", "promised", "observed"] })
  }

  @Test(arguments: ReferenceTrajectory.all.map(\.name))
  func `the references are certified, and every bound holds at their times`(name: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let certificate = Certificate(reference.setting)
    func theorem(_ id: String) throws -> Finding { try #require(certificate.finding(id)) }
    let spectrum = TargetSpectrum(reference.target)
    for (a, b) in zip(spectrum.singularValues, reference.singularValues) {
      #expect((a - b).magnitude <= 8 * .ulpOfOne * reference.singularValues[0])
    }
    let gamma = spectrum.gapRatio ?? 0
    let stable = try theorem("Theorem 3.8")
    let (basin, final, rate) = try (theorem("D5"), theorem("D6"), theorem("Theorem 4.4"))
    #expect(basin.conditions.allSatisfy { $0.holds == true })
    let surplus = try #require(stable.conditions.first { $0.quantity == "c_0 − γ_Z" }?.value)
    #expect((surplus + gamma - reference.alignment).magnitude <= 50 * .ulpOfOne)
    #expect(stable.applies == (reference.alignment > gamma))
    let p1 = try #require(basin.quantity("p_1"))
    #expect((p1.magnitude - reference.basinCoordinate.magnitude).magnitude <= 50 * .ulpOfOne)
    #expect(basin.limit == .globalMinimiser && basin.strength == .certain)
    #expect(certificate.strongest?.limit == .globalMinimiser)

    let k = reference.sampleCount * pow(reference.singularValues[0], 2 - 2 / Double(reference.depth))
    let scalar = min(reference.target.rows, reference.target.columns) == 1
    let expected = 2 * k * (scalar ? 1 : 1 - gamma)
    guard case .exponential(let finalRate, _) = final.decay else {
      Issue.record("no final rate")
      return
    }
    #expect((finalRate - expected).magnitude <= 1e-13 * expected)

    let unit = spectrum.leadingValue * spectrum.leadingValue
    let values = reference.states.map { state in
      let (d, error) = (state.distanceToTarget, 1e-14 * state.scale)
      return ObservedTrajectory.Value(d * d / unit, error: (2 * d * error + error * error) / unit)
    }
    let observations = certificate.observations(
      along: ObservedTrajectory(
        times: reference.states.map(\.time), gaps: values, distances: values, limit: "globalMinimiser"))
    #expect(observations.map(\.id) == certificate.theorems.filter(\.showsInARun).map(\.id))
    #expect(observations.allSatisfy { !$0.isViolated })
    if let bound = rate.bound {
      for state in reference.states {
        #expect(pow(state.distanceToTarget, 2) <= unit * bound.curve.value(at: state.time) * (1 + 1e-13))
      }
    }
    // Scalar outputs have γ_Z = 0: the theorem applies. The matrices have c_0 < γ_Z or too large a γ_Z.
    #expect(rate.applies == scalar)
    #expect((rate.bound != nil) == scalar)
    // The earliest promise of a scalar output is that of Theorem 4.4, or of the deficiency margin for a close start.
    let bounded = certificate.theorems.filter { $0.bound != nil }
    let earliest = bounded.min { $0.bound!.curve.time(to: 1e-12)! < $1.bound!.curve.time(to: 1e-12)! }
    #expect(certificate.best == (scalar ? earliest?.id : stable.applies ? "Theorem 3.8" : "D5"))
    try expectPromisedKeys(certificate)
    for observation in observations { try expectPromisedKeys(observation) }
  }

  @Test func `a certificate survives JSON, with null for what is absent`() throws {
    for reference in ReferenceTrajectory.all {
      let certificate = Certificate(reference.setting)
      let decoded = try JSONDecoder().decode(Certificate.self, from: JSONEncoder().encode(certificate))
      #expect(decoded == certificate)
    }
    let outside = Certificate(ReferenceTrajectory.named("matrix-N2").setting)
    let theorems = try #require(try json(outside)["theorems"] as? [[String: Any]])
    let stable = try #require(theorems.first { $0["id"] as? String == "Theorem 3.8" })
    #expect(stable["applies"] as? Bool == false && stable["limit"] is NSNull && stable["curve"] is NSNull)
    let basin = try #require(theorems.first { $0["id"] as? String == "D5" })
    #expect(basin["limit"] as? String == "globalMinimiser" && basin["kept"] is NSNull)
    #expect(basin["strength"] as? String == "certain")
    // A target with σ_1 = σ_2 and a small start without structure: no theorem names the limit.
    let small = Matrix(rows: [[0.01, 0.003], [0.001, 0.01]])
    let silent = Certificate(Setting(target: .identity(2), start: small, depth: 3))
    #expect(try json(silent)["best"] is NSNull)
  }

  @Test func `every kind of promise survives JSON`() throws {
    let curve = DecayCurve(points: [(0.5, 1), (1, 0.25), (1, -3)], rate: 2)
    let conclusions = [
      Conclusion(
        "a", limit: .saddle(kept: [1, 3]), strength: .almostEvery,
        decay: .power(exponent: 1.5, coefficient: 0.25)),
      Conclusion("b", limit: .saddle(kept: nil), bound: Bound(on: .gap, curve)),
      Conclusion("c", limit: .origin, decay: .exponential(rate: 3, mode: "size")),
      Conclusion("d", quantities: [Quantity("x", "no number", .nan), Quantity("y", "one", 1)]),
    ]
    for conclusion in conclusions {
      let finding = Claimed(conclusion: conclusion).finding
      let decoded = try JSONDecoder().decode(Finding.self, from: JSONEncoder().encode(finding))
      #expect(decoded == finding)
      #expect(decoded.limit == conclusion.limit && decoded.decay == conclusion.decay)
      #expect(decoded.bound?.curve == conclusion.bound?.curve)
    }
    let kept = try json(Claimed(conclusion: conclusions[0]).finding)
    #expect(kept["kept"] as? [Int] == [1, 3] && kept["strength"] as? String == "almostEvery")
    #expect((kept["finalPower"] as? [String: Double]) == ["exponent": 1.5, "coefficient": 0.25])
    #expect(try json(Claimed(conclusion: conclusions[1]).finding)["from"] as? Double == 0.5)
    #expect(Claimed(conclusion: conclusions[3]).finding.quantity("x") == nil)
    // An unknown word is refused instead of read as no limit.
    var wrong = kept
    wrong["limit"] = "elsewhere"
    let data = try JSONSerialization.data(withJSONObject: wrong)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Finding.self, from: data) }
  }

  private let rankOne = ["Theorem 3.8", "Theorem 4.4", "D5", "D6"]

  @Test func `each failing hypothesis is named, and what still holds is said`() throws {
    let good = ReferenceTrajectory.named("scalar-output-N3").setting
    let (m, Z, W0) = (good.problem.sampleCount, good.problem.crossCovariance, good.matrix)
    let root = Double(m).squareRoot()
    // XXᵀ/m = diag(1.001, 1, …).
    let nearlyWhite = Problem(
      sampleCount: m,
      inputFactor: .diagonal([root * 1.001.squareRoot()] + Array(repeating: root, count: Z.columns - 1)),
      crossFactor: root * Z.transpose, irreducible: 0)
    var layers = good.start.layers
    layers[0] = 2 * layers[0]
    let square = Matrix.diagonal([1, 1])
    let imbalance = "‖D_j‖/‖W_j‖²"
    let cases: [(Setting, [String])] = [
      (Setting(target: Z, start: W0, depth: 1, samples: m), ["N"]),
      (Setting(target: Matrix.diagonal([3, 2, 1]), start: Matrix.diagonal([1, 0, 0]), depth: 3), ["r"]),
      (Setting(problem: nearlyWhite, start: good.start), ["‖XXᵀ/c − I‖"]),
      (Setting(problem: good.problem, start: LinearNetwork(layers: layers)), [imbalance]),
      (Setting(target: Z, start: 0 * W0, depth: 3), ["s_0"]),
      (Setting(target: 0 * Z, start: W0, depth: 3), ["rank Z", "γ_Z"]),
      (Setting(target: square, start: Matrix.diagonal([1, 0]), depth: 3, width: 1), ["γ_Z"]),
      (Setting(target: Matrix.diagonal([2, 1]), start: square, depth: 3), ["r"]),
    ]
    for (setting, failing) in cases {
      let certificate = Certificate(setting)
      for id in rankOne {
        let finding = try #require(certificate.finding(id))
        #expect(!finding.applies && finding.limit == nil && finding.bound == nil && finding.decay == nil)
        // (28) has one condition of its own.
        let conditions = finding.conditions.filter { $0.quantity != "c_0 − γ_Z" }
        #expect(conditions.filter { $0.holds != true }.map(\.quantity) == failing)
        for symbol in failing { #expect(finding.reason?.contains(symbol) == true, "\(symbol)") }
      }
      let holding = Set(certificate.theorems.filter(\.applies).map(\.id))
      #expect(holding.contains("Theorem 2.7"))
      #expect(holding.contains("(15)") == (setting.depth >= 2))
      #expect(holding.contains("Theorem 2.8") == (setting.targetRank >= setting.bottleneck))
      #expect(holding.contains("Lemma 3.3") == (!failing.contains(imbalance) && setting.depth >= 2))
      try expectPromisedKeys(certificate)
      #expect(certificate.lines.count >= 4)
      #expect(certificate.lines.allSatisfy { $0.count <= 110 })
    }
    let certificate = Certificate(good)
    #expect(rankOne.allSatisfy { certificate.finding($0)?.applies == true })
  }

  @Test func `the lazy regime is certified at any width, but only for whitened data and balanced starts`()
    throws
  {
    let good = Setting(target: Matrix.diagonal([2, 1]), start: Matrix.diagonal([2, 0.5]), depth: 2)
    func lazy(_ problem: Problem, _ start: LinearNetwork) throws -> Finding {
      try #require(Certificate(problem: problem, start: start).finding("(39)"))
    }
    // Margin 1/2, N = 2, m = 10: ‖Z − W‖² falls at twice 10·(1/2)^1.
    let finding = try lazy(good.problem, good.start)
    #expect((try #require(finding.bound?.curve.rate) - 10).magnitude <= 1e-13)
    let stretched = Problem(
      sampleCount: 10, inputFactor: .diagonal([3.3, 3]), crossFactor: .diagonal([6, 3]), irreducible: 0)
    #expect(try !lazy(stretched, good.start).applies)
    let unbalanced = LinearNetwork(layers: [1.1 * good.start.layers[0], (1 / 1.1) * good.start.layers[1]])
    #expect(try !lazy(good.problem, unbalanced).applies)
  }

  @Test func `certificates do not depend on the units of Z beyond the clock`() throws {
    var generator = SeededGenerator(seed: 71)
    for _ in 0..<200 {
      let instance = RankOneInstance.anywhere(using: &generator)
      let a = Certificate(instance.setting)
      var scaled = instance
      scaled.flow = RankOneFlow(
        depth: instance.flow.depth, sampleCount: instance.flow.sampleCount,
        target: TargetSpectrum(8 * instance.flow.target.matrix))
      scaled.start = RankOneState(
        scale: 8 * instance.start.scale, left: instance.start.left, right: instance.start.right)
      let b = Certificate(scaled.setting)
      let clock = pow(8, instance.flow.exponent)
      for (x, y) in zip(a.theorems, b.theorems) {
        #expect(x.applies == y.applies && x.limit == y.limit)
        if case .exponential(let p, _) = x.decay, case .exponential(let q, _) = y.decay {
          #expect((q / p / clock - 1).magnitude < 1e-12)
        }
        if let p = x.bound?.curve.time(to: 1e-6), let q = y.bound?.curve.time(to: 1e-6), p > 0 {
          #expect((p / q / clock - 1).magnitude < 1e-10)
        }
      }
    }
  }

  @Test func `inputs that are white up to a factor, or carry no data, change the clock and nothing else`()
    throws
  {
    let reference = ReferenceTrajectory.named("scalar-output-N3").setting
    let (m, Z) = (reference.problem.sampleCount, reference.problem.crossCovariance)
    let root = 2 * Double(m).squareRoot()
    // XXᵀ = 4m on the inputs of the reference and 0 on one more, with weights that no sample sees.
    var scales = Array(repeating: root, count: Z.columns)
    scales.append(0)
    let problem = Problem(
      sampleCount: m, inputFactor: .diagonal(scales),
      crossFactor: root * Z.transpose.appendingRows(Matrix(zeros: 1, Z.rows)), irreducible: 0)
    var layers = reference.start.layers
    layers[0] = layers[0].appendingColumns(Matrix(1, 1) { _, _ in 0.7 })
    let (a, b) = (
      Certificate(reference), Certificate(problem: problem, start: LinearNetwork(layers: layers))
    )
    for (x, y) in zip(a.theorems, b.theorems) where x.id != "Theorem 2.8" {
      #expect(x.applies == y.applies && x.limit == y.limit, "\(x.id)")
      if case .exponential(let p, _) = x.decay, case .exponential(let q, _) = y.decay {
        #expect((q / p / 4 - 1).magnitude < 1e-12)
      }
      if let p = x.bound?.curve.time(to: 1e-6), let q = y.bound?.curve.time(to: 1e-6) {
        #expect((p / q / 4 - 1).magnitude < 1e-12)
      }
    }
    #expect(b.finding("Theorem 2.8")?.applies == false)
  }

  @Test(arguments: ReferenceTrajectory.extreme.map(\.name))
  func `networks of ten thousand layers and starts of every size have a certificate`(name: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let certificate = Certificate(reference.setting)
    try expectPromisedKeys(certificate)
    #expect(
      try JSONDecoder().decode(Certificate.self, from: JSONEncoder().encode(certificate)) == certificate)
    #expect(certificate.lines.allSatisfy { $0.count <= 110 })
    let basin = try #require(certificate.finding("D5"))
    #expect(basin.applies || basin.reason != nil)
    if let p = basin.quantity("p_1") {
      #expect((p.magnitude - reference.basinCoordinate.magnitude).magnitude <= 200 * .ulpOfOne)
    }
    // The last state of the file is the limit where the file comes to one.
    if let last = reference.states.last, last.distanceToTarget < 1e-6 * last.scale {
      #expect(basin.limit == .globalMinimiser)
    }
  }

  @Test(arguments: [1, 2, 3])
  func `inputs that are all zero promise nothing but that every network is a minimiser`(depth: Int)
    throws
  {
    let problem = Problem(inputs: Matrix(zeros: 2, 4), outputs: Matrix(1, 4) { _, j in Double(j) })
    var generator = SeededGenerator(seed: 1)
    let widths = [2] + Array(repeating: 2, count: depth - 1) + [1]
    let start = LinearNetwork(
      layers: zip(widths.dropFirst(), widths).map { .gaussian($0, $1, using: &generator) })
    let certificate = Certificate(problem: problem, start: start)
    // There is one level, and nothing to fall: no bound and no rate.
    #expect(certificate.theorems.allSatisfy { $0.limit == nil || $0.limit == .globalMinimiser })
    #expect(certificate.theorems.allSatisfy { $0.bound == nil && $0.decay == nil })
  }
}

extension Finding {
  /// Whether it promises something that a trajectory can show.
  fileprivate var showsInARun: Bool { bound != nil || decay != nil || limit != nil }
}
