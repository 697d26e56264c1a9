import DataFormats
import Foundation
import Prose

/// Why a sweep cannot begin, go on, or be read.
package enum SweepError: Error, Equatable, CustomStringConvertible {
  /// The values of a parameter are not understood.
  case notValues(parameter: String, text: String, reason: String)
  /// A parameter has no value.
  case emptyGrid(parameter: String, text: String)
  /// A parameter has a value twice.
  case repeatedValue(parameter: String, value: String)
  /// A parameter is varied twice, or both given and varied.
  case overlap(parameter: String, alsoGiven: Bool)
  /// More points than a sweep may have.
  case tooManyPoints(limit: Int)
  /// Nothing is varied.
  case nothingVaries
  /// No option of a run has this name; the nearest one.
  case unknownParameter(name: String, nearest: String?)
  /// No option of a run, nor of a sweep, has this name; the nearest one.
  case unknownOption(name: String, nearest: String?)
  /// An option that is no part of what a run computes.
  case notOfARun(name: String)
  /// An option that all runs share.
  case notVaried(name: String)
  /// A value of a parameter, or the fixed arguments, are refused by a run.
  case refusedArguments(point: String, reason: String)
  /// A shard outside 1…n.
  case badShard(text: String)
  /// Shards meet in a folder, which must be named.
  case shardWithoutFolder
  /// A quantity or parameter that the runs do not have; the nearest one.
  case unknownQuantity(name: String, nearest: String?, known: [String])
  /// A fit that is not understood.
  case notAFit(text: String)

  /// A folder holds another sweep: in what they differ.
  case otherSweep(folder: String, difference: String)
  /// A folder holds no sweep.
  case notASweep(folder: String)
  /// A file is damaged or was not written by this program.
  case damaged(file: String)
  /// Lines of a file belong to another sweep than its folder.
  case foreignLines(file: String)
  /// The samples come from standard input, which can be read only once.
  case standardInput
  /// A line could not be written; what was there before is whole.
  case notWritten(file: String, code: Int32, kept: Int)

  /// Whether another command line would do.
  package var isAboutUsage: Bool {
    switch self {
    case .notASweep, .damaged, .foreignLines, .notWritten: false
    default: true
    }
  }

  /// Whether a disk is the reason.
  package var isAboutWriting: Bool {
    if case .notWritten = self { true } else { false }
  }

  package var description: String {
    switch self {
    case .notValues(let name, let text, let reason):
      "--vary \(name)=\(visible(text)): \(reason); values are given as a:b (whole numbers), a:b:step, lin:a:b:n, log:a:b:n, or a list a,b,c."
    case .emptyGrid(let name, let text): "--vary \(name)=\(visible(text)) has no values."
    case .repeatedValue(let name, let value):
      "--vary \(name): the value \(visible(value)) stands there twice."
    case .overlap(let name, let alsoGiven):
      alsoGiven
        ? "--\(name) is given and varied; leave one of them out."
        : "\(name) is varied twice; leave one of them out."
    case .tooManyPoints(let limit): "the grid has more than \(limit) points; vary less, or in several sweeps."
    case .nothingVaries:
      "nothing varies: give --vary name=values or --seeds a:b, or use linnet train for a single run."
    case .unknownParameter(let name, let nearest):
      "linnet train has no option --\(visible(name)) that could vary\(nearest.map { "; did you mean \($0)?" } ?? ".")"
    case .unknownOption(let name, let nearest):
      "neither linnet sweep nor linnet train has an option --\(visible(name))\(nearest.map { "; did you mean --\($0)?" } ?? ".")"
    case .notVaried(let name): "--\(name) is the same for all runs of a sweep; give it beside --vary."
    case .notOfARun(let name): "--\(name) of linnet train has no meaning in a sweep; leave it out."
    case .refusedArguments(let point, let reason): "\(point)\(reason)"
    case .badShard(let text):
      "\(visible(text)) is no shard; give i/n with whole numbers 1 ≤ i ≤ n ≤ 100000, such as 2/8."
    case .shardWithoutFolder: "the shards of a sweep meet in one folder; name it with --out."
    case .unknownQuantity(let name, let nearest, let known):
      "the runs have no quantity “\(visible(name))”\(nearest.map { "; did you mean \($0)?" } ?? ".") There are \(list(known, atMost: 100))."
    case .notAFit(let text):
      "--fit \(visible(text)) is not understood; give y~x, y~log(x), log(y)~log(x), and |g behind it for one fit for each value of g."
    case .otherSweep(let folder, let difference):
      "\(folder) holds another sweep (\(difference)); name another folder with --out."
    case .notASweep(let folder): "\(folder) is not the folder of a sweep: it has no grid.json."
    case .damaged(let file): "\(file) is damaged or not a file of this program."
    case .foreignLines(let file): "\(file) has runs of another sweep; move it out of the folder."
    case .standardInput:
      "a sweep reads its data again when it goes on, which standard input (-) does not allow; name a file."
    case .notWritten(let file, let code, let kept):
      "\(file) cannot be written (\(String(cString: strerror(code)).lowercased())); the \(count(kept, "run")) before are kept, and the same command goes on from there."
    }
  }
}
