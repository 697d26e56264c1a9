import FlyingFox
import FlyingSocks
import Foundation

/// The lines of a run as the body of an answer. When the last copy goes, because the answer is complete or the reader has gone away, the run is stopped.
struct StreamedBody: AsyncBufferedSequence {
  typealias Element = UInt8

  private final class Lease: Sendable {
    let run: LabRun
    init(_ run: LabRun) { self.run = run }
    deinit { run.stop() }
  }

  private let lines: AsyncStream<Data>
  private let lease: Lease

  init(_ lines: AsyncStream<Data>, of run: LabRun) { (self.lines, lease) = (lines, Lease(run)) }

  func makeAsyncIterator() -> Iterator { Iterator(lines: lines.makeAsyncIterator()) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    fileprivate var lines: AsyncStream<Data>.AsyncIterator

    /// Bytes one by one are not wanted by anybody.
    mutating func next() async -> UInt8? { preconditionFailure("bodies are read in buffers") }

    mutating func nextBuffer(suggested count: Int) async -> Data? { await lines.next() }
  }
}

/// An answer after which the connection is closed, since the rest of the request was not read and must not be taken for the next one.
struct LastBody: AsyncBufferedSequence {
  typealias Element = UInt8

  struct Closed: Error {}
  let content: Data

  func makeAsyncIterator() -> Iterator { Iterator(content: content) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    fileprivate var content: Data?

    mutating func next() async throws -> UInt8? { preconditionFailure("bodies are read in buffers") }

    mutating func nextBuffer(suggested count: Int) async throws -> Data? {
      defer { content = nil }
      if let content { return content }
      throw Closed()
    }
  }
}
