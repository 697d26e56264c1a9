import LinnetKit
import Testing

/// One error of every case of every error of the library that says what would mend it.
private let errors: [any MendableError] =
  ([
    .tooFewSamples(samples: 3, inputs: 5), .dependentInputs(names: ["a", "b"], rank: 2, inputs: 4),
    .whitenRank(requested: 5, rank: 2), .noVaryingInput,
  ] as [PreparationError])
  + ([
    .shape(found: [1, 2], expected: [2, 1]), .rankAboveBottleneck(rank: 3, bottleneck: 2, tolerance: 1e-15),
    .notEnoughRoomToTurn(rank: 2, inputs: 3, outputs: 3), .noTarget, .tooLarge(norm: 1e200),
  ] as [StartError])
  + ([
    .noSamples, .noVaryingInput, .rankTooLarge(rank: 4, inputs: 3, outputs: 2),
    .moreFoldsThanSamples(folds: 5, samples: 3), .moreFoldsThanSamples(folds: 5, samples: 1),
    .singularResidualCovariance(outputs: ["y"], samples: 3, inputRank: 2),
  ] as [RegressionError])
  + ([
    .unknownColumn(name: "a", use: .target, table: "t.csv", columns: ["b", "c"]),
    .unknownColumn(name: "hight", use: .dropped, table: "t.csv", columns: ["height", "width"]),
    .emptyName(use: .target), .namedTwice(name: "a", use: .target),
    .contradiction(name: "a", use: .kept, other: .dropped), .noTargetsLeft(table: "t.csv"),
    .noRowsLeft(table: "t.csv"),
    .noMatch(pattern: "z*", use: .kept, table: "t.csv", columns: ["a", "b"]),
    .words(
      table: "t.csv", column: "a", value: "x", place: .init(file: "t.csv", unit: .line, number: 3),
      distinct: 4,
      columns: ["a", "b"], areCategories: true),
    .words(
      table: "t.csv", column: "a", value: "x", place: .init(file: "t.csv", unit: .line, number: 3),
      distinct: nil,
      columns: ["a"], areCategories: false),
    .unknownToTheModel(
      problem: "“t.csv”, line 3, column “a”: “x” is none of the words that are known there."),
    .unlikeTheModel(problem: "“t.csv”, line 3, column “a”: the cell is empty."),
    .missingValues(
      table: "t.csv", columns: [.init(name: "a", count: 2)], column: "a",
      places: [.init(file: "t.npy", unit: .row, number: 3)]),
    .noInputsLeft(table: "t.csv", targets: ["a"]), .noInputsLeft(table: "t.csv", targets: []),
    .differentColumns(first: "a.csv", second: "b.csv"),
    .rowCounts(inputs: "X.npy", outputs: "Y.npy", found: 3, expected: 4),
  ] as [SampleTableError])
  + ([
    .notANetwork(file: "n.npz", problem: "it holds no tensors."),
    .otherShape(file: "n.npz", found: [1, 2], expected: [1, 3], fitsTransposed: false),
    .otherShape(file: "n.npz", found: [1, 2], expected: [2, 1], fitsTransposed: true),
    .doNotCompose(file: "n.npz", first: "a", outputs: 2, second: "b", inputs: 3, areTransposed: true),
    .ambiguousOrder(file: "n.npz", layers: ["a", "b"]), .hasBiases(file: "n.npz", names: ["b1"]),
    .unknownLayer(file: "n.npz", name: "c", layers: ["a"]), .changedInput(file: "a.csv"),
    .goneFolder(run: "run.json", folder: "/gone"), .missing(folder: "run", file: "run.json"),
    .missing(folder: "run", file: "result.json"), .finished(folder: "run"),
    .otherCommand(file: "run.json", command: "complete", expected: "train"),
    .otherFormat(file: "c.json", found: 2, expected: 1), .otherRun(file: "c.json", run: "run.json"),
    .unusableCheckpoint(file: "c.json", obstacle: "its time is -1"),
    .damaged(file: "a.json"), .damagedResult(folder: "run", file: "result.json"),
  ] as [RunFileError])
  + ([
    .notAModel(path: "a.json", problem: "is none"), .newerFormat(path: "a.json", found: 2, known: 1),
    .nonFinite(path: "a.json", what: "b", value: .nan),
    .missingColumns(table: "a.csv", missing: ["x"], nearest: ["x": "X"]),
    .columnCount(table: "a.csv", found: 2, expected: ["x"]),
  ] as [ModelError])
  + ([
    .missingFile(file: "a.csv"), .otherEncoding(file: "a.csv", encoding: .utf8),
    .raggedRow(file: "a.csv", line: 3, expected: 2, found: 1),
    .notANumber(file: "a.csv", line: 3, column: "x", value: "1,5"),
    .emptyCell(file: "a.csv", line: 3, column: "x"), .unnamedColumn(file: "a.csv", position: 2),
  ] as [DataFormatError])

@Suite struct RemedyTests {
  @Test func `no error of the library names an option of the command`() {
    for error in errors {
      #expect(!error.description.contains("--"), "\(error)")
      #expect(!error.description.contains("linnet "), "\(error)")
    }
  }

  @Test func `an error is one line of whole sentences`() {
    for error in errors {
      let text = error.description
      #expect(!text.contains("\n") && text.last == "." && !text.contains(".."), "\(text)")
      #expect(text.hasPrefix(error.problem))
    }
  }

  @Test func `a caller's controls are named, and what it cannot do is left out`() {
    let error = PreparationError.tooFewSamples(samples: 3, inputs: 5)
    let text = error.message { remedy in
      switch remedy {
      case .whitenRank(let k): "knob \(k)"
      case .fewerInputs: ""
      default: nil
      }
    }
    #expect(
      text == error.problem + " Whiten at most 2 principal directions (knob 2), or take fewer inputs.")
    #expect(error.message { _ in nil } == error.problem)
  }
}
