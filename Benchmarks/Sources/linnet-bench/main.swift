import Foundation
import LinearAlgebra

let usage = """
  usage: linnet-bench [compression] [exact] [derivatives] [runs] [tolerances] [reduction] [sizes] [induced] [stiffness] [stepping]
                      [--write results.md]

  Without names: all of them; --write also draws the figures of Documentation/images. The comparisons with other programs are apart:
  linnet-bench peers, by Scripts/bench-peers, and linnet-bench fit, by Scripts/bench-fit. linnet-bench certificates PAGE.md writes the
  study of what certificates reach, with its figure (half an hour).
  """

// One thread, for us and for the reference: ratios then mean the same on every machine.
setBLASThreads(1)
var arguments = Array(CommandLine.arguments.dropFirst())

// The compression benchmark measures its memory in a process that does nothing else.
if arguments.count == 2, arguments[0] == "peak-memory" {
  let compression = try CompressionBenchmark.compress(arguments[1])
  precondition(compression.sampleCount > 0, "\(arguments[1]) has no rows")
  print(Machine.peakMemory)
  exit(0)
}

if arguments.first == "peers" {
  guard try PeerComparison.run(Array(arguments.dropFirst())) else {
    FileHandle.standardError.write(Data((PeerComparison.usage + "\n").utf8))
    exit(2)
  }
  exit(0)
}

if arguments.first == "fit" {
  guard try FitTiming.run(Array(arguments.dropFirst())) else {
    FileHandle.standardError.write(Data((FitTiming.usage + "\n").utf8))
    exit(2)
  }
  exit(0)
}

if arguments.count == 2, arguments[0] == "certificates" {
  let study = try CertificateStudy()
  try study.markdown.write(toFile: arguments[1], atomically: true, encoding: .utf8)
  try DocumentationImages.write([(name: "certificates", figure: study.figure)])
  exit(0)
}

var destination: String?
if let i = arguments.firstIndex(of: "--write") {
  guard i + 1 < arguments.count else {
    FileHandle.standardError.write(Data((usage + "\n").utf8))
    exit(2)
  }
  destination = arguments[i + 1]
  arguments.removeSubrange(i...i + 1)
}
/// A benchmark gives tables, and pictures if there are any.
typealias Report = (tables: [Table], writeFigures: () throws -> Void)
let benchmarks: [(name: String, run: () throws -> Report)] = [
  ("compression", { ([try CompressionBenchmark().run()], {}) }),
  ("exact", { ([ExactFlowBenchmark().run()], {}) }),
  ("derivatives", { ([DerivativesBenchmark().run()], {}) }),
  ("runs", { ([try RunBenchmark().run()], {}) }),
  ("tolerances", { ([try ToleranceStudy().run()], {}) }),
  ("reduction", { ([try ReductionStudy().run()], {}) }),
  ("sizes", { ([try SizeStudy().run()], {}) }),
  ("induced", { ([try InducedFlowStudy().run()], {}) }),
  ("stiffness", { ([try StiffnessStudy().run()], {}) }),
  (
    "stepping",
    {
      let study = try SteppingStudy()
      return (study.tables, study.writeFigures)
    }
  ),
]
guard arguments.allSatisfy({ name in benchmarks.contains { $0.name == name } }) else {
  FileHandle.standardError.write(Data((usage + "\n").utf8))
  exit(2)
}

let machine = Machine.lines.map { "- " + $0 }.joined(separator: "\n")
print(machine + "\n")
var text =
  "# Benchmarks\n\nWritten by `make bench`; medians of repetitions, processor time of one thread.\n\n\(machine)\n"
for (name, run) in benchmarks where arguments.isEmpty || arguments.contains(name) {
  let report = try run()
  for table in report.tables {
    print(table.markdown)
    text += "\n" + table.markdown
  }
  if destination != nil { try report.writeFigures() }
}
if let destination { try text.write(toFile: destination, atomically: true, encoding: .utf8) }
