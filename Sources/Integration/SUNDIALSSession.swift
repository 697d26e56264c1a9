import CSUNDIALS

/// What the solvers of SUNDIALS share: a context, the state vector and the callbacks from C into the vector field.
///
/// A step is accepted when its error is at most 1 in `ErrorNorm`.
///
/// Open to the benchmarks, which compare methods of SUNDIALS that are not offered here.
@_spi(SUNDIALS) public final class SUNDIALSSession {
  let field: any VectorField
  /// The field with its derivative, for implicit solvers; nil for explicit ones.
  let differentiable: (any DifferentiableVectorField)?
  /// The same, if it has a preconditioner.
  public let preconditioned: (any PreconditionedVectorField)?
  let events: Events
  let errorNorm: ErrorNorm
  var work = Work()
  /// Asked in every callback of a step.
  var isInterrupted: () -> Bool = { false }
  private var isStepping = false
  /// Whether a callback of the last step has been answered by yes: then the flags of the solver mean nothing else.
  private(set) var wasInterrupted = false
  /// The unit of the solver's time: it is given dy/dτ = unit·f(y).
  var timeUnit = 1.0
  /// The times of the last evaluations of the field, and where their results stand until the solver needs the places again.
  var lastEvaluations: (latest: Evaluation?, before: Evaluation?)
  typealias Evaluation = (time: Double, result: UnsafeMutablePointer<Double>)

  public private(set) var context: SUNContext!
  /// y.
  public let vector: N_Vector
  /// Of an implicit solver; freed here, after the solver.
  public var linearSolver: SUNLinearSolver?
  /// Of a method that does not use Newton's iteration; freed here, after the solver.
  public var nonlinearSolver: SUNNonlinearSolver?

  /// For an explicit solver.
  public convenience init(
    _ field: any VectorField, _ state: [Double], _ events: Events, relativeTolerance: Double
  ) {
    self.init(field, differentiable: nil, state, events, relativeTolerance: relativeTolerance)
  }

  /// For an implicit solver.
  public convenience init(
    implicitly field: any DifferentiableVectorField, _ state: [Double], _ events: Events,
    relativeTolerance: Double
  ) {
    self.init(field, differentiable: field, state, events, relativeTolerance: relativeTolerance)
  }

  private init(
    _ field: any VectorField, differentiable: (any DifferentiableVectorField)?, _ state: [Double],
    _ events: Events, relativeTolerance: Double
  ) {
    precondition(
      state.count == field.dimension, "a state of \(state.count) entries in \(field.dimension) dimensions")
    (self.field, self.events) = (field, events)
    errorNorm = ErrorNorm(field, relativeTolerance: relativeTolerance)
    self.differentiable = differentiable
    preconditioned = differentiable as? any PreconditionedVectorField
    precondition(SolverLibrary.problem == nil, SolverLibrary.problem!)
    var made: SUNContext?
    let flag = SUNContext_Create(nil, &made)
    precondition(flag == 0, "SUNContext_Create returned \(flag)")
    context = made
    vector = N_VNew_Serial(sunindextype(state.count), made)
    useVectorisedOperations(vector)
    let y = N_VGetArrayPointer(vector)!
    for (i, x) in state.enumerated() { y[i] = x }
  }

  deinit {
    if let linearSolver { SUNLinSolFree(linearSolver) }
    if let nonlinearSolver { SUNNonlinSolFree(nonlinearSolver) }
    N_VDestroy(vector)
    SUNContext_Free(&context)
  }

  var state: UnsafeMutablePointer<Double> { N_VGetArrayPointer(vector) }

  /// ‖y‖/‖f(y)‖: the time in which the state changes by its own size (1 where that is not a positive number).
  var timeScale: Double {
    let y = Array(UnsafeBufferPointer(start: state, count: field.dimension))
    let f = field(y)
    let ratio = y.withUnsafeBufferPointer(length) / f.withUnsafeBufferPointer(length)
    return ratio > 0 && ratio.isFinite ? ratio : 1
  }
  public var userData: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  /// Whether the step is to be given up.
  func looksUp() -> Bool {
    guard isStepping else { return false }
    if !wasInterrupted { wasInterrupted = isInterrupted() }
    return wasInterrupted
  }

  /// One step; only within it can it be interrupted, not in the evaluations of dense output.
  func step(_ evolve: () -> Int32) -> Int32 {
    (isStepping, wasInterrupted) = (true, false)
    defer { isStepping = false }
    return evolve()
  }

  /// Rates in units of the solver's time.
  func scale(_ rates: UnsafeMutablePointer<Double>) {
    for i in 0..<field.dimension { rates[i] *= timeUnit }
  }

  static func of(_ userData: UnsafeMutableRawPointer?) -> SUNDIALSSession {
    Unmanaged<SUNDIALSSession>.fromOpaque(userData!).takeUnretainedValue()
  }
}

/// What a callback returns in a session that it does not serve, or that is interrupted: the solver gives up at once.
private let sundialsNeverAgain: Int32 = -1

/// f(y). A result that is not finite is recoverable (> 0): the solver tries a smaller step.
@_spi(SUNDIALS) public func sundialsRightHandSide(
  _ t: Double, _ y: N_Vector?, _ f: N_Vector?, _ data: UnsafeMutableRawPointer?
)
  -> Int32
{
  let session = SUNDIALSSession.of(data)
  if session.looksUp() { return sundialsNeverAgain }
  let result = N_VGetArrayPointer(f)!
  session.field.evaluate(N_VGetArrayPointer(y), into: result)
  session.scale(result)
  session.work.evaluations += 1
  session.lastEvaluations = ((t, result), session.lastEvaluations.latest)
  return isFinite(result, session.field.dimension) ? 0 : 1
}

@_spi(SUNDIALS) public func sundialsErrorWeights(
  _ y: N_Vector?, _ weights: N_Vector?, _ data: UnsafeMutableRawPointer?
) -> Int32 {
  let norm = SUNDIALSSession.of(data).errorNorm
  let w = N_VGetArrayPointer(weights)!
  // The solvers' norm is a mean over all entries.
  let root = Double(N_VGetLength(y)).squareRoot()
  for (block, tolerance) in zip(norm.blocks, norm.tolerances(at: N_VGetArrayPointer(y))) {
    let weight = root / tolerance
    for i in block { w[i] = weight }
  }
  return 0
}

func sundialsRoots(
  _ t: Double, _ y: N_Vector?, _ g: UnsafeMutablePointer<Double>?, _ data: UnsafeMutableRawPointer?
) -> Int32 {
  let events = SUNDIALSSession.of(data).events
  events.evaluate(N_VGetArrayPointer(y), g!)
  // The solvers give up where a quantity is zero at a time and at the next; what has come to zero has passed it. (Products of two quantities tell signs, and must not underflow.)
  for i in 0..<events.count where g![i] == 0 { g![i] = -1e-150 }
  return 0
}

@_spi(SUNDIALS) public func sundialsLinearize(
  _ t: Double, _ y: N_Vector?, _ f: N_Vector?, _ data: UnsafeMutableRawPointer?
) -> Int32 {
  let session = SUNDIALSSession.of(data)
  guard let field = session.differentiable, !session.looksUp() else { return sundialsNeverAgain }
  field.linearize(at: N_VGetArrayPointer(y))
  return 0
}

@_spi(SUNDIALS) public func sundialsJacobianProduct(
  _ v: N_Vector?, _ product: N_Vector?, _ t: Double, _ y: N_Vector?, _ f: N_Vector?,
  _ data: UnsafeMutableRawPointer?, _ scratch: N_Vector?
) -> Int32 {
  let session = SUNDIALSSession.of(data)
  guard let field = session.differentiable, !session.looksUp() else { return sundialsNeverAgain }
  field.applyJacobian(N_VGetArrayPointer(v), into: N_VGetArrayPointer(product))
  session.scale(N_VGetArrayPointer(product))
  session.work.jacobianProducts += 1
  return 0
}

/// Prepares at y unless the solver says that the last preparation still serves (`jok`); γ may change at any time.
@_spi(SUNDIALS) public func sundialsPreparePreconditioner(
  _ t: Double, _ y: N_Vector?, _ f: N_Vector?, _ isCurrent: Int32,
  _ wasPrepared: UnsafeMutablePointer<Int32>?, _ gamma: Double, _ data: UnsafeMutableRawPointer?
) -> Int32 {
  let session = SUNDIALSSession.of(data)
  if session.looksUp() { return sundialsNeverAgain }
  wasPrepared?.pointee = isCurrent == 0 ? 1 : 0
  if isCurrent == 0 { session.preconditioned?.preparePreconditioner(at: N_VGetArrayPointer(y)) }
  return 0
}

@_spi(SUNDIALS) public func sundialsApplyPreconditioner(
  _ t: Double, _ y: N_Vector?, _ f: N_Vector?, _ r: N_Vector?, _ z: N_Vector?, _ gamma: Double,
  _ delta: Double,
  _ side: Int32, _ data: UnsafeMutableRawPointer?
) -> Int32 {
  let session = SUNDIALSSession.of(data)
  if session.looksUp() { return sundialsNeverAgain }
  // I − γ·(unit·J).
  session.preconditioned?.applyPreconditioner(
    N_VGetArrayPointer(r), gamma: gamma * session.timeUnit, into: N_VGetArrayPointer(z))
  return 0
}

/// The solvers' own messages are not printed: what a user needs is in ``Termination``.
@_spi(SUNDIALS) public func sundialsSilence(
  _ code: Int32, _ module: UnsafePointer<CChar>?, _ function: UnsafePointer<CChar>?,
  _ message: UnsafeMutablePointer<CChar>?, _ data: UnsafeMutableRawPointer?
) {}

/// What a negative flag of CVODE or ARKODE (they agree) means for the run.
func sundialsTermination(flag: Int32, time: Double, step: Double) -> Termination {
  switch flag {
  case CV_TOO_MUCH_ACC, CV_ERR_FAILURE, CV_CONV_FAILURE: .stepSizeUnderflow(time: time, step: step)
  case -8, -9, CV_REPTD_RHSFUNC_ERR, CV_UNREC_RHSFUNC_ERR: .nonFiniteState(time: time)
  default: .solverFailure(time: time, message: "SUNDIALS returned flag \(flag)")
  }
}
