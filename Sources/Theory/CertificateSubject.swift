import LinearAlgebra

/// What a certificate is about: a problem, a depth and a start.
public struct CertificateSubject: Sendable {
  /// N, the number of layers, N ≥ 1.
  public let depth: Int
  /// r = min_j d_j over j = 0, …, N, equation (9).
  public let bottleneck: Int
  /// m > 0, the factor of the loss (m/2)‖Z − W‖².
  public let sampleCount: Double
  /// ‖XXᵀ/m − I‖₂ as measured.
  public let whiteningDefect: Double
  /// Z = YXᵀ/m, dy × dx, equation (25).
  public let target: Matrix
  /// W_0 = W_N ⋯ W_1 at the start, dy × dx.
  public let start: Matrix
  /// max_j ‖D_j‖_F / max_j ‖W_j‖_F² at the start; 0 for an exactly balanced one, equation (14).
  public let relativeImbalance: Double

  /// A subject from measured quantities; Z and W_0 need equal shapes and finite entries.
  public init(
    depth: Int, bottleneck: Int, sampleCount: Double, whiteningDefect: Double, target: Matrix, start: Matrix,
    relativeImbalance: Double
  ) {
    precondition(depth >= 1, "a network has at least one layer, not \(depth)")
    precondition(bottleneck >= 1, "every layer has at least one neuron, not \(bottleneck)")
    precondition(sampleCount > 0 && sampleCount.isFinite, "m = \(sampleCount) is not a number of samples")
    precondition(
      target.rows == start.rows && target.columns == start.columns,
      "Z is \(target.rows)×\(target.columns) but W_0 is \(start.rows)×\(start.columns)")
    precondition(target.rows > 0 && target.columns > 0, "Z needs at least one row and one column")
    precondition(target.isFinite && start.isFinite, "Z and W_0 need finite entries")
    self.depth = depth
    self.bottleneck = bottleneck
    self.sampleCount = sampleCount
    self.whiteningDefect = whiteningDefect
    self.target = target
    self.start = start
    self.relativeImbalance = relativeImbalance
  }
}
