/// A diagram of curves over one horizontal axis: what is drawn, not how.
///
/// Every figure of the program is one of these: distances and losses with their theoretical bounds, singular values
/// with their targets, imbalances, and Figure 1 of the paper. `vegaLite` turns it into a specification,
/// `FigureRenderer` into pictures.
///
/// *Edge cases*: values that an axis cannot show (NaN, infinities; zero and negative numbers on a logarithmic axis)
/// are left out, and the curve has a gap there. A figure without any showable value says so in its plot area.
public struct LineFigure: Equatable, Sendable {
  /// Printed above the plot.
  public var title: String
  /// A line below the title: the data, the depth, the method.
  public var subtitle: String
  /// What x measures.
  public var horizontalAxis: Axis
  /// What y measures.
  public var verticalAxis: Axis
  /// The curves, in the order in which they are drawn.
  public var series: [Series]
  /// Straight lines across the plot.
  public var rules: [Rule]
  /// Shaded intervals behind the curves.
  public var bands: [Band]
  /// What is shaded, for the legend; empty where the bands' own labels say it.
  public var bandName: String
  /// Shaded spreads around curves.
  public var ribbons: [Ribbon]
  /// Printed below the plot: what the curves are and the numbers of their equations.
  public var caption: String

  /// A figure from its parts.
  public init(
    title: String, subtitle: String = "", horizontalAxis: Axis, verticalAxis: Axis, series: [Series],
    rules: [Rule] = [], bands: [Band] = [], bandName: String = "", ribbons: [Ribbon] = [], caption: String
  ) {
    self.title = title
    self.subtitle = subtitle
    self.horizontalAxis = horizontalAxis
    self.verticalAxis = verticalAxis
    self.series = series
    self.rules = rules
    self.bands = bands
    self.bandName = bandName
    self.ribbons = ribbons
    self.caption = caption
  }

  /// What an axis measures and how it is divided.
  public struct Axis: Equatable, Sendable {
    /// How an axis is divided.
    public enum Scale: String, Codable, Sendable {
      /// Equal steps for equal differences.
      case linear
      /// Equal steps for equal ratios; only positive values have a place.
      case logarithmic
    }

    /// What is measured.
    public var title: String
    /// Printed in parentheses after the title; empty for pure numbers.
    public var unit: String
    /// How it is divided.
    public var scale: Scale
    /// The least distance of the ticks of a linear axis: 1 for what is counted.
    public var leastStep: Double
    /// Intervals of a linear horizontal axis in which nothing happens, in increasing order: they are drawn short, and what lies between them
    /// shares the room, each as wide as the next; empty for an ordinary axis.
    public var shortened: [ClosedRange<Double>]

    /// An axis with its title, unit and scale.
    public init(
      _ title: String, unit: String = "", scale: Scale = .linear, leastStep: Double = 0,
      shortened: [ClosedRange<Double>] = []
    ) {
      self.title = title
      self.unit = unit
      self.scale = scale
      self.leastStep = leastStep
      self.shortened = shortened
    }
  }

  /// A point (x, y) of a curve, in the units of the axes.
  public struct Point: Equatable, Sendable {
    /// The abscissa.
    public var x: Double
    /// The ordinate.
    public var y: Double

    /// The point (x, y).
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// The pattern of a stroke; it tells curves apart where colours do not.
  public enum Dash: CaseIterable, Sendable {
    /// ———
    case solid
    /// – – –
    case dashed
    /// · · ·
    case dotted
    /// – · –
    case dashDotted
    /// — — —
    case longDashed
  }

  /// How a series is drawn.
  public enum Style: Equatable, Sendable {
    /// A measured curve. Without a pattern, the figure deals one out by position.
    case line(Dash? = nil)
    /// A theoretical bound: a thinner line, which does not stretch the vertical axis downwards. An exponential bound
    /// may fall by 300 decades, and the figure is about the curve below it.
    case bound(Dash = .dashed)
    /// Open circles, at most thirty, spread evenly along the axis: for one method beside another's curve.
    case markers
    /// A dot for every point: for a scatter of samples.
    case dots
  }

  /// One curve.
  public struct Series: Equatable, Sendable {
    /// Printed at the curve's right end.
    public var name: String
    /// How the curve is drawn.
    public var style: Style
    /// The colour's number; series and rules with the same number share a colour. By default the position among the
    /// series that have none.
    public var hue: Int?
    /// In order of x, which must not decrease where it is finite.
    public var points: [Point]

    /// The curve through the points, in order of x.
    public init(_ name: String, style: Style = .line(), hue: Int? = nil, points: [Point]) {
      self.name = name
      self.style = style
      self.hue = hue
      self.points = points
      var last = -Double.infinity
      for x in points.lazy.map(\.x) where x.isFinite {
        precondition(x >= last, "the points of “\(name)” go back from x = \(last) to x = \(x)")
        last = x
      }
    }

    /// The curve through (x_i, y_i); x and y must have equal lengths.
    public init(_ name: String, style: Style = .line(), hue: Int? = nil, x: [Double], y: [Double]) {
      precondition(x.count == y.count, "“\(name)” has \(x.count) abscissas and \(y.count) ordinates")
      self.init(name, style: style, hue: hue, points: zip(x, y).map(Point.init))
    }
  }

  /// A straight line across the plot with a label: a target value, or a moment in time.
  ///
  /// A horizontal rule is always inside the plot; a vertical one is left out if it lies beyond the curves.
  public struct Rule: Equatable, Sendable {
    /// Which way the line runs, and where.
    public enum Position: Equatable, Sendable {
      /// At the height y.
      case horizontal(y: Double)
      /// At the abscissa x.
      case vertical(x: Double)
    }

    /// Where the line is.
    public var position: Position
    /// Printed beside the line.
    public var label: String
    /// The colour's number, as for series; grey without one.
    public var hue: Int?

    /// A rule with its label.
    public init(_ position: Position, label: String, hue: Int? = nil) {
      self.position = position
      self.label = label
      self.hue = hue
    }
  }

  /// A shaded interval of the horizontal axis, such as a plateau. It is clipped to the plot.
  public struct Band: Equatable, Sendable {
    /// From where to where on the horizontal axis.
    public var range: ClosedRange<Double>
    /// Printed above the band.
    public var label: String

    /// A band with its label.
    public init(_ range: ClosedRange<Double>, label: String) {
      self.range = range
      self.label = label
    }
  }

  /// A spread around a curve, such as the quartiles around a median, shaded in the curve's colour.
  public struct Ribbon: Equatable, Sendable {
    /// The lower and upper end at one abscissa.
    public struct Span: Equatable, Sendable {
      /// The abscissa.
      public var x: Double
      /// The lower end.
      public var low: Double
      /// The upper end, not below the lower.
      public var high: Double

      /// The span from `low` to `high` at x.
      public init(_ x: Double, _ low: Double, _ high: Double) {
        (self.x, self.low, self.high) = (x, low, high)
      }
    }

    /// The colour's number, that of the curve.
    public var hue: Int
    /// In order of x.
    public var spans: [Span]

    /// The spread through these spans, in order of x.
    public init(hue: Int, spans: [Span]) { (self.hue, self.spans) = (hue, spans) }
  }
}
