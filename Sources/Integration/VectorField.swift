/// The right-hand side of an autonomous differential equation dy/dt = f(y).
///
/// A class, because fields own the buffers of their intermediate results; one instance serves one thread.
public protocol VectorField: AnyObject {
  /// Entries of y.
  var dimension: Int { get }

  /// f(y), written to `derivative`; both have `dimension` entries.
  func evaluate(_ y: UnsafePointer<Double>, into derivative: UnsafeMutablePointer<Double>)

  /// Parts of y whose errors are measured in norm, relative to the norm of the part; together they cover y.
  var blocks: [Range<Int>] { get }

  /// The norm below which a part of y need not be resolved relatively: where the state may start at zero.
  var negligibleNorm: Double { get }
}

extension VectorField {
  public var blocks: [Range<Int>] { [0..<dimension] }
  public var negligibleNorm: Double { 0 }

  /// f(y) as a new array.
  public func callAsFunction(_ y: [Double]) -> [Double] {
    precondition(y.count == dimension, "a state of \(y.count) entries in \(dimension) dimensions")
    return [Double](unsafeUninitializedCapacity: dimension) { f, n in
      y.withUnsafeBufferPointer { evaluate($0.baseAddress!, into: f.baseAddress!) }
      n = dimension
    }
  }
}

/// A vector field that knows its derivative, as implicit methods need it.
public protocol DifferentiableVectorField: VectorField {
  /// Fixes the point at which ``applyJacobian(_:into:)`` is taken; no other value is asked for in between.
  func linearize(at y: UnsafePointer<Double>)

  /// J v with J = ∂f/∂y at the point of the last ``linearize(at:)``.
  func applyJacobian(_ v: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>)
}

/// A differentiable vector field that can solve (I − γJ) z = r approximately, as iterative solvers of implicit methods need it for badly scaled problems.
public protocol PreconditionedVectorField: DifferentiableVectorField {
  /// Prepares for the point y; asked for again only when the point has moved enough to matter.
  func preparePreconditioner(at y: UnsafePointer<Double>)

  /// Writes an approximation of (I − γJ)^{−1} r.
  func applyPreconditioner(
    _ r: UnsafePointer<Double>, gamma: Double, into z: UnsafeMutablePointer<Double>)
}
