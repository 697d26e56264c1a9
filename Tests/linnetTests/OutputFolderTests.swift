import Foundation
import Testing

@Suite struct OutputFolderTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.file("Z.csv", "3,0.5,0\n0,1.5,0.2\n")
  }

  private func train(_ options: String...) throws -> CommandRun {
    try workspace.linnet(
      ["train", "--target", "Z.csv", "--samples", "10", "--rank", "1", "--angle", "30"] + options)
  }

  @Test func `an existing folder is refused and nothing in it touched`() throws {
    #expect(try train("--out", "run").status == 0)
    let before = try workspace.names(in: "run").map { try workspace.contents("run/\($0)") }
    let run = try train("--out", "run", "--depth", "7")
    #expect(run.status == 64)
    #expect(run.errors.contains("--out run exists already") && run.errors.contains("--force"))
    #expect(try workspace.names(in: "run").map { try workspace.contents("run/\($0)") } == before)
  }

  @Test func `--force replaces the files of a run and leaves others alone`() throws {
    #expect(try train("--out", "run").status == 0)
    try workspace.file("run/notes.txt", "mine")
    try workspace.file("run/checkpoint.json", "of another run")
    #expect(try train("--out", "run", "--depth", "7", "--force").status == 0)
    #expect(try workspace.json("run/result.json").number("problem.depth") == 7)
    #expect(try workspace.text("run/notes.txt") == "mine")
    #expect(!workspace.exists("run/checkpoint.json"))
  }

  @Test func `folders above are made, and a file in the way is told`() throws {
    #expect(try train("--out", "a/b/c").status == 0)
    #expect(workspace.exists("a/b/c/result.json"))
    let file = try train("--out", "Z.csv")
    #expect(file.status == 64)
    #expect(file.errors.contains("Z.csv is a file"))
    let below = try train("--out", "Z.csv/run")
    #expect(below.status == 1)
    #expect(below.errors.contains("Z.csv/run cannot be created (not a directory)"))
  }

  @Test func `a place where nothing can be written is told, with the system's reason`() throws {
    // Even root cannot make folders there.
    let run = try train("--out", "/proc/linnet-run")
    #expect(run.status == 1)
    #expect(run.errors.contains("/proc/linnet-run cannot be created"))
    #expect(run.output.isEmpty)
  }

  @Test(.enabled(if: getuid() != 0, "root may write anywhere"))
  func `a folder without write permission is told`() throws {
    #expect(mkdir(workspace.path("locked"), 0o555) == 0)
    let run = try train("--out", "locked", "--force")
    #expect(run.status == 1)
    #expect(run.errors.contains("permission denied"))
  }

  @Test func `a result that does not fit on the disk is still told, and nothing stays half-written`() throws {
    // run.json is small and is written; the disk is full when the result comes.
    guard try SmallDisk.mounted(at: workspace.path("disk"), bytes: 16_384) else { return }
    defer { SmallDisk.unmount(workspace.path("disk")) }
    let run = try train("--out", "disk/run", "--json")
    #expect(run.status == 1)
    #expect(try run.json.text("verdict.kind") == "globalMinimiser")
    #expect(run.errors.contains("no space left") && run.errors.contains("disk/run/result.json"))
    #expect(try workspace.names(in: "disk/run") == ["run.json"])
  }

  @Test func `a disk that is full from the start leaves no folder`() throws {
    guard try SmallDisk.mounted(at: workspace.path("disk"), bytes: 4096) else { return }
    defer { SmallDisk.unmount(workspace.path("disk")) }
    try workspace.file("disk/filling", [UInt8](repeating: 0, count: 4096))
    let run = try train("--out", "disk/run")
    #expect(run.status == 1)
    #expect(run.errors.contains("no space left"))
    #expect(try workspace.names(in: "disk") == ["filling"])
  }
}

/// A file system in memory, of the given size, where the system lets us have one.
enum SmallDisk {
  static func mounted(at folder: String, bytes: Int) throws -> Bool {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return getuid() == 0 && mount("tmpfs", folder, "tmpfs", 0, "size=\(bytes)") == 0
  }

  static func unmount(_ folder: String) { umount2(folder, 0) }
}
