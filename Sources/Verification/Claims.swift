/// A part of the theory with its statements.
public struct ClaimSection: Sendable {
  /// What the statements are about.
  public let title: String
  /// In the order of the theory.
  public let claims: [Claim]
}

extension Claim {
  /// Every statement of the paper and every derived result, in the order of the theory.
  public static let sections: [ClaimSection] = [
    ClaimSection(
      title: "The landscape (Section 2)",
      claims: [
        rankConstrained, twoFactors, projectedLoss, principalComponents, networkToPair, pairToComponents,
        networkToComponents, eckartYoungMirsky, landscapeOfNetworks,
      ]),
    ClaimSection(
      title: "Flows of networks of any width (Section 3)",
      claims: [
        flowConverges, conservation, inducedFlow, endToEndFlow, singularValueFlow, rankInvariance,
        fullRankNetworks, lazyRate, lazyImpossible,
      ]),
    ClaimSection(
      title: "Networks one neuron wide on whitened data (Sections 3 and 4)",
      claims: [
        stableSet, convergence, uniqueMinimiser, lossSplit, lossDerivative, lossEvolutionAsPrinted,
        lossEvolutionAtUnitScale, boundedStableSet, farRate, nearRate, depthHelpsFarAway,
      ]),
    ClaimSection(
      title: "Derived results",
      claims: [
        sampleCompression, widthCompression, inputCoordinates, whitenedSubspace, exactRankOne, basin,
        basinBoundary, finalRate, exactDepthTwo, exactLambdaBalanced, exactAligned, exactDepthOne,
        signOfDeterminant,
        lossEvolution,
        sharpLossEvolution, bestConstants, turningTime, renewedBound, depthTwoBasin, levelCertificate,
        gradientInequality, levelRate,
        generalFinalRate, imbalanceRate, depthTwoFloor, tangentBall, almostEveryBalanced, inertiaRanks,
        strictOrNot,
      ]),
    ClaimSection(
      title: "Gradient descent (derived)",
      claims: [
        descentLowersLoss, curvatureAlongDescent, descentAlmostEvery, descentLevel, descentImbalanceRate,
        descentMarginRate, aroraDescent, sharpnessOfMinimiser, stabilityLimit, imbalanceStep, imbalanceDrift,
      ]),
  ]

  /// The statements of all ``sections``.
  public static let all: [Claim] = sections.flatMap(\.claims)

  /// The claims whose names contain a word between hyphens or at an end: "theorem-4.4" gives (38a) and (38b).
  public static func named(_ name: String) -> [Claim] {
    all.filter { "-\($0.id)-".contains("-\(name.lowercased())-") }
  }

  /// All statements as a Markdown table: name, source, statement, hypotheses, and what is known.
  public static var markdownTable: String {
    var lines = [
      "# Statements", "",
      "What `linnet verify` tries, written by `linnet verify --list --markdown`. Numbers are those of Eftekhari (2020); D1, D2, … are",
      "the results of [derived.md](derived.md). Of `--instances n` random instances a statement gets n, or n/10 where they need integration or",
      "eigenvalues. [verify.md](verify.md) says how to read a report and how to add a statement.", "",
    ]
    func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
    for section in sections {
      lines += [
        "## \(section.title)", "", "| name | source | statement | hypotheses | tried on | known |",
        "|---|---|---|---|---|---|",
      ]
      for claim in section.claims {
        let known = claim.expectation == .holds ? "holds" : "**fails**"
        let cells = [
          "`\(claim.id)`", claim.source, "\(claim.title): \(claim.formula)",
          claim.hypotheses.joined(separator: "; "),
          claim.cost == .light ? "n" : "n/10", known,
        ]
        lines.append("| " + cells.map(cell).joined(separator: " | ") + " |")
      }
      lines.append("")
    }
    return lines.dropLast().joined(separator: "\n") + "\n"
  }
}
