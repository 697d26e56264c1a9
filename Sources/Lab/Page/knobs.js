// The controls: each knows its key of the state, when it matters, and how a slider's place stands for its value.

import { roundNumbers, written } from "./numbers.js";
import { layerStarts, parseNumbers } from "./state.js";

const linear = (low, high, step = 1) => ({
  low, high, step,
  place: (x) => x,
  value: (place) => Number(place),
});

// Equal steps for equal ratios, from one round number to the next; `whole` for counts. What is typed may lie between them.
const logarithmic = (low, high, whole = false) => {
  const numbers = roundNumbers(low, high, whole);
  return {
    low: 0, high: numbers.length - 1, step: 1,
    place: (x) => numbers.reduce((best, y, i) => (Math.abs(Math.log(y / x)) < Math.abs(Math.log(numbers[best] / x)) ? i : best), 0),
    value: (place) => numbers[place],
  };
};

// The places of the step: equal steps for equal ratios, the largest stable step at four fifths of the way.
const steps = {
  high: 75, limit: 60,
  place: (η, limit) => Math.min(75, Math.max(0, Math.round(60 + 20 * Math.log10(η / limit)))),
  value: (place, limit) => Number((limit * 10 ** ((place - 60) / 20)).toPrecision(3)),
};

const isRankOne = (s) => s.rank === 1 || (s.data !== "table" && s.data !== "upload" && s.outputs === 1);
const synthetic = (s) => s.data === "random" || s.data === "spectrum";

// What the first view shows: of these at most three matter at a time.
const first = ["depth", "degrees", "norm", "scale"];

const groups = [
  {
    title: "Data", knobs: [
      { key: "source", kind: "source", label: "Data" },
      { key: "targets", kind: "columns", label: "Predict", shown: (s) => !synthetic(s) },
      { key: "drop", kind: "exclusion", label: "Leave out", shown: (s) => !synthetic(s) },
      { key: "prepare", kind: "choice", label: "Prepare", shown: (s) => !synthetic(s),
        options: { whiten: "whiten (the theorems' setting)", standardize: "standardize", center: "centre", none: "leave as it is" } },
      { key: "values", kind: "list", label: "Singular values of Z", shown: (s) => s.data === "spectrum" },
      { key: "sZ", kind: "slider", label: "s_Z", math: "s_Z", scale: logarithmic(0.01, 100), shown: (s) => s.data === "spectrum",
        get: (s) => s.values[0] ?? 0, set: (s, x) => ({ values: rescaled(s.values, x) }) },
      { key: "gap", kind: "slider", label: "γ_Z", math: "\\gamma_Z", scale: linear(0, 0.99, 0.01), shown: (s) => s.data === "spectrum" && s.values.length > 1,
        get: (s) => (s.values[0] > 0 ? s.values[1] / s.values[0] : 0), set: (s, x) => ({ values: withGap(s.values, x) }) },
      { key: "inputs", kind: "slider", label: "Inputs dx", scale: linear(1, 100), shown: synthetic },
      { key: "outputs", kind: "slider", label: "Outputs dy", scale: linear(1, 100), shown: synthetic },
      { key: "samples", kind: "slider", label: "Samples m", scale: logarithmic(1, 10000, true), shown: synthetic },
      { key: "dataSeed", kind: "number", label: "Seed of the data", shown: synthetic },
    ],
  },
  {
    title: "Network", knobs: [
      { key: "depth", kind: "slider", label: "Depth N", scale: logarithmic(1, 1000, true) },
      { key: "rank", kind: "slider", label: "Hidden width r", scale: linear(1, 10), shown: (s) => s.depth > 1 },
      { key: "compare", kind: "list", label: "Compare depths", hint: "such as 2, 5, 10" },
    ],
  },
  {
    title: "Start", knobs: [
      { key: "start", kind: "choice", label: "Start", options: {
        angle: "the target, turned", random: "random, balanced", aligned: "aligned with the target",
        unbalanced: "Gaussian layers, not balanced", orthogonal: "orthogonal layers", identity: "identity layers",
        "zero-asymmetric": "last layer zero, others identities", xavier: "Xavier layers", kaiming: "Kaiming layers",
        pytorch: "PyTorch's default layers", small: "small Gaussian layers", singular: "in the target's singular bases" } },
      { key: "degrees", kind: "slider", label: "Angle in degrees", scale: linear(0, 180, 0.5), shown: (s) => s.start === "angle" },
      { key: "norm", kind: "slider", label: "Size ‖W_0‖ / ‖target‖", scale: logarithmic(1e-6, 100), shown: (s) => !layerStarts.includes(s.start) },
      { key: "scale", kind: "slider", label: "Scale of the entries", scale: logarithmic(1e-3, 10), shown: (s) => layerStarts.includes(s.start) },
      { key: "left", kind: "list", label: "u_0 in u_1, u_2, …", shown: (s) => s.start === "singular" },
      { key: "right", kind: "list", label: "v_0 in v_1, v_2, …", shown: (s) => s.start === "singular" },
      { key: "seed", kind: "number", label: "Seed of the start", shown: (s) => s.start !== "aligned" && s.start !== "singular" },
    ],
  },
  {
    title: "Run", knobs: [
      { key: "method", kind: "choice", label: "Method", options: {
        auto: "closed form where there is one", exact: "closed form", cvode: "implicit steps", erk: "explicit steps", euler: "explicit Euler" } },
      { key: "step", kind: "number", label: "Step of Euler", shown: (s) => s.method === "euler" },
      { key: "time", kind: "number", label: "Until time t", hint: "until the limit" },
      { key: "axis", kind: "choice", label: "Time axis", options: { log: "logarithmic", linear: "linear" } },
    ],
  },
];

// Stands below the first knobs, off until somebody wants it.
const descent = { key: "descent", kind: "steps", label: "Gradient descent beside the flow", shown: (s) => s.method !== "euler" };

const rescaled = (values, top) => (values[0] > 0 ? values.map((v) => Number((v * top / values[0]).toPrecision(6))) : [top]);
const withGap = (values, ratio) => {
  const second = Number((ratio * values[0]).toPrecision(6));
  return [values[0], second, ...values.slice(2).map((v) => Math.min(v, second))];
};

/**
 * Builds the form: three knobs, and all others in groups that open. `change` gets the part of the state that was changed.
 * Returns a function that shows a state, the columns to choose from, and where the step of descent stands: {step, limit}, null as long as that is not known.
 */
export function build(form, tools) {
  const parts = [];
  const add = (set, knob) => {
    const part = makers[knob.kind](knob, tools);
    part.row.dataset.knob = knob.key;
    set.append(part.row);
    parts.push({ knob, ...part });
  };
  const everyKnob = groups.flatMap((group) => group.knobs);
  const main = element("fieldset", { class: "first" }, element("legend", {}, "The network and its start"));
  for (const key of first) add(main, everyKnob.find((knob) => knob.key === key));
  const rest = element("details", { id: "more-knobs" }, element("summary", {}, "All knobs: data, start, run"));
  add(main, descent);
  for (const group of groups) {
    const set = element("fieldset", {}, element("legend", {}, group.title));
    for (const knob of group.knobs) if (!first.includes(knob.key)) add(set, knob);
    rest.append(set);
  }
  form.append(main, rest);
  form.addEventListener("submit", (event) => event.preventDefault());
  return (state, columns, step) => {
    for (const { knob, row, show } of parts) {
      row.hidden = knob.shown ? !knob.shown(state) : false;
      if (!row.hidden) show(state, columns, step);
    }
  };
}

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const row = (knob, ...inputs) => {
  const id = `knob-${knob.key}`;
  inputs[0].id = id;
  return element("div", { class: "knob" }, element("label", { for: id }, knob.label), ...inputs);
};

// A value that somebody is typing is not overwritten.
const put = (input, text) => { if (document.activeElement !== input) input.value = text; };

const makers = {
  slider(knob, { change }) {
    const { scale } = knob;
    const range = element("input", { type: "range", min: scale.low, max: scale.high, step: scale.step });
    const number = element("input", { type: "number", step: "any", "aria-label": `${knob.label}, as a number` });
    let current = {};
    const set = (x) => {
      if (!Number.isFinite(x)) return;
      change(knob.set ? knob.set(current, x) : { [knob.key]: x });
    };
    range.addEventListener("input", () => set(scale.value(range.value)));
    number.addEventListener("change", () => set(Number(number.value)));
    return {
      row: row(knob, range, number),
      show(state) {
        current = state;
        const x = knob.get ? knob.get(state) : state[knob.key];
        range.value = scale.place(x);
        range.setAttribute("aria-valuetext", written(x, 4));
        put(number, Number(Number(x).toPrecision(6)));
      },
    };
  },

  number(knob, { change }) {
    const input = element("input", { type: "number", step: "any", placeholder: knob.hint ?? "" });
    input.addEventListener("change", () => {
      const x = input.value === "" ? null : Number(input.value);
      if (x === null && knob.key !== "time") return;
      change({ [knob.key]: x });
    });
    return { row: row(knob, input), show: (state) => put(input, state[knob.key] ?? "") };
  },

  steps(knob, { change }) {
    const isOn = element("input", { type: "checkbox", id: "knob-descent" });
    const range = element("input", { type: "range", id: "knob-eta", min: 0, max: steps.high, step: 1 });
    const number = element("input", { type: "number", step: "any", min: 0, placeholder: "auto", "aria-label": "Step η, as a number; empty for half of what is stable at the minimiser and at the start" });
    const mark = element("p", { id: "step-limit" });
    const label = element("label", { for: "knob-eta" }, "Step η");
    let limit = null;
    isOn.addEventListener("change", () => change({ [knob.key]: isOn.checked ? "auto" : null }));
    range.addEventListener("input", () => { if (limit) change({ [knob.key]: steps.value(Number(range.value), limit) }); });
    number.addEventListener("change", () => {
      const η = number.value === "" ? "auto" : Number(number.value);
      const isStep = η === "auto" || (η > 0 && Number.isFinite(η));
      number.setAttribute("aria-invalid", String(!isStep));
      number.setCustomValidity(isStep ? "" : "a step larger than zero");
      if (isStep) change({ [knob.key]: η });
      else number.reportValidity();
    });
    return {
      row: element("div", { class: "knob" }, element("label", { class: "switch", for: "knob-descent" }, isOn, ` ${knob.label}`), label, range, number, mark),
      show(state, columns, known) {
        const wanted = state[knob.key];
        isOn.checked = wanted !== null;
        for (const part of [label, range, number]) part.hidden = wanted === null;
        // What is known of other settings is shown faded, until the answer is there.
        limit = known?.limit ?? null;
        mark.hidden = wanted === null || !limit;
        range.disabled = !limit;
        if (wanted === null) return;
        const η = wanted === "auto" ? known?.step : wanted;
        number.setAttribute("aria-invalid", "false");
        put(number, η === undefined ? "" : Number(η.toPrecision(4)));
        if (!limit) return;
        mark.textContent = `largest stable ${written(limit)} ▲`;
        range.value = steps.place(η ?? limit / 2, limit);
        range.setAttribute("aria-valuetext", η === undefined ? "" : `${written(η, 4)}, ${written(η / limit)} of the largest stable step`);
      },
    };
  },

  list(knob, { change }) {
    const input = element("input", { type: "text", inputmode: "decimal", placeholder: knob.hint ?? "" });
    input.addEventListener("change", () => {
      const list = parseNumbers(input.value);
      input.setAttribute("aria-invalid", String(!list));
      input.setCustomValidity(list ? "" : "numbers, separated by commas");
      if (list) change({ [knob.key]: list });
      else input.reportValidity();
    });
    return { row: row(knob, input), show: (state) => put(input, state[knob.key].join(", ")) };
  },

  choice(knob, { change }) {
    const select = element("select", {}, ...Object.entries(knob.options).map(([value, text]) => element("option", { value }, text)));
    select.addEventListener("change", () => change({ [knob.key]: select.value }));
    return { row: row(knob, select), show: (state) => { select.value = state[knob.key]; } };
  },

  source(knob, { tables, change, dropped, mended }) {
    const select = element("select", {},
      element("option", { value: "random" }, "the paper's random set"),
      element("option", { value: "spectrum" }, "typed singular values"),
      ...tables.map((table) => element("option", { value: `table:${table.name}` }, table.name)),
      element("option", { value: "upload" }, "a table of yours"));
    const file = element("input", { type: "file", accept: ".csv,.tsv,.txt,.npy,.npz,.gz,text/csv", "aria-label": "Table with one sample a row (text, NPY or NPZ)" });
    const mends = element("input", { type: "checkbox", id: "mends" });
    const mending = element("label", { for: "mends" }, mends, " code words, leave rows with gaps out");
    const notices = element("p", { id: "table-notices" });
    mends.addEventListener("change", () => mended(mends.checked));
    select.addEventListener("change", () => {
      const [data, ...name] = select.value.split(":");
      if (data !== "table") return change({ data });
      const table = tables.find((t) => t.name === name.join(":"));
      change({ data, table: table.name, targets: table.columns.slice(-1), drop: [], depth: 3, rank: 1 });
    });
    file.addEventListener("change", () => { if (file.files[0]) dropped(file.files[0]); });
    return {
      row: row(knob, select, file, mending, notices),
      show(state) {
        select.value = state.data === "table" ? `table:${state.table}` : state.data;
        file.hidden = mending.hidden = notices.hidden = state.data !== "upload";
      },
    };
  },

  columns(knob, { change }) {
    return selection(knob, {
      values: (state) => state.targets,
      set: (state, targets) => { if (targets.length) change({ targets, drop: state.drop.filter((name) => !targets.includes(name)) }); },
    });
  },

  exclusion(knob, { change }) {
    return selection(knob, { values: (state) => state.drop, set: (state, drop) => change({ drop }), offered: (state, name) => !state.targets.includes(name) });
  },
};

/** A list of columns of which several may be chosen; those that are not offered cannot. */
function selection(knob, { values, set, offered = () => true }) {
  const select = element("select", { multiple: "", size: 4 });
  let known = "";
  let current = null;
  select.addEventListener("change", () => set(current, [...select.selectedOptions].map((option) => option.value)));
  return {
    row: row(knob, select),
    show(state, columns) {
      current = state;
      const key = columns.join("\u0000");
      if (key !== known) select.replaceChildren(...columns.map((name) => element("option", { value: name }, name)));
      known = key;
      for (const option of select.options) {
        option.selected = values(state).includes(option.value);
        option.disabled = !offered(state, option.value);
      }
    },
  };
}
