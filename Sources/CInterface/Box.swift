import Foundation
import Integration
import LinearAlgebra
import LinearNetworks
import RunFiles
import Synchronization

/// What a handle stands for. A box is never changed once it is handed out, so that several threads may ask it.
class Box {
  /// A part of it as JSON.
  func json(_ part: String) throws -> Data { throw unknownWord(part, "part", []) }

  /// An array of it, row-major, with its shape.
  func array(_ name: String) throws -> (values: [Double], shape: [Int]) {
    throw unknownWord(name, "array", [])
  }

  /// Hands it to C.
  final func hand(to handle: HandleOut?) throws {
    guard let handle else { throw ArgumentError("handle", "there is no place for the handle", value: "NULL") }
    handle.pointee = Unmanaged.passRetained(self).toOpaque()
  }
}

/// The box behind a handle.
func box<Kind: Box>(_ handle: UnsafeRawPointer?, _ type: Kind.Type = Kind.self) throws -> Kind {
  guard let handle else { throw ArgumentError("handle", "a handle is missing", value: "NULL") }
  let found = Unmanaged<Box>.fromOpaque(handle).takeUnretainedValue()
  guard let box = found as? Kind else {
    throw ArgumentError("handle", "a handle is of another kind", value: "\(Swift.type(of: found))")
  }
  return box
}

extension Matrix {
  /// Its entries row after row, and its shape.
  var rowMajor: (values: [Double], shape: [Int]) { (transpose.storage, [rows, columns]) }
}

extension [Double] {
  /// An array of one dimension.
  var vector: (values: [Double], shape: [Int]) { (self, [count]) }
}

/// Layers in the order in which they are applied.
final class NetworkBox: Box {
  let network: LinearNetwork
  /// The start in words.
  let words: String
  let seed: UInt64

  init(_ network: LinearNetwork, words: String, seed: UInt64 = 0) {
    (self.network, self.words, self.seed) = (network, words, seed)
  }

  override func json(_ part: String) throws -> Data {
    switch part {
    case "summary": try CanonicalJSON.encode(Summary(widths: network.widths, words: words), layout: .line)
    default: throw unknownWord(part, "part", ["summary"])
    }
  }

  private struct Summary: Encodable {
    let widths: [Int]
    let words: String
  }

  override func array(_ name: String) throws -> (values: [Double], shape: [Int]) {
    switch name {
    // One layer after the other; their shapes follow from the widths.
    case "layers": network.layers.flatMap { $0.transpose.storage }.vector
    case "endToEnd": network.endToEndMatrix.rowMajor
    default: throw unknownWord(name, "array", ["layers", "endToEnd"])
    }
  }
}

/// A wish that a run stops, which any thread may utter.
final class StopBox: Box {
  let isRequested = Atomic<Bool>(false)
}

// MARK: Entry points

@_cdecl("linnet_version")
public func linnet_version() -> UnsafeMutablePointer<CChar> { text(Data(programVersion.utf8)) }

@_cdecl("linnet_problem_of_installation")
public func linnet_problem_of_installation() -> UnsafeMutablePointer<CChar>? {
  SolverLibrary.problem.map { text(Data($0.utf8)) }
}

@_cdecl("linnet_free")
public func linnet_free(_ memory: UnsafeMutableRawPointer?) { free(memory) }

@_cdecl("linnet_release")
public func linnet_release(_ handle: UnsafeMutableRawPointer?) {
  if let handle { Unmanaged<Box>.fromOpaque(handle).release() }
}

@_cdecl("linnet_json")
public func linnet_json(
  _ handle: UnsafeRawPointer?, _ part: Text?, _ json: TextOut?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let found = try box(handle, Box.self).json(part.map { String(cString: $0) } ?? "")
    guard let json else { throw ArgumentError("json", "there is no place for the text", value: "NULL") }
    json.pointee = text(found)
  }
}

@_cdecl("linnet_array")
public func linnet_array(
  _ handle: UnsafeRawPointer?, _ name: Text?, _ values: UnsafeMutablePointer<UnsafeMutablePointer<Double>?>?,
  _ shape: UnsafeMutablePointer<Int64>?, _ dimensions: UnsafeMutablePointer<Int32>?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    guard let values, let shape, let dimensions else {
      throw ArgumentError("array", "there is no place for the array", value: "NULL")
    }
    let found = try box(handle, Box.self).array(name.map { String(cString: $0) } ?? "")
    let count = found.values.count
    let copy = malloc(max(count, 1) * MemoryLayout<Double>.stride)!.assumingMemoryBound(to: Double.self)
    found.values.withUnsafeBufferPointer { if count > 0 { copy.update(from: $0.baseAddress!, count: count) } }
    values.pointee = copy
    for (i, n) in found.shape.enumerated() { shape[i] = Int64(n) }
    dimensions.pointee = Int32(found.shape.count)
  }
}

@_cdecl("linnet_stop_create")
public func linnet_stop_create() -> UnsafeMutableRawPointer {
  Unmanaged.passRetained(StopBox() as Box).toOpaque()
}

@_cdecl("linnet_stop")
public func linnet_stop(_ handle: UnsafeRawPointer?) {
  if let stop: StopBox = try? box(handle) { stop.isRequested.store(true, ordering: .relaxed) }
}
