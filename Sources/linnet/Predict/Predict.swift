import ArgumentParser
import DataFormats
import Foundation
import RunFiles
import Samples

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Apply a fit or a trained network to new rows, by column names.",
    discussion: """
      The model is a fit.json or result.json, the folder of a fit or a run, or a network.safetensors written by one of them. Columns are matched by \
      name, in any order; columns that the model does not know are left out. If the file has the columns that the model predicts, the error \
      is reported: R² and the root of the mean squared error (RMSE) for each. Predictions are in the units of the data, in CSV with a column for each output; the file is not held in memory.

      Examples:
        linnet predict linnet-fit-20260101-120000 new.csv
        linnet predict fit/fit.json new.csv --out predictions.csv
        linnet predict linnet-run-20260101-120000 new.csv --out new.npy --json
        linnet predict pca new.csv --scores --out scores.csv
      """)

  @Argument(
    help: ArgumentHelp(
      "fit.json, result.json, network.safetensors, or a folder with one of them.", valueName: "model"))
  var model: String

  @Argument(
    help: ArgumentHelp(
      "New samples, a row each: text with a header, or .npy with the inputs in order; - for standard input.",
      valueName: "new.csv"))
  var data: String

  @Option(
    help: ArgumentHelp(
      "File for the predictions: .csv or .npy. Default: CSV on standard output.", valueName: "file"))
  var out: String?

  @OptionGroup(title: "Text tables") var text: TextOptions

  @Flag(
    help:
      "Scores on the principal components of linnet fit --pca (columns PC1, PC2, …) instead of the reconstruction."
  )
  var scores = false

  @Flag(help: "Replace an existing file.")
  var force = false

  @Flag(help: "Print a report as JSON on standard output; the predictions then need --out.")
  var json = false

  func validate() throws {
    if let out {
      let name = out.lowercased()
      guard name.hasSuffix(".csv") || name.hasSuffix(".npy") else {
        throw ValidationError("--out \(out): name a file that ends in .csv or .npy.")
      }
    } else if json {
      throw ValidationError(
        "With --json standard output belongs to the report; give --out a file for the predictions.")
    }
  }

  func run() throws {
    let saved = try SavedModel(model)
    let model = scores ? try saved.scores() : saved
    let application = try ModelApplication(model, to: SampleTable(data, ReadingOptions(format: text.format)))
    if let out, !force, FileManager.default.fileExists(atPath: out) {
      throw OutputError.fileExists(path: out)
    }
    let say: (String) -> Void = { line in
      out == nil || json ? Screen.standardError(line) : Screen.standardOutput(line)
    }
    PredictionReport.introduction(application).forEach(say)
    let errors: PredictionErrors
    if let out, out.lowercased().hasSuffix(".npy") {
      // The header of an NPY file holds the number of rows, so predictions (not inputs) are held in memory.
      var values: [Double] = []
      errors = try application.forEachBlock(showing: ProgressLine()) { values.append(contentsOf: $0) }
      let columns = model.predictor.outputs.count
      try NPYFile.write(NDArray(shape: [values.count / columns, columns], values: values), to: out)
    } else if let out {
      errors = try writeCSV(application, to: out)
    } else {
      Screen.standardOutput(Data(CSVRows.header(model.predictor.outputs)))
      errors = try application.forEachBlock(showing: ProgressLine()) { values in
        var text: [UInt8] = []
        CSVRows.append(rowMajor: values, columns: model.predictor.outputs.count, to: &text)
        Screen.standardOutput(Data(text))
      }
    }
    let report = PredictionReport(model: model.path, data: data, application: application, errors: errors)
    report.lines(to: out).forEach(say)
    if json { Screen.standardOutput(try CanonicalJSON.encode(report)) }
  }

  private func writeCSV(_ application: ModelApplication, to out: String) throws -> PredictionErrors {
    var errors: PredictionErrors?
    // AtomicFile throws nothing but its own errors; those of reading are carried past it.
    var failure: (any Error)?
    do {
      try AtomicFile.write(to: out) { sink throws(DataFormatError) in
        try sink.append(CSVRows.header(application.predictor.outputs))
        do {
          errors = try application.forEachBlock(showing: ProgressLine()) { values in
            var text: [UInt8] = []
            CSVRows.append(rowMajor: values, columns: application.predictor.outputs.count, to: &text)
            try sink.append(text)
          }
        } catch let error as DataFormatError {
          throw error
        } catch {
          failure = error
          throw DataFormatError.unreadable(file: data, reason: "interrupted")
        }
      }
    } catch {
      throw failure ?? error
    }
    return errors!
  }
}
