import Foundation

/// Where the numbers come from, in general terms.
enum Machine {
  static var lines: [String] {
    let processor = field("model name", of: "/proc/cpuinfo") ?? "unknown processor"
    let memory = field("MemTotal", of: "/proc/meminfo").flatMap { Double($0.split(separator: " ")[0]) } ?? 0
    let system = field("PRETTY_NAME", of: "/etc/os-release", separator: "=")?.replacingOccurrences(
      of: "\"", with: "")
    return [
      "processor: \(processor), \(ProcessInfo.processInfo.processorCount) cores",
      "memory: \(Int((memory / 1_048_576).rounded())) GiB",
      "system: \(system ?? "unknown system")",
      "compiler: \(compiler), release build",
      "BLAS threads: 1, ours and the reference's alike",
    ]
  }

  /// The largest resident set of this process so far, in bytes.
  static var peakMemory: Int {
    let kibibytes = field("VmHWM", of: "/proc/self/status").flatMap { Int($0.split(separator: " ")[0]) }
    return (kibibytes ?? 0) * 1024
  }

  private static func field(_ name: String, of file: String, separator: Character = ":") -> String? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      let parts = line.split(separator: separator, maxSplits: 1)
      if parts.count == 2 { return parts[1].trimmingCharacters(in: .whitespaces) }
    }
    return nil
  }

  private static var compiler: String {
    let swift = Process()
    swift.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    swift.arguments = ["swift", "--version"]
    let pipe = Pipe()
    swift.standardOutput = pipe
    swift.standardError = FileHandle.nullDevice
    guard (try? swift.run()) != nil else { return "Swift" }
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    swift.waitUntilExit()
    let words = text.split(whereSeparator: \.isWhitespace)
    guard let i = words.firstIndex(of: "version"), i + 1 < words.count else { return "Swift" }
    return "Swift \(words[i + 1])"
  }
}
