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
  /// y of a closed form.
  func write(_ W: FactoredMatrix, into y: UnsafeMutablePointer<Double>)
  /// dy/dt.
  func velocity(_ y: [Double]) -> [Double]
  /// W, by factors where y has them.
  func endToEnd(_ y: UnsafePointer<Double>) -> FactoredMatrix
  /// ‖∇L_N‖, all layers together.
  ///
  /// - Parameter W: its singular value decomposition, where it is needed.
  func gradientNorm(_ y: UnsafePointer<Double>, _ W: @autoclosure () -> SingularValueDecomposition) -> Double
  /// max_j ‖W_j‖_F.
  ///
  /// - Parameter W: its singular value decomposition, where it is needed.
  func largestLayer(_ y: UnsafePointer<Double>, _ W: @autoclosure () -> SingularValueDecomposition) -> Double
  /// max_j ‖D_j‖/max_j ‖W_j‖² and max_j ‖D_j − D_j(0)‖/max_j ‖W_j‖².
  func imbalance(_ y: UnsafePointer<Double>) -> (size: Double, drift: Double)
  /// The network that is judged.
  ///
  /// - Parameter W: its singular value decomposition, where it is needed.
  func network(_ y: UnsafePointer<Double>, _ W: @autoclosure () -> SingularValueDecomposition)
    -> LinearNetwork
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
