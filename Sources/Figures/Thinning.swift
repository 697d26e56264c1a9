/// A curve cut into the pieces an axis can show, with no more points than the eye can tell apart.
struct ShowablePoints: Equatable {
  struct Piece: Equatable {
    /// Two neighbours of one run were neighbours in the data or had only showable points between them.
    let run: Int
    let point: LineFigure.Point
  }

  /// In order of x.
  let pieces: [Piece]

  /// Drops what the axes cannot show; what stood on two sides of such a point is in two runs.
  init(_ points: [LineFigure.Point], _ horizontal: LineFigure.Axis.Scale, _ vertical: LineFigure.Axis.Scale) {
    var run = 0
    var pieces = [Piece]()
    for point in points {
      if AxisDivision.isShowable(point.x, on: horizontal), AxisDivision.isShowable(point.y, on: vertical) {
        pieces.append(Piece(run: run, point: point))
      } else if pieces.last?.run == run {
        run += 1
      }
    }
    self.pieces = pieces
  }

  private init(pieces: [Piece]) { self.pieces = pieces }

  /// At most `limit` ≥ 4 points: of each of equal strips of the horizontal axis the first, lowest, highest and last.
  ///
  /// On strips as wide as the stroke, this draws the same pixels as all the points would. A smooth curve allows
  /// strips as narrow as a pixel, since its four points are mostly two.
  ///
  /// - Complexity: O(points · log of the strips).
  ///
  /// Source: Jugel, Jerzak, Hackenbroich, Markl, *M4: A visualization-oriented time series data aggregation* (2014).
  func thinned(to limit: Int, over axis: AxisDivision) -> ShowablePoints {
    precondition(limit >= 4, "a strip needs four points, not \(limit)")
    guard pieces.count > limit else { return self }
    var bins = max(limit / 4, Int(Layout.width))
    while true {
      let thinned = thinned(bins: bins, over: axis)
      if thinned.pieces.count <= limit { return thinned }
      bins = max(limit / 4, bins * 3 / 4)
    }
  }

  private func thinned(bins: Int, over axis: AxisDivision) -> ShowablePoints {
    var kept = [Piece]()
    var start = 0
    func bin(_ i: Int) -> Int { min(bins - 1, Int(axis.fraction(of: pieces[i].point.x) * Double(bins))) }
    while start < pieces.count {
      var (lowest, highest, end) = (start, start, start)
      let current = bin(start)
      while end < pieces.count, bin(end) == current {
        if pieces[end].point.y < pieces[lowest].point.y { lowest = end }
        if pieces[end].point.y > pieces[highest].point.y { highest = end }
        end += 1
      }
      for i in Set([start, lowest, highest, end - 1]).sorted() { kept.append(pieces[i]) }
      start = end
    }
    return ShowablePoints(pieces: kept)
  }

  /// At most `count` points, nearest to an even division of the horizontal axis.
  func sampled(count: Int, over axis: AxisDivision) -> ShowablePoints {
    guard pieces.count > count else { return self }
    let places = pieces.map { axis.fraction(of: $0.point.x) }
    let (first, last) = (places[0], places[places.count - 1])
    var chosen = [Int]()
    var i = 0
    for k in 0..<count {
      let goal = first + (last - first) * Double(k) / Double(count - 1)
      while i + 1 < places.count, (places[i + 1] - goal).magnitude <= (places[i] - goal).magnitude { i += 1 }
      if chosen.last != i { chosen.append(i) }
    }
    return ShowablePoints(pieces: chosen.map { pieces[$0] })
  }
}
