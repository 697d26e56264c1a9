// The picture of the singular values can show an observable instead, which the server then records along the run.

import { direction, pictures } from "./charts.js";

/** Beyond this depth the layers are too many to be recorded. */
const deepest = 20;
/** Curves of one kind at most, as of the singular values of W. */
const mostCurves = 12;

/** What the picture can show, by the word in the address; `name` is that of `linnet train --record`. */
export const choices = {
  values: { title: "Singular values" },
  modes: {
    title: "Mode strengths", name: "modes",
    words: "uᵢᵀWvᵢ in the singular directions of Z = YXᵀ/m. Dashed: at the global minimum.",
    lack: ({ data, values }) => (data === "spectrum" && values.every((value) => value === 0) ? "Z = 0 has no modes." : ""),
  },
  layers: {
    title: "Singular values of the layers", name: "layer-singular-values",
    words: "Those of the first two layers and of the last two. Layers that are balanced have the same, but for zeros.",
    lack: ({ depth }) => (depth > deepest ? `Drawn up to depth ${deepest}.` : ""),
  },
  rank: {
    title: "Effective rank", name: "effective-rank",
    words: "exp(−Σ p log p) with p = σᵢ/Σσ: over how many directions W is spread.",
    lack: () => "",
  },
};

const layerDashes = { "layer 1": [1, 0], "layer 2": [10, 4], "layer N − 1": [3, 3], "layer N": [10, 3, 3, 3] };

Object.assign(pictures, {
  modes: { axis: "strength uᵀWv", scale: "linear", isByDirection: true, dashes: { "uᵀWv": [1, 0], "uᵀW*v": [5, 4] } },
  layers: { axis: "singular value", scale: "linear", isByDirection: true, dashes: layerDashes },
  rank: { axis: "effective rank", scale: "linear", dashes: { "effective rank": [1, 0] } },
});

const isRecorded = (observe, state) => Boolean(choices[observe].name) && !choices[observe].lack(state);

/** What the server is asked to record for a state, by the names of the command line. */
export const recordOf = (state) => (isRecorded(state.observe, state) ? [choices[state.observe].name] : []);

/** What a stepped run records: all that the picture can show, since it is not made again for another choice. */
export const recordedByRuns = (state) => Object.keys(choices).filter((observe) => isRecorded(observe, state)).map((observe) => choices[observe].name);

/** The observable of a result that the picture is to show; undefined where it was not recorded. */
const recordedIn = (result, observe) => result.recorded?.find((entry) => entry.observable === choices[observe].name);

/** The layer and the direction of a column such as layer_2_sigma_1, both from 1. */
const placeOf = (name) => name.match(/^layer_(\d+)_sigma_(\d+)$/).slice(1).map(Number);

/** What a layer is called in the picture; undefined for those in the middle. */
const nameOf = (layer, depth) => (layer <= 2 ? `layer ${layer}` : layer === depth ? "layer N" : layer === depth - 1 ? "layer N − 1" : undefined);

/** The rows of one run for the picture of an observable. */
export function observedRows(observe, run, timeScale, isMain) {
  const recorded = recordedIn(run.result, observe);
  if (!recorded) return [];
  const { times } = run.result.trajectory;
  const depth = run.result.problem.widths.length - 1;
  const rows = [];
  const curve = (quantity, xs, ys, series, hue) => xs.forEach((x, k) => {
    if ((timeScale !== "log" || x > 0) && typeof ys[k] === "number") {
      rows.push({ run: run.label, hue, strength: isMain || hue === run.label ? 1 : 0.4, quantity, series: `${run.label} ${series}`, x, y: ys[k] });
    }
  });
  const shown = {
    modes({ name, values, goal }, i) {
      if (i >= mostCurves) return;
      curve("uᵀWv", times, values, name, direction(i));
      if (!isMain || typeof goal !== "number") return;
      const ends = [times.find((t) => timeScale !== "log" || t > 0), times.at(-1)];
      curve("uᵀW*v", ends, [goal, goal], `${name} goal`, direction(i));
    },
    layers({ name, values }) {
      const [layer, place] = placeOf(name);
      const quantity = nameOf(layer, depth);
      if (quantity && place <= mostCurves) curve(quantity, times, values, name, direction(place - 1));
    },
    rank({ name, values }) { curve("effective rank", times, values, name, run.label); },
  }[observe];
  recorded.columns.forEach(shown);
  return rows;
}

/** What stands below the heading: what the curves are, or why there are none. */
function wordsOf(state, runs) {
  const { name, words, lack } = choices[state.observe];
  if (!name) return "";
  if (lack(state)) return lack(state);
  const { result } = runs[0];
  if (!recordedIn(result, state.observe)) return result.termination ? "" : "Drawn when the run has ended.";
  return words + (runs.every((run) => recordedIn(run.result, state.observe)) ? "" : " Runs without a record of it are left out.");
}

/** Puts the choice into the figure; returns what brings it up to date with a state and the runs that are shown. */
export function offerObservables(figure, choose) {
  const heading = figure.querySelector("h2");
  const { part } = figure.dataset;
  const select = document.createElement("select");
  select.id = "observable";
  select.setAttribute("aria-label", "Shown in this picture");
  select.append(...Object.entries(choices).map(([value, { title }]) => Object.assign(document.createElement("option"), { value, textContent: title })));
  select.addEventListener("change", () => choose(select.value));
  const words = Object.assign(document.createElement("p"), { id: "observable-words" });
  heading.after(select, words);
  return (state, runs) => {
    select.value = state.observe;
    heading.textContent = choices[state.observe].title;
    words.textContent = wordsOf(state, runs);
    figure.dataset.part = state.observe === "values" ? part : "";
  };
}
