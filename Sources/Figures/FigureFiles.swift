import Foundation

/// What became of a set of figures on disk.
public struct FigureFiles: Equatable, Sendable {
  /// NAME.vl.json, in the order of the figures.
  public let specifications: [URL]
  /// The SVG, PNG and PDF files that were drawn.
  public let pictures: [URL]
  /// Why pictures are missing; nil if all were drawn.
  public let shortfall: Shortfall?

  /// Why pictures are missing. Not an `Error`: the specifications hold everything that the pictures would show.
  public enum Shortfall: Equatable, Sendable, CustomStringConvertible {
    /// No Python with the renderer was found.
    case noRenderer
    /// The renderer was there but drew nothing.
    case rendererFailed(python: String, reason: String)

    /// What happened and how to get the pictures.
    public var description: String {
      let remedy =
        "run `make figures` in the source tree, or `pip install \(FigureRenderer.requirement)` into some Python and set "
        + "LINNET_PYTHON to its path"
      return switch self {
      case .noRenderer: "no pictures, since no renderer is installed; to get them, \(remedy)"
      case .rendererFailed(let python, let reason):
        "some pictures are missing, since the renderer \(python) failed (\(reason)); to install another, \(remedy)"
      }
    }
  }
}
