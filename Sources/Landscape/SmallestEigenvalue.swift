import Prose

/// The smallest eigenvalue of ∇²L_N, with a bound on its error and the argument for it; or why there is none.
struct SmallestEigenvalue {
  let value: Double?
  /// No eigenvalue is below the value by more.
  let error: Double?
  let method: HessianSpectrum.Method?
  let argument: HessianSpectrum.Argument?
  let note: String?

  /// An error above this part of the largest eigenvalue is none that a number should be reported with (tuned).
  static let largestRelativeError = 1e-3

  /// From a Hessian, and from the bounds by the layers; at least one of them is there.
  init(_ hessian: NetworkHessian?, _ bounds: CurvatureBounds?, tolerance: Double) {
    let upper = bounds?.upper
    // All eigenvalues are more accurate than any bound.
    if let hessian, hessian.isWhole {
      (value, error, method, argument, note) = (
        hessian.smallest, hessian.accuracy, .dense, .allEigenvalues, nil
      )
      return
    }
    let byLayers = upper != nil && upper! <= hessian?.smallest ?? .infinity
    guard let least = byLayers ? upper : hessian?.smallest else {
      (value, error, method, argument) = (nil, nil, nil, nil)
      note = "nothing depends on it, and the layers bound it only from below"
      return
    }
    let excluded = hessian.map { $0.smallest - $0.accuracy } ?? -.infinity
    let floor = max(excluded, bounds?.lower ?? -.infinity)
    let open = max(least - floor, 0)
    let allowed = max(
      bounds?.allowance(tolerance) ?? tolerance,
      SmallestEigenvalue.largestRelativeError * (hessian?.largest ?? 0))
    if open <= allowed {
      (value, error, note) = (least, open, nil)
      method = byLayers ? .layers : .lanczos
      argument = floor > excluded || hessian == nil ? .layers : hessian!.inside.argument
    } else {
      (value, error, method, argument) = (nil, nil, nil, nil)
      note =
        "it is between \(number(floor, digits: 3)) and \(number(least, digits: 3)), and nothing that was computed says more"
    }
  }
}
