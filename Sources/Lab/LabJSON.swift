import Foundation

/// JSON as `result.json` has it, on one line: doubles with the digits that identify them; "Infinity", "-Infinity" and "NaN" where JSON has no number.
enum LabJSON {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try encoder.encode(value)
  }

  static func decode<T: Decodable>(_ type: T.Type, from body: Data) throws(LabError) -> T {
    do { return try JSONDecoder().decode(type, from: body) } catch { throw LabError(error) }
  }
}
