import DataFormats
import Figures
import Foundation
import LinearNetworks
import Report
import RunFiles
import Training

/// How a run is described in its folder, and what was put there before.
private struct SaveRequest: Decodable {
  /// The arguments of `linnet train` that repeat it.
  let arguments: [String]
  /// The files they name, from the root.
  let inputs: [String]
  /// A Python with vl-convert, which draws; nil for specifications alone.
  let renderer: String?
}

extension RunBox {
  /// Writes the folder that the command leaves, and last the file that says that all of it is there.
  ///
  /// - Parameters:
  ///   - folder: an existing folder.
  ///   - request: how the run is repeated.
  fileprivate func save(to folder: String, _ request: SaveRequest) throws {
    func file(_ name: String) -> String { folder + "/" + name }
    unlink(file(RunManifest.name))
    let description = RunDescription(
      arguments: request.arguments, workingDirectory: folder,
      inputs: try request.inputs.map { try .init($0) },
      seed: start.seed, options: run.options, widths: run.start.widths, start: start.words,
      data: problem.words)
    try AtomicFile.write(try CanonicalJSON.encode(description), to: file("run.json"))
    try AtomicFile.write(
      try CanonicalJSON.encode(RunResult(report, coding: problem.coding)), to: file("result.json"))
    try TrajectoryFiles.write(outcome, to: folder)
    var metadata = [
      "program": "linnet \(programVersion)", "time": "\(outcome.time)",
      "verdict": outcome.verdict.kind.rawValue, "inputs": problem.inputsDescription,
    ]
    metadata[NetworkMeaning.key] = try problem.prepared.map {
      try NetworkMeaning($0, coding: problem.coding).text
    }
    try NetworkFile.write(outcome.network, to: file("network.safetensors"), metadata: metadata)
    let renderer = FigureRenderer(python: request.renderer.map { URL(fileURLWithPath: $0) })
    try _ = renderer.write(
      TrainingFigures(run, outcome, report).figures, to: URL(fileURLWithPath: folder))
    let page = ReportPage(of: try RunFolder(folder), chartLibrary: renderer.chartLibrary).html
    try AtomicFile.write(Data(page.utf8), to: file("report.html"))
    try RunManifest(of: folder).write(to: folder)
  }
}

@_cdecl("linnet_run_write_start")
public func linnet_run_write_start(_ run: UnsafeRawPointer?, _ path: Text?, _ error: TextOut?) -> Int32 {
  answer(error) {
    let run: RunBox = try box(run)
    guard let path else { throw ArgumentError("path", "a path is missing", value: "NULL") }
    try NetworkFile.write(
      run.run.start, to: String(cString: path),
      metadata: [
        "program": "linnet \(programVersion)", "what": "start", "inputs": run.problem.inputsDescription,
      ])
  }
}

@_cdecl("linnet_run_save")
public func linnet_run_save(
  _ run: UnsafeRawPointer?, _ folder: Text?, _ request: Text?, _ error: TextOut?
) -> Int32 {
  answer(error) {
    let run: RunBox = try box(run)
    guard let folder else { throw ArgumentError("folder", "a folder is missing", value: "NULL") }
    try run.save(to: String(cString: folder), try decoded(SaveRequest.self, request))
  }
}

/// The folder of a finished run.
final class FolderBox: Box {
  private let folder: RunFolder
  private let result: Data
  private let network: LinearNetwork

  init(_ path: String) throws {
    folder = try RunFolder(path)
    network = try NetworkFile.read(path + "/network.safetensors").network
    guard let bytes = FileManager.default.contents(atPath: path + "/result.json") else {
      throw RunFileError.missing(folder: path, file: "result.json")
    }
    result = bytes
  }

  override func json(_ part: String) throws -> Data {
    switch part {
    case "result": result
    case "run": try CanonicalJSON.encode(folder.origin, layout: .line)
    case "figures":
      Data(
        ("{" + folder.figures.map { "\"\($0.name)\": \($0.specification)" }.joined(separator: ", ") + "}")
          .utf8)
    default: throw unknownWord(part, "part", ["result", "run", "figures"])
    }
  }

  override func array(_ name: String) throws -> (values: [Double], shape: [Int]) {
    switch name {
    case "layers": network.layers.flatMap { $0.transpose.storage }.vector
    case "widths": network.widths.map(Double.init).vector
    default: throw unknownWord(name, "array", ["layers", "widths"])
    }
  }
}

@_cdecl("linnet_folder_open")
public func linnet_folder_open(_ path: Text?, _ folder: HandleOut?, _ error: TextOut?) -> Int32 {
  answer(error) {
    guard let path else { throw ArgumentError("folder", "a folder is missing", value: "NULL") }
    try FolderBox(String(cString: path)).hand(to: folder)
  }
}
