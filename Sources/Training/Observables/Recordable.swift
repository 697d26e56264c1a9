import LinearAlgebra
import LinearNetworks
import Prose

/// What a run can be asked to record along its way, beside the numbers of every ``TrajectoryRecord``: an observable.
///
/// An observable is a value that knows its name, what it is, and how it is read off a moment of a run. A new one is a file with a type of this protocol and a line in ``Recordables/all``:
/// the files of a run, its figures, `result.json` and events take it from there. A program that only uses the library hands its own to
/// ``TrainingRun/run(resuming:stopping:recording:observing:callbacks:)`` by ``Recording``.
public protocol Recordable: Sendable {
  /// By which it is asked for, such as `layer-singular-values`.
  var name: String { get }
  /// What is recorded, with its formula, in one clause.
  var summary: String { get }
  /// How it is read off the moments of a run.
  ///
  /// - Throws: ``RecordingError/unavailable(name:reason:)`` where it does not exist for this run.
  func recording(of run: TrainingRun) throws(RecordingError) -> Recording
}

extension Recordable {
  /// - Throws: ``RecordingError`` for a run in which only W is followed.
  func requireLayers(_ run: TrainingRun) throws(RecordingError) {
    if run.options.flow == .induced {
      throw .unavailable(
        name: name, reason: "the induced flow (17) moves W alone, and there are no layers to look at")
    }
  }

  /// - Throws: ``RecordingError`` for a run without hidden layers.
  func requireHiddenLayers(_ run: TrainingRun) throws(RecordingError) {
    try requireLayers(run)
    if run.start.depth == 1 {
      throw .unavailable(name: name, reason: "a single layer has no hidden layer beside it")
    }
  }
}

/// An observable of one run: what its numbers are called and how they are read off a moment.
public struct Recording: Sendable {
  /// One number of it.
  public struct Column: Sendable, Equatable {
    /// In files, such as `mode_1`.
    public let name: String
    /// In figures, such as `u₁ᵀWv₁`.
    public let label: String
    /// What it is at the global minimum, where that is known.
    public let goal: Double?

    /// A column with its names.
    public init(_ name: String, label: String? = nil, goal: Double? = nil) {
      (self.name, self.label, self.goal) = (name, label ?? name, goal)
    }
  }

  /// The name of the observable.
  public let observable: String
  /// Its numbers, in order.
  public let columns: [Column]
  /// Of its figure.
  public let title: String
  /// What the vertical axis measures.
  public let axis: String
  /// Whether that axis is logarithmic.
  public let isLogarithmic: Bool
  /// Below the figure: the equations, and their source.
  public let caption: String
  /// One number for each column; NaN where there is none at this moment.
  public let values: @Sendable (RunMoment) -> [Double]
  /// What its samples are called, in the order of the rows of its matrices; empty where it is about no samples.
  public let samples: [String]
  /// Matrices of a network that are written for the times asked for, with their names in trajectory.npz.
  public let matrices: @Sendable (LinearNetwork) -> [(name: String, matrix: Matrix)]

  /// An observable of one run.
  ///
  /// - Parameters:
  ///   - observable: its name.
  ///   - columns: its numbers, in order; distinct names.
  ///   - title: of its figure.
  ///   - axis: what its vertical axis measures.
  ///   - isLogarithmic: whether that is logarithmic.
  ///   - caption: equations and source.
  ///   - samples: names of those that it is about, in the order of the rows of its matrices.
  ///   - matrices: of a network, always the same names and shapes, written for the times asked for.
  ///   - values: one number for each column; NaN where there is none.
  public init(
    _ observable: String, columns: [Column], title: String, axis: String, isLogarithmic: Bool = false,
    caption: String, samples: [String] = [],
    matrices: @escaping @Sendable (LinearNetwork) -> [(name: String, matrix: Matrix)] = { _ in [] },
    values: @escaping @Sendable (RunMoment) -> [Double]
  ) {
    precondition(Set(columns.map(\.name)).count == columns.count, "columns of \(observable) of one name")
    (self.observable, self.columns, self.title, self.axis) = (observable, columns, title, axis)
    (self.isLogarithmic, self.caption) = (isLogarithmic, caption)
    (self.samples, self.matrices, self.values) = (samples, matrices, values)
  }

  /// As the recorder of a run takes it.
  var quantity: Quantity { Quantity(columns.map(\.name), of: values) }
}

/// Why a quantity cannot be recorded.
public enum RecordingError: Error, Equatable, CustomStringConvertible {
  /// No observable has this name.
  case unknown(name: String, nearest: String?)
  /// It does not exist for this run.
  case unavailable(name: String, reason: String)
  /// No event has this form.
  case unknownEvent(text: String, nearest: String?)
  /// No column of the records, with all that could be recorded, has this name.
  case unknownColumn(name: String, nearest: String?, known: [String])

  public var description: String {
    func suggestion(_ nearest: String?) -> String { nearest.map { "; did you mean “\($0)”?" } ?? "." }
    return switch self {
    case .unknown(let name, let nearest):
      "there is no observable “\(visible(name))”\(suggestion(nearest)) There are "
        + "\(list(Recordables.all.map(\.name), atMost: .max)), and all."
    case .unavailable(let name, let reason): "“\(name)” does not exist for this run: \(reason)."
    case .unknownEvent(let text, let nearest):
      "there is no event “\(visible(text))”\(suggestion(nearest)) There are "
        + "\(list(RunEvent.names)), and COLUMN=x, least:COLUMN and largest:COLUMN for any column of trajectory.csv, such as sigma_1=0.5."
    case .unknownColumn(let name, let nearest, let known):
      "no column is called “\(visible(name))”\(suggestion(nearest)) Of this run there are "
        + "\(list(known, atMost: .max))."
    }
  }
}

/// The catalogue of observables.
public enum Recordables {
  /// All of them, in the order in which they are listed.
  public static let all: [any Recordable] = [
    ModeStrengths(),
    MinimiserModeStrengths(),
    LayerSingularValues(),
    EffectiveRank(),
    StableRank(),
    NuclearNorm(),
    LeadingShare(),
    LayerAlignment(),
    DistanceTravelled(),
    RelativeDistance(),
    Imbalances(),
    ImbalanceEigenvalues(),
    KernelEigenvalues(),
    KernelDistanceFromStart(),
    SubspaceAngles(),
    Representations(),
    TestLoss(),
  ]

  /// The word for all that exist for a run.
  public static let everything = "all"

  /// Refuses a name that no observable has.
  ///
  /// - Throws: ``RecordingError/unknown(name:nearest:)``.
  public static func check(_ names: [String]) throws(RecordingError) {
    let known = all.map(\.name) + [everything]
    for name in names where !known.contains(name) {
      throw .unknown(name: name, nearest: nearestName(to: name, among: known))
    }
  }
}

extension TrainingRun {
  /// The observables of these names; `all` stands for those that exist for this run.
  ///
  /// - Parameters:
  ///   - names: of ``Recordables/all``, in any order.
  ///   - others: what takes the place of observables of the same name, since it knows more: data held out, samples.
  /// - Throws: ``RecordingError``.
  public func recordings(
    of names: [String], knowing others: [any Recordable] = []
  ) throws(RecordingError) -> [Recording] {
    try Recordables.check(names)
    var found: [Recording] = []
    for plain in Recordables.all {
      let recordable = others.first { $0.name == plain.name } ?? plain
      if names.contains(plain.name) {
        found.append(try recordable.recording(of: self))
      } else if names.contains(Recordables.everything), let recording = try? recordable.recording(of: self) {
        found.append(recording)
      }
    }
    return found
  }
}
