/// What can be drawn: a Vega-Lite specification with a title and a caption.
public protocol Drawing: Sendable {
  /// Printed above the plot.
  var title: String { get }
  /// Printed below the plot.
  var caption: String { get }
  /// The specification, JSON text; the same drawing always gives the same text.
  var vegaLite: String { get }
}

extension LineFigure: Drawing {}
