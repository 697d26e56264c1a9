import ExactFlows
import Integration
import Landscape
import LinearAlgebra
import LinearNetworks
import Prose

/// The method a run uses, and why.
public struct MethodChoice: Sendable {
  /// The method that is used, never `auto`.
  public let method: TrainingOptions.Method
  /// Why, in one sentence.
  public let reason: String

  /// Up to this ratio of fastest to slowest rate explicit steps are cheaper (tuned: the two break even between 200 and 600, Documentation/decisions/stepping.md).
  static let stiffnessLimit = 300.0

  /// Explicit steps after which `auto` goes on with the implicit method: as many as cost what a whole implicit run does (tuned). One that waits on a
  /// plateau with its fast directions at rest needs millions, which the stiffness at the minimiser does not show.
  static let explicitStepLimit = 5_000

  /// Whether a closed form was asked for that does not exist; `reason` then says why, and another method stands in.
  public let lacksClosedForm: Bool

  /// Chooses for `auto` (and where a closed form was asked for that does not exist), and otherwise says that the method was asked for.
  ///
  /// A closed form comes first. The stiffness is λ_max/λ_min⁺ of ∇²L_N at the balanced global minimiser: where every run that succeeds spends its time.
  init(options: TrainingOptions, exactCase: ExactCase, problem: Problem, widths: [Int]) {
    let choosesAmongAll = options.method == .auto || options.method == .exact
    guard choosesAmongAll else {
      (method, reason, lacksClosedForm) = (options.method, "asked for", false)
      return
    }
    switch exactCase {
    case .solved(let solution, _):
      (method, reason, lacksClosedForm) = (.exact, solution.summary, false)
    case .unsolved(let obstacle):
      let stepping = MethodChoice.stepping(problem, widths: widths)
      (method, reason) = (stepping.method, "\(obstacle); \(stepping.reason)")
      lacksClosedForm = options.method == .exact
    }
  }

  /// The cheaper of explicit and implicit steps.
  private static func stepping(
    _ problem: Problem, widths: [Int]
  ) -> (method: TrainingOptions.Method, reason: String) {
    let rank = widths.min()!
    let minimum = GlobalMinimum(of: problem, rank: rank)
    let parameters = NetworkShape(widths: widths).parameterCount
    guard parameters <= HessianSpectrum.largestDenseOrder,
      minimum.minimiser.frobeniusNorm > 0,
      let limit = try? LinearNetwork.balanced(factoring: minimum.minimiser, widths: widths)
    else {
      return (
        .cvode,
        "the implicit method is safe whatever the stiffness, which is not worth measuring for \(parameters) unknowns"
      )
    }
    let targetRank = minimum.minimiser.singularValueDecomposition.rank()
    if widths.count > 2, targetRank < rank {
      return (
        .cvode,
        "directions in which there is nothing to learn (rank \(rank) for a target of rank \(targetRank)) vanish ever more slowly, which takes the growing steps of the implicit method"
      )
    }
    let spectrum = HessianSpectrum(
      of: NetworkLoss(problem: problem, widths: widths), at: limit.parameters, resolution: 0)
    // Directions in which the loss is flat (the symmetries of the factorisation) do not move.
    let flat = 1e-10 * spectrum.largest
    let slowest = spectrum.lowest.first { $0 > flat } ?? spectrum.largest
    let ratio = spectrum.largest / slowest
    let stiff = ratio > MethodChoice.stiffnessLimit
    return (
      stiff ? .cvode : .erk,
      "at the global minimiser the fastest rate is \(number(ratio, digits: 3)) times the slowest, "
        + (stiff ? "more" : "not more")
        + " than the \(number(stiffnessLimit)) up to which explicit steps are cheaper"
    )
  }
}

extension TrainingOptions.Method {
  /// The method as the integrator takes it; `auto` and `exact`, which do not step, stand for the one that is always safe.
  func integrationMethod(localTolerance: Double, step: Double?) -> any IntegrationMethod {
    switch self {
    case .erk: DormandPrince(relativeTolerance: localTolerance)
    case .euler: ExplicitEuler(step: step!)
    case .cvode, .auto, .exact: CVODE(relativeTolerance: localTolerance)
    }
  }
}
