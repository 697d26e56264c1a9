/// "1 input", "2 inputs"; "1 category", "2 categories" with its plural.
package func count(_ n: Int, _ noun: String, plural: String? = nil) -> String {
  "\(n) \(n == 1 ? noun : plural ?? noun + "s")"
}

/// The first `limit` words between commas, with a sign that there are more.
package func list(_ words: some Collection<String>, atMost limit: Int = 12) -> String {
  words.prefix(limit).joined(separator: ", ") + (words.count > limit ? ", …" : "")
}

/// "1–4, 7" for increasing numbers, "none" for no number.
package func ranges(_ numbers: [Int]) -> String {
  guard let first = numbers.first else { return "none" }
  var runs = [(first, first)]
  for i in numbers.dropFirst() {
    if i == runs[runs.count - 1].1 + 1 { runs[runs.count - 1].1 = i } else { runs.append((i, i)) }
  }
  return runs.map { $0.0 == $0.1 ? "\($0.0)" : "\($0.0)–\($0.1)" }.joined(separator: ", ")
}

/// "10–4–4–1", the widths of a network's layers.
package func chain(_ widths: [Int]) -> String { widths.map(String.init).joined(separator: "–") }

/// A time on the clock: "12 µs", "3.4 ms", "12 s", "3 min", "2 h 5 min".
package func duration(_ seconds: Double) -> String {
  switch seconds {
  case ..<0.001: "\(Int((seconds * 1e6).rounded())) µs"
  case ..<1: "\(number(seconds * 1e3, digits: 3)) ms"
  case ..<120: "\(number(seconds, digits: 3)) s"
  case ..<7200: "\(Int(seconds / 60)) min"
  default: "\(Int(seconds / 3600)) h \(Int(seconds / 60) % 60) min"
  }
}
