import Prose
import RunFiles

/// How to do it again, from what.
struct RepetitionSection {
  let run: RunFolder

  init(_ run: RunFolder) { self.run = run }

  var html: HTML {
    let origin = run.origin
    let command =
      "cd \(shellQuoted(origin.workingDirectory))\n"
      + (["linnet", "train"] + origin.arguments).map(shellQuoted).joined(separator: " ")
    let files = Block.table(
      ["file", "bytes", "CRC-32"],
      origin.inputs.map { input in
        let digits = String(input.fingerprint.crc32, radix: 16)
        return [
          HTML(input.path), HTML("\(input.fingerprint.bytes)"),
          HTML(String(repeating: "0", count: max(0, 8 - digits.count)) + digits),
        ]
      }, className: "numbers")
    return Block.section(
      "The same again", id: "repeat",
      [
        Block.paragraph(
          "The command of this run, with \(origin.program) \(origin.version), seed \(String(origin.seed)):"),
        .element("pre", ["tabindex": "0"], .element("code", [:], HTML(command))),
        Block.paragraph("Bit for bit, and refusing files that have changed:"),
        .element(
          "pre", ["tabindex": "0"],
          .element("code", [:], HTML("linnet train --repeat \(shellQuoted(run.path))/run.json"))),
      ] + (origin.inputs.isEmpty ? [] : [files]))
  }
}
