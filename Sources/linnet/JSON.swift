import DataFormats
import Foundation

/// JSON as this program writes it: sorted keys, doubles with the digits that identify them (17 at most).
///
/// A run that diverged may hold numbers that JSON does not have; they stand as "Infinity", "-Infinity" and "NaN".
enum JSON {
  private static let (positive, negative, nan) = ("Infinity", "-Infinity", "NaN")

  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: positive, negativeInfinity: negative, nan: nan)
    return try encoder.encode(value) + Data("\n".utf8)
  }

  static func decode<T: Decodable>(_ type: T.Type, from path: String) throws -> T {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw DataFormatError.missingFile(file: path)
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: positive, negativeInfinity: negative, nan: nan)
    do {
      return try decoder.decode(type, from: data)
    } catch {
      throw DataError.notARun(path: path, problem: "is damaged or not a file of this program.")
    }
  }
}
