import DataFormats
import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func text(_ name: String) throws -> String {
    String(decoding: try bytes(of: scratch.path(name)), as: UTF8.self)
  }

  @Test func `a file is replaced, and nothing else is left`() throws {
    try AtomicFile.write(Data("one".utf8), to: scratch.path("x"))
    try AtomicFile.write(Array("three".utf8), to: scratch.path("x"))
    #expect(try text("x") == "three")
    try AtomicFile.write([UInt8](), to: scratch.path("x"))
    #expect(try text("x") == "")
    #expect(try scratch.names == ["x"])
  }

  @Test func `pieces of all sizes arrive in order`() throws {
    var expected: [UInt8] = []
    try AtomicFile.write(to: scratch.path("x")) { sink throws(DataFormatError) in
      for size in [1, 300_000, 7, 262_143, 262_144, 2, 0, 262_145] {
        let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
        expected += piece
        try sink.append(piece)
        try sink.append("é")
        expected += Array("é".utf8)
      }
      #expect(sink.byteCount == expected.count)
    }
    #expect(try bytes(of: scratch.path("x")) == expected)
  }

  @Test func `a writer that fails leaves the old file and nothing else`() throws {
    try AtomicFile.write(Array("old".utf8), to: scratch.path("x"))
    let failure = DataFormatError.noEntries(file: "anything")
    #expect(throws: failure) {
      try AtomicFile.write(to: scratch.path("x")) { sink throws(DataFormatError) in
        try sink.append([UInt8](repeating: 0, count: 1_000_000))
        throw failure
      }
    }
    #expect(try text("x") == "old")
    #expect(try scratch.names == ["x"])
  }

  @Test func `while a file is written the old one is there`() throws {
    try AtomicFile.write(Array("old".utf8), to: scratch.path("x"))
    let path = scratch.path("x")
    var during: [UInt8]?
    try AtomicFile.write(to: path) { sink throws(DataFormatError) in
      try sink.append([UInt8](repeating: 0, count: 1_000_000))
      during = try? bytes(of: path)
    }
    #expect(during == Array("old".utf8))
    #expect(try bytes(of: path).count == 1_000_000)
  }

  @Test func `a symbolic link keeps pointing to what is written`() throws {
    try AtomicFile.write(Array("old".utf8), to: scratch.path("x"))
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: "x")
    try AtomicFile.write(Array("new".utf8), to: scratch.path("link"))
    #expect(try text("x") == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch.path("link")) == "x")
  }

  @Test func `a place that cannot be written is refused with the reason`() throws {
    let x = try scratch.file("x", "")
    for (path, reason) in [
      (scratch.path("missing/x"), "no such file or directory"), (x + "/y", "not a directory"),
      (scratch.folder, "is a directory"),
      (scratch.path(String(repeating: "x", count: 300)), "file name too long"),
    ] {
      #expect(throws: DataFormatError.unwritable(file: path, reason: reason)) {
        try AtomicFile.write([1], to: path)
      }
    }
    #expect(try scratch.names == ["x"])
  }

  #if os(Linux)
    /// `/dev/full` refuses every byte; it must also still be there, since a rename would have replaced it.
    @Test func `a full disk is told by every writer`() throws {
      let full = DataFormatError.diskFull(file: "/dev/full")
      #expect(throws: full) { try AtomicFile.write([1], to: "/dev/full") }
      #expect(throws: full) { try CSVFile.write(fractions, to: "/dev/full") }
      #expect(throws: full) { try NPYFile.write(fractions, to: "/dev/full") }
      #expect(throws: full) { try NPZArchive.write([("a", NDArray(fractions))], to: "/dev/full") }
      #expect(throws: full) { try SafetensorsFile.write([("a", NDArray(fractions))], to: "/dev/full") }
      #expect(throws: full) { try AtomicFile.write([UInt8](repeating: 1, count: 1_000_000), to: "/dev/full") }
      let type = try FileManager.default.attributesOfItem(atPath: "/dev/full")[.type] as? FileAttributeType
      #expect(type == .typeCharacterSpecial)
    }
  #endif
}
