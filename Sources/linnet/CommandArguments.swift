/// The words after `linnet train`, sorted into what a run is and where its results go.
///
/// A repetition takes the first from the earlier run and the second from its own command line.
struct CommandArguments {
  /// Options that say what is computed: they are kept in `run.json`.
  let ofTheRun: [String]

  init(_ arguments: some Sequence<String>) {
    var kept: [String] = []
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      let name = argument.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
      if CommandArguments.valued.contains(name) {
        if name == argument { rest = rest.dropFirst() }
      } else if !CommandArguments.flags.contains(argument) {
        kept.append(argument)
      }
    }
    ofTheRun = kept
  }

  private static let valued: Set = ["--out", "--repeat", "--resume"]
  private static let flags: Set = ["--force", "--json", "--no-files", "--verbose"]
}
