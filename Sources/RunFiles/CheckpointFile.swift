import DataFormats
import Foundation
import Training

/// `checkpoint.json`, from which a run goes on, and `checkpoint-previous.json`, the one before it, for the case that the newest is damaged.
///
/// A checkpoint is a promise that is never looked at twice, so a file is believed only as a whole: it names its format and the run that it belongs to (size and CRC-32 of `run.json`), and ends with a
/// CRC-32 over all bytes before. What is in it is then checked against the run (`TrainingRun.obstacle(to:)`, `CompletionRun.obstacle(to:)`).
public enum CheckpointFile {
  /// The file's name.
  public static let name = "checkpoint.json"
  /// That of the one before it.
  public static let previousName = "checkpoint-previous.json"
  private static let format = 1

  private struct Content<State: Codable>: Codable {
    let format: Int
    let run: FileFingerprint
    let checkpoint: State
  }

  private struct Format: Decodable { let format: Int }

  /// What was found in a folder.
  public struct Found<State: Codable & Sendable>: Sendable {
    /// The newest that is sound.
    public let checkpoint: State
    /// Why a newer one is not used.
    public let damage: RunFileError?
  }

  /// Writes a checkpoint beside `run.json`, and keeps the one before it.
  ///
  /// - Parameters:
  ///   - checkpoint: of a training or of a completion.
  ///   - folder: that of the run.
  /// - Throws: `DataFormatError` if a file cannot be written.
  public static func write(_ checkpoint: some Codable, in folder: String) throws {
    let content = Content(
      format: format, run: try FileFingerprint(of: "\(folder)/run.json"), checkpoint: checkpoint)
    // The checksum stands last, in place of the closing brace, so that it covers everything else.
    let text = try CanonicalJSON.encode(content, layout: .line).dropLast()
    // By a second name, so that there is a newest one at every moment.
    let draft = "\(folder)/.\(previousName).part"
    unlink(draft)
    if link("\(folder)/\(name)", draft) == 0 {
      _ = rename(draft, "\(folder)/\(previousName)")
    }
    try AtomicFile.write(text + ending(FileFingerprint(of: text).crc32), to: "\(folder)/\(name)")
  }

  private static func ending(_ checksum: UInt32) -> Data {
    let digits = String(checksum, radix: 16)
    return Data(",\"crc32\":\"\(String(repeating: "0", count: 8 - digits.count))\(digits)\"}\n".utf8)
  }

  /// The newest sound checkpoint of a folder; nil if there is none at all.
  ///
  /// - Parameters:
  ///   - type: of the run's checkpoints.
  ///   - folder: that of the run.
  /// - Throws: ``RunFileError`` naming the newest file, if there are files and none is sound.
  public static func read<State: Codable & Sendable>(_ type: State.Type = Checkpoint.self, in folder: String)
    throws -> Found<State>?
  {
    var damage: RunFileError?
    for name in [name, previousName] {
      let path = "\(folder)/\(name)"
      guard let bytes = FileManager.default.contents(atPath: path) else { continue }
      do throws(RunFileError) {
        return Found(checkpoint: try checkpoint(bytes, path, in: folder), damage: damage)
      } catch {
        damage = damage ?? error
      }
    }
    if let damage { throw damage }
    return nil
  }

  /// Removes what there is.
  public static func remove(in folder: String) {
    for name in [name, previousName] { unlink("\(folder)/\(name)") }
  }

  private static func checkpoint<State: Codable>(_ bytes: Data, _ path: String, in folder: String)
    throws(RunFileError) -> State
  {
    let count = bytes.count - ending(0).count
    guard count > 0 else { throw .damaged(file: path) }
    let text = bytes.prefix(count)
    guard bytes.suffix(from: bytes.startIndex + count) == ending(FileFingerprint(of: text).crc32) else {
      throw .damaged(file: path)
    }
    let whole = text + Data("}".utf8)
    guard let found = try? CanonicalJSON.decode(Format.self, from: whole).format else {
      throw .damaged(file: path)
    }
    guard found == format else { throw .otherFormat(file: path, found: found, expected: format) }
    guard let content = try? CanonicalJSON.decode(Content<State>.self, from: whole) else {
      throw .damaged(file: path)
    }
    guard content.run == (try? FileFingerprint(of: "\(folder)/run.json")) else {
      throw .otherRun(file: path, run: "\(folder)/run.json")
    }
    return content.checkpoint
  }
}
