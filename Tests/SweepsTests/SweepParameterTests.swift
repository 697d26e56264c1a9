import Sweeps
import Testing

@Suite struct SweepParameterTests {
  @Test(arguments: [
    ("depth=2:6", ["2", "3", "4", "5", "6"]), ("depth=3:3", ["3"]), ("angle=10:80:35", ["10", "45", "80"]),
    ("norm=0.1:0.5:0.1", ["0.1", "0.2", "0.3", "0.4", "0.5"]), ("angle=30:10:-10", ["30", "20", "10"]),
    ("norm=log:0.1:10:5", ["0.1", "0.316227766016838", "1", "3.16227766016838", "10"]),
    ("norm=lin:0:1:5", ["0", "0.25", "0.5", "0.75", "1"]), ("start=random,aligned", ["random", "aligned"]),
    ("widths=2,2;3,3", ["2,2", "3,3"]), ("scale=1e-3, 1e-2", ["1e-3", "1e-2"]), ("--depth=2,4", ["2", "4"]),
    ("inputs=X.npz:a,Y.npz:a", ["X.npz:a", "Y.npz:a"]),
  ])
  func `ranges and lists give the values that they say`(text: String, values: [String]) throws {
    #expect(try SweepParameter(text).values == values)
  }

  @Test func `a range of logarithms has a logarithmic axis, words have none`() throws {
    #expect(try SweepParameter("norm=log:1:4:3").scale == .logarithmic)
    #expect(try SweepParameter("norm=1,2").scale == .linear)
    #expect(try SweepParameter("start=random,aligned").scale == .words)
  }

  @Test(arguments: [
    ("depth=6:2", "has no values"), ("depth=", "has no values"), ("norm=log:0:1:3", "positive ends"),
    ("norm=log:1:2:0", "has no values"), ("norm=log:1:2", "no range"), ("angle=1:2:0", "not zero"),
    ("depth=2,2", "twice"), ("norm=1,1.0", "twice"), ("depth=2,,3", "missing"), ("depth", "no name=values"),
    ("seed=-1,2", "no seed"), ("depth=1:99999999999", "more than"),
  ])
  func `what is empty, doubled or no range is refused with its reason`(text: String, words: String) {
    let error = #expect(throws: SweepError.self) { try SweepParameter(text) }
    #expect("\(error!)".contains(words), "\(error!)")
  }

  @Test func `points run through the last parameter first, and seeds are the last`() throws {
    let grid = try SweepGrid(
      arguments: [], parameters: [SweepParameter("depth=2:3"), SweepParameter("norm=1,2")], seeds: "5:6")
    #expect(grid.count == 8 && grid.repetitions == 2)
    #expect(grid.point(0).values == ["2", "1", "5"])
    #expect(grid.point(3).values == ["2", "2", "6"])
    #expect(grid.point(7).description == "depth=3 norm=2 seed=6")
  }

  @Test func `what varies twice, or is given and varies, is refused`() throws {
    let depth = try SweepParameter("depth=2:3")
    #expect(throws: SweepError.overlap(parameter: "depth", alsoGiven: false)) {
      try SweepGrid(arguments: [], parameters: [depth, depth])
    }
    for given in [["--depth", "3"], ["--depth=3"]] {
      #expect(throws: SweepError.overlap(parameter: "depth", alsoGiven: true)) {
        try SweepGrid(arguments: given, parameters: [depth])
      }
    }
    #expect(throws: SweepError.nothingVaries) { try SweepGrid(arguments: [], parameters: []) }
  }

  @Test(arguments: [1, 2, 3, 7, 64])
  func `shards divide a grid, evenly also along its last parameter`(n: Int) throws {
    let shards = try (1...n).map { try Shard("\($0)/\(n)") }
    let owners = (0..<5000).map { i in shards.filter { $0.contains(i) }.map(\.number) }
    #expect(owners.allSatisfy { $0.count == 1 })
    let counts = Dictionary(grouping: owners, by: { $0[0] }).mapValues(\.count)
    #expect(counts.count == n)
    #expect(counts.values.max()! - counts.values.min()! <= n)
    // Every n-th point, as a last parameter of n values has them: no shard gets them all.
    if n > 1 { #expect(Set((0..<n * n).map { owners[($0 * n) % 5000][0] }).count == n) }
  }

  @Test(arguments: ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", "1/2/3", "1/1000000"])
  func `a shard outside of 1…n is refused`(text: String) {
    #expect(throws: SweepError.badShard(text: text)) { try Shard(text) }
  }

  @Test func `a Slurm array names the shard, whatever its first index and step`() throws {
    func shard(_ variables: [String: String]) throws -> String? { try Shard(slurm: variables)?.name }
    #expect(try shard([:]) == nil)
    #expect(
      try shard(["SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "4"])
        == "3of4")
    #expect(
      try shard([
        "SLURM_ARRAY_TASK_ID": "4", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_STEP": "2",
        "SLURM_ARRAY_TASK_COUNT": "3",
      ]) == "3of3")
    #expect(throws: SweepError.self) {
      try shard(["SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "4"])
    }
  }
}
