import Figures
import Foundation
import Testing

/// A specification as a reader of the file sees it.
struct SpecificationReader {
  let root: [String: Any]

  init(_ figure: LineFigure) throws {
    let object = try JSONSerialization.jsonObject(with: Data(figure.vegaLite.utf8))
    root = try #require(object as? [String: Any])
  }

  struct Layer {
    let object: [String: Any]
    var name: String { object["name"] as? String ?? "" }
    var mark: [String: Any] { object["mark"] as? [String: Any] ?? [:] }
    var rows: [[String: Any]] { (object["data"] as? [String: Any])?["values"] as? [[String: Any]] ?? [] }
    func numbers(_ field: String) -> [Double] { rows.compactMap { $0[field] as? Double } }
    func value(_ channel: String) -> Any? {
      ((object["encoding"] as? [String: Any])?[channel] as? [String: Any])?["value"]
    }
  }

  var layers: [Layer] { (root["layer"] as? [[String: Any]] ?? []).map(Layer.init) }

  func layers(_ kind: String) -> [Layer] { layers.filter { $0.name.hasPrefix(kind) } }

  private func channel(_ name: String) -> [String: Any] {
    (root["encoding"] as? [String: Any])?[name] as? [String: Any] ?? [:]
  }

  func scale(_ name: String) -> [String: Any] { channel(name)["scale"] as? [String: Any] ?? [:] }
  func domain(_ name: String) -> [Double] { scale(name)["domain"] as? [Double] ?? [] }
  func axisTitle(_ name: String) -> String { channel(name)["title"] as? String ?? "" }
  func axis(_ name: String) -> [String: Any] { channel(name)["axis"] as? [String: Any] ?? [:] }
}

extension LineFigure {
  /// A figure of given curves, everything else plain.
  static func plain(
    _ series: [Series], x: Axis.Scale = .linear, y: Axis.Scale = .linear, rules: [Rule] = [],
    bands: [Band] = []
  ) -> LineFigure {
    LineFigure(
      title: "title", horizontalAxis: Axis("x", scale: x), verticalAxis: Axis("y", scale: y), series: series,
      rules: rules, bands: bands, caption: "equation (13)")
  }
}
