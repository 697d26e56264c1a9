import Landscape
import LinearAlgebra
import LinearNetworks
import Samples
import Testing

@Suite struct OffsetTests {
  /// y = 6 k at x = c + 2 k, and both far away: what a training ends at.
  @Test(arguments: [1e6, 1e9, 1e12, 1e15])
  func `the slope that a network learns does not suffer from offsets`(offset: Double) throws {
    for (x, y) in [(offset, 0), (0, offset), (offset, offset)] {
      let rows = Matrix(200, 2) { k, j in j == 0 ? x + 2 * Double(k) : y + 6 * Double(k) }
      let table = SampleTable(rows: rows, columns: ["x", "y"])
      for preparation in [Preparation.center, .standardize, .whiten] {
        let prepared = try table.prepared(targets: ["y"], preparation: preparation)
        #expect(prepared.droppedConstants.isEmpty)
        let minimum = GlobalMinimum(of: prepared.problem, rank: 1)
        let slope = prepared.predictor(of: minimum.minimiser).coefficients[0, 0]
        #expect((slope / 3 - 1).magnitude < 1e-12, "\(preparation) at \(x), \(y)")
      }
    }
  }
}
