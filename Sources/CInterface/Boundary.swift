import Foundation
import LinearAlgebra
import RunFiles

// What crosses to C: pointers to numbers, texts that end with a zero, and handles.

/// A text that comes in.
public typealias Text = UnsafePointer<CChar>
/// Where a text goes that the caller frees by `linnet_free`.
public typealias TextOut = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
/// Where a handle goes that the caller gives back by `linnet_release`.
public typealias HandleOut = UnsafeMutablePointer<UnsafeMutableRawPointer?>

/// Does the work of an entry point: 0, or 1 with the error as JSON.
///
/// Every entry point whose arguments may be wrong goes through here, with one thread of BLAS, as the command has it.
func answer(_ error: TextOut?, _ work: () throws -> Void) -> Int32 {
  do {
    try withOneBLASThread(work)
    return 0
  } catch let failure {
    error?.pointee = ErrorReport(failure).text
    return 1
  }
}

/// A copy of some bytes as a text of C.
func text(_ bytes: Data) -> UnsafeMutablePointer<CChar> {
  let copy = UnsafeMutablePointer<CChar>.allocate(byteCount: bytes.count + 1)
  copy.withMemoryRebound(to: UInt8.self, capacity: bytes.count + 1) {
    bytes.copyBytes(to: $0, count: bytes.count)
    $0[bytes.count] = 0
  }
  return copy
}

extension UnsafeMutablePointer where Pointee == CChar {
  /// Memory that `free` takes.
  fileprivate static func allocate(byteCount: Int) -> Self {
    malloc(byteCount)!.assumingMemoryBound(to: CChar.self)
  }
}

/// The value that a JSON text stands for.
func decoded<Value: Decodable>(_ type: Value.Type, _ text: Text?) throws -> Value {
  guard let text else { throw ArgumentError("request", "a request is missing", value: "NULL") }
  do {
    return try CanonicalJSON.decode(type, from: Data(bytes: text, count: strlen(text)))
  } catch let error as DecodingError {
    throw ArgumentError(error)
  }
}

/// The rows × columns matrix of numbers that are stored row after row.
///
/// - Parameter name: what the array is called in messages.
func matrix(_ values: UnsafePointer<Double>?, rows: Int64, columns: Int64, name: String) throws -> Matrix {
  let (rows, columns) = try checkedShape(rows, columns, name)
  guard let values else { throw ArgumentError(name, "\(name) is missing", value: "NULL") }
  try checkFinite(values, rows: rows, columns: columns, name: name)
  return Matrix(
    rows: columns, columns: rows,
    storage: Array(UnsafeBufferPointer(start: values, count: rows * columns))
  ).transpose
}

/// A shape with at least one row and one column.
func checkedShape(_ rows: Int64, _ columns: Int64, _ name: String) throws -> (Int, Int) {
  guard rows >= 1, columns >= 1, !rows.multipliedReportingOverflow(by: columns).overflow else {
    throw ArgumentError(
      name, "\(name) has the shape \(rows)×\(columns); it needs at least one row and one column",
      value: "\(rows)×\(columns)")
  }
  return (Int(rows), Int(columns))
}
