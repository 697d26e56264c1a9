import Prose

/// A script for `sbatch` that computes a sweep as an array of shards, and merges it when all are done.
package struct SlurmScript {
  package let text: String

  /// - Parameters:
  ///   - command: the program, from the root.
  ///   - arguments: what follows it, with the folder and without a shard.
  ///   - folder: of the sweep.
  ///   - workingDirectory: where relative paths begin.
  ///   - shards: of the array.
  ///   - threads: of each.
  package init(
    command: String, arguments: [String], folder: String, workingDirectory: String, shards: Int, threads: Int
  ) {
    let line = ([command] + arguments).map(shellQuoted).joined(separator: " ")
    text = """
      #!/bin/bash
      #SBATCH --job-name=linnet-sweep
      #SBATCH --array=1-\(shards)
      #SBATCH --cpus-per-task=\(threads)
      #SBATCH --output=linnet-sweep-%A-%a.out
      # Submit with: sbatch FILE. A job that is killed goes on where it was when it is submitted again.
      # When all tasks are done: \(command) sweep --merge \(shellQuoted(folder))

      set -eu
      cd \(shellQuoted(workingDirectory))
      # The shard is that of the array task (SLURM_ARRAY_TASK_ID of SLURM_ARRAY_TASK_COUNT).
      exec \(line)

      """
  }
}
