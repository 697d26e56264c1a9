import Prose

/// Why factors of tables cannot be read, merged or used.
public enum FactorError: MendableError, Equatable {
  /// A file holds no factor, or a damaged one.
  case notAFactor(file: String, problem: String)
  /// A newer program wrote the file.
  case newerFormat(file: String, found: Int, known: Int)
  /// The columns of two tables differ: those that the second lacks, and those that it has beside them; none of either if only their order differs.
  case differentColumns(first: String, second: String, missing: [String], surplus: [String])
  /// Missing values were dealt with differently, or other columns were named to be predicted.
  case differentTreatment(first: String, second: String)
  /// The cells of a column became numbers in different ways.
  case differentCoding(first: String, second: String, column: String)
  /// Both factors have the samples of one file.
  case sameSource(source: String, first: String, second: String)
  /// More samples than can be counted.
  case tooManySamples(first: String, second: String)
  /// A column to predict has means in the place of missing values.
  case filledTarget(column: String, table: String)
  /// A cell is not what the factor has been made of.
  case unlike(pattern: String, problem: String)

  public var problem: String {
    switch self {
    case .notAFactor(let file, let problem):
      "\(fileName(file)) is no factor of a table, or damaged: \(problem)."
    case .newerFormat(let file, let found, let known):
      "\(fileName(file)) has format version \(found), but this program knows versions up to \(known): it was written by a newer linnet."
    case .differentColumns(let first, let second, let missing, let surplus):
      "\(second) does not have the columns of \(first)"
        + ([
          missing.isEmpty ? "" : "it lacks \(Self.names(missing))",
          surplus.isEmpty ? "" : "it has \(Self.names(surplus)) beside them",
          missing.isEmpty && surplus.isEmpty ? "they stand in another order" : "",
        ].filter { !$0.isEmpty }.joined(separator: ", ")).prefixed(": ") + "."
    case .differentTreatment(let first, let second):
      "\(second) was compressed with other options than \(first) (what is done with missing values and words, or the columns to predict), so that they cannot be merged; compress one of them again like the other."
    case .differentCoding(let first, let second, let column):
      "the cells of “\(visible(column))” became numbers in different ways in \(first) and \(second) (other categories, or other means in the place of missing values), so that they cannot be merged; compress one of them again like the other."
    case .sameSource(let source, let first, let second):
      "\(first) and \(second) both have the samples of “\(visible(source))”, which would count twice."
    case .tooManySamples(let first, let second):
      "\(first) and \(second) have more samples than can be counted."
    case .filledTarget(let column, let table):
      "“\(visible(column))” was compressed in \(table) with its mean in the place of missing values, which must not be predicted; compress the table again with “\(visible(column))” among the columns to predict, so that rows without it are left out."
    case .unlike(let pattern, let problem): "\(problem) \(pattern) was made of samples without such cells."
    }
  }

  public var remedies: [Remedy] {
    switch self {
    case .newerFormat: [.update]
    default: []
    }
  }

  private static func names(_ names: [String]) -> String { list(names.map { "“\(visible($0))”" }) }
}

extension String {
  fileprivate func prefixed(_ beginning: String) -> String { isEmpty ? "" : beginning + self }
}
