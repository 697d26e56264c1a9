import Integration

/// What gradient descent does beside steps of one size, and what is looked at along it.
public struct DescentOptions: Codable, Sendable, Equatable {
  /// β of Polyak's heavy ball, v ← βv − η∇L_N, θ ← θ + v; 0 ≤ β < 1.
  public var momentum = 0.0
  /// A step for every layer; nil: one for all. The start of the run and its step are then those of ``LayerSteps``: `taken(by:)` and `mean`.
  public var layerSteps: LayerSteps?
  /// The factors of η from step to step.
  public var factors = StepFactors.constant
  /// The samples of every step are a batch; nil: all samples.
  public var batch: BatchChoice?
  /// Steps after which the run ends; nil: by the other ends. Takes the place of a final time.
  public var steps: Int?
  /// The loss gap, relative to that of the start, that is to be reached in the fewest steps (``StepSearch``); nil: the step is as given.
  public var bestStepGap: Double?
  /// Whether λ_max(∇²L_N) is computed at the recorded iterates.
  public var recordsSharpness = false
  /// Whether the iterates are compared with the modified equation too (`ModifiedFlow` of LinearNetworks).
  public var comparesModified = false

  /// Plain steps.
  public init() {}

  /// Whether every step is η times the gradient of the whole loss.
  public var isPlain: Bool { momentum == 0 && factors.isConstant && batch == nil }
}

/// How batches are drawn: every epoch is a permutation of the samples, cut in pieces.
public struct BatchChoice: Codable, Sendable, Equatable {
  /// Samples a batch.
  public var size: Int
  /// Of the permutations.
  public var seed: UInt64

  /// Batches of `size` ≥ 1 samples.
  public init(size: Int, seed: UInt64) { (self.size, self.seed) = (size, seed) }
}
