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
  return `A network of ${counted(state.depth, "layer")}${width}, ${start}.`;
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
