import Integration
import LinearAlgebra

/// Prepared samples as columns: inputs X: dx × m, outputs Y: dy × m, as a ``Problem`` has them in its own coordinates.
public struct PreparedSamples: Sendable {
  /// dx × m.
  public let inputs: Matrix
  /// dy × m.
  public let outputs: Matrix

  /// Samples as columns; there is at least one.
  public init(inputs: Matrix, outputs: Matrix) {
    precondition(
      inputs.columns == outputs.columns && inputs.columns > 0,
      "\(inputs.columns) inputs but \(outputs.columns) outputs")
    (self.inputs, self.outputs) = (inputs, outputs)
  }

  /// m.
  public var count: Int { inputs.columns }

  /// The same samples with the inputs in the eigenvectors of X Xᵀ of a problem.
  package func diagonal(for problem: Problem) -> PreparedSamples {
    PreparedSamples(inputs: problem.inEigenbasis(inputs.transpose).transpose, outputs: outputs)
  }
}

/// Minus the gradient of L_N over a batch of b samples, times m/b: equal to −∇L_N on the average over all batches.
///
/// Every epoch of ⌊m/b⌋ steps is a random permutation of the samples, cut in pieces of b; the few that are left over wait for another epoch. Step k sees the same batch however the run came to it.
///
/// - Complexity: O(b d) an evaluation beside that of the layers.
public final class BatchGradient: SteppedField {
  private let loss: NetworkLoss
  private let batch: BatchLoss

  /// - Parameters:
  ///   - problem: what the network is trained on.
  ///   - samples: all of them, in the coordinates of the problem.
  ///   - widths: d_0, …, d_N.
  ///   - size: b, from 1 to m.
  ///   - seed: of the permutations.
  public init(problem: Problem, samples: PreparedSamples, widths: [Int], size: Int, seed: UInt64) {
    precondition((1...samples.count).contains(size), "batches of \(size) of \(samples.count) samples")
    batch = BatchLoss(samples, size: size, seed: seed)
    loss = NetworkLoss(problem: problem, widths: widths, replacement: batch)
  }

  public var dimension: Int { loss.shape.parameterCount }
  public var blocks: [Range<Int>] { loss.shape.blocks }

  public func prepare(step k: Int) { batch.draw(k) }

  public func evaluate(_ y: UnsafePointer<Double>, into derivative: UnsafeMutablePointer<Double>) {
    loss.gradient(y, into: derivative)
    for i in 0..<dimension { derivative[i] = -derivative[i] }
  }
}

/// (m/b)·½‖Y_b − W X_b‖² over the samples of a batch.
private final class BatchLoss: EndToEndLoss {
  private let samples: PreparedSamples
  private let size: Int
  private let seed: UInt64
  private var epoch = -1
  private var order: [Int]
  private let X, Y, R: UnsafeMutablePointer<Double>
  private let dx, dy: Int
  private let factor: Double

  init(_ samples: PreparedSamples, size: Int, seed: UInt64) {
    (self.samples, self.size, self.seed) = (samples, size, seed)
    (dx, dy) = (samples.inputs.rows, samples.outputs.rows)
    order = Array(0..<samples.count)
    factor = Double(samples.count) / Double(size)
    (X, Y, R) = (zeroedBuffer(dx * size), zeroedBuffer(dy * size), zeroedBuffer(dy * size))
  }

  deinit { for p in [X, Y, R] { p.deallocate() } }

  func draw(_ k: Int) {
    let batches = samples.count / size
    if k / batches != epoch {
      epoch = k / batches
      var generator = SeededGenerator(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(epoch))
      order = Array(0..<samples.count)
      order.shuffle(using: &generator)
    }
    let first = k % batches * size
    samples.inputs.storage.withUnsafeBufferPointer { inputs in
      samples.outputs.storage.withUnsafeBufferPointer { outputs in
        for (place, sample) in order[first..<first + size].enumerated() {
          (X + place * dx).update(from: inputs.baseAddress! + sample * dx, count: dx)
          (Y + place * dy).update(from: outputs.baseAddress! + sample * dy, count: dy)
        }
      }
    }
  }

  /// R ← W X_b − Y_b.
  private func residual(_ W: UnsafePointer<Double>) {
    R.update(from: Y, count: dy * size)
    gemm(.plain, .plain, dy, size, dx, 1, W, dy, X, dx, -1, R, dy)
  }

  func value(_ W: UnsafePointer<Double>) -> Double {
    residual(W)
    let norm = norm2(R, dy * size)
    return 0.5 * factor * norm * norm
  }

  func gradient(_ W: UnsafePointer<Double>, into G: UnsafeMutablePointer<Double>) {
    residual(W)
    gemm(.plain, .transposed, dy, dx, size, factor, R, dy, X, dx, 0, G, dy)
  }

  func secondDerivative(along A: UnsafePointer<Double>, into product: UnsafeMutablePointer<Double>) {
    gemm(.plain, .plain, dy, size, dx, 1, A, dy, X, dx, 0, R, dy)
    gemm(.plain, .transposed, dy, dx, size, factor, R, dy, X, dx, 0, product, dy)
  }
}
