import CARPACK
import Foundation

/// A symmetric linear map known by its action only.
public struct SymmetricOperator {
  /// n, for A of shape n × n.
  public let order: Int
  /// Writes A x into the second buffer; both have `order` entries.
  public let apply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void

  /// The map x ↦ A x, which the caller knows to be symmetric.
  public init(order: Int, apply: @escaping (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void) {
    self.order = order
    self.apply = apply
  }
}

/// A few eigenpairs at the lower or the upper end of a symmetric operator's spectrum.
public struct ExtremeEigenpairs: Sendable {
  /// Which end of the spectrum.
  public enum End: Sendable {
    /// The smallest eigenvalues.
    case lowest
    /// The largest eigenvalues.
    case highest
  }

  /// Nearest the end first.
  public let eigenvalues: [Double]
  /// order × k, orthonormal columns in the order of the eigenvalues.
  public let eigenvectors: Matrix
  /// Whether ARPACK met its tolerance for every pair; if not, the pairs are the best found.
  public let metTolerance: Bool
  /// Applications of the operator.
  public let applications: Int

  /// Implicitly restarted Lanczos (ARPACK `dsaupd`).
  ///
  /// - Parameters:
  ///   - A: the operator.
  ///   - end: which of its eigenvalues are wanted.
  ///   - count: number of pairs, 1 ≤ count < order.
  ///   - tolerance: relative to each Ritz value. For eigenvalues near zero shift the operator first.
  ///   - start: starting vector; its component along the wanted eigenvectors must not vanish.
  ///   - restarts: after how many restarts to give up.
  ///
  /// Source: Lehoucq, Sorensen, Yang, "ARPACK Users' Guide", SIAM (1998).
  public init(
    of A: SymmetricOperator, at end: End, count: Int, tolerance: Double, start: [Double], restarts: Int = 1000
  ) {
    precondition(count >= 1 && count < A.order, "\(count) eigenpairs of an operator of order \(A.order)")
    precondition(start.count == A.order, "the starting vector has \(start.count) entries, not \(A.order)")
    arpackLock.lock()
    defer { arpackLock.unlock() }

    let n = Int32(A.order)
    let basis = min(A.order, max(2 * count + 1, 24))
    var residual = start
    var v = [Double](repeating: 0, count: A.order * basis)
    var parameters = [Int32](repeating: 0, count: 11)
    (parameters[0], parameters[2], parameters[6]) = (1, Int32(restarts), 1)
    var pointers = [Int32](repeating: 0, count: 11)
    var work = [Double](repeating: 0, count: 3 * A.order)
    let lwork = basis * (basis + 8)
    var lanczos = [Double](repeating: 0, count: lwork)
    var (request, info): (Int32, Int32) = (0, 1)
    let which = end == .lowest ? "SA" : "LA"
    var applied = 0
    repeat {
      dsaupd_c(
        &request, "I", n, which, Int32(count), tolerance, &residual, Int32(basis), &v, n, &parameters,
        &pointers,
        &work, &lanczos, Int32(lwork), &info)
      if request == 1 || request == -1 {
        work.withUnsafeMutableBufferPointer { w in
          A.apply(w.baseAddress! + Int(pointers[0]) - 1, w.baseAddress! + Int(pointers[1]) - 1)
        }
        applied += 1
      }
    } while request == 1 || request == -1
    precondition(info >= 0, "ARPACK's dsaupd returned \(info)")

    let select = [Int32](repeating: 1, count: basis)
    var d = [Double](repeating: 0, count: count)
    var z = [Double](repeating: 0, count: A.order * count)
    var extracted: Int32 = 0
    dseupd_c(
      1, "A", select, &d, &z, n, 0, "I", n, which, Int32(count), tolerance, &residual, Int32(basis), &v, n,
      &parameters, &pointers, &work, &lanczos, Int32(lwork), &extracted)
    precondition(extracted >= 0, "ARPACK's dseupd returned \(extracted)")
    let found = max(min(Int(parameters[4]), count), 0)
    let order = (0..<found).sorted { end == .lowest ? d[$0] < d[$1] : d[$0] > d[$1] }
    eigenvalues = order.map { d[$0] }
    eigenvectors = Matrix(rows: A.order, columns: count, storage: z).columns(order)
    metTolerance = info == 0 && found == count
    applications = applied
  }
}

/// ARPACK keeps its state in static variables.
private let arpackLock = NSLock()
