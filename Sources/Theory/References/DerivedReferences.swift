/// Results of Documentation/derived.md.
extension Reference {
  static let derived: [Reference] = [
    Reference(
      "D1", .derived, "compression of the samples",
      "any number of samples is equivalent to dx samples and a constant, for the loss and every flow",
      formula: #"[X^\top\,Y^\top]=QR"#),
    widthCompression,
    Reference(
      "D3", .derived, "input coordinates", "in the eigenbasis of XXᵀ a product with XXᵀ is a scaling"),
    Reference(
      "D4", .derived, "rank one solved", "rank one on whitened data is solved by one quadrature at any depth"),
    exactBasin, finalRate,
    Reference("D7", .derived, "depth two solved", "depth two on whitened data has a closed form at any rank"),
    alignedStart, depthOne, reach,
    Reference(
      "D11", .derived, "Lemma 4.2, homogeneous",
      "dL_{1,1}/dt ≤ −2mN s^p T_1 − 2m s^p c T_2 + 2√2 mN s^p γ_Z √(T_1T_2) + 2m s^p γ_Z T_2 for every s_Z"),
    Reference(
      "D12", .derived, "best certificate of Theorem 4.4",
      "α → min(c_0, γ_Z + s_0/s_Z, 1), β → max(1, s_0/s_Z), renewed at τ with β = √6, give the best constants",
      seenIn: .bounds),
    depthTwoBasin, levelCertificate, gradientInequality, levelRate,
    generalFinalRate, finalRateAtLimit,
    imbalanceRate, depthTwoRate, tangentBall, almostEveryBalanced, almostEveryUnbalanced,
  ]

  static let widthCompression = Reference(
    "D2", .derived, "compression of the widths", "a balanced start of rank ρ moves as with hidden widths ρ",
    formula: #"W_j(t)=Q_jC_j(t)Q_{j-1}^\top"#)
  static let exactBasin = Reference(
    "D5", .derived, "exact basin, rank one",
    "W(t) → Z_1 if and only if p_1 = u_0ᵀu_Z + v_0ᵀv_Z ≠ 0: the exact basin",
    formula: #"W(t)\to Z_1\iff p_1=u_0^\top u_Z+v_0^\top v_Z\ne0"#, seenIn: .basin)
  static let finalRate = Reference(
    "D6", .derived, "exact final rate, rank one",
    "‖Z_1 − W‖² decays at 2 m s_Z^p (1 − γ_Z) in general, at 2 m s_Z^p for a scalar output: the exact final rate",
    formula: #"\|Z_1-W\|^2\sim e^{-2ms_Z^p(1-\gamma_Z)t}"#, seenIn: .finalRate)
  static let alignedStart = Reference(
    "D8", .derived, "aligned start",
    "an aligned start keeps its singular vectors: ds_i/dt = N m s_i^p (σ_i − s_i)",
    formula: #"\dot s_i=Nm\,s_i^{2-2/N}(\sigma_i-s_i)"#, seenIn: .singularValues)
  static let depthOne = Reference(
    "D9", .derived, "one layer",
    "one layer follows a linear equation: every coordinate of the inputs decays with its own ξ_i²",
    formula: #"W(t)-W^*=(W_0-W^*)\,e^{-XX^\top t}"#)
  static let reach = Reference(
    "D10", .derived, "what a balanced start cannot reach",
    "a balanced start cannot reach more than its rank, nor change the sign of det W",
    formula: #"\operatorname{rank}W(t)\le\operatorname{rank}W_0"#)
  static let depthTwoBasin = Reference(
    "D13", .derived, "exact basin, depth two",
    "N = 2, whitened, balanced of rank r, σ_r > σ_{r+1}: W(t) → Z_r if and only if U_rᵀU_0 + V_rᵀV_0 is invertible; else W(t) → Z_S, S the first independent rows of [u_iᵀU_0 + v_iᵀV_0]",
    formula: #"W(t)\to Z_r\iff\det(U_r^\top U_0+V_r^\top V_0)\ne0"#, seenIn: .basin)
  static let levelCertificate = Reference(
    "D14", .derived, "level certificate",
    "a flow whose loss is below the lowest stationary level above the minimum converges to a global minimiser",
    formula: #"2(L_N-\min L_N)<\hat\sigma_r^2-\hat\sigma_{r+1}^2\;\Rightarrow\;\text{global minimiser}"#,
    seenIn: .levels)
  static let gradientInequality = Reference(
    "D15", .derived, "sharp gradient inequality",
    "rank W = r, ε < σ̂_r² − σ̂_{r+1}²: ‖P_T(Ŵ − Ẑ)‖² ≥ κ(ε) ε with κ = 2(A − σ̂_{r+1})/(σ̂_r + A), A = √(σ̂_r² − ε)",
    formula:
      #"\|P_T(\hat W-\hat Z)\|^2\ge\kappa(\varepsilon)\,\varepsilon,\;\kappa=\frac{2(A-\hat\sigma_{r+1})}{\hat\sigma_r+A},\;A=\sqrt{\hat\sigma_r^2-\varepsilon}"#
  )
  static let levelRate = Reference(
    "D16", .derived, "rate below the lowest saddle level",
    "balanced, rank r, ε_0 < σ̂_r² − σ̂_{r+1}²: dε/dt ≤ −2 λ_min((σ̂_r − √ε)/√λ_max)^p κ(ε) ε",
    formula:
      #"\dot\varepsilon\le-2\lambda_{\min}\left(\tfrac{\hat\sigma_r-\sqrt\varepsilon}{\sqrt{\lambda_{\max}}}\right)^{p}\kappa(\varepsilon)\,\varepsilon"#,
    seenIn: .bounds)
  static let generalFinalRate = Reference(
    "D17", .derived, "final rate",
    "a flow that arrives at a global minimiser decays at twice the smallest positive eigenvalue of ∇²L_N there; algebraically where rank Ẑ < r",
    formula: #"\varepsilon\sim e^{-2\lambda_{\min}^+(\nabla^2L_N)\,t}"#, seenIn: .finalRate)
  static let finalRateAtLimit = Reference(
    "D17b", .derived, "final rate at a limit",
    "near a limit of rank r ∇²L_N has r(dx + dy − r) positive eigenvalues, balanced or not; ε decays at twice the smallest of them",
    formula: #"\varepsilon\sim e^{-2\lambda_{r(d_x+d_y-r)}(\nabla^2L_N)\,t}"#, seenIn: .finalRate)
  static let imbalanceRate = Reference(
    "D18", .derived, "rate by imbalance",
    "the conserved D_j bound singular values of the layers below for ever: ε ≤ ε_0 exp(−2 λ_min(σ_min²(W_{>1}) + σ_min²(W_{<N})) t)",
    formula:
      #"\varepsilon(t)\le\varepsilon_0\,e^{-2\lambda_{\min}(\sigma_{\min}^2(W_{>1})+\sigma_{\min}^2(W_{<N}))t}"#,
    seenIn: .bounds)
  static let depthTwoRate = Reference(
    "D18b", .derived, "rate of two layers",
    "N = 2: with D = W_2ᵀW_2 − W_1W_1ᵀ and σ_r(W) ≥ (σ̂_r − √ε)/√λ_max both layers are bounded below, balanced or not: dε/dt ≤ −2 λ_min(a + e) ε",
    formula:
      #"a=\tfrac12\left(\lambda_+-\mu_-+\sqrt{(\lambda_++\mu_-)^2+4s^2}\right)\le\sigma_{\min}^2(W_2)"#,
    seenIn: .bounds)
  static let tangentBall = Reference(
    "D18c", .derived, "rate in a ball",
    "where the tangent kernel stays above μ on a ball around the start that the flow cannot leave, ε ≤ ε_0 e^{−2μt}",
    formula: #"\varepsilon(t)\le\varepsilon_0e^{-2\mu(R)t}"#, seenIn: .bounds)
  static let almostEveryBalanced = Reference(
    "D19", .derived, "almost every balanced start",
    "almost every balanced start of rank r goes to the best rank-r predictor; for r = dx = dy the sign of det W_0 decides between it and the best of rank r − 1",
    formula: #"r<\max(d_x,d_y):\;W(t)\to W^*\text{ for almost every }W_0"#)
  static let almostEveryUnbalanced = Reference(
    "D20", .derived, "almost every unbalanced start",
    "where the inertia of the conserved D_j keeps two partial products of rank min(r, ρ), almost every such start goes to a global minimiser",
    formula:
      #"\operatorname{rank}W_l\ge\max(n_+(D_{l-1}),n_-(D_l))"#)
}

/// Results of other publications that the certificate uses.
extension Reference {
  static let publications: [Reference] = [criticalPointConvergence, depthTwoAlmostEvery]

  private static let bah = Source.publication(
    "Bah, Rauhut, Terstiege, Westdickenberg, Information and Inference (2022)")

  static let criticalPointConvergence = Reference(
    "Bah (a)", bah, "convergence to a critical point",
    "XXᵀ invertible: gradient flow converges to a critical point from any start",
    formula: #"(W_1,\dots,W_N)(t)\to\text{a critical point of }L_N"#, answering: .convergence)
  static let depthTwoAlmostEvery = Reference(
    "Bah (b)", bah, "almost every start, depth two",
    "N = 2, XXᵀ invertible: for almost every start gradient flow converges to a global minimiser; for every N to no strict saddle",
    formula: #"N=2:\;W(t)\to W^*\text{ for almost every start}"#)
}
