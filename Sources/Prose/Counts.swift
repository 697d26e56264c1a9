/// "1 input", "2 inputs".
package func count(_ n: Int, _ noun: String) -> String { "\(n) \(noun)\(n == 1 ? "" : "s")" }

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
