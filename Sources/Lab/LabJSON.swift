import DataFormats
import Foundation
import RunFiles

/// JSON as `result.json` has it, on one line: doubles with the digits that identify them; "Infinity", "-Infinity" and "NaN" where JSON has no number.
enum LabJSON {
  static func encode(_ value: some Encodable) throws -> Data {
    try CanonicalJSON.encode(value, layout: .line)
  }

  /// The value in a body.
  ///
  /// - Throws: ``LabError``, also for what the decoder takes without a word (`JSONFault`).
  static func decode<T: Decodable>(_ type: T.Type, from body: Data) throws(LabError) -> T {
    let value = try decoded(type, from: body)
    if let fault = JSONFault.first(in: body) { throw LabError(.malformed, "the request has \(fault.words).") }
    return value
  }

  private static func decoded<T: Decodable>(_ type: T.Type, from body: Data) throws(LabError) -> T {
    do {
      return try JSONDecoder().decode(type, from: body)
    } catch DecodingError.dataCorrupted(let context)
      where context.codingPath.isEmpty && (try? JSONSerialization.jsonObject(with: body)) is [String: Any]
    {
      // The decoder says no more than that of a number which its type cannot hold.
      throw LabError(
        .malformed,
        "a number is not of the kind that its key wants: depths, widths and samples are whole numbers, seeds are whole numbers and not negative, and all numbers are below 1.8e308."
      )
    } catch {
      throw LabError(error)
    }
  }
}
