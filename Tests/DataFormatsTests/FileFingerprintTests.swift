import DataFormats
import Foundation
import TestSupport
import Testing

@Suite struct FileFingerprintTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func `the checksum is the published one`() throws {
    // Source: the check value of CRC-32/ISO-HDLC in Cook's catalogue of parametrised CRC algorithms.
    let fingerprint = try FileFingerprint(of: scratch.file("x", "123456789"))
    #expect(fingerprint.bytes == 9)
    #expect(fingerprint.crc32 == 0xCBF4_3926)
  }

  @Test func `it notices one bit in many pieces`() throws {
    var content = [UInt8](repeating: 7, count: (2 << 20) + 3)
    let before = try FileFingerprint(of: scratch.file("x", content))
    #expect(try FileFingerprint(of: scratch.path("x")) == before)
    content[(2 << 20) + 1] ^= 4
    let after = try FileFingerprint(of: scratch.file("x", content))
    #expect(after.bytes == before.bytes && after.crc32 != before.crc32)
  }

  @Test func `it is coded and decoded unchanged`() throws {
    let fingerprint = try FileFingerprint(of: scratch.file("x", ""))
    let decoded = try JSONDecoder().decode(FileFingerprint.self, from: JSONEncoder().encode(fingerprint))
    #expect(decoded == fingerprint && decoded.bytes == 0 && decoded.crc32 == 0)
  }

  @Test func `a missing file has none`() throws {
    #expect(throws: DataFormatError.missingFile(file: "/missing")) { try FileFingerprint(of: "/missing") }
  }
}
