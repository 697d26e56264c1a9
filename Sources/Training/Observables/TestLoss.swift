import LinearNetworks

/// The loss on samples that are not trained on, ½‖Y − WX‖² over their rows.
public struct TestLoss: Recordable {
  /// The samples, in the coordinates of the problem that is trained on; nil if there are none.
  private let samples: Problem?

  /// The name of its column.
  public static let column = "test_loss"

  /// The loss on no samples, which exists for no run.
  init() { samples = nil }

  /// - Parameter samples: held out, in the coordinates of the problem that is trained on.
  public init(on samples: Problem) { self.samples = samples }

  public var name: String { "test-loss" }
  public var summary: String { "loss ½‖Y − WX‖² on the rows of --test" }

  public func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    guard let samples else {
      throw .unavailable(
        name: name, reason: "no rows are held out; give a file or a share of the rows by --test")
    }
    precondition(
      samples.inputs == run.problem.inputs && samples.outputs == run.problem.outputs,
      "samples of \(samples.inputs) inputs and \(samples.outputs) outputs beside a problem of \(run.problem.inputs) and \(run.problem.outputs)"
    )
    let (m, n) = (Double(run.problem.sampleCount), Double(samples.sampleCount))
    return Recording(
      name,
      columns: [
        .init(Self.column, label: "held out"),
        .init("test_loss_per_row", label: "held out, per row"),
        .init("training_loss_per_row", label: "trained on, per row"),
      ],
      title: "Held-out loss", axis: "loss per row", isLogarithmic: true,
      caption: "½‖y − Wx‖², averaged over the rows that are trained on, and over those that are held out."
    ) { moment in
      let test = samples.loss(moment.endToEndMatrix)
      return [test, test / n, moment.loss / m]
    }
  }
}
