import Foundation
import LinearAlgebra
import TestSupport
import Testing
import Theory

struct CertificateTests {
  private func subject(_ reference: ReferenceTrajectory) -> CertificateSubject {
    CertificateSubject(
      depth: reference.depth, bottleneck: 1, sampleCount: reference.sampleCount, whiteningDefect: 2e-16,
      target: reference.target, start: reference.start, relativeImbalance: 1e-16)
  }

  private func json(_ certificate: Certificate) throws -> [String: Any] {
    // JSONEncoder throws on NaN and infinities, so this also shows that there are none.
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(certificate))
    return try #require(object as? [String: Any])
  }

  private func expectPromisedKeys(_ certificate: Certificate) throws {
    let root = try json(certificate)
    func members(_ key: String) throws -> [String: Any] { try #require(root[key] as? [String: Any]) }
    let hypotheses = try #require(root["hypotheses"] as? [[String: Any]])
    #expect(hypotheses.allSatisfy { Set($0.keys).isSuperset(of: ["name", "equation", "value", "holds"]) })
    #expect(Set(try members("stableSet").keys).isSuperset(of: ["member", "alphaInterval"]))
    let rate = try members("rate")
    #expect(
      Set(rate.keys).isSuperset(of: [
        "applies", "reason", "alpha", "beta", "farExponent", "nearExponent", "timeToAccuracy",
      ]))
    let times = try #require(rate["timeToAccuracy"] as? [[String: Any]])
    #expect(times.count == 12)
    #expect(times.allSatisfy { Set($0.keys) == ["accuracy", "bound", "observed"] })
    #expect(Set(try members("basin").keys).isSuperset(of: ["coordinate", "limit"]))
    #expect(root.keys.contains("finalRate"))
    #expect(Set(try members("lazyRegime").keys).isSuperset(of: ["holds", "margin", "rate"]))
  }

  @Test(arguments: ReferenceTrajectory.all.map(\.name))
  func `the references are certified, and every bound holds at their times`(name: String) throws {
    let reference = ReferenceTrajectory.named(name)
    let certificate = Certificate(subject(reference))
    let spectrum = TargetSpectrum(reference.target)
    #expect(certificate.hypothesesHold)
    for (a, b) in zip(spectrum.singularValues, reference.singularValues) {
      #expect((a - b).magnitude <= 8 * .ulpOfOne * reference.singularValues[0])
    }
    let c0 = try #require(certificate.stableSet.coordinate)
    #expect((c0 - reference.alignment).magnitude <= 50 * .ulpOfOne)
    let p1 = try #require(certificate.basin.coordinate)
    #expect((p1.magnitude - reference.basinCoordinate.magnitude).magnitude <= 50 * .ulpOfOne)
    #expect(certificate.basin.limit == .target)
    let gamma = spectrum.gapRatio ?? 0
    #expect(certificate.stableSet.member == (reference.alignment > gamma))

    let k = reference.sampleCount * pow(reference.singularValues[0], 2 - 2 / Double(reference.depth))
    let scalar = min(reference.target.rows, reference.target.columns) == 1
    let expected = 2 * k * (scalar ? 1 : 1 - gamma)
    let finalRate = try #require(certificate.finalRate)
    #expect((finalRate - expected).magnitude <= 1e-13 * expected)

    let observed = ObservedTrajectory(
      times: reference.states.map(\.time),
      distancesSquared: reference.states.map { pow($0.distanceToTarget, 2) },
      scales: reference.states.map(\.scale),
      coordinates: reference.states.map { state in
        RankOneFlow(depth: reference.depth, sampleCount: reference.sampleCount, target: spectrum).coordinate(
          of: RankOneState(scale: state.scale, left: state.left, right: state.right))
      }, accuracy: 1e-14)
    let compared = certificate.comparing(with: observed)
    let observation = try #require(compared.observation)
    #expect(!observation.isViolated)
    if let bound = certificate.rate.bound {
      for state in reference.states {
        #expect(pow(state.distanceToTarget, 2) <= bound.distanceSquared(at: state.time) * (1 + 1e-13))
      }
    }
    // Scalar outputs have γ_Z = 0: the theorem applies. The matrices have c_0 < γ_Z or too large a γ_Z.
    #expect(certificate.rate.applies == scalar)
    #expect((certificate.rate.bound != nil) == scalar)
    try expectPromisedKeys(certificate)
    try expectPromisedKeys(compared)
  }

  @Test func `a certificate survives JSON, with null for what is absent`() throws {
    for reference in ReferenceTrajectory.all {
      let certificate = Certificate(subject(reference))
      let decoded = try JSONDecoder().decode(Certificate.self, from: JSONEncoder().encode(certificate))
      #expect(decoded == certificate)
    }
    let outside = Certificate(subject(.named("matrix-N2")))
    let root = try json(outside)
    let set = try #require(root["stableSet"] as? [String: Any])
    #expect(set["alphaInterval"] is NSNull)
    #expect(set["member"] as? Bool == false)
    #expect((root["basin"] as? [String: Any])?["limit"] as? String == "target")
    #expect(root["observation"] is NSNull)
  }

  @Test func `each failing hypothesis is named, and what still holds is said`() throws {
    let good = subject(.named("scalar-output-N3"))
    func changed(
      depth: Int = 3, bottleneck: Int = 1, defect: Double = 0, target: Matrix? = nil, start: Matrix? = nil,
      imbalance: Double = 0
    ) -> CertificateSubject {
      CertificateSubject(
        depth: depth, bottleneck: bottleneck, sampleCount: 50, whiteningDefect: defect,
        target: target ?? good.target, start: start ?? good.start, relativeImbalance: imbalance)
    }
    let square = Matrix.diagonal([1, 1])
    let cases: [(CertificateSubject, [String])] = [
      (changed(depth: 1), ["N"]),
      (changed(bottleneck: 3), ["r"]),
      (changed(defect: 1e-3), ["‖XXᵀ/m − I‖"]),
      (changed(defect: .nan), ["‖XXᵀ/m − I‖"]),
      (changed(imbalance: 0.5), ["max ‖D_j‖/max ‖W_j‖²"]),
      (changed(start: 0 * good.start), ["s_0"]),
      (changed(target: 0 * good.target), ["rank Z", "γ_Z"]),
      (changed(target: square, start: Matrix.diagonal([1, 0])), ["γ_Z"]),
      (changed(target: Matrix.diagonal([2, 1]), start: square), ["s_0"]),
    ]
    for (subject, failing) in cases {
      let certificate = Certificate(subject)
      #expect(certificate.hypotheses.filter { !$0.holds }.map(\.symbol) == failing)
      #expect(certificate.stableSet.member == nil)
      #expect(!certificate.rate.applies)
      #expect(certificate.basin.limit == nil)
      #expect(certificate.finalRate == nil)
      for symbol in failing { #expect(certificate.rate.reason?.contains(symbol) == true) }
      let holding = certificate.statements.filter(\.applies).map(\.equation)
      #expect(Set(holding).isSuperset(of: ["Theorem 2.7", "(15)", "Theorem 2.8"]))
      #expect(holding.contains("Lemma 3.3") == (subject.relativeImbalance <= 1e-10 && subject.depth >= 2))
      try expectPromisedKeys(certificate)
      #expect(!certificate.summaryLines.isEmpty)
    }
    #expect(Certificate(changed()).hypothesesHold)
  }

  @Test func `the lazy regime is certified at any width, but only for whitened data and balanced starts`() {
    let Z = Matrix.diagonal([2, 1])
    func lazy(defect: Double, imbalance: Double) -> LazyRegime {
      Certificate(
        CertificateSubject(
          depth: 2, bottleneck: 2, sampleCount: 10, whiteningDefect: defect, target: Z,
          start: Matrix.diagonal([2, 0.5]), relativeImbalance: imbalance)
      ).lazyRegime
    }
    #expect(lazy(defect: 0, imbalance: 0).holds == true)
    #expect(lazy(defect: 0, imbalance: 0).distanceRate == 5)
    #expect(lazy(defect: 0.1, imbalance: 0).holds == nil)
    #expect(lazy(defect: 0, imbalance: 0.1).holds == nil)
  }

  @Test func `certificates do not depend on the units of Z beyond the clock`() throws {
    var generator = SeededGenerator(seed: 71)
    for _ in 0..<200 {
      let instance = RankOneInstance.anywhere(using: &generator)
      let a = Certificate(instance.subject)
      var scaled = instance
      scaled.flow = RankOneFlow(
        depth: instance.flow.depth, sampleCount: instance.flow.sampleCount,
        target: TargetSpectrum(8 * instance.flow.target.matrix))
      scaled.start = RankOneState(
        scale: 8 * instance.start.scale, left: instance.start.left, right: instance.start.right)
      let b = Certificate(scaled.subject)
      #expect(a.basin.limit == b.basin.limit)
      #expect(a.stableSet.member == b.stableSet.member)
      #expect(a.rate.applies == b.rate.applies)
      let clock = pow(8, instance.flow.exponent)
      if let x = a.finalRate, let y = b.finalRate { #expect((y / x / clock - 1).magnitude < 1e-12) }
      if let x = a.rate.timeToAccuracy[5].bound, let y = b.rate.timeToAccuracy[5].bound, x > 0 {
        #expect((x / y / clock - 1).magnitude < 1e-10)
      }
    }
  }
}
