/// Why data files do not make a problem, with the way to mend it.
enum DataError: Error, Equatable, CustomStringConvertible {
  case unknownColumn(name: String, option: String, file: String, available: [String])
  case noInputsLeft(targets: [String])
  case differentColumns(first: String, second: String)
  case rowCounts(inputs: String, outputs: String, found: Int, expected: Int)
  case targetShape(file: String)
  case network(file: String, problem: String)
  case changedInput(file: String)
  case notARun(path: String, problem: String)
  case noClosedForm(reason: String)

  var description: String {
    switch self {
    case .noClosedForm(let reason):
      "--method exact: \(reason). Use --method auto."
    case .unknownColumn(let name, let option, let file, let available):
      "\(option): \(file) has no column \"\(name)\"; "
        + (nearestName(to: name, among: available).map { "did you mean \"\($0)\"?" }
          ?? "its columns are \(available.prefix(12).joined(separator: ", "))\(available.count > 12 ? ", …" : ".")")
    case .noInputsLeft(let targets):
      "no column is left to predict from: the targets \(targets.joined(separator: ", ")) and the dropped columns are all there are."
    case .differentColumns(let first, let second):
      "\(second) does not have the same columns as \(first); files given together must agree."
    case .rowCounts(let inputs, let outputs, let found, let expected):
      "\(inputs) and \(outputs) must have a row for every sample: one has \(expected) rows, the other \(found)."
    case .targetShape(let file):
      "\(file) is empty; the target Z needs a row for every output and a column for every input."
    case .network(let file, let problem): "\(file) is not a network for this data: \(problem)"
    case .changedInput(let file):
      "\(file) has changed since the run that is to be repeated or resumed (its size or checksum differs)."
    case .notARun(let path, let problem): "\(path) \(problem)"
    }
  }
}

/// The name nearest to a misspelt one, if it is near: a third of its letters differ, at most.
func nearestName(to name: String, among names: [String]) -> String? {
  let best = names.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
  // One letter for another is no misspelling of a name of one letter.
  guard let best, best.1 <= (name.count + 2) / 3, best.1 < max(name.count, best.0.count) else { return nil }
  return best.0
}

/// Insertions, deletions and replacements that lead from one word to the other (Levenshtein, 1966).
func editDistance(_ a: String, _ b: String) -> Int {
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
