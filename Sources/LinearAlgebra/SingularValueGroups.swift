/// The distinct positive ones among singular values: which of them the arithmetic can tell apart, and from zero.
///
/// Where singular values are equal their singular vectors are not unique, and a statement about one of them is about all of the group. Certificates, stationary values and closed
/// forms all ask here, so that they cannot disagree.
///
/// Values closer than ``resolution`` = 32·eps·σ_1 to the first of a group belong to it, and values up to that are zero. The factor is tuned, four times the largest that was seen: of equal singular values
/// of Y P_X rounding made up to 7·eps·σ_1, of zeros up to 6·eps·σ_1, in problems of 6 to 1000 inputs with condition numbers up to 10⁶. It
/// does not depend on the shape of the matrix, so that a problem and its reduction to fewer dimensions, whose singular values are the same, have the same groups.
public struct SingularValueGroups: Sendable, Equatable {
  /// 32·eps: the part of σ_1 below which differences are round-off.
  public static let relativeResolution = 32 * Double.ulpOfOne

  /// 32·eps·σ_1.
  public let resolution: Double
  /// Ranges of indices, from 0, in the order of decreasing σ; together those of the positive values.
  public let ranges: [Range<Int>]

  /// Groups values.
  ///
  /// - Parameter σ: σ_1 ≥ σ_2 ≥ … ≥ 0.
  public init(_ σ: [Double]) {
    let resolution = SingularValueGroups.relativeResolution * (σ.first ?? 0)
    var ranges: [Range<Int>] = []
    for i in σ.indices where σ[i] > resolution {
      if let last = ranges.last, σ[last.lowerBound] - σ[i] <= resolution {
        ranges[ranges.count - 1] = last.lowerBound..<i + 1
      } else {
        ranges.append(i..<i + 1)
      }
    }
    (self.resolution, self.ranges) = (resolution, ranges)
  }

  /// How many values are positive: the rank.
  public var positiveCount: Int { ranges.last?.upperBound ?? 0 }

  /// Whether a subspace of the first k singular vectors is unique: no group is cut between σ_k and σ_{k+1}.
  public func separates(first k: Int) -> Bool {
    !ranges.contains { $0.lowerBound < k && k < $0.upperBound }
  }

  /// The values with each group's mean in place of its members, and zero in place of what is not positive.
  ///
  /// - Parameter σ: the values that were grouped.
  public func averaged(_ σ: [Double]) -> [Double] {
    var values = [Double](repeating: 0, count: σ.count)
    for range in ranges {
      let mean = range.count == 1 ? σ[range.lowerBound] : range.reduce(0) { $0 + σ[$1] / Double(range.count) }
      for i in range { values[i] = mean }
    }
    return values
  }
}
