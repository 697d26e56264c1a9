import Landscape
import LinearAlgebra
import Prose

/// From when on the limit of a run is certain, by D14.
public struct Certainty: Codable, Equatable, Sendable {
  /// The first recorded time at which the loss was below the lowest saddle level by more than the error of the run; 0 where the start itself is.
  public let time: Double
  /// The ``Finding/id`` of the theorem.
  public let theorem: String
  /// L_N − min L_N at the lowest stationary level above the minimum; nil where there is no other level.
  @ExplicitNull public private(set) var level: Double?
  /// L_N − min L_N at that time.
  public let gap: Double
  /// How far below the level the loss was, in units of it and after its error.
  public let margin: Double
}

/// Watches along a run which stationary levels are still possible, and from when on only the minimum is.
///
/// *Complexity*: the levels are listed once; a moment costs a binary search.
public struct LevelWatch: Sendable {
  /// 2(L_S − min L_N) of the levels at or below the start, increasing; at most ``most``.
  private let levels: [Double]
  private let levelError: Double
  private let lowest: Double?

  /// How many levels are listed at most.
  public static let most = 1000

  /// - Parameters:
  ///   - levels: the stationary levels of the problem.
  ///   - excess: 2(L_N − min L_N) at the start: levels above it are never possible.
  ///   - rank: only levels of at most this rank can be reached; r unless dead units or a conserved rank allow less.
  ///   - levelError: of a level.
  public init(_ levels: CriticalLevels, excess: Double, rank: Int, levelError: Double) {
    // There are as many levels as ways to choose r directions, so that no more are looked at than are listed.
    self.levels = levels.lowest(Self.most, upTo: 0.5 * (excess + levelError)).filter { $0.rank <= rank }
      .map { 2 * $0.gap }
    self.levelError = levelError
    lowest = levels.spacing.map { 2 * $0 }
  }

  /// The watch of a start.
  ///
  /// - Parameter setting: the problem and the start.
  public init(_ setting: Setting) {
    self.init(
      setting.levels, excess: setting.excess + setting.excessError,
      rank: min(setting.liveWidth, setting.bottleneck),
      levelError: setting.levelError)
  }

  /// The number of levels, the minimum included, that a flow with this loss can still come to.
  ///
  /// - Parameters:
  ///   - excess: 2(L_N − min L_N).
  ///   - error: by how much it may be wrong.
  public func possible(excess: Double, error: Double) -> Int {
    levels.partitioningIndex { $0 > excess + error + levelError }
  }

  /// Whether only the minimum is left: the loss is below the lowest level by more than the errors.
  public func isCertain(excess: Double, error: Double) -> Bool {
    lowest.map { excess + error < $0 - levelError } ?? true
  }

  /// The certainty of a moment; nil if there is none yet.
  ///
  /// - Parameters:
  ///   - time: of the moment.
  ///   - excess: 2(L_N − min L_N).
  ///   - error: by how much it may be wrong.
  public func certainty(at time: Double, excess: Double, error: Double) -> Certainty? {
    guard isCertain(excess: excess, error: error) else { return nil }
    return Certainty(
      time: time, theorem: Reference.levelCertificate.label, level: lowest.map { $0 / 2 }, gap: excess / 2,
      margin: lowest.map { ($0 - levelError - excess - error) / $0 } ?? 1)
  }
}
