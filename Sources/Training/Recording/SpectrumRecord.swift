import Landscape
import LinearAlgebra
import LinearNetworks
import Prose

/// The extreme curvatures of one moment of a run, over all weights of the network.
public struct SpectrumRecord: Codable, Sendable, Equatable {
  /// Flow time.
  public let time: Double
  /// λ_max of ∇²L_N, the sharpness: gradient descent with step η is unstable where it exceeds 2/η.
  public let largestHessianEigenvalue: Double
  /// λ_min of ∇²L_N; null where nothing excludes one that is lower by more than a thousandth of λ_max.
  @ExplicitNull public internal(set) var smallestHessianEigenvalue: Double?
  /// No eigenvalue is lower by more; null with it.
  @ExplicitNull public internal(set) var smallestHessianEigenvalueError: Double?
  /// λ_max of the neural tangent kernel K = J Jᵀ.
  public let largestKernelEigenvalue: Double
  /// λ_min of K on the row space of X; null where nothing excludes one that is lower by more than a thousandth of λ_max.
  @ExplicitNull public internal(set) var smallestKernelEigenvalue: Double?
  /// No eigenvalue of K is lower by more; null with it.
  @ExplicitNull public internal(set) var smallestKernelEigenvalueError: Double?
}

/// Collects the curvatures of every k-th time of the output grid.
struct SpectrumRecorder: Codable, Sendable {
  private let interval: Int
  private var seen = 0
  private(set) var records: [SpectrumRecord] = []

  init(every interval: Int) { self.interval = interval }

  /// Whether it is that of a run which records every so many times.
  func isSound(every interval: Int?) -> Bool { self.interval == interval && (0..<1 << 53).contains(seen) }

  /// Looks at an output time, if it is its turn or the last.
  ///
  /// - Parameter network: all layers, with the inputs of the problem.
  mutating func observe(
    _ time: Double, isLast: Bool = false, on problem: Problem, network: () -> LinearNetwork
  ) {
    defer { seen += 1 }
    guard isLast || seen % interval == 0, time > (records.last?.time ?? -1) else { return }
    let whole = network()
    let hessian = NetworkHessian(of: problem, at: whole, resolution: 0, relativeResolution: 1e-6)
    let kernel = NeuralTangentKernel(of: problem, at: whole)
    let kernelIsKnown = kernel.accuracy <= 1e-3 * kernel.largest
    let isKnown = hessian.accuracy <= 1e-3 * hessian.largest.magnitude
    records.append(
      SpectrumRecord(
        time: time, largestHessianEigenvalue: hessian.largest,
        smallestHessianEigenvalue: isKnown ? hessian.smallest : nil,
        smallestHessianEigenvalueError: isKnown ? hessian.accuracy : nil,
        largestKernelEigenvalue: kernel.largest,
        smallestKernelEigenvalue: kernelIsKnown ? kernel.smallest : nil,
        smallestKernelEigenvalueError: kernelIsKnown ? kernel.accuracy : nil))
  }
}
