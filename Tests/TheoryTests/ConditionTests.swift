import Testing
import Theory

@Suite struct ConditionTests {
  private let reference = Reference("Claim", .publication("a test"), "a claim", "what a test claims")

  private func condition(
    _ value: Double?, _ relation: Condition.Relation, _ limit: Double, error: Double = 0
  ) -> Condition {
    Condition("a quantity", "x", reference, value, relation, limit, error: error)
  }

  /// Why a theorem with these conditions is silent.
  private func reason(_ conditions: Condition...) -> String? {
    Claimed(conditions: conditions, conclusion: Conclusion("holds")).finding.reason
  }

  @Test func `each relation holds on its side of the limit and at the limit as written`() {
    let cases: [(Condition.Relation, below: Bool, at: Bool, above: Bool)] = [
      (.equal, false, true, false), (.atLeast, false, true, true), (.above, false, false, true),
      (.atMost, true, true, false), (.below, true, false, false),
    ]
    for (relation, below, at, above) in cases {
      #expect(condition(1, relation, 2).holds == below)
      #expect(condition(2, relation, 2).holds == at)
      #expect(condition(3, relation, 2).holds == above)
      // A value that is no number, or is not there, does not hold.
      #expect(condition(.nan, relation, 2).holds == false)
      #expect(condition(.nan, relation, 2, error: 1).holds == false)
      #expect(condition(nil, relation, 2).holds == false)
      #expect(condition(nil, relation, 2, error: 1).holds == false)
    }
    #expect(Condition("count", "N", reference, 3, .atLeast, 2).holds == true)
  }

  @Test func `within its error of the limit nobody can tell`() {
    for x in [1.9, 2, 2.1] {
      #expect(condition(x, .above, 2, error: 0.11).holds == nil)
      #expect(reason(condition(x, .above, 2, error: 0.11))?.hasPrefix("cannot tell whether x > 2") == true)
    }
    #expect(condition(1.8, .above, 2, error: 0.11).holds == false)
    #expect(condition(2.2, .above, 2, error: 0.11).holds == true)
  }

  @Test func `the failure shows a number that differs from the limit`() {
    #expect(reason(condition(3, .equal, 1)) == "needs x = 1: it is 3")
    #expect(reason(condition(0.99999999, .atLeast, 1)) == "needs x ≥ 1: it is 0.99999999")
    #expect(reason(condition(1 + .ulpOfOne, .atMost, 1)) == "needs x ≤ 1: it is 1.0000000000000002")
    #expect(reason(condition(1.00000004e-10, .atMost, 1e-10)) == "needs x ≤ 1e-10: it is 1.00000004e-10")
    #expect(reason(condition(nil, .below, 1)) == "needs x < 1: it does not exist")
    #expect(reason(condition(.nan, .below, 1)) == "needs x < 1: it does not exist")
  }

  @Test func `what certainly fails is said before what cannot be told, and all that holds is left out`() {
    let (holds, fails, unknown) = (
      condition(1, .equal, 1), condition(2, .equal, 1), condition(1, .below, 1, error: 0.1)
    )
    #expect(reason(holds) == nil)
    #expect(reason(holds, unknown, fails) == "needs x = 1: it is 2")
    #expect(reason(holds, unknown)?.hasPrefix("cannot tell") == true)
    #expect(reason(fails, fails) == "needs x = 1: it is 2; needs x = 1: it is 2")
  }
}
