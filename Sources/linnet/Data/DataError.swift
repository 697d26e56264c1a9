/// Why data files do not make a problem, with the way to mend it.
enum DataError: Error, Equatable, CustomStringConvertible {
  case targetShape(file: String)
  case network(file: String, problem: String)
  case changedInput(file: String)
  case notARun(path: String, problem: String)
  case noClosedForm(reason: String)

  var description: String {
    switch self {
    case .noClosedForm(let reason):
      "--method exact: \(reason). Use --method auto."
    case .targetShape(let file):
      "\(file) is empty; the target Z needs a row for every output and a column for every input."
    case .network(let file, let problem): "\(file) is not a network for this data: \(problem)"
    case .changedInput(let file):
      "\(file) has changed since the run that is to be repeated or resumed (its size or checksum differs)."
    case .notARun(let path, let problem): "\(path) \(problem)"
    }
  }
}
