import Foundation

extension FigureRenderer {
  /// Reads the specifications named as arguments after the formats; prints a line “drawn PATH” for each picture.
  ///
  /// A picture appears under its name only when it is complete. One bad figure does not stop the others.
  private static let program = """
    import os, sys
    sys.path[:] = [p for p in sys.path if p]  # modules come from the installation, not from the current folder
    import vl_convert as vl
    version = [v for v in vl.get_vegalite_versions() if v.startswith("5.")][-1]
    failed = False
    formats = sys.argv[1].split(",")
    for path in sys.argv[2:]:
        try:
            with open(path, encoding="utf-8") as file:
                spec = file.read()
            stem = path[: -len(".vl.json")]
            offline = dict(vl_version=version, allowed_base_urls=[])
            for extension, draw in (
                ("svg", lambda: vl.vegalite_to_svg(spec, **offline).encode("utf-8")),
                ("png", lambda: vl.vegalite_to_png(spec, scale=2, **offline)),
                ("pdf", lambda: vl.vegalite_to_pdf(spec, **offline)),
            ):
                if extension not in formats:
                    continue
                picture = stem + "." + extension
                content = draw()
                part = os.path.join(os.path.dirname(picture), "." + os.path.basename(picture) + ".part")
                try:
                    with open(part, "wb") as file:
                        file.write(content)
                    os.replace(part, picture)
                except BaseException:
                    os.path.exists(part) and os.remove(part)
                    raise
                sys.stdout.buffer.write(b"drawn " + os.fsencode(picture) + b"\\n")
                sys.stdout.flush()
        except Exception as error:
            failed = True
            message = (str(error).splitlines() or [""])[0]
            print(os.path.basename(path), type(error).__name__, message, sep=": ", file=sys.stderr)
    sys.exit(1 if failed else 0)
    """

  /// Draws every specification beside it, in one process.
  func draw(_ specifications: [URL], _ formats: [Format]) -> (
    pictures: [URL], shortfall: FigureFiles.Shortfall?
  ) {
    guard let python else { return ([], .noRenderer) }
    func failed(_ reason: String) -> FigureFiles.Shortfall {
      .rendererFailed(python: python.path, reason: reason)
    }

    let process = Process()
    process.executableURL = python
    process.arguments =
      ["-c", Self.program, formats.map(\.rawValue).joined(separator: ",")] + specifications.map(\.path)
    // One pipe for both streams: two, read one after the other, could block the child.
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    do { try process.run() } catch { return ([], failed(error.localizedDescription)) }

    let id = process.processIdentifier
    let alarm = DispatchWorkItem {
      // The child leads a process group if Foundation gave it one; what it has started ends with it.
      kill(getpgid(id) == id ? -id : id, SIGKILL)
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + timeLimit, execute: alarm)
    let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      .split(whereSeparator: \.isNewline)
    process.waitUntilExit()
    alarm.cancel()

    let mark = "drawn "
    let pictures = lines.filter { $0.hasPrefix(mark) }.map {
      URL(fileURLWithPath: String($0.dropFirst(mark.count)))
    }
    if process.terminationReason == .exit, process.terminationStatus == 0 { return (pictures, nil) }
    // The last lines name the error of a Python traceback.
    let complaint = lines.filter { !$0.hasPrefix(mark) }.suffix(2).joined(separator: "; ")
    let end =
      process.terminationReason == .exit
      ? "exit code \(process.terminationStatus)" : "stopped by signal \(process.terminationStatus)"
    return (pictures, failed(complaint.isEmpty ? end : complaint))
  }
}
