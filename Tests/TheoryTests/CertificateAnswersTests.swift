import LinearAlgebra
import LinearNetworks
import Testing
import Theory

@Suite struct CertificateAnswersTests {
  private let setting = Setting(target: .identity(1), start: .identity(1), depth: 2)

  private func claim(
    _ label: String, _ limit: Limit?, _ strength: Strength = .certain, rate: Double? = nil,
    decay: FinalDecay? = nil
  ) -> Claimed {
    Claimed(
      reference: Reference(label, .publication("a test"), "a claim", "what a test claims"),
      conclusion: Conclusion(
        "the words of \(label)", limit: limit, strength: strength,
        bound: rate.map { Bound(on: .gap, DecayCurve(points: [(0, 0)], rate: $0)) }, decay: decay))
  }

  private func answers(_ claims: Claimed...) -> CertificateAnswers {
    Certificate(setting, theorems: claims).answers
  }

  @Test func `where it goes is the strongest promise, with for which starts it holds`() {
    let proved = answers(claim("a", .globalMinimiser))
    #expect(proved.convergence.words.hasPrefix("Yes, to a global minimiser"))
    #expect(proved.convergence.theorems == ["a"] && proved.certainty.theorems == ["a"])
    #expect(proved.certainty.words.hasPrefix("Proved for exactly this start"))
    let almost = answers(claim("a", .globalMinimiser, .almostEvery))
    #expect(almost.convergence.words.hasPrefix("Yes, for almost every start like this one, "))
    #expect(almost.certainty.words.contains("measure zero"))
    #expect(answers(claim("a", .origin)).convergence.words == "Yes, to the origin, W = 0.")
    #expect(
      answers(claim("a", .saddle(kept: [1, 2]))).convergence.words.contains("singular directions 1–2 of"))
    #expect(
      answers(claim("a", .saddle(kept: nil))).convergence.words
        == "Yes, to a saddle, not to the global minimum.")
  }

  @Test func `where nothing names the limit the answers say so`() {
    let none = answers(claim("a", nil))
    #expect(none.convergence.words == "Not known: no theorem names the limit of exactly this start.")
    #expect(none.convergence.theorems.isEmpty && none.certainty.theorems.isEmpty)
    #expect(none.certainty.words.hasPrefix("Nothing is proved about the limit"))
    #expect(none.speed.words == "No time is promised.")
    // Convergence to some critical point is said nevertheless, by its own words.
    let some = Certificate(setting).finding("Bah (a)")
    let certificate = Certificate(setting, theorems: Catalogue.all.filter { $0.reference.label == "Bah (a)" })
    #expect(certificate.answers.convergence.theorems == ["Bah (a)"])
    #expect(certificate.answers.convergence.words.contains(some?.conclusion ?? "?"))
  }

  @Test func `how fast is the earliest bound for exactly this start, and the first law of the end`() {
    let two = answers(
      claim("slow", .globalMinimiser, rate: 1), claim("fast", .globalMinimiser, rate: 2),
      claim("law", nil, decay: .exponential(rate: 3, mode: "a mode")))
    // log(1e6)/2
    #expect(
      two.speed.words
        == "The loss gap is below 1e-6 (relative) by t = 6.908 at the latest. The words of law.")
    #expect(two.speed.theorems == ["fast", "law"])
    // The law of an end at a minimum is no answer where the flow is known to go elsewhere.
    let elsewhere = answers(
      claim("saddle", .saddle(kept: nil)), claim("law", nil, decay: .exponential(rate: 3, mode: "a mode")))
    #expect(elsewhere.speed.words == "No time is promised." && elsewhere.speed.theorems.isEmpty)
    // A bound for almost every start is no promise for this one.
    let almost = answers(claim("a", .globalMinimiser, .almostEvery, rate: 1))
    #expect(
      almost.speed.words == "No time is promised: a start near one of the exceptions may wait very long.")
    #expect(almost.speed.theorems.isEmpty)
  }

  @Test func `every answer on real settings names findings that apply, and fits a screen`() {
    let Z = Matrix.diagonal([3, 2, 1])
    for depth in 1...4 {
      for start in [
        Matrix.diagonal([1, 1, 0.5]), .diagonal([2.9, 2.1, 0.9]), .diagonal([-1, 1, 1]),
        .diagonal([1e-4, 1e-4, 1e-4]),
      ] {
        let certificate = Certificate(Setting(target: Z, start: start, depth: depth))
        let answers = certificate.answers
        for answer in [answers.convergence, answers.speed, answers.certainty] {
          #expect(answer.words.hasSuffix("."))
          for id in answer.theorems { #expect(certificate.finding(id)?.applies == true, "\(id)") }
        }
        #expect(certificate.summary.allSatisfy { $0.count <= 110 })
        let (speaking, silent) = certificate.others
        #expect(speaking + silent + (certificate.best == nil ? 0 : 1) == certificate.theorems.count)
      }
    }
  }
}
