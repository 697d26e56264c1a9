import DataFormats
import Prose

/// An argument that is out of its range, or goes with no other that was given.
struct ArgumentError: MendableError {
  /// What it is called.
  let argument: String
  let problem: String
  /// What was given.
  let value: String
  let remedies: [Remedy]

  /// - Parameters:
  ///   - argument: what it is called.
  ///   - problem: what is wrong, without the full stop.
  ///   - value: what was given.
  ///   - remedies: what would mend it.
  init(_ argument: String, _ problem: String, value: String, remedies: [Remedy] = []) {
    (self.argument, self.problem, self.value, self.remedies) = (argument, problem + ".", value, remedies)
  }

  /// A request whose JSON has another form.
  init(_ error: DecodingError) {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty ? "the request" : path.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, _): self.init(key.stringValue, "\(key.stringValue) is missing", value: "")
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      self.init(
        place(context.codingPath), "\(place(context.codingPath)) is no \(type)",
        value: context.debugDescription)
    case .dataCorrupted(let context):
      self.init(
        place(context.codingPath), "\(place(context.codingPath)) cannot be read: \(context.debugDescription)",
        value: "")
    @unknown default: self.init("request", "the request cannot be read", value: "\(error)")
    }
  }
}

/// The range of an argument, in the words of the command without its hyphens.
func require(_ holds: Bool, _ argument: String, _ requirement: String, _ value: some Any) throws {
  guard !holds else { return }
  throw ArgumentError(argument, "\(argument) must \(requirement), not \(value)", value: "\(value)")
}

/// The value of a word.
func word<Value: RawRepresentable & CaseIterable>(
  _ text: String, of type: Value.Type, _ argument: String
) throws -> Value where Value.RawValue == String {
  if let value = Value(rawValue: text) { return value }
  throw unknownWord(text, argument, Value.allCases.map(\.rawValue))
}

/// A word that is none of those that are known.
func unknownWord(_ text: String, _ argument: String, _ known: [String]) -> ArgumentError {
  let near = nearestName(to: text, among: known)
  return ArgumentError(
    argument,
    "\(argument) is none of \(list(known)): “\(visible(text))”" + (near.map { "; is “\($0)” meant?" } ?? ""),
    value: text)
}

/// Refuses NaN and infinite entries, in the words of a reader of arrays.
func checkFinite(_ values: UnsafePointer<Double>, rows: Int, columns: Int, name: String) throws {
  // A product with zero is NaN where an entry is NaN or infinite: one pass that vectorises, with sums apart so that it does.
  var sums = SIMD8<Double>(repeating: 0)
  let count = rows * columns
  var i = 0
  while i + 8 <= count {
    sums += UnsafeRawPointer(values + i).loadUnaligned(as: SIMD8<Double>.self) * 0
    i += 8
  }
  var sum = sums.sum()
  while i < count {
    sum += values[i] * 0
    i += 1
  }
  guard sum != 0 else { return }
  for i in 0..<rows {
    for j in 0..<columns where !values[i * columns + j].isFinite {
      throw DataFormatError.nonFiniteEntry(
        file: name, array: nil, index: [i, j], value: "\(values[i * columns + j])")
    }
  }
}
