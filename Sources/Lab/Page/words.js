// The certificate in words: every hypothesis and theorem with its value, its formula, and the part of the pictures it is about.

const number = (x, digits = 4) => (x === null || x === undefined ? "–" : typeof x === "number" ? String(Number(x.toPrecision(digits))).replace("e-", "e−") : x);

// The formulas by label, and where in the pictures they are seen.
const formulas = {
  "Assumption 3.6": { tex: "N\\ge 2,\\; r=1,\\; \\tfrac1m XX^\\top=I,\\; \\gamma_Z<1,\\; \\text{balanced}" },
  "(9)": { tex: "r=\\min_j d_j" },
  "Definition 3.5": { tex: "\\tfrac1m XX^\\top=I" },
  "(14)": { tex: "W_{j+1}^\\top W_{j+1}=W_jW_j^\\top" },
  "(15)": { tex: "\\frac{d}{dt}\\left(W_{j+1}^\\top W_{j+1}-W_jW_j^\\top\\right)=0" },
  "(26)": { tex: "\\gamma_Z=s_{Z,2}/s_Z<1", part: "saddles" },
  "(28)": { tex: "\\mathcal N_{N,\\alpha}=\\{s>(\\alpha-\\gamma_Z)s_Z,\\;u^\\top Z_1v>\\alpha s_Z\\}", part: "stable-set" },
  "(37)": { tex: "W_0\\in\\mathcal N_{\\alpha,\\beta}", part: "neighbourhood" },
  "(38a)": { tex: "\\|Z_1-W(t)\\|^2\\le\\|Z_1-W_0\\|^2e^{-mNs_Z^pe_{\\mathrm{far}}t},\\;t\\le\\tau", part: "bounds" },
  "(38b)": { tex: "\\|Z_1-W(t)\\|^2\\le\\|Z_1-W(\\tau)\\|^2e^{-ms_Z^pe_{\\mathrm{near}}(t-\\tau)},\\;t\\ge\\tau", part: "bounds" },
  "(39)": { tex: "\\|Z-W_0\\|_F<s_{\\min}(Z)" },
  "Theorem 2.7": { tex: "\\min L_N=\\tfrac12\\|YP_X^\\perp\\|^2+\\tfrac12\\sum_{i>r}\\sigma_i(YP_X)^2", part: "target" },
  "Theorem 2.8": { tex: "\\operatorname{rank}W=r,\\;\\nabla^2L_N\\succeq0\\;\\Rightarrow\\;\\text{global minimiser}" },
  "Lemma 3.3": { tex: "\\operatorname{rank}W(t)=\\operatorname{rank}W_0", part: "values" },
  "Theorem 3.8": { tex: "W_0\\in\\mathcal N_{N,\\alpha}\\;\\Rightarrow\\;W(t)\\to Z_1", part: "stable-set" },
  "Theorem 4.4": { tex: "e_{\\mathrm{far}}=(\\alpha-\\gamma_Z)^p-2\\gamma_Z\\beta^p,\\;e_{\\mathrm{near}}=\\alpha(\\alpha-\\gamma_Z)^p-2\\gamma_ZN\\beta^p", part: "neighbourhood" },
  D2: { tex: "W_j(t)=Q_jC_j(t)Q_{j-1}^\\top" },
  D5: { tex: "W(t)\\to Z_1\\iff p_1=u_0^\\top u_Z+v_0^\\top v_Z\\ne0", part: "basin" },
  D6: { tex: "\\|Z_1-W\\|^2\\sim e^{-2ms_Z^p(1-\\gamma_Z)t}", part: "rate" },
  D10: { tex: "\\operatorname{rank}W(t)\\le\\operatorname{rank}W_0" },
};

const places = {
  "stable-set": "the hatched part of the phase portrait", neighbourhood: "the densely hatched rectangle of the phase portrait",
  basin: "the left edge of the phase portrait", saddles: "the diamonds of the phase portrait", target: "the star of the phase portrait",
  bounds: "the thin dashed and dotted curves of the convergence", rate: "the last, straight part of the convergence",
  values: "the curves of the singular values",
};

function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const limits = (text) => (text === "target" ? "the target Z₁" : text === "origin" ? "the origin" : text?.startsWith("saddle:") ? `the saddle of pair ${text.slice(7)}` : "not predicted");

export class Words {
  constructor(element, tooltip) {
    this.element = element;
    this.tooltip = tooltip;
    for (const [on, off] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
      element.addEventListener(on, (event) => this.#explain(event.target.closest("[data-equation]")));
      element.addEventListener(off, () => this.#explain(null));
    }
    element.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#explain(null); });
  }

  show(result) {
    const { certificate, verdict } = result;
    const focused = document.activeElement?.dataset?.equation;
    const hypotheses = make("ul", "hypotheses", ...certificate.hypotheses.map((h) => this.#line(h.holds ? "yes" : "no", `${h.name}: ${h.symbol} = ${number(h.value, 3)}`, h.equation, h.holds ? "" : `needs ${h.requirement}`)));
    const facts = [];
    const add = (state, text, equation) => facts.push(this.#line(state, text, equation));
    const interval = certificate.stableSet.alphaInterval;
    add(certificate.stableSet.member === null ? "none" : certificate.stableSet.member ? "yes" : "no",
      interval ? `in the stable set for α in (${number(interval[0])}, ${number(interval[1])})` : `outside the stable set: ${certificate.stableSet.reason}`, "(28)");
    const { rate, basin, lazyRegime, observation } = certificate;
    add(rate.applies ? "yes" : "no", rate.applies ? `rates: e_far = ${number(rate.farExponent)}, e_near = ${number(rate.nearExponent)} with α = ${number(rate.alpha)}, β = ${number(rate.beta)}` : `no rate: ${rate.reason}`, "Theorem 4.4");
    if (basin.coordinate !== null) add(basin.limit === "target" ? "yes" : "no", `p₁ = ${number(basin.coordinate)}: the limit is ${limits(basin.limit)}`, "D5");
    if (certificate.finalRate !== null) {
      // Only near the target is there a final rate to measure.
      const arrived = result.trajectory.distanceToTarget.at(-1) < 1e-5 * certificate.targetScale;
      add("yes", `exact final rate of ‖Z₁ − W‖²: ${number(certificate.finalRate)}${arrived && observation?.finalRate ? `, measured ${number(observation.finalRate)}` : ""}`, "D6");
    }
    for (const check of observation?.checks ?? []) {
      add(check.violations.length ? "no" : "yes", check.violations.length ? `bound broken at ${check.violations.length} of ${check.count} times` : `bound kept at all ${check.count} times: rate ${number(check.promisedRate)} promised${check.largestValidRate ? `, would hold up to ${number(check.largestValidRate)}` : ""}`, check.equation);
    }
    add(lazyRegime.holds ? "yes" : lazyRegime.holds === null ? "none" : "no", `lazy regime${lazyRegime.margin !== null ? `: margin ${number(lazyRegime.margin)}` : `: ${lazyRegime.reason}`}`, "(39)");
    for (const statement of certificate.statements) {
      if (["Theorem 3.8", "Theorem 4.4", "D5", "D6"].includes(statement.equation)) continue;
      add(statement.applies ? "yes" : "none", statement.text, statement.equation);
    }
    const children = [
      make("h2", "", "What the theory says"), make("p", "conclusion", certificate.conclusion),
      make("div", "columns", make("div", "", make("h3", "", "Hypotheses"), hypotheses), make("div", "", make("h3", "", "What follows"), make("ul", "", ...facts))),
      make("p", "method", `Method: ${result.method.name}, ${result.method.reason}.` + (result.method.estimatedError ? ` W(t) within ${number(result.method.estimatedError.relativeError, 2)} (relative).` : "")),
    ];
    if (verdict) {
      const kinds = { globalMinimiser: "global minimiser", strictSaddle: "strict saddle", nonStrictSaddle: "non-strict saddle", notStationary: "not stationary", undecided: "undecided" };
      children.push(make("p", "verdict", `Verdict at t = ${number(result.termination.time)}: ${kinds[verdict.kind]}, rank ${verdict.rank}, loss gap ${number(verdict.lossGap, 3)}. ${result.termination.description}.`));
    }
    this.#explain(null);
    this.element.replaceChildren(...children);
    if (focused) [...this.element.querySelectorAll("[data-equation]")].find((e) => e.dataset.equation === focused)?.focus();
  }

  #line(state, text, equation, note = "") {
    const sign = make("span", `sign ${state}`, { yes: "✓", no: "✗", none: "–" }[state]);
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", { yes: "holds", no: "does not hold", none: "does not apply" }[state]);
    const word = make("button", "equation", equation);
    word.type = "button";
    word.dataset.equation = equation;
    word.setAttribute("aria-describedby", "formula");
    return make("li", "", sign, " ", text, note ? make("em", "", ` (${note})`) : "", " ", word);
  }

  #explain(word) {
    const formula = word && formulas[word.dataset.equation];
    document.querySelectorAll(".lit").forEach((part) => part.classList.remove("lit"));
    this.tooltip.hidden = !formula;
    if (!formula) return;
    const line = make("div", "tex");
    if (window.katex) katex.render(formula.tex, line, { throwOnError: false, displayMode: true });
    else line.textContent = formula.tex;
    this.tooltip.replaceChildren(line);
    if (formula.part) {
      this.tooltip.append(make("p", "", `In the pictures: ${places[formula.part]}.`));
      document.querySelectorAll(`[data-part~="${formula.part}"]`).forEach((part) => part.classList.add("lit"));
    }
    const box = word.getBoundingClientRect();
    this.tooltip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - this.tooltip.offsetWidth - 8))}px`;
    const below = box.bottom + 6;
    this.tooltip.style.top = `${below + this.tooltip.offsetHeight < innerHeight ? below : Math.max(8, box.top - this.tooltip.offsetHeight - 6)}px`;
  }
}
