import Figures
import Foundation

/// The article, the points and the figures of a comparison.
struct PeerReport {
  /// The error at which times are compared.
  static let accuracy = 1e-8

  let instances: [PeerInstance]
  /// How the reference of each problem was computed.
  let references: [String: String]
  let points: [PeerPoint]
  let machine: [String]

  /// Reads what was measured.
  init(_ folder: URL) throws {
    func decoded<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
      try JSONDecoder().decode(type, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }
    instances = try PeerComparison.instances(in: folder)
    references = try decoded([String: String].self, "references.json")
    machine = try decoded([String].self, "machine.json")
    points =
      try decoded([PeerPoint].self, "linnet.json") + decoded([PeerPoint].self, "peers.json")
  }

  // MARK: The article

  static let introduction = """
    # Linnet and its peers

    Written by `make bench-peers`. For each problem: the gradient flow of a deep linear network, W at 200 times, by Linnet
    and by the solvers of SciPy and diffrax. The **error** is max ‖W − W_ref‖/‖W_ref‖ over the times, the time the median of repetitions,
    interpolated between tolerances 1e-4 … 1e-12 (linearly in the logarithms) to an error of 1e-8.

    Like is compared with like: everybody starts from the same numbers.

    - From the **layers**: the N layers with dense weights, as a user has them. A peer integrates them; Linnet finds the closed form or the
      few unknowns that move (D2, D3 of the [derived results](../Documentation/derived.md)) and checks that it may, all within its time.
    - From the **factors**: the same start with hidden widths equal to its rank, the best that could be given to a peer.
      Who has the layers must make the step to them first; it is in nobody's time here.
    - Both get X Xᵀ/m and Z = Y Xᵀ/m instead of samples, Linnet X Xᵀ by its eigenvectors, and all know whether the data is whitened. Everybody returns the 200 matrices W. Products begin at
      the narrowest width. SciPy gets a gradient written by hand in NumPy, its implicit solvers for the factors also the exact Jacobian (compiled by JAX).
      diffrax differentiates the loss itself, in double precision on the CPU, compiled for the shapes of the problem; **compilation is not in its times**.
    - Absolute and relative tolerances of the peers are equal. Kvaerno5 ends steps at the output times, since its interpolation is of third order.
      Its step-size controller is mended: in version 0.7.2 it never recovers from a trial step that overflows, as the first one from the far starts of (a) does.
    - **linnet exact**: the closed form, at rank one and at depth two. **linnet erk**, **cvode**: reduction and integration. A *whole run* also locates events, keeps records of 440 further times and
      classifies the end, and aims at its tolerance with a hundredth of it in each step.
    - Linnet uses one BLAS thread; the peers as many as they like.
    - Left out, or ended: implicit peers above 1000 unknowns (Kvaerno5: 200), whose dense Jacobians are out of the question; entries over 6 s (30 s for the layers of (e)).
    - torchdiffeq is left out: its requirement, PyTorch as PyPI has it, brings CUDA along, several gigabytes.
    """

  var markdown: String {
    let machine = machine.filter { !$0.hasPrefix("BLAS") }.map { "- " + $0 }.joined(separator: "\n")
    let sections = instances.map { instance in
      let figure = "../Documentation/images/\(PeerReport.figureName(instance)).svg"
      return table(of: instance).markdown + "\n![Error against time](\(figure))\n"
    }
    let summaries = PeerInstance.Formulation.allCases.map { summary(from: $0).markdown }
    return ([Self.introduction + "\n\n" + machine + "\n"] + summaries + sections).joined(separator: "\n")
  }

  private func summary(from formulation: PeerInstance.Formulation) -> Table {
    Table(
      title: "Times at an error of 1e-8, from the \(formulation.rawValue)",
      explanation:
        "The fastest of each; ratios are of its time to Linnet's. “>”: nobody came to 1e-8 within the limits, and this is how long the quickest of them had run.",
      columns: ["problem", "linnet", "fastest peer", "ratio", "SciPy's best", "ratio"],
      rows: instances.map { instance in
        let ours = fastest(of: instance, from: formulation) { $0.isOurs }
        let peer = fastest(of: instance, from: formulation) { !$0.isOurs }
        let scipy = fastest(of: instance, from: formulation) { $0.method.hasPrefix("scipy") }
        func ratio(_ other: Fastest?) -> String {
          guard let ours, !ours.isBound, let other else { return "–" }
          return (other.isBound ? "> " : "") + short(other.seconds / ours.seconds)
        }
        return [
          "(\(instance.key)) \(instance.title)", ours?.description ?? "–",
          peer?.description ?? "–", ratio(peer), scipy?.description ?? "–", ratio(scipy),
        ]
      })
  }

  /// A method with its time at the accuracy of the comparison.
  private struct Fastest: CustomStringConvertible {
    let name: String
    let seconds: Double
    /// Whether the accuracy was not reached, in this time.
    let isBound: Bool
    var description: String { "\(isBound ? "> " : "")\(duration(seconds)) (\(name))" }
  }

  /// Who came first to the accuracy; if nobody did, the least of the times that were not enough.
  private func fastest(
    of instance: PeerInstance, from formulation: PeerInstance.Formulation,
    where included: (PeerPoint) -> Bool
  ) -> Fastest? {
    let groups = methods(of: instance).map(\.points).filter {
      $0[0].formulation == formulation.rawValue && included($0[0])
    }
    let reached = groups.compactMap { points in
      points.seconds(atError: Self.accuracy).map {
        Fastest(name: points[0].method, seconds: $0, isBound: false)
      }
    }
    // A tighter tolerance takes longer, so the longest time is a bound.
    let bounds = groups.compactMap { points in
      points.compactMap { $0.seconds ?? $0.secondsAllowed }.max().map {
        Fastest(name: points[0].method, seconds: $0, isBound: true)
      }
    }
    return (reached.isEmpty ? bounds : reached).min { $0.seconds < $1.seconds }
  }

  /// The points of each method and formulation, in the order in which they were measured.
  private func methods(of instance: PeerInstance) -> [(name: String, points: [PeerPoint])] {
    var names: [String] = []
    var groups: [String: [PeerPoint]] = [:]
    for point in points where point.problem == instance.key {
      let name = "\(point.method), \(point.formulation)"
      if groups[name] == nil { names.append(name) }
      groups[name, default: []].append(point)
    }
    return names.map { ($0, groups[$0]!) }
  }

  /// One row a method: its loosest and tightest results, the time at 1e-8 and what was left out.
  private func table(of instance: PeerInstance) -> Table {
    let widths = instance.start.widths.map(String.init).joined(separator: "–")
    func cell(_ point: PeerPoint?) -> String {
      guard let point, let error = point.error, let seconds = point.seconds else { return "–" }
      return "\(short(error)) in \(duration(seconds)) (\(short(point.tolerance)))"
    }
    return Table(
      title: "(\(instance.key)) \(instance.title)",
      explanation:
        "Widths \(widths), start of rank \(instance.rank), times up to \(short(instance.times.last!)). Reference: \(references[instance.key]!).",
      columns: [
        "method", "time at 1e-8", "fastest point (tolerance)", "most accurate point (tolerance)",
        "compilation",
        "not measured",
      ],
      rows: methods(of: instance).map { name, points in
        let results = points.filter { $0.error != nil }
        let missing = points.filter { $0.note != nil }.map {
          $0.note!.hasPrefix("left out") ? $0.note! : "\(short($0.tolerance)): \($0.note!)"
        }
        return [
          name, points.seconds(atError: Self.accuracy).map(duration) ?? "–",
          cell(results.min { $0.seconds! < $1.seconds! }), cell(results.min { $0.error! < $1.error! }),
          points[0].compileSeconds.map(duration) ?? "–", missing.joined(separator: "; "),
        ]
      })
  }

  // MARK: Files

  static func figureName(_ instance: PeerInstance) -> String { "work-precision-\(instance.key)" }

  /// Error against time, for each method in its better formulation.
  func figure(of instance: PeerInstance) -> LineFigure {
    var names: [String] = []
    var groups: [String: [PeerPoint]] = [:]
    for point in points where point.problem == instance.key && point.error != nil {
      if groups[point.method] == nil { names.append(point.method) }
      groups[point.method, default: []].append(point)
    }
    // One colour for each peer, the same in all figures, and the next one, black, for all of ours.
    let hues = [
      "scipy DOP853", "scipy LSODA", "scipy BDF", "diffrax Dopri8", "diffrax Tsit5", "diffrax Kvaerno5",
    ]
    let ours = names.filter { $0.hasPrefix("linnet") }
    let dashes: [LineFigure.Dash] = [.solid, .longDashed, .dashed, .dashDotted, .dotted]
    let series = names.map { name in
      let frontier = groups[name]!.frontier
      let own = ours.firstIndex(of: name)
      return LineFigure.Series(
        name, style: .line(own.map { dashes[$0 % dashes.count] } ?? .solid),
        hue: own == nil ? hues.firstIndex(of: name) : hues.count,
        // Zero has no place on a logarithmic axis; below round-off there is nothing to see.
        points: frontier.map { .init($0.seconds, max($0.error, 1e-17)) })
    }
    return LineFigure(
      title: "Error against time", subtitle: instance.title,
      horizontalAxis: .init("time of 200 states", unit: "s", scale: .logarithmic),
      verticalAxis: .init("largest relative error of W", scale: .logarithmic), series: series,
      caption:
        "Gradient flow (13) of Eftekhari (2020), local tolerances from 1e-4 to 1e-12; each method from the layers or from the induced factors (D2), whichever is better, without compilation. Points beaten in both time and error are left out."
    )
  }

  /// Writes peers.md and peers.json into the folder of the benchmarks, and the figures as SVG among the images of the documentation.
  func write(to folder: URL) throws {
    try markdown.write(to: folder.appendingPathComponent("peers.md"), atomically: true, encoding: .utf8)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // One point a line, so that a new run shows what has changed.
    let lines = try points.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    try ("[\n" + lines.joined(separator: ",\n") + "\n]\n")
      .write(to: folder.appendingPathComponent("peers.json"), atomically: true, encoding: .utf8)

    try DocumentationImages.write(instances.map { (PeerReport.figureName($0), figure(of: $0)) })
  }
}
