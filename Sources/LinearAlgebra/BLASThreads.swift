import CLAPACK
import Synchronization

/// The number of threads of BLAS before the first of those who are at work asked for one, and how many are at work.
private let atWork = Mutex<(count: Int, before: Int32)>((0, 1))

/// Does something with one thread of BLAS, and gives the others back afterwards: results are then the same bit for bit, whoever else uses the library in this process.
///
/// The number is the process's. While several threads are in here it stays one, and the last to leave gives back what the first has found.
///
/// - Parameter work: what is done.
public func withOneBLASThread<Result, Failure: Error>(
  _ work: () throws(Failure) -> Result
) throws(Failure) -> Result {
  atWork.withLock { state in
    if state.count == 0 {
      state.before = openblas_get_num_threads()
      if state.before != 1 { openblas_set_num_threads(1) }
    }
    state.count += 1
  }
  defer {
    atWork.withLock { state in
      state.count -= 1
      if state.count == 0, state.before != 1 { openblas_set_num_threads(state.before) }
    }
  }
  return try work()
}
