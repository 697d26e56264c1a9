import Foundation

/// Doubles that stand in JSON as the base64 of eight little-endian bytes each: to the last bit, and a hundred thousand of them in milliseconds.
package struct PackedNumbers: Codable, Sendable, Equatable {
  package let values: [Double]

  package init(_ values: [Double]) { self.values = values }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let bytes = try container.decode(Data.self)
    guard bytes.count % 8 == 0 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(bytes.count) bytes are no whole number of doubles")
    }
    values = bytes.withUnsafeBytes { raw in
      (0..<bytes.count / 8).map {
        Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
      }
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) })
  }
}
