import Landscape
import LinearAlgebra

/// What is kept of one moment of a run.
public struct TrajectoryRecord: Codable, Sendable, Equatable {
  /// Flow time.
  public let time: Double
  /// L_N, and its excess over the global minimum.
  public let loss: Double
  /// L_N − min L_N.
  public let gap: Double
  /// ‖∇L_N‖, all layers together.
  public let gradientNorm: Double
  /// ‖W − W*‖_F.
  public let distanceToTarget: Double
  /// σ_1 ≥ σ_2 ≥ … of W, at most r of which are not zero.
  public let singularValues: [Double]
  /// ⟨W, W*⟩/(‖W‖ ‖W*‖); c_t of the theory when W has rank one. 0 where W or W* is zero.
  public let alignment: Double
  /// max_j ‖D_j‖_F / max_j ‖W_j‖², equation (14).
  public let imbalance: Double
  /// max_j ‖D_j(t) − D_j(0)‖_F / max_j ‖W_j‖²: what integration broke of the conservation law (15).
  ///
  /// Where W alone is followed, by a closed form or on (17), it stands for balanced layers: they keep the imbalance of the start by construction.
  public let imbalanceDrift: Double
  /// The stationary value of networks that keep what W has learnt to more than a half (`CapturedDirections` of Landscape).
  public let level: CriticalLevel
  /// The quantities that the caller asked for (``Quantity``), by name.
  public let others: [String: Double]
}
