import Landscape
import LinearAlgebra
import LinearNetworks
import Testing

@Suite struct DepartureTests {
  private let Z = Matrix.diagonal([2, 1], rows: 2, columns: 3)

  private func isDeparting(_ W: Matrix, depth: Int) throws -> Bool {
    let problem = Problem(target: Z, sampleCount: 4)
    let widths = [3] + Array(repeating: 1, count: depth - 1) + [2]
    let network = try LinearNetwork.balanced(factoring: W, widths: widths)
    let weights = network.parameters
    return Departure.isUnderWay(
      at: weights, of: NetworkLoss(problem: problem, widths: widths),
      stateError: 1e-13 * Matrix.column(weights).frobeniusNorm, elapsed: 0, resolution: 1e-10)
  }

  @Test(arguments: [2, 3]) func `a start exactly on a stable set stays, the slightest tilt leaves`(depth: Int)
    throws
  {
    // 1.001 u_2 v_2ᵀ tends to the saddle u_2 v_2ᵀ; a component along u_1, v_1 grows.
    let on = Matrix(rows: [[0, 0, 0], [0, 1.001, 0]])
    #expect(try !isDeparting(on, depth: depth))
    let tilt = 1e-9
    let off = 1.001 * Matrix.column([tilt, 1]) * Matrix.column([tilt, 1, 0]).transpose
    #expect(try isDeparting(off, depth: depth))
  }

  @Test(arguments: [3, 4]) func `a tiny aligned start leaves the origin, an anti-aligned one comes to it`(
    depth: Int
  ) throws {
    #expect(try isDeparting(1e-20 * Matrix(rows: [[1, 0, 0], [0, 0, 0]]), depth: depth))
    #expect(try !isDeparting(-1e-20 * Matrix(rows: [[1, 0, 0], [0, 0, 0]]), depth: depth))
  }
}
