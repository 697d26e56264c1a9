import Prose

/// A column that is read, and what is made of its cells.
public struct ColumnReading: Equatable, Sendable {
  /// The position of the column in the source, from 0.
  public let column: Int
  /// What is made of its cells.
  public let cells: CellReading

  /// A column and what is made of its cells.
  public init(_ column: Int, _ cells: CellReading = .number) { (self.column, self.cells) = (column, cells) }
}

/// What is made of the cells of a column.
public enum CellReading: Equatable, Sendable {
  /// A finite number; everything else is refused.
  case number
  /// A finite number, or NaN where a value is missing.
  case numberOrMissing
  /// The number that stands for a word, or NaN where a value is missing; other words are refused.
  case word([String: Double])
  /// Days since 1 January 1970, or NaN where a value is missing.
  case date(DateOrder)
}

/// How the parts of a date follow each other.
public enum DateOrder: String, Sendable, Codable {
  /// 2024-01-31, with or without a time behind it (ISO 8601).
  case yearMonthDay
  /// 31.01.2024.
  case dayMonthYear

  /// Days since 1 January 1970 in the calendar of today, a time as a part of the day; nil if the text is no such date.
  public func days(_ text: String) -> Double? {
    let text = text.utf8
    let separator: UInt8 = self == .yearMonthDay ? 0x2D : 0x2E
    // A time stands behind a T or a blank.
    let date = text.prefix { $0 != 0x54 && $0 != 0x20 }
    let parts = date.split(separator: separator, omittingEmptySubsequences: false).map { part -> Int? in
      part.allSatisfy { 0x30...0x39 ~= $0 } && (1...4).contains(part.count) ? Int(String(part)!) : nil
    }
    guard parts.count == 3, let a = parts[0], let month = parts[1], let c = parts[2] else { return nil }
    let (year, day) = self == .yearMonthDay ? (a, c) : (c, a)
    guard date.split(separator: separator)[self == .yearMonthDay ? 0 : 2].count == 4,
      let days = Self.days(year: year, month: month, day: day)
    else { return nil }
    let time = text.dropFirst(date.count + 1)
    if date.count == text.count { return Double(days) }
    guard let seconds = Self.seconds(String(time) ?? "") else { return nil }
    return Double(days) + seconds / 86_400
  }

  /// Source: Hinnant, "chrono-compatible low-level date algorithms" (2013): days_from_civil.
  private static func days(year: Int, month: Int, day: Int) -> Int? {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...12).contains(month), (1...lengths[month - 1]).contains(day) else { return nil }
    // Years begin in March, so that the day that may be missing is the last.
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// "13:45", "13:45:30.5", with or without a Z for universal time.
  private static func seconds(_ text: String) -> Double? {
    let text = text.hasSuffix("Z") ? text.dropLast() : text[...]
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let hour = Int(parts[0]), let minute = Int(parts[1]),
      (0..<24).contains(hour), (0..<60).contains(minute)
    else { return nil }
    guard parts.count == 3 else { return Double(hour * 3600 + minute * 60) }
    guard let second = Double(parts[2]), (0..<61).contains(second) else { return nil }
    return Double(hour * 3600 + minute * 60) + second
  }
}

/// Where a cell is: the line of a text file on which its row begins, or the row of an array counted from 0.
public struct CellPlace: Hashable, Sendable, CustomStringConvertible {
  /// What rows are counted by.
  public enum Unit: String, Sendable { case line, row }

  /// The file.
  public let file: String
  /// What rows are counted by.
  public let unit: Unit
  /// Which.
  public let number: Int

  /// - Parameters:
  ///   - file: the file.
  ///   - unit: what rows are counted by.
  ///   - number: which.
  public init(file: String, unit: Unit, number: Int) {
    (self.file, self.unit, self.number) = (file, unit, number)
  }

  public var description: String { "\(fileName(file)), \(unit.rawValue) \(number)" }
}

/// What the cells of a column are, counted over all rows.
public struct ColumnCensus: Sendable {
  /// Cells that are finite numbers.
  public internal(set) var numbers = 0
  /// Cells that say that a value is missing: empty, NA, NaN, null, none or a question mark.
  public internal(set) var missing = 0
  /// Where the first of these are.
  public internal(set) var missingPlaces: [CellPlace] = []
  /// Cells that are true or false.
  public internal(set) var truths = 0
  /// Cells that are dates, by the order of their parts.
  public internal(set) var dates: [DateOrder: Int] = [:]
  /// Cells that are neither numbers nor missing.
  public internal(set) var words = 0
  /// The first of these, and where it is.
  public internal(set) var firstWord: (text: String, place: CellPlace)?
  /// Every text of a cell that is not missing, with its count; nil if they are more than ``distinctLimit``.
  public internal(set) var texts: [String: Int]? = [:]

  /// Of no cells.
  public init() {}

  /// Different texts that are counted: a column of more is no list of categories (tuned).
  public static let distinctLimit = 1000

  /// How many places are remembered.
  static let placeLimit = 3

  /// The counts of two parts of a table.
  public func merging(_ other: ColumnCensus) -> ColumnCensus {
    var sum = self
    sum.numbers += other.numbers
    sum.missing += other.missing
    sum.missingPlaces = Array((missingPlaces + other.missingPlaces).prefix(Self.placeLimit))
    sum.truths += other.truths
    sum.dates.merge(other.dates, uniquingKeysWith: +)
    sum.words += other.words
    sum.firstWord = firstWord ?? other.firstWord
    sum.texts = texts.flatMap { mine in other.texts.map { mine.merging($0, uniquingKeysWith: +) } }
    if (sum.texts?.count ?? 0) > Self.distinctLimit { sum.texts = nil }
    return sum
  }

  mutating func addNumber(_ x: Double) {
    numbers += 1
    addText("\(x)")
  }

  mutating func addMissing(at place: CellPlace) {
    missing += 1
    if missingPlaces.count < Self.placeLimit { missingPlaces.append(place) }
  }

  mutating func addText(_ text: @autoclosure () -> String) {
    guard texts != nil else { return }
    texts![text(), default: 0] += 1
    if texts!.count > Self.distinctLimit { texts = nil }
  }

  mutating func addWord(_ text: String, at place: CellPlace) {
    words += 1
    if firstWord == nil { firstWord = (text, place) }
    if ["true", "True", "TRUE", "false", "False", "FALSE"].contains(text) { truths += 1 }
    for order in [DateOrder.yearMonthDay, .dayMonthYear] where order.days(text) != nil {
      dates[order, default: 0] += 1
    }
  }
}
