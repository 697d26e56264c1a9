import RunFiles

/// Where a session begins whose runs can be resumed.
enum SessionBeginning<State: Codable & Sendable> {
  case fresh
  /// In the folder of an earlier session: from its checkpoint, or from the start where it had none yet.
  case resumed(CheckpointFile.Found<State>?)

  /// The checkpoint from which a run goes on; nil for the start.
  ///
  /// - Parameter obstacle: why the run cannot go on from it; nil if it can.
  func checkpoint(obstacle: (State) -> String?) throws -> State? {
    guard case .resumed(let found?) = self else { return nil }
    if let damage = found.damage {
      Screen.standardError("Warning: \(damage.problem) The checkpoint before it is used.")
    }
    if let obstacle = obstacle(found.checkpoint) {
      throw RunFileError.unusableCheckpoint(file: CheckpointFile.name, obstacle: obstacle)
    }
    return found.checkpoint
  }
}
