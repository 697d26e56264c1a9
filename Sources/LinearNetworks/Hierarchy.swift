import LinearAlgebra

extension SyntheticData {
  /// Items at the leaves of a tree and a property for every node, which the leaves below it have: X = I, one column an item.
  ///
  /// With b_1, …, b_D children at each level and n_k leaves below a node of depth k, the squares of Y's singular values are Σ_{k≥0} n_k once, and Σ_{k>l} n_k, (b_{l+1} − 1)b_1⋯b_l times, for
  /// l = 0, …, D − 1: what separates the children of nodes of depth l. So broad distinctions are the larger modes, and are learnt first.
  ///
  /// - Parameter branching: b_1, …, b_D, at least one.
  /// - Returns: the samples, and names of items and nodes.
  ///
  /// Source: Saxe, McClelland, Ganguli (2014; 2019), of whose random hierarchy this is the mean; the spectrum by Haar's functions of the tree.
  public static func hierarchy(branching: [Int]) -> (samples: Samples, items: [String], nodes: [String]) {
    precondition(
      !branching.isEmpty && branching.allSatisfy { $0 >= 1 }, "children are at least one, not \(branching)")
    let leaves = branching.reduce(1, *)
    var rows: [[Double]] = []
    var nodes: [String] = []
    var below = leaves
    var level = [""]
    for (depth, b) in ([1] + branching).enumerated() {
      if depth > 0 {
        below /= b
        level = level.flatMap { name in (1...b).map { "\(name)_\($0)" } }
      }
      for (k, name) in level.enumerated() {
        rows.append((0..<leaves).map { $0 / below == k ? 1 : 0 })
        nodes.append("has" + (name.isEmpty ? "_root" : name))
      }
    }
    let items = level.map { "item\($0)" }
    return (Samples(inputs: .identity(leaves), outputs: Matrix(rows: rows)), items, nodes)
  }

  /// The singular values of Y of ``hierarchy(branching:)``, decreasing, as many as there are items.
  public static func hierarchySpectrum(branching: [Int]) -> [Double] {
    // n_0, …, n_D.
    var below = [branching.reduce(1, *)]
    for b in branching { below.append(below.last! / b) }
    func tail(_ k: Int) -> Double { Double(below[k...].reduce(0, +)) }
    var values = [tail(0)]
    var nodes = 1
    for (l, b) in branching.enumerated() {
      values += Array(repeating: tail(l + 1), count: (b - 1) * nodes)
      nodes *= b
    }
    return values.map { $0.squareRoot() }.sorted(by: >)
  }

  /// Eight musical instruments and sixteen of their properties, from those that all share to those of one alone: X = I.
  ///
  /// A table to look at, of this program's own making.
  public static var items: (samples: Samples, items: [String], properties: [String]) {
    let names = ["violin", "cello", "guitar", "harp", "flute", "clarinet", "drum", "bell"]
    let properties: [(String, [String])] = [
      ("sound", names),
      ("strings", ["violin", "cello", "guitar", "harp"]),
      ("wood", ["violin", "cello", "guitar", "harp", "clarinet"]),
      ("bow", ["violin", "cello"]),
      ("plucking", ["guitar", "harp"]),
      ("breath", ["flute", "clarinet"]),
      ("striking", ["drum", "bell"]),
      ("chin_rest", ["violin"]),
      ("end_pin", ["cello"]),
      ("frets", ["guitar"]),
      ("pedals", ["harp"]),
      ("side_hole", ["flute"]),
      ("reed", ["clarinet"]),
      ("skin", ["drum"]),
      ("clapper", ["bell"]),
      ("metal", ["flute", "bell"]),
    ]
    let Y = Matrix(properties.count, names.count) { i, j in properties[i].1.contains(names[j]) ? 1 : 0 }
    return (Samples(inputs: .identity(names.count), outputs: Y), names, properties.map { "has_\($0.0)" })
  }

  /// What the inputs of ``teacher(singularValues:noise:design:samples:inputs:outputs:seed:)`` are.
  public enum Design: String, CaseIterable, Sendable {
    /// Independent standard normal numbers.
    case gaussian
    /// X Xᵀ/m = I.
    case whitened
    /// As many samples as inputs, X = I.
    case identity
  }

  /// Labels of a random linear teacher W̄ = U diag(s) Vᵀ with noise, y = W̄x + noise·ε.
  ///
  /// On X = I, Y − W̄ has entries of standard deviation `noise`, whose singular values lie below about noise·(√dx + √dy).
  ///
  /// - Parameters:
  ///   - s: singular values of the teacher.
  ///   - noise: standard deviation of the labels' noise.
  ///   - design: of the inputs.
  ///   - m: samples; as many as inputs for ``Design/identity``.
  ///   - dx: inputs.
  ///   - dy: outputs.
  ///   - seed: of everything random.
  ///
  /// Source: Lampinen, Ganguli, "An analytic theory of generalization dynamics and transfer learning in deep linear networks", ICLR 2019.
  public static func teacher(
    singularValues s: [Double], noise: Double, design: Design, samples m: Int, inputs dx: Int,
    outputs dy: Int,
    seed: UInt64
  ) -> (samples: Samples, teacher: Matrix) {
    let W = target(singularValues: s, inputs: dx, outputs: dy, seed: seed)
    return (labelled(by: W, noise: noise, design: design, samples: m, seed: seed &+ 1), W)
  }

  /// Samples of a given teacher.
  ///
  /// - Parameters: as for ``teacher(singularValues:noise:design:samples:inputs:outputs:seed:)``.
  public static func labelled(
    by W: Matrix, noise: Double, design: Design, samples m: Int, seed: UInt64
  ) -> Samples {
    var generator = SeededGenerator(seed: seed)
    let dx = W.columns
    let X: Matrix
    switch design {
    case .gaussian: X = .gaussian(dx, m, using: &generator)
    case .whitened:
      precondition(m >= dx, "\(m) samples cannot be whitened in \(dx) inputs")
      X = Double(m).squareRoot() * Matrix.randomOrthonormal(m, dx, using: &generator).transpose
    case .identity:
      precondition(m == dx, "one sample for each input, not \(m) for \(dx)")
      X = .identity(dx)
    }
    return Samples(inputs: X, outputs: W * X + noise * Matrix.gaussian(W.rows, m, using: &generator))
  }
}
