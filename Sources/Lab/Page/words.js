// The certificate in words: every hypothesis and theorem with its value, its formula, and the part of the pictures it is about.

import { said, written } from "./numbers.js";

const number = (x, digits = 4) => written(x, digits);

// Where in the pictures the aspects of a run are seen.
const places = {
  stableSet: "the hatched part of the phase portrait", neighbourhood: "the densely hatched rectangle of the phase portrait",
  basin: "the left edge of the phase portrait", saddles: "the diamonds of the phase portrait", target: "the star of the phase portrait",
  bounds: "the thin dashed and dotted curves of the convergence", finalRate: "the last, straight part of the convergence",
  levels: "the plateaus of the convergence", singularValues: "the curves of the singular values",
};

function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

export class Words {
  constructor(element, tooltip) {
    this.element = element;
    this.tooltip = tooltip;
    this.references = new Map();
    const equationOf = (node) => node?.closest?.("[data-equation]") ?? null;
    // What the keyboard points at stays explained while a pointer rests somewhere else.
    const focused = () => (element.contains(document.activeElement) ? equationOf(document.activeElement) : null);
    element.addEventListener("pointerover", (event) => { if (equationOf(event.target)) this.#explain(equationOf(event.target)); });
    element.addEventListener("pointerout", (event) => { if (equationOf(event.target)) this.#explain(focused()); });
    element.addEventListener("focusin", (event) => this.#explain(equationOf(event.target)));
    element.addEventListener("focusout", () => this.#explain(null));
    element.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#explain(null); });
  }

  /** Takes the definitions of the labels, as the server has them. */
  define(references) { this.references = new Map(references.map((r) => [r.label, r])); }

  clear() {
    this.#explain(null);
    this.element.replaceChildren();
  }

  /** The certificate of a run; below it that of gradient descent beside it, if there is any. */
  show(result, descent = null) {
    // A run that is not over has none.
    const { certificate, observations = [], verdict } = result;
    const focused = document.activeElement?.dataset?.equation;
    const children = [
      this.#columns(certificate, observations),
      make("p", "method", `Method: ${result.method.name}, ${said(result.method.reason)}.` + (result.method.estimatedError ? ` W(t) within ${number(result.method.estimatedError.relativeError, 2)} (relative).` : "")),
    ];
    const kinds = { globalMinimiser: "global minimiser", strictSaddle: "strict saddle", nonStrictSaddle: "non-strict saddle", notStationary: "not stationary", undecided: "undecided" };
    const judged = (verdict, termination) => make("p", "verdict", `Verdict at t = ${number(termination.time)}: ${kinds[verdict.kind]}, rank ${verdict.rank}, loss gap ${number(verdict.lossGap, 3)}. ${termination.description}.`);
    if (verdict) children.push(judged(verdict, result.termination));
    if (descent) {
      const { step, certificate } = descent.descent.promise;
      children.push(
        make("h2", "", `Gradient descent in steps of η = ${number(step)}`), this.#columns(certificate, [], "h3"), judged(descent.verdict, descent.termination));
    }
    this.#explain(null);
    this.element.replaceChildren(...children);
    if (focused) [...this.element.querySelectorAll("[data-equation]")].find((e) => e.dataset.equation === focused)?.focus();
  }

  #columns(certificate, observations, heading = "h2") {
    const seen = new Set();
    const conditions = certificate.theorems.flatMap((f) => f.conditions).filter((c) => {
      const key = `${c.quantity} ${c.relation} ${c.limit}`;
      return seen.has(key) ? false : seen.add(key);
    });
    const hypotheses = make("ul", "hypotheses", ...conditions.map((c) => this.#line(
      c.holds === null ? "none" : c.holds ? "yes" : "no", `${c.name}: ${c.quantity} = ${number(c.value, 3)}`, c.reference,
      c.holds ? "" : `${c.holds === null ? "cannot tell whether" : "needs"} ${c.quantity} ${c.relation} ${number(c.limit)}`)));
    const facts = [...certificate.theorems].sort((a, b) => b.applies - a.applies).map((f) => this.#line(f.applies ? "yes" : "none", said(f.applies ? f.conclusion : f.reason), f.id));
    for (const o of observations) {
      if (o.violations.length) facts.push(this.#line("no", `bound broken at ${o.violations.length} of ${o.count} times`, o.id));
      else if (o.count > 0) facts.push(this.#line("yes", `bound kept at all ${o.count} times`, o.id));
      if (o.measuredRate !== null) facts.push(this.#line("yes", `final rate measured ${number(o.measuredRate)}, predicted ${number(o.promisedRate)}`, o.id));
    }
    return make("div", "columns", make("div", "", make(heading, "", "What was measured"), hypotheses), make("div", "", make(heading, "", "What follows"), make("ul", "", ...facts)));
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
    const formula = word && this.references.get(word.dataset.equation);
    document.querySelectorAll(".lit").forEach((part) => part.classList.remove("lit"));
    this.tooltip.hidden = !formula;
    if (!formula) return;
    const line = make("div", "tex");
    if (window.katex && formula.formula) katex.render(formula.formula, line, { throwOnError: false, displayMode: true });
    else line.textContent = formula.statement;
    this.tooltip.replaceChildren(line);
    const parts = formula.aspect ? document.querySelectorAll(`[data-part~="${formula.aspect}"]`) : [];
    // The picture of the singular values may show something else.
    if (formula.aspect && (formula.aspect !== "singularValues" || parts.length)) {
      this.tooltip.append(make("p", "", `In the pictures: ${places[formula.aspect]}.`));
      parts.forEach((part) => part.classList.add("lit"));
    }
    const box = word.getBoundingClientRect();
    this.tooltip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - this.tooltip.offsetWidth - 8))}px`;
    const below = box.bottom + 6;
    this.tooltip.style.top = `${below + this.tooltip.offsetHeight < innerHeight ? below : Math.max(8, box.top - this.tooltip.offsetHeight - 6)}px`;
  }
}
