// Guided exercises: a setting, a question, and a check of the answer by what the pictures show. No answer is written down here.

import { defaults } from "./state.js";
import { written } from "./numbers.js";

/** The first time at which a curve passes a value, between two records by the line through them; null if it never does. */
function passage(times, values, goal, falling) {
  const past = (x) => (falling ? x <= goal : x >= goal);
  const i = values.findIndex(past);
  if (i < 0) return null;
  if (i === 0) return times[0];
  const scale = falling ? Math.log : (x) => x;
  const share = (scale(goal) - scale(values[i - 1])) / (scale(values[i]) - scale(values[i - 1]));
  return times[i - 1] + share * (times[i] - times[i - 1]);
}

/** A curve at a time. */
function at(times, values, t) {
  const i = times.findIndex((x) => x >= t);
  if (i < 0) return values.at(-1);
  if (i === 0) return values[0];
  return values[i - 1] + (values[i] - values[i - 1]) * (t - times[i - 1]) / (times[i] - times[i - 1]);
}

const bestOf = (result) => result.certificate.theorems.find((f) => f.id === result.certificate.best);
const promises = (result) => result.certificate.theorems.some((f) => f.applies && f.limit === "globalMinimiser" && f.strength === "certain");
const isTurned = (state) => state.data === "random" && state.outputs === 1 && state.start === "angle";

/**
 * Each has the state that it starts from, the questions, and `check`, which gets {runs, state, given}: runs as they are shown, the first of them
 * the one of the knobs, and what was given to each question. It answers {right, words}.
 */
export const exercises = [
  {
    id: "saddle-to-saddle", name: "Saddle to saddle",
    words: "A small start learns one direction after the other, and waits in between near a saddle. Look at the singular values, and move the time slider.",
    state: { data: "spectrum", values: [3, 2, 1], inputs: 6, outputs: 5, samples: 50, rank: 3, depth: 2, start: "aligned", norm: 1e-4, axis: "linear" },
    questions: [{ key: "time", kind: "number", label: "At which time t is σ₂(W) half of its dashed line?" }],
    check({ runs, given }) {
      const { trajectory, globalMinimum } = runs[0].result;
      const { samples } = runs[0].result.problem;
      const goal = globalMinimum.minimiserSingularValues[1] / 2;
      if (!(goal > 0)) return { right: false, words: "This network has no second direction to learn: begin the exercise again." };
      const values = trajectory.singularValues.map((σ) => σ[1] ?? 0);
      const t = passage(trajectory.times, values, goal, false);
      if (t === null) return { right: false, words: "In this run σ₂ does not get there: begin the exercise again." };
      if (Number.isFinite(given.time) && Math.abs(given.time - t) <= 0.05 * t) {
        return { right: true, words: `Yes, at t = ${written(t)}. Until then the network had learnt one direction only, and stood near the saddle that keeps it. Make the start ten times smaller: with two layers this adds about ln 10/(2mσ₂) = ${written(Math.LN10 / (4 * samples * goal))} to the time, however small it was before.` };
      }
      if (!Number.isFinite(given.time)) return { right: false, words: "Give the time as a number." };
      return { right: false, words: `Not yet: at t = ${written(given.time)} it is ${written(at(trajectory.times, values, given.time))}, and half of its dashed line is ${written(goal)}.` };
    },
  },
  {
    id: "depth", name: "Depth helps far, hurts near",
    words: "Two networks, 2 and 10 layers deep, start ten times too large. Compare their distances to the target, which here is shorter than one: ‖Z‖ < 1.",
    state: { data: "random", depth: 2, degrees: 30, norm: 10, compare: [10] },
    questions: [
      { key: "far", kind: "choice", label: "Which is first at a tenth of the distance at the start?", options: { 2: "N = 2", 10: "N = 10" } },
      { key: "near", kind: "choice", label: "Which is first at a millionth of it?", options: { 2: "N = 2", 10: "N = 10" } },
    ],
    check({ runs, given }) {
      const depths = runs.map((run) => run.result.problem.depth);
      if (!(depths.includes(2) && depths.includes(10))) return { right: false, words: "Both depths must be shown: begin the exercise again." };
      const first = (share) => {
        const times = [2, 10].map((depth) => {
          const { trajectory } = runs[depths.indexOf(depth)].result;
          return passage(trajectory.times, trajectory.distanceToTarget, share * trajectory.distanceToTarget[0], true) ?? Infinity;
        });
        return { depth: times[0] <= times[1] ? "2" : "10", times };
      };
      const [far, near] = [first(0.1), first(1e-6)];
      const right = { far: given.far === far.depth, near: given.near === near.depth };
      if (right.far && right.near) {
        return { right: true, words: `Yes: a tenth is reached at t = ${written(far.times[0])} by 2 layers and at ${written(far.times[1])} by 10, a millionth at ${written(near.times[0])} and ${written(near.times[1])}. Far away the speed grows like s^(2−2/N) with the size s, near the target like s_Z^(2−2/N): what helps where s > 1 hurts where s_Z < 1.` };
      }
      const wrong = [right.far ? "" : "the first", right.near ? "" : "the second"].filter(Boolean).join(" and ");
      return { right: false, words: `Not ${wrong}: move the pointer along the two solid curves of the convergence and compare the times.` };
    },
  },
  {
    id: "basin", name: "A basin's edge",
    words: "One output, three layers, a start as large as the target. The stable set of Theorem 3.8 ends at some angle, and yet the flow arrives from beyond it. How far does the basin itself reach?",
    state: { data: "random", depth: 3, degrees: 60, norm: 1 },
    questions: [{ key: "none", kind: "knobs", label: "Turn the angle until no theorem promises the target for exactly this start, then check." }],
    check({ runs, state }) {
      const { result } = runs[0];
      if (!isTurned(state)) return { right: false, words: "Turn only the angle: begin the exercise again." };
      if (promises(result)) return { right: false, words: `Not yet: at ${written(state.degrees, 4)}° ${bestOf(result).id} still promises it.` };
      return { right: true, words: `Yes: at ${written(state.degrees, 4)}°, and there alone. The start points exactly away from the target, p₁ = 0, and the size shrinks for ever. Half a degree less is enough; only the wait is long.` };
    },
  },
  {
    id: "sharp", name: "A promise that is sharp",
    words: "The first promise is cautious: the network is at 10⁻⁶ in less than a third of the time that is promised. Promises before the run can be nearly exact.",
    state: { data: "random", depth: 3, degrees: 30, norm: 10 },
    questions: [{ key: "none", kind: "knobs", label: "With two layers or more, find a start that needs nine tenths of the promised time at least, then check." }],
    check({ runs, state }) {
      const { result } = runs[0];
      if (result.problem.depth < 2) return { right: false, words: "A single layer is a linear equation, and its promise the solution. Take two layers or more." };
      const observation = result.observations.find((o) => o.id === result.certificate.best);
      const row = observation?.timeToAccuracy.find((r) => Math.abs(Math.log10(r.accuracy) + 6) < 1e-9);
      if (!row || row.promised === null || row.observed === null) return { right: false, words: "Here no theorem promises a time to 10⁻⁶ that the run shows." };
      const share = row.observed / row.promised;
      const said = `promised by ${observation.id}: t = ${written(row.promised)}; needed: ${written(row.observed)}, which is ${written(100 * share)} %`;
      return share >= 0.9
        ? { right: true, words: `Yes, ${said}. Close to the target the promised rate is the exact one: what remains is lost on the way there.` }
        : { right: false, words: `Not yet, ${said}. Where is the rate of the promise the rate of the end?` };
    },
  },
];

export const stateOfExercise = (exercise) => ({ ...defaults, ...exercise.state });
