import DataFormats

/// What may be done so that the cells of a table become finite numbers.
public struct ReadingOptions: Equatable, Sendable {
  /// What is known of the form of a text.
  public var format: TextFormat
  /// What is done where values are missing.
  public var missing: MissingValues
  /// What is done with words.
  public var words: WordCoding

  /// By default everything that is not a finite number is refused.
  ///
  /// - Parameters:
  ///   - format: what is known of the form of a text.
  ///   - missing: what is done where values are missing.
  ///   - words: what is done with words.
  public init(
    format: TextFormat = TextFormat(), missing: MissingValues = .refuse, words: WordCoding = .refuse
  ) {
    (self.format, self.missing, self.words) = (format, missing, words)
  }
}

/// What is done with cells that say that a value is missing: empty, NA, NaN, null, none or a question mark.
///
/// A sample whose target is missing cannot be learnt from and is left out, unless missing values are refused.
public enum MissingValues: String, CaseIterable, Codable, Sendable {
  /// They are an error.
  case refuse
  /// Rows with one are left out.
  case drop
  /// The mean of the column's other values takes their place.
  case mean
  /// The same, and a further column is 1 where a value was missing and 0 elsewhere.
  case indicator
}

/// What is done with columns that hold words.
public enum WordCoding: String, CaseIterable, Codable, Sendable {
  /// They are an error.
  case refuse
  /// True and false become 1 and 0, dates days since 1970, and categories a column of zeros and ones each, but for the
  /// first of them in alphabetical order.
  case auto
}
