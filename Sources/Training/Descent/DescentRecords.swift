import Landscape

/// What is kept of gradient descent beside the records of every run: which iterates were recorded, and how sharp the loss is there.
struct DescentRecords: Codable, Sendable {
  /// One recorded iterate of which the sharpness is known.
  struct Sharp: Codable, Sendable {
    /// k.
    let iterate: Int
    /// t_k.
    let time: Double
    /// λ_max(∇²L_N).
    let value: Double
  }

  /// The numbers of the recorded iterates.
  private(set) var iterates: [Int] = []
  private(set) var sharpness: [Sharp] = []
  private let recordsSharpness: Bool

  init(recordsSharpness: Bool) { self.recordsSharpness = recordsSharpness }

  /// Whether the numbers increase.
  var isSound: Bool {
    func increases(_ numbers: [Int]) -> Bool { zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 } }
    return increases(iterates) && increases(sharpness.map(\.iterate))
      && (iterates.first ?? 0) >= 0 && sharpness.allSatisfy { $0.value.isFinite }
  }

  /// Gradients that a value of the sharpness costs, as many as some fifteen Hessian products.
  private static let gradientsOfValue = 45

  /// Takes in a recorded iterate, the last one of a run in any case.
  mutating func observe(
    _ k: Int, _ moment: RunMoment, _ budget: WorkBeside, isLast: Bool = false,
    by sharpness: @autoclosure () -> Sharpness
  ) {
    guard iterates.last.map({ $0 < k }) ?? true else { return }
    iterates.append(k)
    let isAffordable = (self.sharpness.count + 1) * Self.gradientsOfValue <= budget.gradients(besides: k)
    guard recordsSharpness, isAffordable || isLast || k == 0 else { return }
    let value = sharpness().value(at: moment.reducedNetwork)
    if value.isFinite { self.sharpness.append(Sharp(iterate: k, time: moment.time, value: value)) }
  }
}
