// From the knobs to the pictures: a change of the state asks the server, the latest answer is shown.

import "/vendor/vega.js";
import * as api from "./api.js";
import { Chart, rowsOf } from "./charts.js";
import { build } from "./knobs.js";
import { PhasePortrait } from "./phase.js";
import { presets, stateOf } from "./presets.js";
import { offer, pngOf } from "./saving.js";
import { fromHash, toCommand, toHash, toRequest } from "./state.js";
import { Words } from "./words.js";

const $ = (id) => document.getElementById(id);

let state = fromHash(location.hash);
let upload = null;      // {name, file, columns, problem} of a dropped table
let shown = null;       // {main, others}: what the pictures show
let pins = [];          // [{label, result}]
let cursor = 0;         // index of the moment
let running = null;     // {controller, id} of a stepping run
let playing = null;

const charts = ["convergence", "values", "alignment"].map((name) => new Chart(name, $(name)));
const phase = new PhasePortrait($("phase"), { onStart: (c, q) => change({ start: "angle", degrees: round(Math.acos(c) * 180 / Math.PI, 5), norm: round(q, 4) }) });
const words = new Words($("words"), $("formula"));
api.references().then((references) => words.define(references));
const round = (x, digits) => Number(x.toPrecision(digits));
const number = (x, digits = 4) => (typeof x === "number" ? String(round(x, digits)) : x ?? "–");

// --- State -----------------------------------------------------------------------------------------------------------

let showKnobs = () => {};
let tables = [];

function change(patch, { keepWords = false } = {}) {
  state = { ...state, ...patch };
  if (!keepWords) $("preset-words").textContent = "";
  stateChanged();
  if (state.data === "upload" && ("targets" in patch || "prepare" in patch)) prepareUpload();
}

function stateChanged() {
  showKnobs(state, columns());
  const hash = toHash(state);
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname);
  stopRun();
  refresh(state);
}

const columns = () => (state.data === "upload" ? upload?.columns ?? [] : tables.find((t) => t.name === state.table)?.columns ?? []);

addEventListener("hashchange", () => {
  state = fromHash(location.hash);
  stateChanged();
});

/** What is known before a run, in the form of a result. */
const beforeRun = (promise) => ({ ...promise, method: { name: promise.method, reason: promise.reason }, observations: [], plateaus: [] });

// --- Answers ---------------------------------------------------------------------------------------------------------

const refresh = api.latest(async (wanted, signal) => {
  if (wanted.data === "upload" && !upload?.problem) {
    say(upload ? "Choose the columns to predict." : "Drop a CSV table on the page, or choose a file: one sample a row, names in the first line.");
    return;
  }
  const request = toRequest(wanted, upload);
  const depths = [...new Set(wanted.compare.map(Math.round))].filter((N) => N !== wanted.depth && N >= 1 && N <= 1000).slice(0, 6);
  try {
    const answers = await Promise.all([wanted.depth, ...depths].map((depth) =>
      api.solve({ ...request, network: { ...request.network, depth } }, signal)));
    if (signal.aborted) return;
    say("");
    $("running").hidden = true;
    show(answers.map((result, i) => ({ label: `N = ${[wanted.depth, ...depths][i]}`, result })));
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) throw error;
    if (error.kind === "needsRun") {
      say("");
      // What was shown belonged to other settings: the certificate and the start are those of now.
      show([{ label: `N = ${wanted.depth}`, result: beforeRun(error.promise) }]);
      offerRun(error.message);
    } else {
      $("running").hidden = true;
      say(error.kind ? error.message : "The lab's server does not answer. Is linnet lab still running?");
    }
  }
});

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

function show(runs) {
  shown = runs;
  const count = runs[0].result.trajectory.times.length;
  cursor = Math.min(cursor, count - 1);
  $("cursor").max = count - 1;
  words.show(runs[0].result);
  draw();
  document.documentElement.dataset.shown = toHash(state);
}

const allRuns = () => [...shown, ...pins];

function draw() {
  if (!shown) return;
  const runs = allRuns();
  const { result } = shown[0];
  const tau = result.turningTime;
  const last = result.trajectory.times.at(-1);
  const marks = [
    ...(tau > 0 && tau <= last ? [{ x: tau, label: "τ" }] : []),
    ...(result.certainty?.time > 0 ? [{ x: result.certainty.time, label: "certain" }] : []),
    ...(result.plateaus ?? []).map((p) => ({ x: p.start, label: "plateau" })),
  ];
  for (const chart of charts) {
    chart.show({
      curves: runs.flatMap((run, i) => rowsOf(chart.name, run, state.axis, i === 0)),
      marks: chart.name === "convergence" ? marks : [], cursor: moment(), timeScale: state.axis,
    });
  }
  phase.show(runs, cursor);
  const { problem } = result;
  $("phase-words").textContent = !phase.isClickable
    ? "A projection: alignment and largest singular value of W(t). Field and regions are those of rank one on whitened data."
    : Math.min(problem.inputs, problem.outputs) === 1
      ? "Exact: with a scalar output the motion is two-dimensional. Click or drag to start anywhere."
      : "A projection: with several outputs the motion has more dimensions. Click or drag to start anywhere; the arrows are those of such starts.";
  showMoment();
}

// --- Time ------------------------------------------------------------------------------------------------------------

const moment = () => {
  const t = shown?.[0].result.trajectory.times[cursor];
  return t === undefined || (state.axis === "log" && t <= 0) ? null : t;
};

function showMoment() {
  const { trajectory } = shown[0].result;
  $("cursor").value = cursor;
  const text = `t = ${number(trajectory.times[cursor])}, distance ${number(trajectory.distanceToTarget[cursor], 3)}, gap ${number(trajectory.gap[cursor], 3)}, σ₁ ${number(trajectory.singularValues[cursor]?.[0], 3)}, cos(W, W*) ${number(trajectory.alignment[cursor], 4)}`;
  $("moment").textContent = text;
  $("cursor").setAttribute("aria-valuetext", text);
}

function moveCursor(index) {
  cursor = index;
  showMoment();
  charts.forEach((chart) => chart.moveCursor(moment()));
  phase.moveCursor(cursor);
}

$("cursor").addEventListener("input", () => { if (shown) moveCursor(Number($("cursor").value)); });
$("play").addEventListener("click", () => (playing ? pause() : play()));

function play() {
  if (!shown) return;
  $("play").textContent = "❚❚ Pause";
  $("play").setAttribute("aria-pressed", "true");
  const begun = performance.now();
  const last = () => shown[0].result.trajectory.times.length - 1;
  const first = cursor >= last() ? 0 : cursor;
  const frame = (now) => {
    const index = Math.round(first + (now - begun) / 6000 * last());
    moveCursor(Math.min(index, last()));
    if (index >= last()) pause();
    else playing = requestAnimationFrame(frame);
  };
  playing = requestAnimationFrame(frame);
}

function pause() {
  cancelAnimationFrame(playing);
  playing = null;
  $("play").textContent = "▶ Play";
  $("play").setAttribute("aria-pressed", "false");
}

// --- Stepping runs ---------------------------------------------------------------------------------------------------

function offerRun(reason) {
  $("running").hidden = false;
  $("running-words").textContent = reason;
  $("run-start").hidden = false;
  $("run-stop").hidden = true;
  if (runsByItself) {
    runsByItself = false;
    startRun();
  }
}

let runsByItself = false;

async function startRun() {
  const controller = new AbortController();
  const mine = { controller, id: null };
  running = mine;
  const label = `N = ${state.depth}`;
  const partial = { times: [], gap: [], loss: [], alignment: [], distanceToTarget: [], singularValues: [] };
  let promise = null;
  $("run-start").hidden = true;
  $("run-stop").hidden = false;
  $("running-words").textContent = "Starting …";
  try {
    await api.stream(toRequest(state, upload), controller.signal, (event) => {
      if (running !== mine) return;
      if (event.event === "queued") {
        mine.id = event.id;
        if (event.ahead) $("running-words").textContent = `Waiting for ${event.ahead} other run${event.ahead > 1 ? "s" : ""} …`;
      } else if (event.event === "started") {
        ({ promise } = event);
        $("running-words").textContent = "Running …";
      } else if (event.event === "progress") {
        partial.times.push(event.time);
        partial.gap.push(event.lossGap);
        partial.alignment.push(event.alignment);
        $("running-words").textContent = `t = ${number(event.time)}, gap ${number(event.lossGap, 3)}, ${number(event.secondsUsed, 3)} s` + (event.secondsLeft ? `, ${number(event.secondsLeft[0], 2)} to ${number(event.secondsLeft[1], 2)} s left` : "");
        if (partial.times.length > 1) show([{ label, result: { ...beforeRun(promise), trajectory: partial, isPartial: true } }]);
      } else if (event.event === "result") {
        $("running-words").textContent = event.result.termination.description;
        show([{ label, result: event.result }]);
        document.documentElement.dataset.run = event.result.termination.kind;
      } else if (event.event === "failed") {
        say(event.message);
      }
    });
  } catch (error) {
    if (error.name !== "AbortError") say(error.message);
  } finally {
    if (running === mine) {
      running = null;
      $("run-start").hidden = false;
      $("run-stop").hidden = true;
    }
  }
}

/** Gives up the run that is under way; closing the connection ends it on the server. */
function stopRun() {
  running?.controller.abort();
  running = null;
  delete document.documentElement.dataset.run;
}

$("run-start").addEventListener("click", startRun);
// Asks for what has been computed, which then arrives as the result.
$("run-stop").addEventListener("click", () => { if (running?.id) api.stop(running.id); });

// --- Tables ----------------------------------------------------------------------------------------------------------

async function take(file) {
  try {
    const { columns } = await api.upload(file, [], "whiten");
    upload = { name: file.name, file, columns, mends: $("mends").checked, problem: null };
    change({ data: "upload", targets: columns.slice(-1) });
  } catch (error) {
    say(error.message);
  }
}

async function prepareUpload() {
  const mine = upload;
  if (!mine) return;
  try {
    const answer = await api.upload(mine.file, state.targets, state.prepare, mine.mends);
    if (upload !== mine) return;
    upload = { ...mine, problem: answer.problem };
    $("table-notices").textContent = answer.notices.map((notice) => `${notice}.`).join(" ");
    refresh(state);
  } catch (error) {
    upload = { ...mine, problem: null };
    $("table-notices").textContent = "";
    say(error.message);
  }
}

/** The table again, with or without words coded and gaps left out. */
function mended(mends) {
  if (!upload) return;
  upload = { ...upload, mends, problem: null };
  prepareUpload();
}

let dragDepth = 0;
addEventListener("dragenter", (event) => { event.preventDefault(); dragDepth++; $("drop").hidden = false; });
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("dragleave", () => { if (--dragDepth <= 0) $("drop").hidden = true; });
addEventListener("drop", (event) => {
  event.preventDefault();
  dragDepth = 0;
  $("drop").hidden = true;
  if (event.dataTransfer?.files[0]) take(event.dataTransfer.files[0]);
});

// --- Pins, sharing, saving -------------------------------------------------------------------------------------------

$("pin").addEventListener("click", () => {
  if (!shown || pins.length >= 5) return;
  pins.push({ label: `pin ${pins.length + 1}: N = ${state.depth}, ${state.start === "angle" ? `${number(state.degrees)}°` : state.start}, size ${number(state.norm)}`, result: shown[0].result });
  pinsChanged();
});
$("unpin").addEventListener("click", () => { pins = []; pinsChanged(); });

function pinsChanged() {
  $("unpin").hidden = !pins.length;
  $("pin-list").replaceChildren(...pins.map((pin) => Object.assign(document.createElement("li"), { textContent: pin.label })));
  draw();
}

$("share").addEventListener("click", async () => {
  await navigator.clipboard?.writeText(location.href);
  $("share").textContent = "Address copied";
  setTimeout(() => { $("share").textContent = "Copy the address"; }, 2000);
});

function showCommand() {
  $("command").textContent = toCommand(state, upload);
  $("command-dialog").showModal();
}
$("command-copy").addEventListener("click", () => navigator.clipboard?.writeText($("command").textContent));

for (const chart of charts) {
  offer($(`${chart.name}-figure`), chart.name, {
    svg: () => chart.svg(), png: () => chart.png(), command: showCommand,
    rows: () => ({ data: chart.rows ?? [], columns: ["run", "quantity", "series", "x", "y"] }),
  });
}
offer($("phase-figure"), "phase-portrait", {
  svg: async () => phase.export(), png: () => pngOf(phase.export()), command: showCommand,
  rows: () => ({
    columns: ["run", "time", "alignment", "size"],
    data: allRuns().flatMap((run) => run.result.trajectory.times.map((time, i) => ({
      run: run.label, time, alignment: run.result.trajectory.alignment[i], size: run.result.trajectory.singularValues[i]?.[0] ?? "",
    }))),
  }),
});

// --- Beginning -------------------------------------------------------------------------------------------------------

$("presets").append(...presets.map((preset) => {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: preset.name });
  button.dataset.preset = preset.id;
  button.addEventListener("click", () => {
    cursor = 0;
    runsByItself = Boolean(preset.runs);
    change(stateOf(preset), { keepWords: true });
    $("preset-words").textContent = preset.words;
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}));

let resized;
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(draw, 150); });
addEventListener("themechange", draw);

// On a small screen the pictures come first.
if (matchMedia("(max-width: 52rem)").matches) $("knobs-panel").open = false;

tables = await api.tables().catch(() => []);
showKnobs = build($("knobs"), { tables, change, dropped: take, mended });
if (!location.hash) {
  $("preset-words").textContent = presets[0].words;
  state = stateOf(presets[0]);
}
stateChanged();
