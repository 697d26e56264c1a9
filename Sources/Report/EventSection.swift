import Prose
import Training

/// What was asked for beside the run itself: when events happened, and the loss on held-out rows.
struct EventSection {
  let result: TrainingReport

  init(_ result: TrainingReport) { self.result = result }

  /// Events that are shown at most.
  private static let mostEvents = 60

  /// Nil where nothing was asked for.
  var html: HTML? {
    let content = events + heldOut
    guard !content.isEmpty else { return nil }
    return Block.section(
      result.heldOut == nil
        ? "Times of events" : result.events == nil ? "Held-out rows" : "Times of events, and held-out rows",
      id: "events", content)
  }

  private var events: [HTML] {
    guard let all = result.events else { return [] }
    guard !all.isEmpty else { return [Block.paragraph("None of the events exist for this run.")] }
    let shown = all.prefix(Self.mostEvents)
    return [
      Block.table(
        ["event", "t", "value there"],
        shown.map { event in
          [
            HTML(event.event), event.time.map { HTML(number($0, digits: 6)) } ?? "not in this run",
            HTML(number(event.value, digits: 6)),
          ]
        }, className: "numbers")
    ]
      + (shown.count < all.count
        ? [Block.paragraph(HTML("The first \(shown.count) of \(all.count); result.json has all."))] : [])
      + (all.contains { $0.time == nil }
        ? [
          Block.paragraph(
            "“Not in this run” also stands where a quantity was still at its least or largest when the run ended."
          )
        ] : [])
  }

  /// The loss per row at the end and where it was the least: early stopping.
  private var heldOut: [HTML] {
    guard let held = result.heldOut else { return [] }
    let m = Double(held.rows)
    let end = HTML(number(held.finalLoss / m, digits: 6))
    let words =
      held.leastTime.map { t in
        let share = 100 * (held.finalLoss - held.leastLoss) / held.finalLoss
        return
          "The loss on them was the least at t = \(number(t)), and \(number(share, digits: 3)) % below that at the end: stopping there would have predicted them better."
      } ?? "The loss on them was the least at the end: nothing is gained by an earlier stop."
    return [
      Block.table(
        ["\(count(held.rows, "held-out row")): \(held.source)", "t", "loss per row"],
        (held.leastTime.map { t in
          [["least", HTML(number(t, digits: 6)), HTML(number(held.leastLoss / m, digits: 6))]]
        } ?? []) + [["at the end", HTML(number(result.termination.time, digits: 6)), end]],
        className: "numbers"),
      Block.paragraph(HTML(words)),
    ]
  }
}
