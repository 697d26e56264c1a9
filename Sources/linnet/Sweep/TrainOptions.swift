import ArgumentParser
import Foundation
import Sweeps

/// The options of `linnet train`, as the parser itself lists them.
struct TrainOptions {
  enum Kind { case valued, flag, positional }

  /// By name, without hyphens.
  let kinds: [String: Kind]

  /// Those that say where results go, or that belong to a single run.
  private static let notOfARun: Set = [
    "out", "force", "no-files", "json", "check", "repeat", "resume", "help", "version", "record", "test",
    "represent", "represent-names", "no-figures", "repetitions",
  ]

  /// Those that say what is told of every run, and are the same for all.
  private static let ofAllRuns: Set = ["events"]

  /// What the parser says of a command.
  private struct Tool: Decodable {
    struct Command: Decodable { let arguments: [Argument]? }
    struct Argument: Decodable {
      struct Name: Decodable { let name: String }
      let kind: String
      let names: [Name]?
      let valueName: String?
    }
    let command: Command
  }

  init(of command: (some ParsableArguments).Type = Train.self) {
    let found = try? JSONDecoder().decode(Tool.self, from: Data(command._dumpHelp().utf8))
    var kinds: [String: Kind] = [:]
    for argument in found?.command.arguments ?? [] {
      switch argument.kind {
      case "positional": kinds[argument.valueName ?? ""] = .positional
      case "flag": for name in argument.names ?? [] { kinds[name.name] = .flag }
      default: for name in argument.names ?? [] { kinds[name.name] = .valued }
      }
    }
    self.kinds = kinds
  }

  /// The names that a sweep takes.
  var names: [String] { kinds.keys.filter { !Self.notOfARun.contains($0) }.sorted() }

  /// Whether fixed arguments have a file of samples among them.
  func hasPositional(_ arguments: [String]) -> Bool {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("-"), argument != "-" else { return true }
      if takesNext(argument) { rest = rest.dropFirst() }
    }
    return false
  }

  /// The options among fixed arguments, without their hyphens.
  private func optionNames(_ arguments: [String]) -> [String] {
    var names: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else { continue }
      names.append(String(argument.dropFirst(2).prefix { $0 != "=" }))
      if takesNext(argument) { rest = rest.dropFirst() }
    }
    return names
  }

  /// Whether the word behind an option is its value.
  private func takesNext(_ argument: String) -> Bool { kinds[String(argument.drop { $0 == "-" })] == .valued }

  /// Refuses what is no part of a run.
  ///
  /// - Throws: `SweepError`.
  func check(_ grid: SweepGrid, nearest: (String, [String]) -> String?) throws(SweepError) {
    for name in optionNames(grid.arguments) {
      if Self.notOfARun.contains(name) { throw .notOfARun(name: name) }
      if kinds[name] == nil || kinds[name] == .positional {
        throw .unknownOption(name: name, nearest: nearest(name, names))
      }
    }
    for parameter in grid.parameters {
      if Self.notOfARun.contains(parameter.name) { throw .notOfARun(name: parameter.name) }
      if Self.ofAllRuns.contains(parameter.name) { throw .notVaried(name: parameter.name) }
      guard let kind = kinds[parameter.name] else {
        throw .unknownParameter(name: parameter.name, nearest: nearest(parameter.name, names))
      }
      if kind == .flag, let wrong = parameter.values.first(where: { !["yes", "no"].contains($0) }) {
        throw .notValues(
          parameter: parameter.name, text: wrong,
          reason: "--\(parameter.name) is a flag, whose values are yes and no")
      }
      if kind == .positional, hasPositional(grid.arguments) {
        throw .overlap(parameter: parameter.name, alsoGiven: true)
      }
    }
  }

  /// The arguments of a run.
  func arguments(_ grid: SweepGrid, _ point: SweepPoint) -> [String] {
    grid.arguments
      + zip(point.names, point.values).flatMap { name, value -> [String] in
        switch kinds[name] {
        case .positional: [value]
        case .flag: value == "yes" ? ["--\(name)"] : []
        // In one word, so that no value is taken for an option.
        default: ["--\(name)=\(value)"]
        }
      }
  }
}
