import LinearAlgebra
import LinearNetworks

/// How the state vector y of an integration stands for a network, and what is read off it.
///
/// A class, because states own the buffers of what they compute; one instance serves one run.
protocol FlowState: AnyObject {
  /// Entries of y.
  var dimension: Int { get }
  /// Entries up to which losses and curvatures, of order ξ_1²y^{2N} in the layers, are far from overflow.
  var largestEntry: Double { get }

  /// y of a network.
  func vector(of network: LinearNetwork) -> [Double]
  /// dy/dt.
  func velocity(_ y: [Double]) -> [Double]
  /// W.
  func endToEndMatrix(_ y: UnsafePointer<Double>) -> Matrix
  /// The entries of W by columns; valid until the next question.
  func endToEndEntries(_ y: UnsafePointer<Double>) -> UnsafePointer<Double>
  /// ‖∇L_N‖, all layers together.
  func gradientNorm(_ y: UnsafePointer<Double>) -> Double
  /// max_j ‖D_j‖/max_j ‖W_j‖² and max_j ‖D_j − D_j(0)‖/max_j ‖W_j‖².
  func imbalance(_ y: UnsafePointer<Double>) -> (size: Double, drift: Double)
  /// The network that is judged.
  func network(_ y: UnsafePointer<Double>) -> LinearNetwork
}

extension FlowState {
  /// Whether no entry is so large that losses or curvatures overflow, and none is NaN.
  func canBeJudged(_ y: UnsafePointer<Double>) -> Bool {
    let limit = largestEntry
    return UnsafeBufferPointer(start: y, count: dimension).allSatisfy { $0.magnitude < limit }
  }

  /// Entries of W up to which ξ_1²W² is far from overflow.
  static func largestEndToEndEntry(_ problem: Problem) -> Double {
    1e150 / max(1, problem.inputScales.first ?? 1)
  }
}
