import Theory

/// The references that a report cites, as links to its list of sources.
enum Citation {
  /// The identifier of a row in the list of sources.
  static func anchor(_ label: String) -> String {
    "eq-" + label.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") }
  }

  /// The labels in a text such as "(26), (14)" as links to the list of sources; what is not known stays text.
  static func links(in text: String) -> HTML {
    let parts = text.split(separator: ",").map { part in String(part.drop { $0 == " " }) }
    return .joined(
      parts.map { part in
        Reference.labelled(part) != nil
          ? .element("a", ["href": "#" + anchor(part), "class": "equation"], HTML(part)) : HTML(part)
      }, by: HTML(", "))
  }
}
