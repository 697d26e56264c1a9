extension Claim {
  /// Every statement of the paper and every derived result, in the order of the theory.
  public static let all: [Claim] = landscape + flows + rankOne + derived

  /// Section 2.
  static let landscape: [Claim] = [
    rankConstrained, twoFactors, projectedLoss, principalComponents, networkToPair, pairToComponents,
    networkToComponents, eckartYoungMirsky, landscapeOfNetworks,
  ]

  /// Section 3, any width.
  static let flows: [Claim] = [
    flowConverges, conservation, inducedFlow, endToEndFlow, singularValueFlow, rankInvariance, fullRankNetworks,
    lazyRate, lazyImpossible,
  ]

  /// Sections 3 and 4, one neuron wide.
  static let rankOne: [Claim] = [
    stableSet, convergence, uniqueMinimiser, lossSplit, lossDerivative, lossEvolutionAsPrinted,
    lossEvolutionAtUnitScale, boundedStableSet, farRate, nearRate, depthHelpsFarAway,
  ]

  /// Documentation/derived.md.
  static let derived: [Claim] = [
    sampleCompression, widthCompression, inputCoordinates, whitenedSubspace, exactRankOne, basin, basinBoundary, finalRate, exactDepthTwo, exactAligned, exactDepthOne, signOfDeterminant,
    lossEvolution, sharpLossEvolution, bestConstants, turningTime, renewedBound,
  ]

  /// The claims whose names contain a word between hyphens or at an end: "theorem-4.4" gives (38a) and (38b).
  public static func named(_ name: String) -> [Claim] {
    all.filter { "-\($0.id)-".contains("-\(name.lowercased())-") }
  }
}
