import ArgumentParser

/// Where the results of a command go.
struct ResultOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder for the results. Default: a new one, linnet-<what>-<date>-<time>.", valueName: "folder"))
  var out: String?

  @Flag(help: "Replace the files of an existing folder.")
  var force = false

  @Flag(help: "Write no folder.")
  var noFiles = false

  @Flag(help: "Print the result as JSON on standard output.")
  var json = false

  func validate() throws {
    if noFiles, out != nil { throw ValidationError("Give --out or --no-files, not both.") }
  }

  var destination: Destination {
    Destination(
      place: noFiles ? .nowhere : out.map { .folder($0) } ?? .fresh, replacesFiles: force, printsJSON: json)
  }
}
