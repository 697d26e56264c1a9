/// Everything that a certificate asks: one line a theorem, in the order in which they are shown.
public enum Catalogue {
  /// All theorems about gradient flow.
  public static let all: [any Theorem] = rankOne + anyWidth

  /// Those that bound the loss gap or the distance for all later times, and are worth asking again along a run.
  public static let rates: [any Theorem] = [
    NonLocalRateTheorem(), LevelRateTheorem(), ImbalanceRate(), DepthTwoRate(), TangentBall(),
  ]

  /// All theorems about gradient descent with steps of one size.
  public static let descent: [any Theorem] = [
    DescentImbalanceRate(), DescentMarginRate(), AroraDescent(), DescentLevelCertificate(),
    DescentAlmostEvery(), DescentToCriticalPoint(), ImbalanceDrift(), StabilityTheorem(),
  ]

  /// Those that speak of layers near their limit: asked at the end of a run.
  public static let limits: [any Theorem] = [FinalRateAtLimit()]

  /// One neuron wide, whitened, balanced.
  static let rankOne: [any Theorem] = [
    StableSetConvergence(), NonLocalRateTheorem(), ExactBasinTheorem(), FinalRateTheorem(),
  ]

  /// Every width.
  static let anyWidth: [any Theorem] = [
    DepthOneTheorem(), DepthTwoBasin(), LevelRateTheorem(), BalancedFinalRateTheorem(), ImbalanceRate(),
    DepthTwoRate(),
    TangentBall(), LazyRegime(), LevelCertificate(), Reach(), AlmostEveryBalanced(), AlmostEveryUnbalanced(),
    DepthTwoAlmostEvery(), CriticalPointConvergence(), RankConservation(), WidthCompression(), Conservation(),
    GlobalMinimumTheorem(), SecondOrderTheorem(),
  ]
}
