import Foundation

/// An exact rank-one trajectory on an interval of time, prepared once and evaluated at any of its times.
public struct ExactRankOneTrajectory: Sendable {
  public let flow: ExactRankOneFlow
  public private(set) var finalTime: Double
  private(set) var solution: Solution

  enum Solution: Sendable {
    case elementary(RankOneDepthTwo)
    case panels(RankOnePanels)
  }

  init(_ flow: ExactRankOneFlow, finalTime: Double) {
    (self.flow, self.finalTime) = (flow, finalTime)
    if flow.depth == 2 {
      solution = .elementary(RankOneDepthTwo(flow))
    } else {
      var panels = RankOnePanels(flow)
      panels.extend(untilTime: finalTime)
      solution = .panels(panels)
    }
  }

  /// Lengthens the interval to t; what was prepared stays as it is.
  public mutating func extend(until t: Double) {
    guard t > finalTime else { return }
    finalTime = t
    guard case .panels(var panels) = solution else { return }
    panels.extend(untilTime: t)
    solution = .panels(panels)
  }

  /// The number of quadrature panels; 0 at depth two.
  public var panelCount: Int {
    if case .panels(let p) = solution { p.panels.count } else { 0 }
  }

  /// W(t), 0 ≤ t ≤ `finalTime`.
  public func state(at t: Double) -> ExactRankOneState { states(at: [t])[0] }

  /// W at several times, in the order given; increasing times are fastest.
  public func states(at times: [Double]) -> ExactRankOneStates {
    for t in times { precondition(t >= 0 && t <= finalTime, "t = \(t) is outside [0, \(finalTime)]") }
    var result = ExactRankOneStates(flow, capacity: times.count)
    switch solution {
    case .elementary(let two):
      for t in times {
        let x = flow.sampleCount * t
        result.samples.append(two.sample(pathLength: x, time: t, amplitudes: &result.amplitudes))
      }
    case .panels(let panels):
      var first = 0
      while first < times.count {
        // A run of times in one panel shares its polynomials.
        let k = panels.index(ofTime: times[first])
        let start = panels.panels[k].time.high
        let end = k + 1 < panels.panels.count ? panels.panels[k + 1].time.high : .infinity
        var last = first + 1
        while last < times.count, times[last] >= start, times[last] < end { last += 1 }
        panels.sample(
          panel: k, times: times[first..<last], into: &result.samples, amplitudes: &result.amplitudes)
        first = last
      }
    }
    return result
  }
}

/// States of one trajectory, in reduced coordinates; each is made when asked for.
public struct ExactRankOneStates: RandomAccessCollection, Sendable {
  let flow: ExactRankOneFlow
  let leading: Double
  var samples: [RankOneSample] = []
  var amplitudes: [SIMD4<Double>] = []

  init(_ flow: ExactRankOneFlow, capacity: Int) {
    self.flow = flow
    leading = flow.modes.leading
    samples.reserveCapacity(capacity)
    amplitudes.reserveCapacity(capacity * flow.modes.vectors)
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { samples.count }

  public subscript(i: Int) -> ExactRankOneState {
    let k = flow.coordinates.pairs
    let vectors = (2 * k + 4) / 4
    let first = i * vectors
    func amplitude(_ j: Int) -> Double { amplitudes[first + j / 4][j % 4] }
    let s = samples[i]
    return ExactRankOneState(
      time: s.time, pathLength: s.pathLength, scale: s.scale,
      logScale: s.logScale.isNaN ? log(s.scale) : s.logScale,
      growing: (0..<k).map { amplitude($0) }, decaying: (0..<k).map { amplitude(k + $0) },
      resting: amplitude(2 * k), coordinates: flow.coordinates, depth: flow.depth,
      sampleCount: flow.sampleCount, deviation: s.deviation, leading: leading, clockError: s.clockError,
      seriesError: s.seriesError)
  }
}
