import CMPI
import Foundation
import LinnetCommand

/// The processes of an `mpirun` as a team.
///
/// Every failure of MPI itself ends all processes (`MPI_ERRORS_ARE_FATAL`, the default); the results of calls say nothing more.
/// Calls come from one thread at a time, whichever.
final class MPITeam: Team, @unchecked Sendable {
  let rank: Int
  let size: Int
  /// One integer at rank 0: the first number that nobody has claimed.
  private var window: MPI_Win?

  init() {
    var provided: Int32 = 0
    MPI_Init_thread(nil, nil, Int32(MPI_THREAD_SERIALIZED), &provided)
    if provided < Int32(MPI_THREAD_SERIALIZED) {
      FileHandle.standardError.write(Data("Error: this MPI takes calls from one thread only.\n".utf8))
      MPI_Abort(cmpi_world(), 1)
    }
    var (r, n): (Int32, Int32) = (0, 0)
    MPI_Comm_rank(cmpi_world(), &r)
    MPI_Comm_size(cmpi_world(), &n)
    (rank, size) = (Int(r), Int(n))
    var base: UnsafeMutableRawPointer?
    withUnsafeMutablePointer(to: &base) {
      _ = MPI_Win_allocate(r == 0 ? 8 : 0, 8, cmpi_no_info(), cmpi_world(), $0, &window)
    }
    MPI_Win_lock_all(0, window)
    if r == 0 {
      base?.storeBytes(of: 0, as: Int64.self)
      MPI_Win_sync(window)
    }
    MPI_Barrier(cmpi_world())
  }

  func broadcast(_ bytes: [UInt8]) -> [UInt8] {
    var count = Int64(bytes.count)
    MPI_Bcast(&count, 1, cmpi_int64(), 0, cmpi_world())
    precondition(count <= Int64(Int32.max), "a message of \(count) bytes")
    var result = rank == 0 ? bytes : [UInt8](repeating: 0, count: Int(count))
    result.withUnsafeMutableBytes {
      _ = MPI_Bcast($0.baseAddress, Int32(count), cmpi_byte(), 0, cmpi_world())
    }
    return result
  }

  func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    var count = Int32(bytes.count)
    var counts = [Int32](repeating: 0, count: size)
    counts.withUnsafeMutableBytes {
      // Four bytes each: there is no Int32 among the handles that are needed otherwise.
      _ = MPI_Gather(&count, 4, cmpi_byte(), $0.baseAddress, 4, cmpi_byte(), 0, cmpi_world())
    }
    var places: [Int32] = []
    var all: Int32 = 0
    for count in counts {
      places.append(all)
      all += count
    }
    var joined = [UInt8](repeating: 0, count: Int(rank == 0 ? all : 0))
    bytes.withUnsafeBytes { mine in
      joined.withUnsafeMutableBytes {
        _ = MPI_Gatherv(
          mine.baseAddress, count, cmpi_byte(), $0.baseAddress, counts, places, cmpi_byte(), 0, cmpi_world())
      }
    }
    guard rank == 0 else { return [] }
    return zip(places, counts).map { place, count in Array(joined[Int(place)..<Int(place + count)]) }
  }

  func claim(_ count: Int) -> Int {
    var (step, found) = (Int64(count), Int64(0))
    MPI_Fetch_and_op(&step, &found, cmpi_int64(), 0, 0, cmpi_sum(), window)
    MPI_Win_flush(0, window)
    return Int(found)
  }

  func reduce(_ message: [Double], by merge: @escaping @Sendable ([Double], [Double]) -> [Double]) -> [Double]
  {
    precondition(message.count <= Int(Int32.max), "a message of \(message.count) numbers")
    (Reduction.merge, Reduction.count) = (merge, message.count)
    var type: MPI_Datatype?
    // One element: the reduction must not be cut into segments.
    MPI_Type_contiguous(Int32(message.count), cmpi_double(), &type)
    MPI_Type_commit(&type)
    var operation: MPI_Op?
    // Not commutative, so that the order of ranks is kept, and with it every bit of the result.
    MPI_Op_create(
      { left, right, elements, _ in
        guard let left, let right, let elements else { return }
        let n = Reduction.count
        for k in 0..<Int(elements.pointee) {
          let a = left.assumingMemoryBound(to: Double.self) + k * n
          let b = right.assumingMemoryBound(to: Double.self) + k * n
          let merged = Reduction.merge(
            Array(UnsafeBufferPointer(start: a, count: n)), Array(UnsafeBufferPointer(start: b, count: n)))
          merged.withUnsafeBufferPointer { b.update(from: $0.baseAddress!, count: n) }
        }
      }, 0, &operation)
    var result = message
    message.withUnsafeBytes { input in
      result.withUnsafeMutableBytes {
        _ = MPI_Allreduce(input.baseAddress, $0.baseAddress, 1, type, operation, cmpi_world())
      }
    }
    MPI_Op_free(&operation)
    MPI_Type_free(&type)
    return result
  }

  /// What an operation of MPI's cannot be told otherwise.
  private enum Reduction {
    nonisolated(unsafe) static var merge: @Sendable ([Double], [Double]) -> [Double] = { $1 }
    nonisolated(unsafe) static var count = 0
  }

  func leave(_ status: Int32) -> Never {
    MPI_Win_unlock_all(window)
    MPI_Win_free(&window)
    MPI_Finalize()
    exit(status)
  }

  func abandon(_ status: Int32) -> Never {
    MPI_Abort(cmpi_world(), status)
    exit(status)
  }
}
