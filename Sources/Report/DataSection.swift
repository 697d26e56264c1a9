import Prose
import RunFiles

/// What was trained on: the data and its preparation, the network and its start, the target and the minimum.
struct DataSection {
  let run: RunFolder

  init(_ run: RunFolder) { self.run = run }

  var html: HTML {
    let result = run.result
    let problem = result.problem
    let σ = result.target.singularValues
    let shown = σ.prefix(8).map { number($0, digits: 5) }.joined(separator: ", ") + (σ.count > 8 ? ", …" : "")
    var rows: [(name: HTML, value: HTML, equation: String)] = [
      ("data", HTML(run.origin.data), ""),
      ("start", HTML(run.origin.start), problem.depth > 1 ? "(14)" : ""),
      ("samples m", "\(String(problem.samples))", ""),
      (
        "inputs, outputs",
        "dx = \(String(problem.inputs)), dy = \(String(problem.outputs)), after preparation", ""
      ),
      (
        "widths",
        HTML(
          problem.widths.map(String.init).joined(separator: "–")
            + ", N = \(problem.depth), r = \(problem.bottleneck)"),
        "(9)"
      ),
      (
        "whitening",
        HTML(
          "‖XXᵀ/m − I‖ = \(number(problem.whiteningDefect, digits: 3)): \(problem.whitened ? "whitened" : "not whitened")"
        ),
        "Definition 3.5"
      ),
      (
        problem.whitened ? "singular values of Z" : "σ_i(Y P_X)/√m",
        HTML("\(shown); \(result.target.gap(rank: problem.bottleneck, isWhitened: problem.whitened))"),
        "(25), (26)"
      ),
      (
        "global minimum",
        HTML(
          "loss \(number(result.globalMinimum.loss, digits: 10)), of which \(number(result.globalMinimum.irreducibleLoss, digits: 10)) "
            + "no linear predictor can reach; \(result.globalMinimum.isUnique ? "unique" : "not unique") on the data"
        ),
        "Theorem 2.7, (11)"
      ),
    ]
    if let predictor = result.predictor {
      rows.insert(("predicts", HTML(predictor.outputs.joined(separator: ", ")), ""), at: 1)
      rows.insert(
        (
          "from",
          HTML(
            predictor.inputs.prefix(40).joined(separator: ", ") + (predictor.inputs.count > 40 ? ", …" : "")),
          ""
        ), at: 2)
    }
    return Block.section("Data and network", id: "data", Block.facts(rows))
  }
}
