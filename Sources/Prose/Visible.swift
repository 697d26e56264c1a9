/// Text with what cannot be seen, or rearranges what stands around it, as `\u{200B}`.
package func visible(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isInvisible) else { return text }
  var shown = ""
  for scalar in text.unicodeScalars {
    if isInvisible(scalar) {
      shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    } else {
      shown.unicodeScalars.append(scalar)
    }
  }
  return shown
}

private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
  // No-break and other blanks that are not the usual one.
  case .spaceSeparator: scalar != " "
  default: false
  }
}

/// A file in a sentence: its path between quotation marks, or standard input.
package func fileName(_ path: String) -> String { path == "-" ? "standard input" : "“\(visible(path))”" }
