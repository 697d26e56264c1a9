import LinearAlgebra
import LinearNetworks
import TestSupport
import Theory

extension Setting {
  /// A whitened problem given by its target, and the balanced start with W_0 = `start`.
  ///
  /// - Parameters:
  ///   - Z: dy × dx.
  ///   - start: dy × dx, of rank `width` at most.
  ///   - depth: N.
  ///   - width: of the hidden layers; by default min(dx, dy).
  ///   - samples: m.
  convenience init(target Z: Matrix, start: Matrix, depth: Int, width: Int? = nil, samples: Int = 10) {
    let hidden = Array(repeating: width ?? min(Z.rows, Z.columns), count: depth - 1)
    do {
      self.init(
        problem: Problem(target: Z, sampleCount: samples),
        start: try .balanced(factoring: start, widths: [Z.columns] + hidden + [Z.rows]))
    } catch {
      preconditionFailure("no start of a test: \(error)")
    }
  }
}

extension ReferenceTrajectory {
  /// The problem and the start that the file is about; not all files have directions of unit length.
  var setting: Setting {
    Setting(
      problem: Problem(target: target, sampleCount: Int(sampleCount)),
      start: .balanced(
        left: .column(unit(initialLeft)), singularValues: [initialScale],
        right: .column(unit(initialRight)),
        widths: [target.columns] + Array(repeating: 1, count: depth - 1) + [target.rows]))
  }
}
