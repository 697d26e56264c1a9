import ArgumentParser

@main
struct Linnet: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "linnet")
}
