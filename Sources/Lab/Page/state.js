// The state of the page: what the knobs say. It lives in the address, so that a picture can be shared.

import { choices, recordOf } from "./observables.js";

/** Starts that are not balanced: each layer is drawn by itself. */
export const layerStarts = ["unbalanced", "orthogonal", "identity", "zero-asymmetric", "xavier", "kaiming", "pytorch", "small"];

export const defaults = Object.freeze({
  data: "random",        // random, spectrum, table, upload
  inputs: 5, outputs: 1, samples: 50, dataSeed: 1,
  values: [2, 1],        // of the target, for spectrum
  table: "diabetes", targets: ["progression"], drop: [], prepare: "whiten",
  depth: 3, rank: 1,
  start: "angle",        // angle, random, aligned, singular, or one of layerStarts
  degrees: 30, norm: 10, scale: 1, left: [1], right: [1],
  seed: 1,
  method: "auto", step: 1e-6, time: null,
  compare: [], axis: "log",
  observe: "values",     // what the picture of singular values shows: one of the choices of observables.js
  descent: null,         // η of gradient descent beside the flow: null for none, "auto" for half of what is stable at the minimiser and at the start, or a number
});

const numbers = new Set(["inputs", "outputs", "samples", "dataSeed", "depth", "rank", "degrees", "norm", "scale", "seed", "step", "time"]);
const lists = new Set(["values", "left", "right", "compare"]);
const words = {
  data: ["random", "spectrum", "table", "upload"],
  start: ["angle", "random", "aligned", ...layerStarts, "singular"],
  method: ["auto", "exact", "cvode", "erk", "euler"],
  prepare: ["none", "center", "standardize", "whiten"],
  axis: ["linear", "log"],
  observe: Object.keys(choices),
};

/** The state as the text behind # in the address: what differs from the defaults. */
export function toHash(state) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (!Object.hasOwn(defaults, key) || JSON.stringify(value) === JSON.stringify(defaults[key])) continue;
    if (key === "targets" || key === "drop") value.forEach((name) => query.append(key, name));
    else query.set(key, Array.isArray(value) ? value.join(",") : value ?? "");
  }
  return query.toString();
}

/** The state that an address holds; what cannot be understood is left at its default. */
export function fromHash(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { ...defaults };
  for (const key of query.keys()) {
    const text = query.get(key);
    if (!Object.hasOwn(defaults, key)) continue;
    if (key === "targets" || key === "drop") state[key] = query.getAll(key);
    else if (key === "descent") state.descent = text === "auto" ? text : Number(text) > 0 && Number.isFinite(Number(text)) ? Number(text) : null;
    else if (lists.has(key)) {
      const list = parseNumbers(text);
      if (list) state[key] = list;
    } else if (numbers.has(key)) {
      const x = Number(text);
      if (text !== "" && Number.isFinite(x)) state[key] = x;
    } else if (Object.hasOwn(words, key)) {
      if (words[key].includes(text)) state[key] = text;
    } else state[key] = text;
  }
  return state;
}

/** "2, 1, 0.5" as numbers; null if one is none. */
export function parseNumbers(text) {
  const parts = text.split(/[,;\s]+/).filter(Boolean).map(Number);
  return parts.every(Number.isFinite) ? parts : null;
}

/** What the server is asked for. `upload` is the prepared table of a dropped file. */
export function toRequest(state, upload) {
  const shape = { inputs: state.inputs, outputs: state.outputs, samples: state.samples, seed: state.dataSeed };
  const problem = {
    random: () => ({ kind: "random", ...shape }),
    spectrum: () => ({ kind: "spectrum", singularValues: state.values, ...shape }),
    table: () => ({ kind: "table", name: state.table, targets: state.targets, drop: state.drop, prepare: state.prepare }),
    upload: () => upload?.problem,
  }[state.data]();
  const start = {
    angle: () => ({ kind: "angle", degrees: state.degrees, norm: state.norm }),
    random: () => ({ kind: "random", norm: state.norm }),
    aligned: () => ({ kind: "aligned", norm: state.norm }),
    ...Object.fromEntries(layerStarts.map((kind) => [kind, () => ({ kind, scale: state.scale })])),
    singular: () => ({ kind: "singular", left: state.left, right: state.right, size: state.norm }),
  }[state.start]();
  const request = { problem, network: { depth: state.depth, rank: state.rank }, start, seed: state.seed };
  if (state.method !== "auto") request.method = state.method;
  if (state.method === "euler") request.step = state.step;
  if (state.time !== null) request.time = state.time;
  if (recordOf(state).length) request.record = recordOf(state);
  return request;
}

/** Whether gradient descent is asked for beside the flow; a run that is descent itself needs none. */
export const takesSteps = (state) => state.descent !== null && state.method !== "euler";

/** What the server is asked for of gradient descent from the same start. */
export function toDescentRequest(state, upload) {
  const { method, step, ...request } = toRequest(state, upload);
  return state.descent === "auto" ? request : { ...request, step: state.descent };
}

const quoted = (word) => (/^[\w./,:=+@%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The command line that makes the same run; a comment where the command line has no such start. */
export function toCommand(state, upload) {
  const lines = [];
  let data;
  const shape = `--samples ${state.samples} --inputs ${state.inputs} --outputs ${state.outputs} --seed ${state.dataSeed}`;
  const matrices = "--inputs lab-inputs.npy --outputs lab-outputs.npy";
  if (state.data === "random") {
    lines.push(`linnet generate whitened ${shape} --format npy --out lab`);
    data = matrices;
  } else if (state.data === "spectrum") {
    lines.push(`linnet generate spectrum --singular-values ${state.values.join(",")} ${shape} --format npy --out lab`);
    data = matrices;
  } else {
    const file = state.data === "upload" ? upload?.name ?? "table.csv" : `${state.table}.csv`;
    data = `${quoted(file)} --targets ${quoted(state.targets.join(","))}` +
      (state.drop.length ? ` --drop ${quoted(state.drop.join(","))}` : "") +
      (state.prepare === "whiten" ? "" : ` --prepare ${state.prepare}`) +
      (state.data === "upload" && upload?.mends ? " --encode auto --missing drop" : "");
  }
  const start = {
    angle: `--angle ${state.degrees} --norm ${state.norm}`,
    random: `--norm ${state.norm}`,
    aligned: `--start aligned --norm ${state.norm}`,
    ...Object.fromEntries(layerStarts.map((kind) => [kind, `--start ${kind} --scale ${state.scale}`])),
    singular: "--start-matrix W0.csv",
  }[state.start];
  if (state.start === "singular") {
    lines.push(`# W0.csv: ${state.norm} s_Z u vᵀ, u along Σ a_i u_i with a = ${state.left.join(", ")}, v along Σ b_i v_i with b = ${state.right.join(", ")}`);
  }
  const method = state.method === "auto" ? "" : ` --method ${state.method}` + (state.method === "euler" ? ` --step ${state.step}` : "");
  const run = `linnet train ${data} --depth ${state.depth} --rank ${state.rank} ${start} --seed ${state.seed}`;
  const time = state.time === null ? "" : ` --time ${state.time}`;
  const record = recordOf(state).map((name) => ` --record ${name}`).join("");
  lines.push(run + method + time + record);
  if (takesSteps(state)) lines.push(`${run} --descent ${state.descent}${time}${record}`);
  return lines.join("\n");
}
