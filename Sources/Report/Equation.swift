/// An equation or theorem that statements of a report refer to: what it says and where it stands.
struct Equation {
  let label: String
  let statement: String
  let source: Source

  enum Source: String {
    case paper = "Eftekhari (2020)"
    case derived = "Linnet, derived results"
  }

  init(_ label: String, _ source: Source, _ statement: String) {
    (self.label, self.source, self.statement) = (label, source, statement)
  }

  /// The identifier of its row in the list of sources.
  var anchor: String { Self.anchor(label) }

  static func anchor(_ label: String) -> String {
    "eq-" + label.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") }
  }

  /// The labels in a text such as "(26), (14)" as links to the list of sources; what is not known stays text.
  static func references(in text: String) -> HTML {
    let parts = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    return .joined(
      parts.map { part in
        known.contains(part)
          ? .element("a", ["href": "#" + anchor(part), "class": "equation"], HTML(part)) : HTML(part)
      }, by: HTML(", "))
  }

  private static let known = Set(all.map(\.label))

  /// In the order of the paper, then the derived results. Notation: p = 2 − 2/N, c = uᵀZ₁v/s_Z.
  static let all = [
    Equation("(4)", .paper, "min L_N(W_1, …, W_N) = ½‖Y − W_N⋯W_1 X‖²"),
    Equation("(6)", .paper, "L_N(W_1, …, W_N) = ½‖Y − W_N⋯W_1 X‖², the loss of the layers"),
    Equation("(8)", .paper, "∇²L_N[Δ] = ‖A X‖² − 2⟨Y − WX, B X⟩, the second derivative along Δ"),
    Equation("(9)", .paper, "r = min_j d_j, the width of the narrowest layer"),
    Equation(
      "(11)", .paper, "½‖Y − WX‖² = ½‖Y P_X⊥‖² + ½‖Y P_X − WX‖²: the first part no predictor can reach"),
    Equation("(13)", .paper, "dW_j/dt = −∇_{W_j}L_N, gradient flow"),
    Equation("(14)", .paper, "D_j = W_{j+1}ᵀW_{j+1} − W_jW_jᵀ; the layers are balanced if all are zero"),
    Equation("(15)", .paper, "gradient flow conserves every D_j"),
    Equation("(17)", .paper, "dW/dt = −A_W(W XXᵀ − YXᵀ), the flow of the product of balanced layers"),
    Equation("(19)", .paper, "dσ_a/dt = −N σ_a^{2−2/N}⟨u_a, ∇L_1(W) v_a⟩, the flow of the singular values"),
    Equation("(25)", .paper, "Z = YXᵀ/m, the target of whitened data"),
    Equation("(26)", .paper, "γ_Z = s_{Z,2}/s_Z, the ratio of the two largest singular values of Z"),
    Equation("(27)", .paper, "Z_1 = s_Z u_Z v_Zᵀ, the best approximation of rank one: the target"),
    Equation(
      "(28)", .paper, "N_{N,α} = {s > (α − γ_Z) s_Z, uᵀZ_1v > α s_Z}, α in [γ_Z, 1): the stable set"),
    Equation("(36)", .paper, "N_{α,β}: the part of N_{N,α} with s < β s_Z"),
    Equation("(37)", .paper, "W_0 in N_{α,β}: where Theorem 4.4 starts"),
    Equation("(38)", .paper, "the bounds (38a) and (38b) together"),
    Equation(
      "(38a)", .paper,
      "‖Z_1 − W(t)‖² ≤ ‖Z_1 − W_0‖² exp(−m N s_Z^p e_far t) for t ≤ τ, e_far = (α − γ_Z)^p − 2γ_Z β^p"),
    Equation(
      "(38b)", .paper,
      "‖Z_1 − W(t)‖² ≤ ‖Z_1 − W(τ)‖² exp(−m s_Z^p e_near (t − τ)) for t ≥ τ, e_near = α(α − γ_Z)^p − 2γ_Z N β^p"
    ),
    Equation("(39)", .paper, "‖Z − W_0‖ < s_min(Z), the lazy regime"),
    Equation("Definition 2.1", .paper, "stationary point: ∇L_N = 0"),
    Equation("Definition 2.3", .paper, "strict saddle: ∇L_N = 0 and ∇²L_N[Δ] < 0 for some Δ"),
    Equation("Theorem 2.7", .paper, "min L_N = ½‖Y P_X⊥‖² + ½ Σ_{i>r} σ_i(Y P_X)²"),
    Equation(
      "Theorem 2.8", .paper,
      "if XXᵀ is invertible and rank(Y P_X) ≥ r, a limit of rank r without negative curvature is a global minimiser"
    ),
    Equation("Lemma 3.3", .paper, "from a balanced start rank W(t) is constant"),
    Equation("Definition 3.5", .paper, "whitened data: XXᵀ/m = I"),
    Equation(
      "Assumption 3.6", .paper, "N ≥ 2, r = 1, whitened data, rank Z ≥ 1, γ_Z < 1, and a balanced start"),
    Equation(
      "Theorem 3.8", .paper, "from N_{N,α}, outside a null set, gradient flow converges to a global minimiser"
    ),
    Equation(
      "Theorem 4.4", .paper,
      "for α in (γ_Z, 1), β > 1 with e_far > 0 and e_near > 0 the bounds (38a) and (38b) hold; τ is the first time with s ≤ √6 s_Z"
    ),
    Equation("D2", .derived, "a balanced start of rank ρ moves as with hidden widths ρ"),
    Equation("D4", .derived, "rank one on whitened data is solved by one quadrature at any depth"),
    Equation("D5", .derived, "W(t) → Z_1 if and only if p_1 = u_0ᵀu_Z + v_0ᵀv_Z ≠ 0: the exact basin"),
    Equation(
      "D6", .derived,
      "‖Z_1 − W‖² decays at 2 m s_Z^p (1 − γ_Z) in general, at 2 m s_Z^p for a scalar output: the exact final rate"
    ),
    Equation("D7", .derived, "depth two on whitened data has a closed form at any rank"),
    Equation("D8", .derived, "an aligned start keeps its singular vectors: ds_i/dt = N m s_i^p (σ_i − s_i)"),
    Equation("D9", .derived, "one layer follows a linear equation"),
    Equation(
      "D10", .derived, "a balanced start cannot reach more than its rank, nor change the sign of det W"),
  ]
}
