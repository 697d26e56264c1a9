/// Why a figure's specification could not be written. Missing pictures are not an error: see `FigureFiles`.
public enum FigureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A specification could not be written.
  case cannotWrite(path: String, reason: String)

  public var description: String {
    switch self {
    case .cannotWrite(let path, let reason):
      "cannot write \(path): \(reason); choose a folder that exists, can be written to and has space left"
    }
  }
}
