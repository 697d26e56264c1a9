// From the knobs to the pictures: a change of the state asks the server, the latest answer is shown.

import "/vendor/vega.js";
import * as api from "./api.js";
import { Chart, descentRun, rowsOf, sharpnessRows } from "./charts.js";
import { exercises, stateOfExercise } from "./exercises.js";
import { build } from "./knobs.js";
import { said, written } from "./numbers.js";
import { observedRows, offerObservables, recordedByRuns } from "./observables.js";
import { PhasePortrait } from "./phase.js";
import { presets, stateOf } from "./presets.js";
import { offer, pngOf } from "./saving.js";
import { fromHash, takesSteps, toCommand, toDescentRequest, toHash, toRequest } from "./state.js";
import { reasons, stepWords, subject } from "./story.js";
import { Words } from "./words.js";

const $ = (id) => document.getElementById(id);

let state = fromHash(location.hash);
let upload = null;      // {name, file, columns, mends, problem, key} of a dropped table: `problem` is that of the choice `key`
let shown = null;       // {main, others}: what the pictures show
let beside = null;      // the server's answer on gradient descent beside the flow that is shown
let stepKnown = null;   // {step, limit}: where its step stands, the last that was heard
let pins = [];          // [{label, result}]
let cursor = 0;         // index of the moment
let running = null;     // {controller, id} of a stepping run
let playing = null;

const charts = ["convergence", "values", "alignment", "sharpness"].map((name) => new Chart(name, $(name)));
const phase = new PhasePortrait($("phase"), { onStart: (c, q) => change({ start: "angle", degrees: Number((Math.acos(c) * 180 / Math.PI).toFixed(1)), norm: round(q, 3) }) });
const words = new Words($("words"), $("formula"));
let references = new Map();
api.references().then((list) => {
  words.define(list);
  references = new Map(list.map((reference) => [reference.label, reference]));
  explain();
});
const round = (x, digits) => Number(x.toPrecision(digits));
const number = (x, digits = 4) => written(x, digits);

// --- State -----------------------------------------------------------------------------------------------------------

let showKnobs = () => {};
let tables = [];

function change(patch, { keepWords = false } = {}) {
  state = { ...state, ...patch };
  if (!keepWords) $("preset-words").textContent = "";
  stateChanged();
}

function stateChanged() {
  // Until the answer is there, what is shown belongs to other settings.
  document.documentElement.dataset.stale = "";
  if (takesSteps(state)) document.documentElement.dataset.staleSteps = "";
  showKnobs(state, columns(), stepKnown);
  toAddress();
  stopRun();
  refresh({ wanted: state, keepsRun: false });
}

function toAddress() {
  const hash = toHash(state);
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname);
}

/** Shows another observable. A stepped run has recorded all of them and is kept; what is answered at once is asked for anew. */
function observe(choice) {
  const marks = document.documentElement.dataset;
  if ($("running").hidden || "stale" in marks) return change({ observe: choice }, { keepWords: true });
  state = { ...state, observe: choice };
  toAddress();
  marks.shown = toHash(state);
  draw();
  if (takesSteps(state)) marks.staleSteps = "";
  refresh({ wanted: state, keepsRun: true });
}

const showObservables = offerObservables($("values-figure"), observe);

const columns = () => (state.data === "upload" ? upload?.columns ?? [] : tables.find((t) => t.name === state.table)?.columns ?? []);

addEventListener("hashchange", () => {
  state = fromHash(location.hash);
  stateChanged();
});

/** What is known before a run, in the form of a result. */
const beforeRun = (promise) => ({ ...promise, method: { name: promise.method, reason: promise.reason }, observations: [], plateaus: [] });

// --- Answers ---------------------------------------------------------------------------------------------------------

const refresh = api.latest(async ({ wanted, keepsRun }, signal) => {
  if (keepsRun) return void await showDescent(descend(wanted, signal), wanted, signal);
  let steps = null;
  try {
    if (wanted.data === "upload" && !(await prepared(wanted, signal))) return;
    steps = descend(wanted, signal);
    const depths = [...new Set(wanted.compare.map(Math.round))].filter((N) => N !== wanted.depth && N >= 1 && N <= 1000).slice(0, 6);
    const answers = await Promise.all([wanted.depth, ...depths].map((depth) =>
      api.solve(toRequest({ ...wanted, depth }, upload), signal)));
    // Both at once, unless the steps take longer than the eye.
    const early = await Promise.race([steps, new Promise((go) => { setTimeout(go, 150, null); })]);
    if (signal.aborted) return;
    say("");
    $("running").hidden = true;
    show(answers.map((result, i) => ({ label: `N = ${[wanted.depth, ...depths][i]}`, result })), wanted, early);
    if (!early) await showDescent(steps, wanted, signal);
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) throw error;
    if (error.kind === "needsRun") {
      say("");
      // What was shown belonged to other settings: the certificate and the start are those of now.
      show([{ label: `N = ${wanted.depth}`, result: beforeRun(error.promise) }], wanted, null);
      offerRun(error.message);
      await showDescent(steps, wanted, signal);
    } else {
      $("running").hidden = true;
      showNothing(error.kind ? error.message : "The lab's server does not answer. Is linnet lab still running?");
    }
  }
});

/** The answer on gradient descent beside the flow, {answer} or {refusal}; null where none is asked for. */
async function descend(wanted, signal) {
  if (!takesSteps(wanted)) return null;
  try {
    return { answer: await api.descend(toDescentRequest(wanted, upload), signal) };
  } catch (error) {
    // What was given up is not shown; what was refused is said.
    return { refusal: error.kind ? error.message : "The lab's server does not answer." };
  }
}

/** Shows gradient descent beside the flow of a state, if it is still the one that is set. */
async function showDescent(steps, wanted, signal) {
  const outcome = await steps;
  if (!outcome || signal.aborted || !shown) return;
  setDescent(outcome, wanted);
  words.show(shown[0].result, beside);
  draw();
}

/** Takes an answer on gradient descent; null where there is none, or none yet. */
function setDescent(outcome, wanted) {
  const marks = document.documentElement.dataset;
  const isAwaited = !outcome && shown && takesSteps(wanted);
  beside = outcome?.answer ?? null;
  // The slider keeps its place while somebody drags it.
  if (!isAwaited) stepKnown = beside && { step: beside.descent.promise.step, limit: beside.descent.promise.stability.limit };
  $("descent-words").textContent = beside ? stepWords(beside) : isAwaited ? "Gradient descent takes its steps …" : outcome?.refusal ?? "";
  $("descent-words").hidden = !outcome && !isAwaited;
  if (outcome) marks.steps = toHash(wanted);
  else delete marks.steps;
  if (!isAwaited && toHash(wanted) === toHash(state)) delete marks.staleSteps;
  showKnobs(state, columns(), stepKnown);
}

/** Whether the dropped table is prepared as it is wanted; says what is missing where it cannot be. */
async function prepared(wanted, signal) {
  if (!upload) {
    showNothing("Drop a CSV table on the page, or choose a file: one sample a row, names in the first line.");
    return false;
  }
  if (!wanted.targets.length) {
    showNothing("Choose the columns to predict.");
    return false;
  }
  const choice = { targets: wanted.targets, drop: wanted.drop, prepare: wanted.prepare, mends: upload.mends };
  const key = JSON.stringify(choice);
  if (upload.key === key) return true;
  const mine = upload;
  $("table-notices").textContent = "";
  const answer = await api.upload(mine.file, choice, signal);
  if (upload !== mine || signal.aborted) return false;
  upload = { ...mine, problem: answer.problem, key };
  $("table-notices").textContent = answer.notices.map((notice) => `${notice}.`).join(" ");
  return true;
}

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

/** Takes away what belongs to other settings, and says why there is nothing. */
function showNothing(text) {
  pause();
  shown = null;
  setDescent(null, state);
  $("first").hidden = $("shown").hidden = true;
  $("subject").textContent = document.querySelector(".conclusion").textContent = $("moment").textContent = "";
  $("reasons").replaceChildren();
  words.clear();
  phase.clear();
  delete document.documentElement.dataset.shown;
  delete document.documentElement.dataset.stale;
  say(text);
}

/** The theorem behind the sentence. */
function explain() {
  if (shown) $("reasons").replaceChildren(...reasons(shown[0].result.certificate, references));
}

/** Shows runs that answer for a state; `steps` is what is known of gradient descent beside them, undefined to keep what there is. */
function show(runs, wanted, steps) {
  shown = runs;
  if (steps !== undefined) setDescent(steps, wanted);
  $("first").hidden = $("shown").hidden = false;
  $("subject").textContent = subject(wanted);
  document.querySelector(".conclusion").textContent = said(runs[0].result.certificate.conclusion);
  explain();
  const count = runs[0].result.trajectory.times.length;
  cursor = Math.min(cursor, count - 1);
  $("cursor").max = count - 1;
  words.show(runs[0].result, beside);
  draw();
  document.documentElement.dataset.shown = toHash(wanted);
  if (toHash(wanted) === toHash(state)) delete document.documentElement.dataset.stale;
}

/** The saddle near a plateau, by the singular directions that W keeps there. */
const saddleOf = (kept) => {
  if (!kept.length) return "W = 0";
  const isRun = kept.length > 1 && kept.at(-1) - kept[0] === kept.length - 1;
  return `keeps ${isRun ? `${kept[0]}–${kept.at(-1)}` : kept.join(", ")}`;
};

const allRuns = () => [...shown, ...(beside ? [descentRun(beside, shown[0].result, state.axis)] : []), ...pins];

function draw() {
  if (!shown) return;
  const runs = allRuns();
  const { result } = shown[0];
  const tau = result.turningTime;
  const last = result.trajectory.times.at(-1);
  const marks = [
    ...(tau > 0 && tau <= last ? [{ x: tau, label: "τ" }] : []),
    ...(result.certainty?.time > 0 ? [{ x: result.certainty.time, label: "certain" }] : []),
  ];
  const bands = (result.plateaus ?? []).map((p) => ({ x: p.start, x2: p.end, label: saddleOf(p.level.kept) }));
  $("convergence-words").textContent = bands.length ? "Shaded: plateaus, by the saddles near: the singular directions that W keeps there." : "";
  const order = runs.map((run) => run.label);
  const steps = runs.find((run) => run.isDescent && run.result.descent.sharpness);
  $("sharpness-figure").hidden = !steps;
  showObservables(state, runs);
  for (const chart of charts) {
    if (chart.name === "sharpness" && !steps) continue;
    const picture = chart.name === "values" ? state.observe : chart.name;
    const rows = picture === chart.name ? rowsOf : observedRows;
    chart.show({
      order, picture,
      curves: chart.name === "sharpness" ? sharpnessRows(steps, state.axis) : runs.flatMap((run, i) => rows(picture, run, state.axis, i === 0)),
      marks: chart.name === "convergence" ? marks : [], bands: chart.name === "convergence" ? bands : [], cursor: moment(), timeScale: state.axis,
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
  const wanted = state;
  const label = `N = ${wanted.depth}`;
  const partial = { times: [], gap: [], loss: [], alignment: [], distanceToTarget: [], singularValues: [] };
  let promise = null;
  $("run-start").hidden = true;
  $("run-stop").hidden = false;
  $("running-words").textContent = "Starting …";
  try {
    await api.stream({ ...toRequest(wanted, upload), record: recordedByRuns(wanted) }, controller.signal, (event) => {
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
        if (partial.times.length > 1) show([{ label, result: { ...beforeRun(promise), trajectory: partial, isPartial: true } }], { ...wanted, observe: state.observe });
      } else if (event.event === "result") {
        $("running-words").textContent = event.result.termination.description;
        show([{ label, result: event.result }], { ...wanted, observe: state.observe });
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
    const { columns } = await api.upload(file);
    upload = { name: file.name, file, columns, mends: $("mends").checked, problem: null, key: null };
    change({ data: "upload", targets: columns.slice(-1), drop: [] });
  } catch (error) {
    // The knobs still say what they said; without a table there is nothing behind them.
    upload = null;
    if (state.data === "upload") showNothing(error.message);
    else say(error.message);
  }
}

/** The table again, with or without words coded and gaps left out. */
function mended(mends) {
  if (!upload) return;
  upload = { ...upload, mends, problem: null, key: null };
  stateChanged();
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
    $("examples").open = false;
    $("exercise").hidden = true;
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}));

// --- Exercises -------------------------------------------------------------------------------------------------------

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

/** The question of an exercise, with what it begins with set. */
function pose(exercise) {
  const form = element("form", { className: "questions" });
  for (const question of exercise.questions) {
    if (question.kind === "knobs") {
      form.append(element("p", {}, question.label));
      continue;
    }
    const id = `question-${question.key}`;
    const input = question.kind === "number"
      ? element("input", { id, type: "number", step: "any", name: question.key })
      : element("select", { id, name: question.key }, element("option", { value: "" }, "choose"),
        ...Object.entries(question.options).map(([value, text]) => element("option", { value }, text)));
    form.append(element("p", {}, element("label", { htmlFor: id }, question.label), " ", input));
  }
  const verdict = element("p", { id: "exercise-verdict" });
  verdict.setAttribute("role", "status");
  form.append(element("button", { type: "submit", textContent: "Check" }), " ",
    element("button", { type: "button", id: "exercise-again", textContent: "Begin again", onclick: begin }), " ",
    element("button", { type: "button", id: "exercise-close", textContent: "Close", onclick: () => { $("exercise").hidden = true; } }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = {};
    for (const { key, kind } of exercise.questions) if (kind !== "knobs") given[key] = kind === "number" ? form.elements[key].valueAsNumber : form.elements[key].value;
    // An answer is checked against what is shown, and that must be what is set.
    const isSettled = shown && document.documentElement.dataset.shown === toHash(state);
    const { right, words: said } = isSettled ? exercise.check({ runs: shown, state, given }) : { right: false, words: "Wait until the pictures are there, then check again." };
    verdict.className = right ? "right" : "wrong";
    verdict.textContent = `${right ? "✓" : "✗"} ${said}`;
  });
  function begin() {
    cursor = 0;
    verdict.textContent = "";
    runsByItself = exercise.state.method === "euler";
    if (exercise.opensKnobs) $("more-knobs").open = true;
    change(stateOfExercise(exercise));
  }
  $("exercise").replaceChildren(element("h2", { tabIndex: -1 }, exercise.name), element("p", {}, exercise.words), form, verdict);
  $("exercise").hidden = false;
  $("exercises").open = false;
  begin();
  $("exercise").querySelector("h2").focus();
}

$("exercise-list").append(...exercises.map((exercise) => {
  const button = element("button", { type: "button", textContent: exercise.name, onclick: () => pose(exercise) });
  button.dataset.exercise = exercise.id;
  return element("li", {}, button);
}));

let resized;
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(draw, 150); });
addEventListener("themechange", draw);

tables = await api.tables().catch(() => []);
showKnobs = build($("knobs"), { tables, change, dropped: take, mended });
if (!location.hash) {
  $("preset-words").textContent = presets[0].words;
  state = stateOf(presets[0]);
}
stateChanged();
