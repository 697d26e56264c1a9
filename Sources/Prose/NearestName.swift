/// The name nearest to a misspelt one, if it is near: a third of its letters differ, at most.
package func nearestName(to name: String, among names: some Sequence<String>) -> String? {
  let best = names.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
  // One letter for another is no misspelling of a name of one letter.
  guard let best, best.1 <= (name.count + 2) / 3, best.1 < max(name.count, best.0.count) else { return nil }
  return best.0
}

/// Insertions, deletions and replacements that lead from one word to the other (Levenshtein, 1966).
private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      (diagonal, row[j + 1]) = (row[j + 1], min(row[j + 1] + 1, row[j] + 1, diagonal + (x == y ? 0 : 1)))
    }
  }
  return row[b.count]
}
