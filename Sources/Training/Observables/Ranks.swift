import Foundation

/// The effective rank exp(−Σ p_i log p_i) of W, p_i = σ_i/Σσ: between 1 and the rank.
///
/// Source: Roy, Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007; used by Arora, Cohen, Hu, Luo (2019).
struct EffectiveRank: Recordable {
  let name = "effective-rank"
  let summary = "effective rank exp(−Σ p_i log p_i) of W, p_i = σ_i/Σσ"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    Recording(
      name, columns: [.init("effective_rank", label: "effective rank", goal: nil)], title: "Effective rank",
      axis: "effective rank",
      caption: "exp of the entropy of pᵢ = σᵢ/Σσ, of the singular values of W(t). After Roy, Vetterli (2007)."
    ) { moment in
      let σ = moment.decomposition.singularValues
      let sum = σ.reduce(0, +)
      guard sum > 0 else { return [.nan] }
      return [exp(-σ.reduce(0) { $1 > 0 ? $0 + $1 / sum * log($1 / sum) : $0 })]
    }
  }
}

/// The stable rank ‖W‖_F²/‖W‖² of W.
///
/// Source: Rudelson, Vershynin, "Sampling from large matrices", Journal of the ACM 54 (2007).
struct StableRank: Recordable {
  let name = "stable-rank"
  let summary = "stable rank ‖W‖_F²/‖W‖² of W"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    Recording(
      name, columns: [.init("stable_rank", label: "stable rank")], title: "Stable rank",
      axis: "‖W‖²_F / ‖W‖²",
      caption:
        "Squared Frobenius norm of W(t) over its squared spectral norm. After Rudelson, Vershynin (2007)."
    ) { moment in
      let σ = moment.decomposition.singularValues
      guard let top = σ.first, top > 0 else { return [.nan] }
      return [σ.reduce(0) { $0 + ($1 / top) * ($1 / top) }]
    }
  }
}

/// The nuclear norm Σσ_i of W.
struct NuclearNorm: Recordable {
  let name = "nuclear-norm"
  let summary = "nuclear norm Σσ_i of W"

  func recording(of run: TrainingRun) throws(RecordingError) -> Recording {
    Recording(
      name, columns: [.init("nuclear_norm", label: "nuclear norm")], title: "Nuclear norm", axis: "Σσᵢ(W)",
      caption: "Sum of the singular values of W(t)."
    ) { [$0.decomposition.singularValues.reduce(0, +)] }
  }
}
