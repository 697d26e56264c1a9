import Foundation
import LinearAlgebra
import LinearNetworks
import TestSupport
import Testing
import Training

/// What `--record` records, held against its definition on the whole layers.
@Suite struct ObservableTests {
  private func run(
    _ problem: Problem, _ start: LinearNetwork, _ change: (inout TrainingOptions) -> Void = { _ in }
  ) -> TrainingRun {
    var options = TrainingOptions()
    options.estimatesAccuracy = false
    options.finalTime = 0.7
    change(&options)
    return TrainingRun(problem: problem, start: start, options: options)
  }

  /// The runs that are looked at: stepped on raw data from an unbalanced start with wide hidden layers, and each closed form.
  private func runs() throws -> [(name: String, run: TrainingRun, inputs: Matrix)] {
    let raw = NetworkCase.random(widths: [5, 6, 4, 3], seed: 3)
    let Z = SyntheticData.target(singularValues: [2, 1.2, 0.5], inputs: 4, outputs: 3, seed: 1)
    let white = Problem(target: Z, sampleCount: 2)
    let X = 2.0.squareRoot() * Matrix.identity(4)
    func start(_ start: Start, _ widths: [Int]) throws -> LinearNetwork {
      try start.network(widths: widths, target: Z, seed: 4)
    }
    return [
      ("stepped", run(raw.problem, raw.network), raw.inputs),
      ("implicit", run(raw.problem, raw.network) { $0.method = .cvode }, raw.inputs),
      (
        "euler",
        run(raw.problem, raw.network) {
          $0.method = .euler
          $0.step = 1e-3
        }, raw.inputs
      ),
      ("rank one", run(white, try start(.random(norm: 0.4), [4, 5, 1, 3])), X),
      ("depth two", run(white, try start(.random(norm: 0.4), [4, 3, 3])), X),
      ("aligned", run(white, try start(.aligned(norm: 0.4), [4, 4, 5, 3])), X),
      ("one layer", run(white, try start(.unbalanced(scale: 1), [4, 3])), X),
    ]
  }

  /// J of the outputs W_N⋯W_1X, one row an output of a sample, one column a weight, by differences that are exact: the outputs are linear in each weight.
  private func jacobian(_ network: LinearNetwork, _ X: Matrix) -> Matrix {
    let θ = network.parameters
    func outputs(_ θ: [Double]) -> [Double] {
      (LinearNetwork(widths: network.widths, parameters: θ).endToEndMatrix * X).storage
    }
    let base = outputs(θ)
    let columns = θ.indices.map { k -> [Double] in
      var moved = θ
      moved[k] += 1
      return zip(outputs(moved), base).map { $0 - $1 }
    }
    return Matrix(rows: base.count, columns: θ.count, storage: columns.flatMap(\.self))
  }

  @Test func `every observable is what its definition says of the whole layers, whatever the method`() throws
  {
    for (name, run, X) in try runs() {
      let recordings = try run.recordings(of: ["all"])
      let outcome = run.run(observing: recordings)
      for record in [outcome.records[0], outcome.records[outcome.records.count / 2], outcome.records.last!] {
        let network = try outcome.state(at: record.time).network
        let layers = network.layers
        let W = network.endToEndMatrix
        func expect(_ column: String, _ value: Double, within tolerance: Double = 1e-9) {
          let found = record.others[column] ?? .nan
          #expect(
            abs(found - value) <= tolerance * max(1, abs(value)),
            "\(name), t = \(record.time): \(column) \(found), not \(value)")
        }
        let svd = run.problem.crossCovariance.singularValueDecomposition
        for i in 0..<svd.rank() {
          let (u, v) = (Matrix.column(svd.U.column(i)), Matrix.column(svd.V.column(i)))
          expect("mode_\(i + 1)", (u.transpose * W * v)[0, 0])
        }
        for (j, layer) in layers.enumerated() {
          for (i, σ) in layer.singularValues.enumerated()
          where record.others["layer_\(j + 1)_sigma_\(i + 1)"] != nil {
            expect("layer_\(j + 1)_sigma_\(i + 1)", σ)
          }
          // What is not recorded is zero.
          let recorded = record.others.keys.filter { $0.hasPrefix("layer_\(j + 1)_sigma_") }.count
          #expect(layer.singularValues.dropFirst(recorded).allSatisfy { $0 < 1e-12 }, "\(name)")
          let top = layer.singularValues[0]
          expect("leading_share_\(j + 1)", top * top / Matrix.inner(layer, layer))
          let travelled = (layer - run.start.layers[j]).frobeniusNorm
          expect("travelled_\(j + 1)", travelled)
          expect("relative_travelled_\(j + 1)", travelled / run.start.layers[j].frobeniusNorm)
        }
        let σ = W.singularValues
        let sum = σ.reduce(0, +)
        expect("nuclear_norm", sum)
        expect("stable_rank", Matrix.inner(W, W) / σ[0] / σ[0])
        expect(
          "effective_rank", exp(-σ.filter { $0 > 1e-14 }.reduce(0) { $0 + $1 / sum * log($1 / sum) }),
          within: 1e-8)
        for (j, D) in network.imbalances.enumerated() {
          expect("imbalance_\(j + 1)", D.frobeniusNorm)
          expect("imbalance_\(j + 1)_drift", (D - run.start.imbalances[j]).frobeniusNorm)
          for (i, λ) in SymmetricEigendecomposition(D).eigenvalues.sorted(by: >).enumerated() {
            expect("imbalance_\(j + 1)_eigenvalue_\(i + 1)", λ)
          }
        }
        let J = jacobian(network, X)
        let K = Matrix.product(J, .plain, J, .transposed)
        let λ = SymmetricEigendecomposition(K).eigenvalues
        expect("ntk_largest", λ.last!)
        expect("ntk_smallest", λ.first!, within: 1e-8)
        let J_0 = jacobian(run.start, X)
        let K_0 = Matrix.product(J_0, .plain, J_0, .transposed)
        expect("kernel_distance", 1 - Matrix.inner(K, K_0) / K.frobeniusNorm / K_0.frobeniusNorm)
        if name != "aligned" {
          for j in 1..<max(layers.count, 1) {
            let (u, v) = (layers[j - 1].singularValueDecomposition.U, layers[j].singularValueDecomposition.V)
            expect(
              "layer_alignment_\(j)", abs(Matrix.inner(.column(u.column(0)), .column(v.column(0)))),
              within: 1e-7)
          }
        }
      }
    }
  }

  @Test func `the goals of the modes are where a run goes`() throws {
    let run = run(
      NetworkCase.random(widths: [5, 2, 4], seed: 8).problem,
      NetworkCase.random(widths: [5, 2, 4], seed: 9).network
    ) {
      $0.finalTime = nil
    }
    let recordings = try run.recordings(of: ["modes", "minimiser-modes", "subspace-angles"])
    let outcome = run.run(observing: recordings)
    #expect(outcome.verdict.kind == .globalMinimiser)
    for column in recordings.flatMap(\.columns) {
      #expect(abs(outcome.records.last!.others[column.name]! - column.goal!) < 1e-6, "\(column.name)")
    }
    #expect(recordings.map(\.observable) == ["modes", "minimiser-modes", "subspace-angles"])
  }

  @Test func `angles of planes that are known come out, and there are none where W has too small a rank`()
    throws
  {
    // W* = diag(2, 1): the plane of the start is turned by θ in the outputs, in two coordinates that the target has not.
    let problem = Problem(target: .diagonal([2, 1], rows: 4, columns: 2), sampleCount: 1)
    for θ in [1e-9, 0.3, 1.2] {
      let U = Matrix(rows: [[cos(θ), 0], [0, 1], [sin(θ), 0], [0, 0]])
      let start = try LinearNetwork.balanced(factoring: U * .diagonal([0.5, 0.4]), widths: [2, 2, 4])
      let run = run(problem, start)
      let first = run.run(observing: try run.recordings(of: ["subspace-angles"])).records[0].others
      #expect(abs(first["output_angle_1"]! - θ) < 1e-15 + 1e-12 * θ)
      #expect(abs(first["output_angle_2"]!) < 1e-14)
      // Two inputs of two are all there are.
      #expect(first["input_angle_1"] == nil)
    }
    let thin = try LinearNetwork.balanced(
      factoring: .diagonal([0.5, 0], rows: 4, columns: 2), widths: [2, 2, 4])
    let run = run(problem, thin)
    #expect(
      run.run(observing: try run.recordings(of: ["subspace-angles"])).records[0].others["output_angle_1"]!
        .isNaN)
  }

  @Test func `representations and their cosines are those of the hidden layers`() throws {
    let raw = NetworkCase.random(widths: [5, 6, 4, 3], seed: 3)
    let run = run(raw.problem, raw.network) { $0.outputTimes = [0.5] }
    let samples = Matrix.identity(5).columns(0..<3)
    let recording = try Representations(of: samples, names: ["a", "b", "c"]).recording(of: run)
    let outcome = run.run(observing: [recording])
    let network = try outcome.state(at: 0.5).network
    let H = network.layers[0] * samples
    func cosine(_ i: Int, _ j: Int) -> Double {
      let (x, y) = (Matrix.column(H.column(i)), Matrix.column(H.column(j)))
      return Matrix.inner(x, y) / x.frobeniusNorm / y.frobeniusNorm
    }
    let record = outcome.records.first { $0.time == 0.5 }!
    #expect(recording.columns.map(\.name) == ["similarity_a_b", "similarity_a_c", "similarity_b_c"])
    #expect(abs(record.others["similarity_a_c"]! - cosine(0, 2)) < 1e-9)
    let matrices = recording.matrices(network)
    #expect(matrices.map(\.name) == ["representation_1", "similarity_1", "representation_2", "similarity_2"])
    #expect(matrices[2].matrix == (network.layers[1] * H).transpose)
    #expect(abs(matrices[1].matrix[1, 0] - cosine(0, 1)) < 1e-14)
  }

  @Test func `what does not exist for a run, or is misspelt, is refused with the reason`() throws {
    let raw = NetworkCase.random(widths: [5, 2, 3], seed: 3)
    let layered = run(raw.problem, raw.network)
    func refusal(_ name: String, of run: TrainingRun) -> RecordingError? {
      do {
        _ = try run.recordings(of: [name])
        return nil
      } catch { return error }
    }
    let induced = run(raw.problem, raw.network) {
      $0.method = .euler
      $0.flow = .induced
      $0.step = 1e-3
    }
    #expect(refusal("modes", of: induced) == nil)
    #expect("\(refusal("distance-travelled", of: induced)!)".contains("no layers"))
    #expect(refusal("mode", of: layered) == .unknown(name: "mode", nearest: "modes"))
    #expect("\(refusal("test-loss", of: layered)!)".contains("--test"))
    let single = run(raw.problem, LinearNetwork(layers: [Matrix(zeros: 3, 5)]))
    #expect("\(refusal("imbalances", of: single)!)".contains("single layer"))
    // All that exist, and no more.
    #expect(try !induced.recordings(of: ["all"]).contains { $0.observable == "layer-singular-values" })
    #expect(try induced.recordings(of: ["all"]).contains { $0.observable == "modes" })
  }

  @Test func `fewer and more records are recorded as asked for`() throws {
    let raw = NetworkCase.random(widths: [5, 2, 3], seed: 3)
    func times(_ change: (inout TrainingOptions) -> Void) -> [Double] {
      run(raw.problem, raw.network, change).run().records.map(\.time)
    }
    let few = times { $0.recordCount = 20 }
    #expect((18...22).contains(few.count) && few.first == 0 && few.last == 0.7)
    #expect(times { $0.recordCount = 3000 }.count > 2900)
    let usual = times { _ in }
    let tenth = times { $0.recordEvery = 10 }
    #expect(tenth.count < usual.count / 8 && tenth.last == 0.7 && Set(tenth).isSubset(of: usual))
    let endless = times {
      $0.recordCount = 40
      $0.finalTime = nil
    }
    let ratios = zip(endless.dropFirst().dropLast(), endless.dropFirst(2).dropLast()).map { $1 / $0 }
    #expect(ratios.allSatisfy { abs($0 - pow(10, 0.25)) < 1e-12 })
    let iterates = times {
      $0.method = .euler
      $0.step = 1e-3
      $0.recordCount = 7
    }
    #expect(iterates.count == 8)
  }
}
