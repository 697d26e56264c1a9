// The pictures over time, drawn by Vega-Lite: made once for a theme, width and axis, then fed.

import { written } from "./numbers.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const colours = () => (dark.matches
  ? ["#4aa3e0", "#ff8a3d", "#3cc79b", "#e39bc2", "#f0b43c", "#8fd0f5", "#e6e9ec"]
  : ["#0072B2", "#D55E00", "#009E73", "#B0578D", "#B07A00", "#3A8FC2", "#000000"]);
const ink = () => (dark.matches ? { text: "#e6e9ec", soft: "#8b96a1" } : { text: "#1b1f24", soft: "#6a747e" });

export const colourOf = (index) => colours()[index % colours().length];

// What a picture shows: its vertical axis, and the dashes of its quantities.
export const pictures = {
  convergence: {
    axis: "distance, loss gap", scale: "log",
    dashes: { "‖W − Z₁‖": [1, 0], "‖W − W*‖": [1, 0], "loss gap": [12, 4] },
  },
  values: { axis: "singular value", scale: "linear", isByDirection: true, dashes: { "σ(W)": [1, 0], "σ(W*)": [5, 4] } },
  sharpness: { axis: "sharpness λ_max", scale: "linear", dashes: { "λ_max": [1, 0], "2/η": [5, 4] } },
  alignment: { axis: "cos(W, W*) = ⟨W, W*⟩/(‖W‖‖W*‖)", scale: "linear", dashes: { "cos(W, W*)": [1, 0], "s/s_Z": [12, 4] } },
};

// Ticks are written as people write numbers, by a function that the charts' expressions know.
const tick = "written(datum.value)";

// Bounds are named by the theorems that promise them.
const boundDashes = [[6, 4], [2, 3], [8, 3, 2, 3], [4, 2], [1, 2]];

function specification(name, width, timeScale, order, hues, quantities) {
  const picture = pictures[name];
  const { text, soft } = ink();
  const height = Math.round(Math.min(300, Math.max(190, 0.62 * width)));
  const x = {
    field: "x", type: "quantitative", title: "time t",
    scale: { type: timeScale, nice: false, ...(timeScale === "log" ? {} : { zero: false }) },
    axis: { tickCount: width < 360 ? 4 : 6, labelExpr: tick, labelOverlap: true },
  };
  const y = {
    field: "y", type: "quantitative", title: picture.axis,
    scale: { type: picture.scale, nice: picture.scale === "linear", ...(picture.scale === "log" ? {} : { zero: false }) },
    axis: { tickCount: 6, minExtent: 40, labelExpr: tick, labelOverlap: true },
  };
  const bounds = quantities.filter((q) => q.startsWith("bound "));
  const used = [...quantities.filter((q) => q in picture.dashes), ...bounds];
  const dashOf = (q) => picture.dashes[q] ?? boundDashes[bounds.indexOf(q) % boundDashes.length];
  const legend = { title: null, orient: "bottom", columns: width < 360 ? 2 : 3, symbolType: "stroke" };
  const colour = {
    field: "hue", type: "nominal", scale: { domain: hues, range: hues.map((hue) => colourOf(order.indexOf(hue))) },
    legend: hues.length > 1 ? legend : null,
  };
  const dash = {
    field: "quantity", type: "nominal", scale: { domain: used, range: used.map(dashOf) },
    legend: used.length > 1 ? { ...legend, symbolSize: 500 } : null,
  };
  // Where colours tell singular values apart, the other runs are fainter.
  const opacity = { field: "strength", type: "quantitative", scale: null, legend: null };
  const tooltip = [
    { field: "run", title: "run" }, { field: "quantity", title: "quantity" }, ...(picture.isByDirection ? [{ field: "hue", title: "direction" }] : []),
    { field: "x", type: "quantitative", title: "t", format: ".4~g" }, { field: "y", type: "quantitative", title: "value", format: ".4~g" },
  ];
  return {
    width, height, background: "transparent", padding: { left: 4, right: 12, top: 6, bottom: 4 }, autosize: { type: "pad", resize: true },
    config: {
      font: "DejaVu Sans, Verdana, system-ui, sans-serif", view: { stroke: null },
      axis: { grid: false, domainColor: soft, tickColor: soft, labelColor: text, titleColor: text, titleFontWeight: "normal", labelFontSize: 12, titleFontSize: 13 },
      legend: { labelColor: text, symbolStrokeColor: text, labelFontSize: 12, layout: { bottom: { direction: "vertical", anchor: "start" } } },
    },
    datasets: { curves: [], bands: [], marks: [], labels: [], cursor: [] },
    layer: [
      { data: { name: "bands" }, mark: { type: "rect", color: text, opacity: 0.09, clip: true }, encoding: { x, x2: { field: "x2" }, y: { value: 0 }, y2: { value: height } } },
      { data: { name: "marks" }, mark: { type: "rule", color: soft, strokeDash: [5, 4] }, encoding: { x } },
      // Above the plot, where no curve runs, in as many rows as they need.
      ...[0, 1, 2, 3].map((row) => ({
        data: { name: "labels" }, transform: [{ filter: `datum.row === ${row}` }],
        mark: { type: "text", color: text, align: "center", baseline: "bottom", fontSize: 12 },
        encoding: { x, y: { value: -4 - 15 * row }, text: { field: "label" } },
      })),
      {
        data: { name: "curves" }, mark: { type: "line", strokeWidth: 2 },
        encoding: { x, y, color: colour, strokeDash: dash, opacity, detail: { field: "series" } },
      },
      { data: { name: "curves" }, mark: { type: "point", opacity: 0, size: 60 }, encoding: { x, y, tooltip } },
      { data: { name: "cursor" }, mark: { type: "rule", color: text, strokeWidth: 1.2 }, encoding: { x } },
    ],
  };
}

/** Rows in which labels of times have room beside each other; those that have none in four rows are left out. */
function placed(labels, width, timeScale, [low, high]) {
  const scale = timeScale === "log" ? Math.log : (x) => x;
  const ends = [];
  return labels.map((label) => ({ ...label, centre: width * (scale(label.x) - scale(low)) / (scale(high) - scale(low)) }))
    .sort((a, b) => a.centre - b.centre)
    .flatMap((label) => {
      // A character of 12 px is 7 px wide on average.
      const half = 3.5 * (label.label.length + 1);
      let row = ends.findIndex((end) => end <= label.centre - half);
      if (row < 0) row = ends.length;
      if (row > 3) return [];
      ends[row] = label.centre + half;
      return [{ x: label.x, label: label.label, row }];
    });
}

/** A picture that is fed with curves, marks (a time and its label) and a cursor. */
export class Chart {
  #view = null;
  #key = "";
  #latest = null;
  #drawing = null;

  constructor(name, element) {
    this.name = name;
    this.element = element;
  }

  /** Shows rows {run, quantity, series, x, y}. Later calls win. */
  show(content) {
    this.#latest = content;
    this.#drawing ??= this.#draw().finally(() => { this.#drawing = null; });
    return this.#drawing;
  }

  async #draw() {
    while (this.#latest) {
      const content = this.#latest;
      this.#latest = null;
      await this.#drawOne(content);
    }
  }

  async #drawOne({ curves, marks, bands, cursor, timeScale, order, picture = this.name }) {
    const hues = [...new Set(curves.map((row) => row.hue))];
    // Each run has one colour in all pictures; singular values have theirs.
    const places = hues.every((hue) => order.includes(hue)) ? order : hues;
    const quantities = [...new Set(curves.map((row) => row.quantity))];
    const width = Math.max(180, this.element.clientWidth - 88);
    const key = JSON.stringify([picture, dark.matches, width, timeScale, places, hues, quantities]);
    if (key !== this.#key) {
      const plot = document.createElement("div");
      const { view } = await vegaEmbed(plot, specification(picture, width, timeScale, places, hues, quantities), {
        actions: false, renderer: "canvas", ast: true, defaultStyle: false, logLevel: 1, tooltip: { disableDefaultStyle: true }, expressionFunctions: { written: (x) => written(x) },
      });
      this.#view?.finalize();
      this.#view = view;
      this.#key = key;
      this.element.replaceChildren(plot);
    }
    this.rows = curves;
    const [low, high] = curves.reduce(([a, b], { x }) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
    const clipped = bands.map((band) => ({ ...band, x: Math.max(band.x, low), x2: Math.min(band.x2, high) })).filter((band) => band.x < band.x2);
    const inside = marks.filter((m) => m.x >= low && m.x <= high);
    const middle = ({ x, x2 }) => (timeScale === "log" ? Math.sqrt(x * x2) : (x + x2) / 2);
    const labels = low < high ? placed([...inside, ...clipped.map((band) => ({ x: middle(band), label: band.label }))], width, timeScale, [low, high]) : [];
    await this.#view.data("curves", curves).data("marks", inside).data("bands", clipped).data("labels", labels)
      .data("cursor", cursor === null ? [] : [{ x: cursor }]).runAsync();
  }

  moveCursor(x) {
    if (this.#view && !this.#drawing) this.#view.data("cursor", x === null ? [] : [{ x }]).runAsync();
  }

  svg() { return this.#view.toSVG(); }

  async png() {
    const canvas = await this.#view.toCanvas(2);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }
}

const positive = (x, timeScale) => timeScale !== "log" || x > 0;

/** log of a promised curve at a time: linear between its breakpoints, then at its rate. */
function logarithm({ times, logarithms, rate }, t) {
  const next = times.findIndex((x) => x > t);
  if (next === 0) return logarithms[0];
  if (next < 0) return logarithms.at(-1) - rate * (t - times.at(-1));
  const share = (t - times[next - 1]) / (times[next] - times[next - 1]);
  return logarithms[next - 1] + share * (logarithms[next] - logarithms[next - 1]);
}

/** A bound in the units of the picture: L_N − min L_N, or ‖W − W*‖. */
const heightOf = (finding, t, minimum) => (finding.on === "gap"
  ? minimum.learnableLoss * Math.exp(logarithm(finding.curve, t))
  : minimum.minimiserNorm * Math.exp(logarithm(finding.curve, t) / 2));

// Each singular value has the colour of its number, in every picture of the program.
export const direction = (i) => `σ${[...String(i + 1)].map((c) => "₀₁₂₃₄₅₆₇₈₉"[c]).join("")}`;

/** Whether a curve still belongs into the picture: one that grows beyond all numbers would leave no room for the others. */
const isInside = (run, y, most) => run.result.termination?.kind !== "diverged" || !(y > most);

/** The iterates of descent up to where the picture ends: at the flow's last time on a linear axis, and before those that left it. */
function shownIterates(run, flow, timeScale) {
  const { trajectory } = run.result;
  const end = timeScale === "linear" && flow.trajectory.times.length > 1 ? flow.trajectory.times.at(-1) : Infinity;
  const sizes = trajectory.singularValues.map((values) => values[0] ?? 0);
  const room = 10 * Math.max(flow.trajectory.singularValues[0]?.[0] ?? 0, flow.globalMinimum.minimiserSingularValues[0] ?? 0);
  const outside = trajectory.times.findIndex((t, i) => t > end || !Number.isFinite(sizes[i]) || !isInside(run, sizes[i], room));
  return outside < 0 ? trajectory.times.length : outside;
}

/** Descent as a run among the others, up to where the picture ends. */
export function descentRun(answer, flow, timeScale) {
  const run = { label: "descent", isDescent: true, result: { ...answer, certificate: answer.descent.promise.certificate } };
  const count = shownIterates(run, flow, timeScale);
  run.result.trajectory = Object.fromEntries(Object.entries(answer.trajectory).map(([key, values]) => [key, values.slice(0, Math.max(1, count))]));
  return run;
}

/** The sharpness along the steps, and 2/η. */
export function sharpnessRows(run, timeScale) {
  const { sharpness } = run.result.descent;
  const last = run.result.trajectory.times.at(-1);
  const count = sharpness.times.findLastIndex((t) => t <= last) + 1;
  return ["λ_max", "2/η"].flatMap((quantity, i) => sharpness.times.slice(0, count).map((x, k) => (
    { run: run.label, hue: run.label, strength: 1, quantity, series: quantity, x, y: i ? sharpness.limit : sharpness.values[k] })))
    .filter(({ x, y }) => positive(x, timeScale) && typeof y === "number");
}

/** The rows of one run for a picture. */
export function rowsOf(name, run, timeScale, isMain) {
  const { trajectory, certificate, globalMinimum, target } = run.result;
  const { times } = trajectory;
  const rows = [];
  const curve = (quantity, xs, ys, series, logarithmic, hue = run.label) => {
    xs.forEach((x, i) => {
      const y = ys[i];
      if (positive(x, timeScale) && typeof y === "number" && (!logarithmic || y > 1e-300)) {
        rows.push({ run: run.label, hue, strength: isMain || hue === run.label ? 1 : 0.4, quantity, series: `${run.label} ${series}`, x, y });
      }
    });
  };
  const isRankOne = run.result.problem.whitened && run.result.problem.bottleneck === 1;
  if (name === "convergence") {
    curve(isRankOne ? "‖W − Z₁‖" : "‖W − W*‖", times, trajectory.distanceToTarget, "distance", true);
    if (isMain || run.isDescent) curve("loss gap", times, trajectory.gap, "gap", true);
    if (isMain) {
      for (const finding of certificate.theorems.filter((f) => f.curve)) {
        // Before a run there are no times yet: the promise is drawn to its last accuracy.
        const last = Math.max(0, ...finding.timeToAccuracy.map((row) => row.bound ?? 0));
        const grid = times.length > 1 ? times : Array.from({ length: 200 }, (_, i) => last * 10 ** (i / 40 - 5 + 1 / 40));
        const inside = grid.filter((t) => t >= finding.from);
        curve(`bound ${finding.id}`, inside, inside.map((t) => heightOf(finding, t, globalMinimum)), finding.id, true);
      }
    }
  } else if (name === "values") {
    const count = Math.min(trajectory.singularValues[0]?.length ?? 0, 12);
    for (let i = 0; i < count; i++) curve("σ(W)", times, trajectory.singularValues.map((values) => values[i]), `σ${i}`, false, direction(i));
    if (isMain) {
      const ends = [times.find((t) => positive(t, timeScale)), times.at(-1)];
      globalMinimum.minimiserSingularValues.slice(0, count).forEach((σ, i) => curve("σ(W*)", ends, [σ, σ], `target ${i}`, false, direction(i)));
    }
  } else {
    curve("cos(W, W*)", times, trajectory.alignment, "alignment");
    const sZ = target.singularValues[0];
    if (isMain && isRankOne && sZ > 0 && Math.max(...trajectory.singularValues.map((v) => v[0] ?? 0)) <= 3 * sZ) {
      curve("s/s_Z", times, trajectory.singularValues.map((values) => values[0] / sZ), "size");
    }
  }
  return rows;
}

dark.addEventListener("change", () => dispatchEvent(new Event("themechange")));
