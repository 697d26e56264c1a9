import Foundation

/// The steps of the comparison with SciPy and diffrax that are ours; `Scripts/bench-peers` runs them and the peers in turn.
///
/// They exchange files in a folder:
/// - `instances` writes `KEY.npz` for every problem and `problems.json`, the keys in order;
/// - `Benchmarks/peers/reference.py` writes `KEY-reference.npz` and `references.json`;
/// - `measure` writes `machine.json` and `linnet.json`, `Benchmarks/peers/compare.py` writes `peers.json`: points of work–precision diagrams;
/// - `report` reads them all and writes the article, all points as JSON and the figures.
enum PeerComparison {
  static let usage = """
    usage: linnet-bench peers instances FOLDER [KEY ...]
           linnet-bench peers measure FOLDER [--quick]
           linnet-bench peers report FOLDER [--write Benchmarks]

    KEY: one of \(PeerProblems.keys.joined(separator: ", ")); without any, all of them.
    """

  /// - Returns: false if the arguments make no sense.
  static func run(_ arguments: [String]) throws -> Bool {
    guard arguments.count >= 2 else { return false }
    let folder = URL(fileURLWithPath: arguments[1])
    let options = Array(arguments[2...])
    switch (arguments[0], options) {
    case ("instances", _) where options.allSatisfy(PeerProblems.keys.contains):
      let instances = try PeerProblems.instances(options.isEmpty ? PeerProblems.keys : options)
      for instance in instances { try instance.write(to: folder) }
      try JSONEncoder().encode(instances.map(\.key)).write(to: keysFile(folder))
    case ("measure", []): try measure(folder, quick: nil)
    case ("measure", ["--quick"]): try measure(folder, quick: QuickRun())
    case ("report", []): print(try PeerReport(folder).markdown)
    case ("report", _) where options.count == 2 && options[0] == "--write":
      try PeerReport(folder).write(to: URL(fileURLWithPath: options[1]))
    default: return false
    }
    return true
  }

  private static func keysFile(_ folder: URL) -> URL { folder.appendingPathComponent("problems.json") }

  /// The problems whose files are in the folder.
  static func instances(in folder: URL) throws -> [PeerInstance] {
    try PeerProblems.instances(
      JSONDecoder().decode([String].self, from: Data(contentsOf: keysFile(folder))))
  }

  private static func measure(_ folder: URL, quick: QuickRun?) throws {
    // Of the moment at which measuring begins, with the load that there is.
    try JSONEncoder().encode(Machine.lines).write(to: folder.appendingPathComponent("machine.json"))
    var points: [PeerPoint] = []
    for instance in try instances(in: folder) {
      let reference = try instance.reference(in: folder)
      let measured = OurMethod.measure(instance, reference: reference, quick: quick)
      for point in measured {
        log(
          "\(point.problem) \(point.formulation) \(point.method) \(short(point.tolerance)): \(short(point.error!)) in \(duration(point.seconds!))"
        )
      }
      points += measured
    }
    try JSONEncoder().encode(points).write(to: folder.appendingPathComponent("linnet.json"))
  }

  private static func log(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
