import LinearAlgebra

extension SampleFactor {
  /// The parts of a table of n columns, or of none of its samples, as numbers of which there are always as many: a message between processes.
  ///
  /// m, the rows of R, whether it is known which columns meet, o, R by rows with zeros below it, and halves of the words that say which columns meet.
  package static func message(_ parts: SampleFactor?, columns n: Int) -> [Double] {
    var message = [Double](repeating: 0, count: length(columns: n))
    guard let parts else { return message }
    precondition(parts.origin.count == n, "parts of \(parts.origin.count) columns in a message of \(n)")
    message[0] = Double(parts.sampleCount)
    message[1] = Double(parts.factor.rows)
    message[2] = parts.meetings == nil ? 0 : 1
    for (j, o) in parts.origin.enumerated() { message[3 + j] = o }
    for i in 0..<parts.factor.rows {
      for j in 0...n { message[3 + n + i * (n + 1) + j] = parts.factor[i, j] }
    }
    if let meetings = parts.meetings {
      let begin = 3 + n + (n + 1) * (n + 1)
      for (k, word) in meetings.enumerated() {
        message[begin + 2 * k] = Double(word & 0xFFFF_FFFF)
        message[begin + 2 * k + 1] = Double(word >> 32)
      }
    }
    return message
  }

  /// The parts in a message; nil for no samples.
  package init?(message: [Double], columns n: Int) {
    precondition(
      message.count == Self.length(columns: n), "a message of \(message.count) numbers for \(n) columns")
    guard message[0] > 0 else { return nil }
    let rows = Int(message[1])
    let begin = 3 + n + (n + 1) * (n + 1)
    let meetings = stride(from: begin, to: message.count, by: 2).map {
      UInt64(message[$0]) | UInt64(message[$0 + 1]) << 32
    }
    self.init(
      sampleCount: Int(message[0]), factor: Matrix(rows, n + 1) { i, j in message[3 + n + i * (n + 1) + j] },
      origin: Array(message[3..<3 + n]), meetings: message[2] == 0 ? nil : meetings)
  }

  /// Numbers in a message.
  private static func length(columns n: Int) -> Int {
    3 + n + (n + 1) * (n + 1) + 2 * n * ColumnMeetings.words(for: n)
  }
}
