import Foundation

/// The interval an axis shows, its ticks and their labels.
struct AxisDivision: Equatable {
  let scale: LineFigure.Axis.Scale
  let domain: ClosedRange<Double>
  /// Where ticks stand; those that `labelled` lacks are minor ones.
  let ticks: [Double]
  let labelled: [Double]
  /// Where an axis with shortened intervals changes its pace, from end to end; empty for others, which keep one.
  var knots: [Knot] = []
  /// Labels of a linear axis are multiples of 10^exponent, named in the axis title; 0 for ordinary numbers.
  let exponent: Int

  /// A value and its place on an axis of length 1.
  struct Knot: Equatable {
    let value: Double
    let place: Double
  }

  /// Whether the axis is blank at its ends or is cut at the extreme values.
  enum Ends { case tight, roomy }

  static func isShowable(_ x: Double, on scale: LineFigure.Axis.Scale) -> Bool {
    x.isFinite && (scale == .linear || x > 0)
  }

  /// Divides the smallest suitable interval around the showable ones of `values`.
  init(
    _ scale: LineFigure.Axis.Scale, ends: Ends, leastStep: Double = 0,
    shortened: [ClosedRange<Double>] = [], covering values: some Sequence<Double>
  ) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for x in values where Self.isShowable(x, on: scale) {
      (low, high) = (min(low, x), max(high, x))
    }
    if scale == .linear, low < high, let paced = Self(from: low, to: high, shortened) {
      self = paced
    } else {
      self = scale == .linear ? Self(linear: low, high, ends, leastStep) : Self(logarithmic: low, high, ends)
    }
  }

  /// An axis on which some intervals are short and what lies between them is equally wide; nil if none of them is inside.
  ///
  /// Ticks stand where the pace changes, as far as their labels have room.
  private init?(from low: Double, to high: Double, _ shortened: [ClosedRange<Double>]) {
    let inside = shortened.filter {
      $0.upperBound > low && $0.lowerBound < high && $0.lowerBound < $0.upperBound
    }
    .map { $0.clamped(to: low...high) }
    guard !inside.isEmpty else { return nil }
    let ends = [low] + inside.flatMap { [$0.lowerBound, $0.upperBound] } + [high]
    // Every second piece is short; an end may have none.
    let pieces = zip(ends, ends.dropFirst()).enumerated().filter { $0.element.0 < $0.element.1 }
      .map { (end: $0.element.1, isShort: $0.offset % 2 == 1) }
    let (short, long) = (pieces.filter(\.isShort).count, pieces.filter { !$0.isShort }.count)
    // Tuned: labels of four digits have room on both sides of a short piece.
    let narrow = long == 0 ? 1 / Double(short) : min(0.1, 0.4 / Double(short))
    let wide = (1 - narrow * Double(short)) / Double(max(long, 1))
    var knots = [Knot(value: low, place: 0)]
    for piece in pieces {
      knots.append(
        Knot(value: piece.end, place: min(1, knots[knots.count - 1].place + (piece.isShort ? narrow : wide))))
    }
    var labels: [Knot] = [knots[0]]
    for knot in knots.dropFirst() where knot.place - labels[labels.count - 1].place >= 0.09 {
      labels.append(knot)
    }
    (scale, domain, exponent, self.knots) = (.linear, low...high, 0, knots)
    ticks = knots.map(\.value)
    labelled = labels.map(\.value)
  }

  private init(linear low: Double, _ high: Double, _ ends: Ends, _ leastStep: Double) {
    var (low, high) = low <= high ? (low, high) : (0, 1)
    if low == high {
      let margin = low == 0 ? 1 : 0.5 * low.magnitude
      (low, high) = (low - margin, high + margin)
    }
    // A quantity that comes near zero is shown from zero on.
    if ends == .roomy, low > 0, low < 0.4 * high { low = 0 }
    // Halved before subtracting, so that ±1e308 does not overflow.
    let step = max(leastStep, Self.roundStep(above: (high / 2 - low / 2) / 3.5))
    if ends == .roomy {
      (low, high) = ((low / step).rounded(.down) * step, (high / step).rounded(.up) * step)
    }
    // Tuned: an end that misses a tick by round-off still carries it.
    let slack = 1e-9
    let (first, last) = ((low / step - slack).rounded(.up), (high / step + slack).rounded(.down))
    scale = .linear
    domain = low...high
    ticks = stride(from: first, through: last, by: 1).map { $0 * step }
    labelled = ticks
    let decade = Int(log10(max(low.magnitude, high.magnitude)).rounded(.down))
    exponent = (-3...4).contains(decade) ? 0 : decade
  }

  private init(logarithmic low: Double, _ high: Double, _ ends: Ends) {
    let (low, high) = low <= high ? (low, high) : (0.1, 1)
    var (a, b) = (log10(low), log10(high))
    if ends == .roomy {
      if b - a > 3 {
        (a, b) = (a.rounded(.down), b.rounded(.up))
      } else {
        let margin = max(0.05 * (b - a), 0.05)
        (a, b) = (a - margin, b + margin)
      }
    } else if a == b {
      (a, b) = (a - 0.5, b + 0.5)
    }
    scale = .logarithmic
    // Rounded to a decade beyond the representable numbers, an end stays at the value itself.
    let (bottom, top) = (pow(10, a), pow(10, b))
    domain = (bottom > 0 ? min(bottom, low) : low)...(top.isFinite ? max(top, high) : high)
    exponent = 0

    let slack = 1e-9
    let decades = stride(from: (a - slack).rounded(.up), through: (b + slack).rounded(.down), by: 1).map {
      $0
    }
    // At most eight labels: every decade, or every 2nd, 3rd, 5th, 10th, …
    let every = [1, 2, 3, 5, 10, 20, 50, 100].first { decades.count <= 8 * Int($0) } ?? 100
    let powers = decades.map { pow(10, $0) }.filter { $0 > 0 && $0.isFinite }
    let inside = domain
    func multiples(_ factors: [Double]) -> [Double] {
      stride(from: a.rounded(.down), through: b, by: 1)
        .flatMap { decade in factors.map { $0 * pow(10, decade) } }
        .filter { inside.contains($0) }
    }
    if b - a <= 1.5 {
      // Divided ever finer until two labels are inside: by 1, 2, 5, by wholes, by tenths of a power of ten.
      let tenths = (10..<100).map { Double($0) / 10 }
      let divisions = [
        [1, 2, 5], tenths.filter { $0 == $0.rounded() }, tenths.filter { Int($0 * 10) % 5 == 0 }, tenths,
      ]
      let division = divisions.first { multiples($0).count >= 2 } ?? tenths
      labelled = multiples(division)
      ticks = labelled.count > 4 || division.count > 9 ? labelled : multiples(divisions[1])
    } else {
      ticks = b - a <= 4 ? multiples([1, 2, 3, 4, 5, 6, 7, 8, 9]) : powers
      labelled = zip(decades, decades.map { pow(10, $0) })
        .filter { Int($0.0) % every == 0 && $0.1 > 0 && $0.1.isFinite }.map(\.1)
    }
  }

  /// The smallest of 1, 2, 5 times a power of ten that is not below x > 0.
  private static func roundStep(above x: Double) -> Double {
    let decade = pow(10, log10(x).rounded(.down))
    return ([1, 2, 5].first { $0 * decade >= x } ?? 10) * decade
  }

  /// The place of a showable value between the ends of the domain: 0 at the lower, 1 at the upper.
  func fraction(of x: Double) -> Double {
    if let i = knots.dropFirst().firstIndex(where: { x <= $0.value }) {
      let (a, b) = (knots[i - 1], knots[i])
      return a.place + (b.place - a.place) * (x - a.value) / (b.value - a.value)
    }
    if let last = knots.last { return last.place }
    return switch scale {
    case .linear:
      (x / 2 - domain.lowerBound / 2) / (domain.upperBound / 2 - domain.lowerBound / 2)
    case .logarithmic:
      (log(x) - log(domain.lowerBound)) / (log(domain.upperBound) - log(domain.lowerBound))
    }
  }
}
