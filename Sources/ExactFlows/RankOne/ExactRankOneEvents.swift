import Foundation
import Integration
import LinearAlgebra

extension ExactRankOneFlow {
  /// The first state with s ≤ √6 s_Z, where Theorem 4.4 changes from (38a) to (38b); nil if s never gets there (Z = 0).
  ///
  /// s decreases as long as it exceeds s_Z, so there is one crossing. Events are roots of the exact solution in x, to
  /// round-off; none is read off a grid.
  public func nearRegime() -> ExactRankOneState? {
    let sZ = coordinates.leadingValue
    guard sZ > 0 else { return nil }
    let bound = 0.5 * log(6) + log(sZ)
    return first { $0.logScale - bound }
  }

  /// The first state with ‖Z_1 − W‖² ≤ ε ‖Z_1‖²; nil if the flow ends elsewhere before.
  public func distanceSquared(relativeToTargetAtMost ε: Double) -> ExactRankOneState? {
    let sZ = coordinates.leadingValue
    guard sZ > 0, ε > 0 else { return nil }
    let bound = 0.5 * log(ε) + log(sZ)
    return first { log($0.distanceToTarget) - bound }
  }

  /// The first state whose loss exceeds the least loss over rank one by at most ε (in the loss's units).
  public func lossGap(atMost ε: Double) -> ExactRankOneState? {
    guard ε > 0 else { return nil }
    let bound = log(ε)
    return first { log($0.lossGap) - bound }
  }

  /// A plateau that the flow leaves, and the state at its end.
  public struct PlateauEnd: Sendable {
    public enum Place: Equatable, Sendable {
      /// s ≪ uᵀZv; over when s = ½ uᵀZv.
      case origin
      /// Near the pair i (from 1); over when the next growing pair has the same coordinate, |P_j| = |P_i|.
      case saddle(pair: Int)
    }

    public let place: Place
    public let state: ExactRankOneState
  }

  /// The ends of all plateaus, in order of time; none for a start that goes straight to its limit.
  public func plateauEnds() -> [PlateauEnd] {
    var ends: [PlateauEnd] = []
    if let escape = firstUpwardCrossing() { ends.append(PlateauEnd(place: .origin, state: escape)) }
    // |P_i| e^{σ_i x}: the upper envelope of straight lines log|P_i| + σ_i x.
    let (P, σ) = (coordinates.growing, coordinates.singularValues)
    let present = P.indices.filter { P[$0] != 0 && σ[$0] > 0 }
    var x = 0.0
    guard var current = present.max(by: { P[$0].magnitude < P[$1].magnitude }) else { return ends }
    while true {
      let next = present.filter { σ[$0] > σ[current] }.map { j in
        (j, log(P[current].magnitude / P[j].magnitude) / (σ[j] - σ[current]))
      }.min { $0.1 < $1.1 }
      guard let (j, crossing) = next else { break }
      x = max(x, crossing)
      if let state = RankOneEventSearch(self).state(pathLength: x) {
        ends.append(PlateauEnd(place: .saddle(pair: current + 1), state: state))
      }
      current = j
    }
    return ends.sorted { $0.state.time < $1.state.time }
  }

  /// The first state where `value` ≤ 0.
  func first(_ value: (ExactRankOneState) -> Double) -> ExactRankOneState? {
    var search = RankOneEventSearch(self)
    return search.first(value)
  }

  /// Where s rises through ½ uᵀZv; nil if it starts above or never does.
  private func firstUpwardCrossing() -> ExactRankOneState? {
    func value(_ state: ExactRankOneState) -> Double { state.projection / 2 - state.scale }
    var search = RankOneEventSearch(self)
    guard let start = search.state(pathLength: 0) else { return nil }
    // From above (an opposed start has uᵀZv < 0), s first falls below; then the crossing upwards is looked for.
    if value(start) <= 0 {
      guard limit != .origin, search.first({ -value($0) }) != nil else { return nil }
    }
    return search.first(value)
  }
}

/// A walk along x in cells short enough to bracket events.
struct RankOneEventSearch {
  let flow: ExactRankOneFlow
  private var panels: RankOnePanels?
  private let two: RankOneDepthTwo?
  private let leading: Double
  private var x = 0.0
  private var index = 0
  private var offset = 0.0

  init(_ flow: ExactRankOneFlow) {
    self.flow = flow
    leading = flow.modes.leading
    if flow.depth == 2 {
      two = RankOneDepthTwo(flow)
    } else {
      two = nil
      panels = RankOnePanels(flow)
    }
  }

  /// The first state at or after the present place where `value` ≤ 0; the walk stays in that cell.
  mutating func first(_ value: (ExactRankOneState) -> Double) -> ExactRankOneState? {
    guard var here = value(state(index, offset)).bounded else { return nil }
    if here <= 0 { return state(index, offset) }
    while let cell = nextCell() {
      guard let there = value(state(cell.panel, cell.end)).bounded else { return nil }
      if there <= 0 {
        let found = bracketedRoot(from: cell.start, here, to: cell.end, there) { ξ in
          value(state(cell.panel, ξ)).bounded ?? -1
        }
        (index, offset) = (cell.panel, found)
        return state(cell.panel, found)
      }
      here = there
      (index, offset) = (cell.panel, cell.end)
    }
    return nil
  }

  /// The state at a given x, or nil where t is beyond all numbers.
  func state(pathLength x: Double) -> ExactRankOneState? {
    guard var chain = panels else { return state(0, x) }
    while !chain.isComplete, chain.headPathLength <= x {
      chain.append()
      if !chain.headTime.isFinite { return nil }
    }
    let k = chain.panels.lastIndex { $0.origin <= x } ?? 0
    var copy = self
    copy.panels = chain
    return copy.state(k, x - chain.panels[k].origin)
  }

  private func state(_ panel: Int, _ ξ: Double) -> ExactRankOneState {
    var one = ExactRankOneStates(flow, capacity: 1)
    if let two {
      one.samples = [two.sample(pathLength: ξ, time: ξ / flow.sampleCount, amplitudes: &one.amplitudes)]
    } else if var chain = panels {
      if chain.panels.isEmpty { chain.append() }
      one.samples = [chain.sample(panel: panel, ξ: ξ)]
      chain.appendAmplitudes(panel: panel, ξ: ξ, to: &one.amplitudes)
    }
    return one[0]
  }

  /// The next cell after the present place; nil when x has passed every scale of the problem.
  private mutating func nextCell() -> (panel: Int, start: Double, end: Double)? {
    if two != nil {
      let σ = flow.coordinates.leadingValue
      let step = min(σ > 0 ? 0.1 / σ : .infinity, 0.1 / flow.coordinates.scale)
      let end = max(offset * 1.125, offset + step)
      return end.isFinite && (σ == 0 || σ * offset < 1e20) && offset < 1e300 ? (0, offset, end) : nil
    }
    if panels!.panels.isEmpty { panels!.append() }
    let panel = panels!.panels[index]
    if panel.length.isFinite {
      if offset < panel.length {
        let cell = panel.length / 6
        // A little beyond round-off, so that a cell's own end is not its next start.
        let next = ((offset / cell + 1e-9).rounded(.down) + 1) * cell
        return (index, offset, next > panel.length * (1 - 1e-6) ? panel.length : next)
      }
      if index + 1 == panels!.panels.count {
        if panels!.isComplete || !panels!.headTime.isFinite { return nil }
        panels!.append()
      }
      (index, offset) = (index + 1, 0)
      return nextCell()
    }
    let scale = leading != 0 ? 0.25 / leading.magnitude : 1 / (Double(flow.depth) * panel.scale)
    let end = max(offset * 1.5, offset + scale)
    let time = state(index, end).time
    return end.isFinite && time.isFinite && (leading <= 0 || offset * leading < 1e20)
      ? (index, offset, end) : nil
  }
}

extension Double {
  /// The number, −∞ brought into range for interpolation; nil for NaN.
  fileprivate var bounded: Double? { isNaN ? nil : Swift.min(Swift.max(self, -1e6), 1e6) }
}
