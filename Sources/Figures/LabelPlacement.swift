/// Places for labels on a line: as near as possible to where they belong, without overlapping.
enum LabelPlacement {
  /// The positions p minimising Σ (p_i − goal_i)² subject to distances of at least `spacing` in the order of the goals,
  /// then moved into 0…length.
  ///
  /// With q_i = p_i − i·spacing the constraint is that q does not decrease: isotonic regression, solved by pooling
  /// neighbours that violate it.
  ///
  /// - Returns: the positions in the order in which the goals were given.
  /// - Precondition: (goals.count − 1) · spacing ≤ length.
  static func positions(near goals: [Double], spacing: Double, length: Double) -> [Double] {
    let order = goals.indices.sorted { (goals[$0], $0) < (goals[$1], $1) }
    var pools: [(mean: Double, count: Int)] = []
    for (i, index) in order.enumerated() {
      var pool = (mean: goals[index] - Double(i) * spacing, count: 1)
      while let last = pools.last, last.mean > pool.mean {
        let count = last.count + pool.count
        pool = ((last.mean * Double(last.count) + pool.mean * Double(pool.count)) / Double(count), count)
        pools.removeLast()
      }
      pools.append(pool)
    }
    let room = length - Double(max(0, goals.count - 1)) * spacing
    precondition(room >= -1e-9, "\(goals.count) labels \(spacing) apart do not fit into \(length)")
    var positions = [Double](repeating: 0, count: goals.count)
    var i = 0
    for pool in pools {
      for _ in 0..<pool.count {
        positions[order[i]] = min(max(pool.mean, 0), max(room, 0)) + Double(i) * spacing
        i += 1
      }
    }
    return positions
  }

  /// Rows for labels that stand in a line above the plot: the lowest row, 0 first, in which each has space.
  ///
  /// - Parameter widths: estimated widths, in the unit of `centres`.
  static func rows(centres: [Double], widths: [Double]) -> [Int] {
    var ends = [Double]()
    var rows = [Int](repeating: 0, count: centres.count)
    for i in centres.indices.sorted(by: { centres[$0] < centres[$1] }) {
      let start = centres[i] - widths[i] / 2
      let row = ends.firstIndex { $0 <= start } ?? ends.count
      if row == ends.count { ends.append(0) }
      ends[row] = centres[i] + widths[i] / 2
      rows[i] = row
    }
    return rows
  }
}
