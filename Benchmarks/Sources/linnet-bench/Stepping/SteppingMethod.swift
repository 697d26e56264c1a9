import CSUNDIALS
import Foundation
import Integration
import LinearAlgebra
import LinearNetworks

/// A method of the comparison under its name.
struct SteppingMethod: Sendable {
  let name: String
  /// The family, which the figures show by a stroke of its own.
  let isImplicit: Bool
  /// Whether its states between the steps are less accurate than those at their ends, so that it has to step onto the output times.
  var landsOnOutputs = false
  let method: @Sendable (_ relativeTolerance: Double) -> any IntegrationMethod

  static let all = [
    SteppingMethod(name: "cvode: BDF 1–5", isImplicit: true) { CVODE(relativeTolerance: $0) },
    SteppingMethod(name: "DIRK 3(2), ARK324L2SA", isImplicit: true, landsOnOutputs: true) {
      SteppingCandidate.implicit(ARKODE_ARK324L2SA_DIRK_4_2_3)(relativeTolerance: $0)
    },
    SteppingMethod(name: "DIRK 4(3), ARK436L2SA", isImplicit: true, landsOnOutputs: true) {
      SteppingCandidate.implicit(ARKODE_ARK436L2SA_DIRK_6_3_4)(relativeTolerance: $0)
    },
    SteppingMethod(name: "DIRK 5(4), ESDIRK547L2SA2", isImplicit: true, landsOnOutputs: true) {
      SteppingCandidate.implicit(ARKODE_ESDIRK547L2SA2_7_4_5)(relativeTolerance: $0)
    },
    SteppingMethod(name: "erk: Dormand–Prince 5(4)", isImplicit: false) {
      DormandPrince(relativeTolerance: $0)
    },
    SteppingMethod(name: "Verner 6(5)", isImplicit: false, landsOnOutputs: true) {
      SteppingCandidate.explicit(ARKODE_VERNER_8_5_6)(relativeTolerance: $0)
    },
    SteppingMethod(name: "Fehlberg 8(7)", isImplicit: false, landsOnOutputs: true) {
      SteppingCandidate.explicit(ARKODE_FEHLBERG_13_7_8)(relativeTolerance: $0)
    },
    SteppingMethod(name: "Adams 1–12", isImplicit: false) {
      SteppingCandidate.adams(relativeTolerance: $0)
    },
  ]

  /// One integration of a problem, for at most `limit` seconds of processor time.
  func integrated(_ problem: SteppingProblem, relativeTolerance: Double, limit: Double) -> SteppingResult {
    let loss = NetworkLoss(problem: problem.problem, widths: problem.start.widths)
    let states = TimedStates(loss, limit: limit)
    let begun = Clock.processor.now
    let stepper = method(relativeTolerance).start(
      GradientFlow(loss), from: problem.start.parameters, at: 0, events: .none)
    var ending = Termination.reachedFinalTime
    for times in landsOnOutputs ? problem.times.map({ [$0] }) : [problem.times]
    where ending == .reachedFinalTime {
      ending = integrate(stepper, outputTimes: times, finalTime: times.last!, observer: states)
    }
    let time = Clock.processor.now - begun
    return SteppingResult(
      states: states.matrices, work: stepper.work, seconds: time, ending: ending,
      reached: stepper.time / problem.times.last!)
  }
}

/// What an integration came to.
struct SteppingResult {
  let states: [Matrix]
  let work: Work
  let seconds: Double
  let ending: Termination
  /// The fraction of the time.
  let reached: Double

  var isComplete: Bool { ending == .reachedFinalTime }
}

/// W at the output times, until the limit of processor time.
private final class TimedStates: IntegrationObserver {
  private let loss: NetworkLoss
  private let deadline: Double
  private var steps = 0
  private(set) var matrices: [Matrix] = []

  init(_ loss: NetworkLoss, limit: Double) {
    (self.loss, deadline) = (loss, Clock.processor.now + limit)
  }

  func output(time: Double, state: UnsafePointer<Double>) { matrices.append(loss.endToEndMatrix(state)) }
  func event(_ occurrence: EventOccurrence) {}
  func stepped(_ stepper: any Stepper) -> Bool {
    steps += 1
    // Asking for the time takes a part of a step of the smallest problems.
    return steps % 100 != 0 || Clock.processor.now < deadline
  }
}
