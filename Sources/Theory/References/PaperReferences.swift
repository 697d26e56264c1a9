/// Equations and theorems of A. Eftekhari, "Training Linear Neural Networks: Non-Local Convergence and Complexity Results", ICML 2020.
extension Reference {
  static let paper: [Reference] = [
    Reference("(4)", .paper, "the problem", "min L_N(W_1, …, W_N) = ½‖Y − W_N⋯W_1 X‖²"),
    layerLoss, secondDerivative, bottleneck,
    Reference(
      "(10a)", .paper, "loss of the end-to-end matrix", "min ½‖Y − WX‖² over rank W ≤ r: the same minimum"),
    Reference(
      "(10b)", .paper, "loss of two factors", "min ½‖Y − PQX‖², P: dy × r, Q: r × dx: the same minimum"),
    irreducible,
    Reference("(12)", .paper, "loss of the factors on the range of X", "½‖Y P_X − PQ′‖² with Q′ = QX"),
    gradientFlow, balance, conservation, inducedFlow,
    Reference(
      "(19)", .paper, "flow of the singular values",
      "dσ_a/dt = −N σ_a^{2−2/N}⟨u_a, ∇L_1(W) v_a⟩, the flow of the singular values", seenIn: .singularValues),
    Reference("(25)", .paper, "target", "Z = YXᵀ/m, the target of whitened data"), gapRatio,
    Reference(
      "(27)", .paper, "target of rank one",
      "Z_1 = s_Z u_Z v_Zᵀ, the best approximation of rank one: the target",
      seenIn: .target), stableSet,
    Reference("(36)", .paper, "neighbourhood", "N_{α,β}: the part of N_{N,α} with s < β s_Z"), certifiedStart,
    Reference(
      "(38)", .paper, "bounds of Theorem 4.4", "the bounds (38a) and (38b) together", seenIn: .bounds),
    farBound,
    nearBound, lazyRegime,
    Reference("Definition 2.1", .paper, "stationary point", "stationary point: ∇L_N = 0"),
    Reference(
      "Definition 2.2", .paper, "second-order stationary point",
      "second-order stationary point: ∇L_N = 0 and ∇²L_N[Δ] ≥ 0 for every Δ"),
    Reference(
      "Definition 2.3", .paper, "strict saddle", "strict saddle: ∇L_N = 0 and ∇²L_N[Δ] < 0 for some Δ"),
    Reference(
      "Lemma 2.4", .paper, "stationary points of the layers and of two factors",
      "for a layer k of width r, P = W_N⋯W_{k+1}, Q = W_k⋯W_1: with rank W = r stationary points of (6) are stationary points of (10b)"
    ),
    Reference(
      "Lemma 2.5", .paper, "second-order points of the layers and of two factors",
      "XXᵀ invertible: second-order stationary points of (6) are such of (10b)"),
    Reference(
      "Lemma 2.6", .paper, "second-order points of (10b) and (12)",
      "XXᵀ invertible: second-order stationary points (P, Q) of (10b) are such (P, QX) of (12)"),
    globalMinimum, secondOrder, rankConservation, whitenedData, rankOneAssumption, stableSetConvergence,
    nonLocalRate,
  ]

  static let layerLoss = Reference(
    "(6)", .paper, "loss of the layers", "L_N(W_1, …, W_N) = ½‖Y − W_N⋯W_1 X‖², the loss of the layers")
  static let secondDerivative = Reference(
    "(8)", .paper, "second derivative", "∇²L_N[Δ] = ‖A X‖² − 2⟨Y − WX, B X⟩, the second derivative along Δ")
  static let bottleneck = Reference(
    "(9)", .paper, "bottleneck", "r = min_j d_j, the width of the narrowest layer", formula: #"r=\min_j d_j"#)
  static let irreducible = Reference(
    "(11)", .paper, "irreducible loss",
    "½‖Y − WX‖² = ½‖Y P_X⊥‖² + ½‖Y P_X − WX‖²: the first part no predictor can reach")
  static let gradientFlow = Reference("(13)", .paper, "gradient flow", "dW_j/dt = −∇_{W_j}L_N, gradient flow")
  static let balance = Reference(
    "(14)", .paper, "balance", "D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ; the layers are balanced if all are zero",
    formula: #"W_{j+1}^\top W_{j+1}=W_jW_j^\top"#)
  static let conservation = Reference(
    "(15)", .paper, "conservation of the imbalances", "gradient flow conserves every D_j",
    formula: #"\frac{d}{dt}\left(W_{j+1}^\top W_{j+1}-W_jW_j^\top\right)=0"#)
  static let inducedFlow = Reference(
    "(17)", .paper, "induced flow", "dW/dt = −A_W(W XXᵀ − YXᵀ), the flow of the product of balanced layers")
  static let gapRatio = Reference(
    "(26)", .paper, "spectral gap", "γ_Z = s_{Z,2}/s_Z, the ratio of the two largest singular values of Z",
    formula: #"\gamma_Z=s_{Z,2}/s_Z<1"#, seenIn: .saddles)
  static let stableSet = Reference(
    "(28)", .paper, "stable set",
    "N_{N,α} = {s > (α − γ_Z) s_Z, uᵀZ_1v > α s_Z}, α in [γ_Z, 1): the stable set",
    formula: #"\mathcal N_{N,\alpha}=\{s>(\alpha-\gamma_Z)s_Z,\;u^\top Z_1v>\alpha s_Z\}"#, seenIn: .stableSet
  )
  static let certifiedStart = Reference(
    "(37)", .paper, "certified start", "W_0 in N_{α,β}: where Theorem 4.4 starts",
    formula: #"W_0\in\mathcal N_{\alpha,\beta}"#, seenIn: .neighbourhood)
  static let farBound = Reference(
    "(38a)", .paper, "far bound",
    "‖Z_1 − W(t)‖² ≤ ‖Z_1 − W_0‖² exp(−m N s_Z^p e_far t) for t ≤ τ, e_far = (α − γ_Z)^p − 2γ_Z β^p",
    formula: #"\|Z_1-W(t)\|^2\le\|Z_1-W_0\|^2e^{-mNs_Z^pe_{\mathrm{far}}t},\;t\le\tau"#, seenIn: .bounds)
  static let nearBound = Reference(
    "(38b)", .paper, "near bound",
    "‖Z_1 − W(t)‖² ≤ ‖Z_1 − W(τ)‖² exp(−m s_Z^p e_near (t − τ)) for t ≥ τ, e_near = α(α − γ_Z)^p − 2γ_Z N β^p",
    formula: #"\|Z_1-W(t)\|^2\le\|Z_1-W(\tau)\|^2e^{-ms_Z^pe_{\mathrm{near}}(t-\tau)},\;t\ge\tau"#,
    seenIn: .bounds)
  static let lazyRegime = Reference(
    "(39)", .paper, "lazy regime",
    "‖Z − W_0‖ < s_min(Z), the lazy regime: a bound with the deficiency margin",
    formula: #"\|Z-W_0\|_F<s_{\min}(Z)"#, seenIn: .bounds)
  static let globalMinimum = Reference(
    "Theorem 2.7", .paper, "global minimum", "min L_N = ½‖Y P_X⊥‖² + ½ Σ_{i>r} σ_i(Y P_X)²",
    formula: #"\min L_N=\tfrac12\|YP_X^\perp\|^2+\tfrac12\sum_{i>r}\sigma_i(YP_X)^2"#, seenIn: .target)
  static let secondOrder = Reference(
    "Theorem 2.8", .paper, "second-order stationary points",
    "if XXᵀ is invertible and rank(Y P_X) ≥ r, a limit of rank r without negative curvature is a global minimiser",
    formula: #"\operatorname{rank}W=r,\;\nabla^2L_N\succeq0\;\Rightarrow\;\text{global minimiser}"#)
  static let rankConservation = Reference(
    "Lemma 3.3", .paper, "conservation of the rank", "from a balanced start rank W(t) is constant",
    formula: #"\operatorname{rank}W(t)=\operatorname{rank}W_0"#, seenIn: .singularValues)
  static let whitenedData = Reference(
    "Definition 3.5", .paper, "whitened data", "whitened data: XXᵀ/m = I", formula: #"\tfrac1m XX^\top=I"#)
  static let rankOneAssumption = Reference(
    "Assumption 3.6", .paper, "the setting of rank one",
    "N ≥ 2, r = 1, whitened data, rank Z ≥ 1, γ_Z < 1, and a balanced start",
    formula: #"N\ge 2,\; r=1,\; \tfrac1m XX^\top=I,\; \gamma_Z<1,\; \text{balanced}"#)
  static let stableSetConvergence = Reference(
    "Theorem 3.8", .paper, "convergence from the stable set",
    "from N_{N,α}, outside a null set, gradient flow converges to a global minimiser",
    formula: #"W_0\in\mathcal N_{N,\alpha}\;\Rightarrow\;W(t)\to Z_1"#, seenIn: .stableSet)
  static let nonLocalRate = Reference(
    "Theorem 4.4", .paper, "non-local rate",
    "for α in (γ_Z, 1), β > 1 with e_far > 0 and e_near > 0 the bounds (38a) and (38b) hold; τ is the first time with s ≤ √6 s_Z",
    formula:
      #"e_{\mathrm{far}}=(\alpha-\gamma_Z)^p-2\gamma_Z\beta^p,\;e_{\mathrm{near}}=\alpha(\alpha-\gamma_Z)^p-2\gamma_ZN\beta^p"#,
    seenIn: .neighbourhood)
}
