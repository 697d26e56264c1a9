import LinearAlgebra
import LinearNetworks
import Training

/// A problem and a start: an instance in the form in which `linnet train` runs it.
public struct Exhibit: Sendable {
  /// What is trained on.
  public enum Data: Sendable {
    /// A whitened problem by its target Z = Y Xᵀ/m.
    case target(Matrix, sampleCount: Int)
    /// Samples as columns.
    case samples(inputs: Matrix, outputs: Matrix)
  }

  /// What is trained on.
  public let data: Data
  /// W_1, …, W_N at the start.
  public let start: LinearNetwork

  /// η of gradient descent; nil for the flow.
  public let step: Double?

  /// An exhibit of a problem and a start that fit each other.
  public init(data: Data, start: LinearNetwork, step: Double? = nil) {
    (self.data, self.start, self.step) = (data, start, step)
  }

  /// Numbers in the data and the start: the smaller of two counterexamples has fewer.
  public var size: Int {
    switch data {
    case .target(let Z, _): Z.storage.count + start.parameterCount
    case .samples(let X, let Y): X.storage.count + Y.storage.count + start.parameterCount
    }
  }

  /// The problem.
  public var problem: Problem {
    switch data {
    case .target(let Z, let m): Problem(target: Z, sampleCount: m)
    case .samples(let X, let Y): Problem(inputs: X, outputs: Y)
    }
  }
}

/// What a statement is tried on.
public protocol Instance: Sendable {
  /// The instance as a training run.
  var exhibit: Exhibit { get }
}

extension Exhibit {
  /// What gradient flow from the start comes to, in at most 20 seconds.
  ///
  /// - Parameter change: what else is asked of the run.
  func flow(_ change: (inout TrainingOptions) -> Void = { _ in }) -> TrainingOutcome {
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    options.maximumSeconds = 20
    change(&options)
    return TrainingRun(problem: problem, start: start, options: options).run()
  }
}
