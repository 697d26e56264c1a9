// The first view: one sentence that says what will happen, and the theorem behind it with its conditions and numbers.

import { said, written } from "./numbers.js";

function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const counted = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const letters = { unbalanced: "Gaussian", xavier: "Xavier", kaiming: "Kaiming", pytorch: "PyTorch's default", "zero-asymmetric": "zero-asymmetric" };

/** The network and its start, as the knobs have them. */
export function subject(state) {
  const width = state.depth > 1 && state.rank > 1 ? `, ${state.rank} units wide` : "";
  const size = state.norm === 1 ? "as large as the target" : `${written(state.norm)} times as large as the target`;
  const start = {
    angle: `started ${written(state.degrees, 4)}° off the target and ${size}`,
    random: `started at random, ${size}`,
    aligned: `started along the target's directions, ${size}`,
    singular: `started in the target's bases, ${size}`,
  }[state.start] ?? `started from ${letters[state.start] ?? state.start} layers of scale ${written(state.scale)}`;
  const steps = state.method === "euler" ? ` It takes steps of η = ${written(state.step)}; what is promised is promised of the flow, whose steps are infinitely small.` : "";
  return `A network of ${counted(state.depth, "layer")}${width}, ${start}.${steps}`;
}

// Where descent rests.
const places = { globalMinimiser: "the global minimum", strictSaddle: "a strict saddle", nonStrictSaddle: "a saddle that is not strict", undecided: "a point of which the numbers cannot tell the kind" };

/** What became of the steps. */
function outcome({ descent, termination, verdict }) {
  const steps = counted(descent.count, "step");
  const place = places[verdict.kind] ?? "a point that is not stationary";
  return {
    converged: `After ${steps} they rest at ${place}.`,
    catapult: `The loss gap first rises to ${written(descent.highestGap)} times that of the start; after ${steps} they rest at ${place}.`,
    oscillating: `After ${steps} they oscillate for ever, with period ${termination.period}.`,
    diverged: `After ${steps} they are beyond all numbers.`,
    budgetRanOut: `After ${steps} they are not at rest yet, and here they end.`,
    reachedFinalTime: `${capital(steps)} take them to t = ${written(termination.time)}.`,
  }[termination.kind] ?? `After ${steps}: ${said(termination.description)}.`;
}

/** Where a step stands to the largest stable one, of the minimiser and of the start. */
function standing(step, { limit, limitAtStart }, settles) {
  if (typeof limit !== "number") return "; no largest stable step is known at the balanced minimiser.";
  const largest = `the largest stable step 2/λ_max = ${written(limit)} of the balanced minimiser (D25)`;
  const share = (limit) => written(step / limit, 2);
  if (settles === false) return `, ${share(limit)} times ${largest}: it throws off steps so large.`;
  if (settles !== true) return ` is ${largest} up to round-off: whether they can settle there cannot be told.`;
  const atStart = typeof limitAtStart !== "number" || limitAtStart > limit * (1 - 1e-4) ? ""
    : ` The start is sharper: there it is ${share(limitAtStart)} ${step > limitAtStart ? "times" : "of"} 2/λ_max = ${written(limitAtStart)}${step > limitAtStart ? ", and the loss may rise at first" : ""}.`;
  return `, ${share(limit)} of ${largest}: they can settle there.${atStart}`;
}

/**
 * What is known of gradient descent in these steps: where the step stands to the largest stable one, what is proved of it, and what came of it.
 * `answer` is that of the server for the step that is set.
 */
export function stepWords(answer) {
  const { descent, trajectory, largestSafeStep } = answer;
  const { step, stability, certificate } = descent.promise;
  const finding = (id) => certificate.theorems.find((f) => f.id === id);
  const elsewhere = trajectory.imbalance[0] > 1e-10 && typeof stability.limit === "number" ? " This start is not balanced, and may end at another minimiser with another limit." : "";
  const proved = certificate.best
    ? said(certificate.conclusion)
    : finding("D21")?.applies
      ? "It is proved that no step raises the loss and that they come to a critical point (D21); no theorem says to which."
      : `No theorem says beforehand where they go.${typeof largestSafeStep === "number" ? ` Steps below ${written(largestSafeStep)} are proved never to raise the loss (D21).` : ""}`;
  return `Gradient descent in steps of η = ${written(step)}${standing(step, stability, finding("D25")?.conditions[0]?.holds)}${elsewhere} ${proved} ${outcome(answer)}`;
}

const strengths = {
  certain: "It is proved for exactly this start.",
  almostEvery: "It is proved for all starts of this kind but a set of measure zero: one drawn at random is not in it, one made with exact structure may be.",
};

function mark(holds) {
  const sign = make("span", `sign-inline ${holds === null ? "none" : holds ? "yes" : "no"}`, holds === null ? "?" : holds ? "✓" : "✗");
  sign.setAttribute("role", "img");
  sign.setAttribute("aria-label", holds === null ? "cannot tell" : holds ? "holds" : "does not hold");
  return sign;
}

function table(caption, header, rows) {
  const body = make("tbody", "", ...rows.map((cells) => make("tr", "", ...cells.map((cell, i) => {
    const element = make(i === 0 ? "th" : "td", "", cell);
    if (i === 0) element.scope = "row";
    return element;
  }))));
  const head = make("tr", "", ...header.map((text) => Object.assign(make("th", "", text), { scope: "col" })));
  const scroll = make("div", "scroll", make("table", "", make("caption", "", caption), make("thead", "", head), body));
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", caption);
  return scroll;
}

function formulaOf(reference) {
  const line = make("div", "tex");
  if (window.katex && reference?.formula) katex.render(reference.formula, line, { throwOnError: false, displayMode: true });
  line.tabIndex = 0;
  line.setAttribute("role", "region");
  line.setAttribute("aria-label", "formula");
  return reference?.formula && window.katex ? [line] : [];
}

const conditions = (finding) => table(
  `Conditions of ${finding.id}`, ["condition", "measured", "needed", "holds"],
  finding.conditions.map((c) => [c.name, `${c.quantity} = ${written(c.value)}`, `${c.quantity} ${c.relation} ${written(c.limit)}`, mark(c.holds)]));

/** Why the sentence is true: the theorem that it rests on, or what keeps every theorem silent. `references` maps labels to statements. */
export function reasons(certificate, references) {
  const finding = certificate.theorems.find((f) => f.id === certificate.best);
  if (!finding) return silence(certificate);
  const reference = references.get(finding.id);
  const parts = [
    make("h2", "", `${finding.id}: ${finding.title}`),
    ...(reference ? [make("p", "", `${capital(reference.statement)}.`)] : []), ...formulaOf(reference),
    make("p", "", `Here: ${said(finding.conclusion)}. ${strengths[finding.strength] ?? ""}`),
  ];
  if (finding.conditions.length) parts.push(conditions(finding));
  if (finding.quantities.length) parts.push(table(`Numbers of ${finding.id}`, ["number", "value", "meaning"], finding.quantities.map((q) => [q.symbol, written(q.value, 4), q.name])));
  const times = finding.timeToAccuracy.filter((row, i) => i % 2 && row.bound !== null);
  if (times.length) {
    const what = finding.on === "gap" ? "loss gap, relative" : "‖W − W*‖², relative";
    parts.push(table("Times that it promises", [what, "by t ="], times.map((row) => [written(row.accuracy), written(row.bound, 4)])));
  }
  parts.push(make("p", "source", `Source: ${finding.source}.`));
  return parts;
}

/** The theorems that lack one condition only, with what they lack. */
function silence(certificate) {
  const lacking = certificate.theorems
    .map((finding) => ({ finding, failing: finding.conditions.filter((c) => c.holds !== true) }))
    .filter(({ finding, failing }) => !finding.applies && failing.length <= 1);
  const items = lacking.map(({ finding }) => make("li", "", make("strong", "", finding.id), ` (${finding.title}): ${said(finding.reason)}`));
  const speaking = certificate.theorems.filter((f) => f.applies).map((f) => make("li", "", make("strong", "", f.id), `: ${said(f.conclusion)}`));
  return [
    make("p", "", "No theorem says where exactly this start goes. Silent for want of one condition at most:"), make("ul", "", ...items),
    make("p", "", "What holds all the same:"), make("ul", "", ...speaking),
  ];
}
