import LinearAlgebra
import LinearNetworks

extension Start {
  /// The network of these widths that a run on a problem starts from, whose lengths and directions refer to the global minimiser of rank r = min_j d_j.
  ///
  /// - Parameters:
  ///   - problem: what is trained on.
  ///   - widths: d_0 = dx, …, d_N = dy; those of the network where one is given.
  ///   - seed: of everything random.
  /// - Throws: `StartError`.
  ///
  /// Source: Eftekhari (2020), Theorem 2.7.
  public func network(for problem: Problem, widths: [Int], seed: UInt64) throws(StartError) -> LinearNetwork {
    try network(
      widths: widths, target: GlobalMinimum(of: problem, rank: widths.min()!).minimiser, seed: seed)
  }
}
