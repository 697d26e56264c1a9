import DataFormats
import Foundation

/// What one request may ask for. Everything beyond is refused with the limit named, and the server goes on.
public struct LabLimits: Codable, Sendable, Equatable {
  /// Bytes of an uploaded table.
  public var tableBytes = 64 << 20
  /// Bytes of a JSON body: a 400×400 target takes 4 MB.
  public var requestBytes = 16 << 20
  /// N.
  public var depth = 1000
  /// dx and dy.
  public var dimension = 400
  /// Σ_j d_j d_{j−1}.
  public var weights = 2_000_000
  /// m.
  public var samples = 1_000_000
  /// Seconds that a closed form may take. Tuned: a slider waits for it; those of rank one take milliseconds.
  public var solveSeconds = 5.0
  /// Steps of gradient descent beside the flow, which a slider waits for, too (tuned).
  public var descentSteps = 200_000
  /// Seconds of a stepping run.
  public var runSeconds = 600.0
  /// Seconds after which a run that was stopped, or has used up its time, and does not end is given up: the next one takes its place. Within a step nobody can
  /// stop it.
  public var graceSeconds = 30.0
  /// Stepping runs at once, one a core by default; the others wait.
  public var simultaneousRuns = ProcessInfo.processInfo.activeProcessorCount
  /// Stepping runs that may wait.
  public var waitingRuns = 64
  /// Requests for a closed form, or for a table to be read, that may wait for a core; more are told to come again.
  public var waitingSolves = 64
  /// Connections at once; more are told to come again.
  public var connections = 256
  /// Seconds in which the first line and the headers of a request must arrive.
  public var arrivalSeconds = 10.0
  /// Seconds without a byte after which a connection is closed.
  public var idleSeconds = 120.0
  /// Seconds in which a request must have arrived and been answered.
  public var requestSeconds = 30.0

  /// The defaults.
  public init() {}

  /// Some limits as a JSON object; the others are the defaults.
  ///
  /// - Throws: ``LabError`` naming a key that is none, or a value that is not positive.
  public init(json: Data) throws(LabError) {
    if let fault = JSONFault.first(in: json) { throw LabError(.malformed, "the limits have \(fault.words).") }
    let limits: LabLimits
    do {
      let defaults =
        try JSONSerialization.jsonObject(with: JSONEncoder().encode(LabLimits())) as? [String: Any] ?? [:]
      guard let changes = try JSONSerialization.jsonObject(with: json) as? [String: Any] else {
        throw LabError(.malformed, "the limits must be a JSON object.")
      }
      for (key, value) in changes {
        guard defaults[key] != nil, let number = value as? Double, number > 0, number <= 1e9 else {
          throw LabError(
            .malformed,
            "the limit “\(key)” is none, or its value does not lie between 0 and 1e9; there are \(defaults.keys.sorted().joined(separator: ", "))."
          )
        }
      }
      let merged = defaults.merging(changes) { $1 }
      limits = try JSONDecoder().decode(LabLimits.self, from: JSONSerialization.data(withJSONObject: merged))
    } catch {
      throw LabError(error)
    }
    self = limits
  }
}
