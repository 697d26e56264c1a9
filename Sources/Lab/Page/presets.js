// One click each, with what to look at.

import { defaults } from "./state.js";

const small = { data: "spectrum", values: [3, 2, 1], inputs: 6, outputs: 5, samples: 50, rank: 3, norm: 1e-4 };

export const presets = [
  {
    id: "one", name: "One network",
    words: "Three layers, and a start ten times too large that points 30° beside the target. Turn the depth, the angle and the size, and read what is promised.",
    state: {},
  },
  {
    id: "figure1", name: "Figure 1 of the paper",
    words: "Far from the target the deeper networks are faster; near it, where ‖Z‖ < 1, they are slower. The curves cross between the two regimes.",
    state: { data: "random", depth: 3, degrees: 30, norm: 10, compare: [2, 5, 10], time: 0.1 },
  },
  {
    id: "staircase", name: "Staircase, N = 2",
    words: "From a small start aligned with the target the singular values are learnt one after the other, the largest first. Each waits on a plateau of the loss.",
    state: { ...small, depth: 2, start: "aligned", axis: "linear" },
  },
  {
    id: "deep-staircase", name: "Staircase, N = 4",
    words: "Deeper, the steps are steeper and the waits longer: a small singular value grows like a power, not like an exponential. Compare with N = 2.",
    state: { ...small, depth: 4, start: "aligned", norm: 1e-3, axis: "linear" },
  },
  {
    id: "outside", name: "Outside the stable set",
    words: "The start lies outside the stable set of Theorem 3.8, so that theorem is silent. Yet p₁ ≠ 0, so the flow converges to the target all the same (D5).",
    state: { data: "random", depth: 3, degrees: 150, norm: 1 },
  },
  {
    id: "boundary", name: "On the basin's boundary",
    words: "p₁ = 0 up to round-off: on the boundary of the basin itself the flow ends at the second singular pair, a strict saddle, and any change of the start leaves it. On which side these numbers lie cannot be told, and the certificate says so.",
    state: { data: "spectrum", values: [2, 1.2, 0.5], inputs: 6, outputs: 4, depth: 3, rank: 1, start: "singular", left: [1, 0.6, 0.2], right: [-1, 0.6, 0.2], norm: 0.5 },
  },
  {
    id: "origin", name: "The origin as a limit",
    words: "The start points away from a scalar target: p₁ = 0 up to round-off, and there is no other direction to turn to. The size shrinks for ever, like a power of the time.",
    state: { data: "random", depth: 3, degrees: 180, norm: 1 },
  },
  {
    id: "saddles", name: "Saddle to saddle, rank 3",
    words: "No closed form is known for a random start of rank 3 at depth 3, so it is stepped: the curves grow as it runs. It passes saddles of rank 0, 1 and 2 on its way.",
    state: { ...small, depth: 3, start: "random", norm: 1e-3, axis: "linear" }, runs: true,
  },
];

export const stateOf = (preset) => ({ ...defaults, ...preset.state });
