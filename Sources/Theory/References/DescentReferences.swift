/// Statements about gradient descent with steps of one size η, t = kη.
extension Reference {
  static let descent: [Reference] = [
    safeStep, descentAlmostEvery, descentLevel, descentImbalanceRate, descentMarginRate, stability,
    imbalanceDrift, aroraDescent,
  ]

  static let safeStep = Reference(
    "D21", .derived, "steps that never raise the loss",
    "with ηΛ < 1, Λ from the start alone, every step lowers the loss by (η/2)‖∇L_N‖² at least and the iterates converge to a critical point",
    formula: #"\eta\Lambda<1:\;L_N(\theta_{k+1})\le L_N(\theta_k)-\tfrac{\eta}{2}\|\nabla L_N\|^2"#)
  static let descentAlmostEvery = Reference(
    "D21b",
    .publication(
      "Nguegnang, Rauhut, Terstiege, Advances in Continuous and Discrete Models (2024); step bound: D21"),
    "almost every start, depth two, descent",
    "N = 2, ηΛ < 1: for almost every start gradient descent converges to a global minimiser; for every N to no strict saddle",
    formula: #"N=2,\;\eta\Lambda<1:\;W(k)\to W^*\text{ for almost every start}"#)
  static let descentLevel = Reference(
    "D22", .derived, "level certificate of descent",
    "steps with ηΛ < 1 from below the lowest stationary level above the minimum converge to a global minimiser",
    formula:
      #"\eta\Lambda<1,\;2(L_N-\min L_N)<\hat\sigma_r^2-\hat\sigma_{r+1}^2\;\Rightarrow\;\text{global minimiser}"#
  )
  static let descentImbalanceRate = Reference(
    "D23", .derived, "rate of descent by imbalance",
    "ηΛ < 1: D18 with each D_j lowered by its drift ηε_0: a step multiplies ε by 1 − 2ηλ_minα(1 − ηΛ/2) at most; the zero-asymmetric start of Wu, Wang, Ma (2019) is one of these",
    formula:
      #"\varepsilon_{k+1}\le\left(1-2\eta\lambda_{\min}\alpha(1-\tfrac{\eta\Lambda}{2})\right)\varepsilon_k"#)
  static let descentMarginRate = Reference(
    "D24", .derived, "rate of descent by margin",
    "ηΛ < 1, r = min(dx, dy): nearly balanced layers with a margin σ̂_r > √ε_0 keep α(ε) = (c² − ‖E‖)^{(N−1)/N} − ‖E′‖ of σ_min²(W_{>1})",
    formula:
      #"\varepsilon_{k+1}\le\left(1-2\eta\lambda_{\min}\alpha(\varepsilon_k)(1-\tfrac{\eta\Lambda}{2})\right)\varepsilon_k"#
  )
  static let stability = Reference(
    "D25", .derived, "stability limit",
    "descent settles at a minimiser only where ηλ_max(∇²L_N) < 2; a balanced start ends near the balanced one",
    formula: #"\eta<2/\lambda_{\max}(\nabla^2L_N)"#)
  static let imbalanceDrift = Reference(
    "D26", .derived, "drift of the imbalances",
    "a step changes D_j by η²(∇_{j+1}ᵀ∇_{j+1} − ∇_j∇_jᵀ); with ηΛ < 1 by ηε_0/(2 − ηΛ) in all at most",
    formula: #"\|D_j(k)-D_j(0)\|\le\eta\varepsilon_0/(2-\eta\Lambda)"#)
  static let aroraDescent = Reference(
    "Arora (2018)", .publication("Arora, Cohen, Golowich, Hu, ICLR (2019)"),
    "rate of descent, whitened data",
    "whitened data, deficiency margin c, ‖D_j‖ ≤ c²/(256N³‖Z‖^{2(N−1)/N}), η ≤ c^{(4N−2)/N}/(6144N³‖Z‖^{(6N−4)/N}): the loss gap falls at least like exp(−c^{2−2/N} t)",
    formula: #"\ell(k)\le\ell(0)\,e^{-\eta c^{2-2/N}k}"#)
}
