import CReferenceLAPACK
import ExactFlows
import Foundation
import LinearAlgebra
import LinearNetworks

/// The closed form of rank one (D4): a state and a trajectory of 200 states, against LAPACK and against depth ten.
struct ExactFlowBenchmark {
  static let explanation = """
    Rank one on a whitened d × d target with singular values 1, 0.99, 0.99², …, from a random start far above the target
    (‖W_0‖ = 10‖Z‖ in spectral norms, as in Figure 1) and from a small one, until W stands still in size. *A state* is W(t) as
    s, u, v in the coordinates of Z at one time, without the times before it; *trajectory* is 200 states, in turn with the trajectory
    at N = 10, whose time the next column refers to; *whole* adds the coordinates of the start, which take the singular value
    decomposition of Z and are timed in turn with LAPACK's `dgesdd` of the same Z (last column).
    """

  private static let starts: [(name: String, scale: Double, time: Double)] = [
    ("far, 10", 10, 10), ("small, 10⁻³", 1e-3, 60),
  ]

  func run() -> Table {
    var table = Table(
      title: "Closed forms", explanation: Self.explanation,
      columns: [
        "d", "‖W_0‖", "N", "a state", "trajectory", "/ that of N = 10", "whole", "dgesdd", "whole / dgesdd",
      ])
    for d in [5, 100, 1000] {
      let instance = Instance(d)
      for start in Self.starts {
        let coordinates = instance.coordinates(scale: start.scale)
        let preparation = PairedTimes(
          repetitions: d == 1000 ? 3 : 51, ours: { _ = instance.coordinates(scale: start.scale) },
          preparingReference: {}, reference: { instance.decompose() })
        for N in [2, 3, 10, 1000, 10_000] {
          table.rows.append(
            ["\(d)", start.name, "\(N)"] + row(coordinates, until: start.time, depth: N, preparation))
        }
      }
    }
    return table
  }

  private func row(
    _ coordinates: RankOneCoordinates, until finalTime: Double, depth N: Int, _ preparation: PairedTimes
  ) -> [String] {
    func flow(_ N: Int) -> ExactRankOneFlow { try! .init(coordinates: coordinates, sampleCount: 1, depth: N) }
    let times = (1...200).map { finalTime * Double($0) / 200 }
    func trajectory(_ flow: ExactRankOneFlow) {
      let states = flow.trajectory(until: times.last!).states(at: times)
      precondition(states[199].scale > 0, "no state at the end at depth \(flow.depth)")
    }
    let (deep, ten) = (flow(N), flow(10))
    let state = repeated(atLeast: 5, budget: 0.05, timedBy: .processor) {
      _ = deep.state(at: times[99]).scale
    }
    let paired = PairedTimes(
      repetitions: 51, ours: { trajectory(deep) }, preparingReference: {}, reference: { trajectory(ten) })
    let (own, reference) = (median(paired.ours), median(preparation.reference))
    let whole = median(preparation.ours) + own
    return [
      duration(median(state)), duration(own), short(1 / paired.relativeSpeed), duration(whole),
      duration(reference), short(whole / reference),
    ]
  }
}

/// A target of order d, and the directions of a start.
private struct Instance {
  let Z: Matrix
  let left, right: [Double]

  init(_ d: Int) {
    var generator = SeededGenerator(seed: 1)
    let σ = (0..<d).map { pow(0.99, Double($0)) }
    Z = SyntheticData.target(singularValues: σ, inputs: d, outputs: d, seed: 1)
    let (u, v) = (Matrix.gaussian(d, 1, using: &generator), Matrix.gaussian(d, 1, using: &generator))
    (left, right) = (((1 / u.frobeniusNorm) * u).storage, ((1 / v.frobeniusNorm) * v).storage)
  }

  func coordinates(scale: Double) -> RankOneCoordinates {
    try! RankOneCoordinates(target: Z, scale: scale, left: left, right: right)
  }

  /// Z = U Σ Vᵀ by LAPACK itself.
  func decompose() {
    let n = Int32(Z.rows)
    var (A, σ) = (Z.storage, [Double](repeating: 0, count: Z.rows))
    var U = A
    var V = A
    let info = LAPACKE_dgesdd(LAPACK_COL_MAJOR, CChar(UInt8(ascii: "A")), n, n, &A, n, &σ, &U, n, &V, n)
    precondition(info == 0, "LAPACK's dgesdd returned \(info)")
  }
}
