import DataFormats
import LinearAlgebra
import TestSupport
import Testing

/// Files cut off and changed at random, from a seed: a reader answers with an array or a `DataFormatError`.
///
/// A trap or an allocation of what a damaged header claims would end the whole test run.
@Suite struct DamagedFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  static let rounds = 400

  private func damage(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var damaged = bytes
    switch generator.next() % 4 {
    case 0: damaged.removeLast(Int(generator.next() % UInt64(bytes.count)) + 1)
    case 1:
      damaged.insert(
        UInt8(truncatingIfNeeded: generator.next()), at: Int(generator.next() % UInt64(bytes.count)))
    case 2:
      // A run of equal bytes: zeros and ones make sizes of zero and of everything.
      let start = Int(generator.next() % UInt64(bytes.count))
      let byte: UInt8 = generator.next() & 1 == 0 ? 0 : 0xFF
      for i in start..<min(bytes.count, start + 1 + Int(generator.next() % 8)) { damaged[i] = byte }
    default:
      for _ in 0...generator.next() % 3 {
        damaged[Int(generator.next() % UInt64(bytes.count))] ^= 1 << UInt8(generator.next() % 8)
      }
    }
    return damaged
  }

  /// Reads damaged copies, and returns how many were refused.
  private func refusals(
    of name: String, seed: UInt64, _ read: (_ path: String) throws -> Void
  ) throws -> Int {
    let sound = name.contains("/") ? try bytes(of: name) : try bytes(of: fixture(name))
    var generator = SeededGenerator(seed: seed)
    var refusals = 0
    for round in 0..<Self.rounds {
      let path = try scratch.file("damaged", damage(sound, &generator))
      do { try read(path) } catch let error as DataFormatError {
        refusals += 1
        #expect(!error.description.isEmpty)
      } catch {
        Issue.record("round \(round): \(error)")
      }
    }
    return refusals
  }

  @Test(arguments: ["f8_c.npy", "f8_fortran.npy", "f4.npy", "version3.npy", "bool.npy"])
  func `NPY`(name: String) throws {
    let refused = try refusals(of: name, seed: 11) { _ = try NPYFile($0).readMatrix() }
    // A third of the damages change the length, which the header contradicts.
    #expect(refused > Self.rounds / 3)
  }

  @Test(arguments: ["stored.npz", "deflated.npz", "wide.npz"])
  func `NPZ`(name: String) throws {
    let refused = try refusals(of: name, seed: 12) { path in
      let archive = try NPZArchive(path)
      for name in archive.names { _ = try archive.array(name) }
    }
    #expect(refused > Self.rounds / 3)
  }

  @Test func `NPZ with 64-bit sizes throughout`() throws {
    try NPZArchive.write(
      [("A", NDArray(fractions)), ("b", NDArray([1]))], sizes: .wide, to: scratch.path("x.npz"))
    let refused = try refusals(of: scratch.path("x.npz"), seed: 13) { path in
      let archive = try NPZArchive(path)
      for name in archive.names { _ = try archive.array(name) }
    }
    #expect(refused > Self.rounds / 3)
  }

  @Test(arguments: ["types.safetensors", "bfloat16.safetensors"])
  func `safetensors`(name: String) throws {
    let refused = try refusals(of: name, seed: 14) { path in
      let file = try SafetensorsFile(path)
      for name in file.names { _ = try file.array(name) }
    }
    #expect(refused > Self.rounds / 3)
  }

  @Test(arguments: ["quoted.csv", "excel.csv", "savetxt.csv"])
  func `CSV`(name: String) throws {
    let refused = try refusals(of: name, seed: 15) { _ = try CSVFile($0).readMatrix() }
    // Text has no checksum: a changed digit is another number.
    #expect(refused > 0)
  }
}
