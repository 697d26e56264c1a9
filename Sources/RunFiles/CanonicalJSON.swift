import DataFormats
import Foundation

/// JSON as this program writes it: sorted keys, doubles with the digits that identify them (17 at most).
///
/// A run that diverged may hold numbers that JSON does not have; they stand as "Infinity", "-Infinity" and "NaN".
public enum CanonicalJSON {
  /// How the text is laid out.
  public enum Layout: Sendable {
    /// On indented lines, the last one ended: a file.
    case file
    /// On one line, not ended.
    case line
  }

  private static let (positive, negative, nan) = ("Infinity", "-Infinity", "NaN")

  /// The bytes of a value; equal values have equal bytes.
  ///
  /// - Throws: `EncodingError` if the value cannot be encoded.
  public static func encode(_ value: some Encodable, layout: Layout = .file) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if layout == .file { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: positive, negativeInfinity: negative, nan: nan)
    return try encoder.encode(value) + Data((layout == .file ? "\n" : "").utf8)
  }

  /// The value in some bytes.
  ///
  /// - Throws: `DecodingError`.
  public static func decode<T: Decodable>(_ type: T.Type, from bytes: Data) throws -> T {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: positive, negativeInfinity: negative, nan: nan)
    return try decoder.decode(type, from: bytes)
  }

  /// The value in a file.
  ///
  /// - Throws: `DataFormatError.missingFile(file:)`, ``RunFileError/damaged(file:)``.
  public static func decode<T: Decodable>(_ type: T.Type, from path: String) throws -> T {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw DataFormatError.missingFile(file: path)
    }
    // That was not written by this program.
    guard JSONFault.first(in: bytes) == nil else { throw RunFileError.damaged(file: path) }
    do { return try decode(type, from: bytes) } catch { throw RunFileError.damaged(file: path) }
  }
}
