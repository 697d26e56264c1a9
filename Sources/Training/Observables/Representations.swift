import LinearAlgebra
import LinearNetworks

/// How alike samples are in the hidden layers: the cosines of W_j⋯W_1x for pairs of samples x.
///
/// Recorded are the cosines in the middle hidden layer; at the times asked for, the representations and cosines in every hidden layer.
///
/// Source: Saxe, McClelland, Ganguli, "A mathematical theory of semantic development in deep neural networks", PNAS 116 (2019).
public struct Representations: Recordable {
  /// Columns, in the coordinates of the problem; nil if there are none.
  private let samples: Matrix?
  private let names: [String]
  /// As names of columns have them.
  private let keys: [String]

  /// Samples whose pairs are columns at most.
  private static let most = 12

  init() { (samples, names, keys) = (nil, [], []) }

  /// - Parameters:
  ///   - samples: one a column, in the coordinates of the problem.
  ///   - names: of the samples, distinct.
  public init(of samples: Matrix, names: [String]) {
    precondition(samples.columns == names.count, "\(names.count) names for \(samples.columns) samples")
    (self.samples, self.names, keys) = (samples, names, Self.keys(names))
  }

  /// The names without what has a meaning in tables and lists of events; told apart by their numbers where they are the same then.
  private static func keys(_ names: [String]) -> [String] {
    let words = names.map { String($0.map { $0.isLetter || $0.isNumber || "-.+".contains($0) ? $0 : "_" }) }
    let counts = Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +)
    return words.enumerated().map { counts[$1]! > 1 ? "\($1)_\($0 + 1)" : $1 }
  }

  public var name: String { "representations" }
  public var summary: String {
    "cosines of the hidden representations W_j⋯W_1x of the samples of --represent"
  }

  public func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    guard let X = samples else {
      throw .unavailable(name: name, reason: "no samples are given; name a file of inputs by --represent")
    }
    try requireHiddenLayers(run)
    precondition(X.rows == run.problem.inputs, "samples of \(X.rows) inputs, not \(run.problem.inputs)")
    // Bases are orthonormal, so that cosines are those of the reduced layers.
    let reduced = Matrix.product(run.reduction.bases[0], .transposed, X, .plain)
    let middle = run.start.depth / 2
    let shown = min(X.columns, Self.most)
    let pairs = (0..<shown).flatMap { a in (a + 1..<max(shown, a + 1)).map { (a, $0) } }
    return Recording(
      name,
      columns: pairs.map { a, b in
        Recording.Column("similarity_\(keys[a])_\(keys[b])", label: "\(names[a]) and \(names[b])")
      },
      title: "Similarity of hidden representations", axis: "cosine",
      caption:
        "Cosines of W\(middle == 1 ? "₁" : "ⱼ⋯W₁")x in hidden layer \(middle), for pairs of samples x. After Saxe, McClelland, Ganguli (2019).",
      samples: names,
      matrices: { network in
        Self.hidden(X, network.layers, upTo: network.depth - 1).enumerated().flatMap { j, H in
          [("representation_\(j + 1)", H.transpose), ("similarity_\(j + 1)", Self.cosines(H))]
        }
      }
    ) { moment in
      let S = Self.cosines(Self.hidden(reduced, moment.layers, upTo: middle).last!)
      return pairs.map { S[$0, $1] }
    }
  }

  /// W_1X, W_2W_1X, …, in the first so many layers.
  private static func hidden(_ X: Matrix, _ layers: [Matrix], upTo count: Int) -> [Matrix] {
    var found: [Matrix] = []
    for W in layers.prefix(count) { found.append(W * (found.last ?? X)) }
    return found
  }

  /// ⟨h_a, h_b⟩/(‖h_a‖ ‖h_b‖) of the columns; NaN where one is zero.
  private static func cosines(_ H: Matrix) -> Matrix {
    let norms = (0..<H.columns).map { Matrix.column(H.column($0)).frobeniusNorm }
    let unit = H.scalingColumns(by: norms.map { $0 > 0 ? 1 / $0 : .nan })
    return Matrix.product(unit, .transposed, unit, .plain)
  }
}
