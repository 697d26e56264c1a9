// The plane of alignment c = (uᵀu_Z)(vᵀv_Z) and size s/s_Z: the flow's field, the stable sets, the basin's boundary, the stationary points, and the paths.
//
// For a scalar output (u = ±1) the motion is two-dimensional and this is the whole of it:
//   dc/dt = m s^{1−2/N} s_Z (1 − c²),   ds/dt = N m s^p (s_Z c − s).
// Otherwise it is a projection; the field is then that of starts with u_0 = u_Z, which is how a click starts.

import { colourOf } from "./charts.js";

const space = "http://www.w3.org/2000/svg";
const margin = { left: 58, right: 14, top: 12, bottom: 46 };

function node(name, attributes = {}, text) {
  const result = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) result.setAttribute(key, value);
  if (text !== undefined) result.textContent = text;
  return result;
}

// All sizes in one picture: 0 at the bottom, s_Z in the middle, ∞ at the top.
const squeezed = (q) => q / (1 + q);
const unsqueezed = (y) => y / (1 - y);

export class PhasePortrait {
  constructor(element, { onStart }) {
    this.element = element;
    this.key = Object.assign(document.createElement("ul"), { className: "key" });
    this.key.setAttribute("aria-label", "What the signs of the phase portrait mean");
    this.svg = node("svg", {
      tabindex: 0, role: "img",
      "aria-label": "Phase portrait of alignment and size. Arrow keys move the start.",
    });
    element.append(this.svg, this.key);
    this.onStart = onStart;
    this.start = { c: 1, q: 1 };
    this.svg.addEventListener("pointerdown", (event) => {
      this.svg.setPointerCapture(event.pointerId);
      this.#pointed(event);
    });
    this.svg.addEventListener("pointermove", (event) => { if (event.buttons) this.#pointed(event); });
    this.svg.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #pointed(event) {
    if (!this.isClickable) return;
    const box = this.svg.getBoundingClientRect();
    const x = (event.clientX - box.left - margin.left) / this.width;
    const y = 1 - (event.clientY - box.top - margin.top) / this.height;
    this.onStart(Math.min(1, Math.max(-1, 2 * x - 1)), unsqueezed(Math.min(0.99, Math.max(0.002, y))));
  }

  #pressed(event) {
    const [dx, dy] = { ArrowLeft: [-0.05, 0], ArrowRight: [0.05, 0], ArrowUp: [0, 0.03], ArrowDown: [0, -0.03] }[event.key] ?? [];
    if (dx === undefined || !this.isClickable) return;
    event.preventDefault();
    const y = Math.min(0.99, Math.max(0.002, squeezed(this.start.q) + dy));
    this.onStart(Math.min(1, Math.max(-1, this.start.c + dx)), unsqueezed(y));
  }

  #x(c) { return margin.left + this.width * (c + 1) / 2; }
  #y(q) { return margin.top + this.height * (1 - squeezed(q)); }

  /** Draws runs [{label, result}], the first of them with its regions. */
  show(runs, cursorIndex) {
    const total = Math.max(260, this.element.clientWidth);
    this.width = total - margin.left - margin.right;
    this.height = Math.round(Math.min(380, Math.max(220, 0.72 * this.width)));
    const full = this.height + margin.top + margin.bottom;
    this.svg.setAttribute("viewBox", `0 0 ${total} ${full}`);
    this.svg.setAttribute("width", total);
    this.svg.setAttribute("height", full);
    const { result } = runs[0];
    const { certificate, problem, target, trajectory } = result;
    const sZ = target.singularValues[0];
    const γ = target.spectralGapRatio ?? 0;
    this.isClickable = problem.whitened && problem.bottleneck === 1 && sZ > 0 && Math.max(problem.inputs, problem.outputs) > 1;
    const c0 = trajectory.alignment[0];
    this.start = { c: c0, q: (trajectory.singularValues[0]?.[0] ?? 0) / sZ };
    this.svg.replaceChildren(
      this.#definitions(), ...this.#regions(certificate, γ), this.#field(problem.depth), ...this.#axes(),
      ...this.#points(target.singularValues), ...runs.map((run, i) => this.#path(run, i, sZ)).reverse());
    this.#legend();
    this.cursor = node("circle", { class: "cursor", r: 5 });
    this.svg.append(this.cursor);
    this.path = { trajectory, sZ };
    this.moveCursor(cursorIndex);
  }

  /** A sample and a word for each sign that is drawn. */
  #legend() {
    const box = "M1 1H27V13H1Z";
    const signs = [
      [".region.stable", () => node("path", { d: box, class: "region stable" }), "stable set of Theorem 3.8, (28)"],
      [".region.rate", () => node("path", { d: box, class: "region rate" }), "where Theorem 4.4 bounds this start, (36)"],
      [".boundary", () => node("path", { d: "M14 0V14", class: "boundary" }), "the basin's edge, p₁ = 0"],
      [".origin", () => node("path", { d: "M1 7H27", class: "origin" }), "the origin, size 0"],
      [".saddle", () => node("path", { d: "M14 1L20 7L14 13L8 7Z", class: "saddle" }), "saddles: the other singular pairs"],
      [".target", () => node("path", { d: "M7 7H21M14 0V14M9 2L19 12M19 2L9 12", class: "target" }), "the target"],
      [".field path", () => node("path", { d: "M4 7H22", class: "flow", "marker-end": "url(#arrow)" }), "where the flow goes"],
      [".path circle", () => { const dot = node("g", { class: "path", style: `--run: ${colourOf(0)}` }); dot.append(node("circle", { cx: 14, cy: 7, r: 4.5 })); return dot; }, "the start"],
    ];
    this.key.replaceChildren(...signs.filter(([selector]) => this.svg.querySelector(selector)).map(([, draw, words]) => {
      const item = document.createElement("li");
      const sample = node("svg", { viewBox: "0 0 28 14", width: 28, height: 14, "aria-hidden": "true" });
      sample.append(draw());
      item.append(sample, words);
      return item;
    }));
  }

  /** Nothing is drawn where nothing is known. */
  clear() {
    this.svg.replaceChildren();
    this.key.replaceChildren();
    this.path = null;
    this.isClickable = false;
  }

  moveCursor(index) {
    if (!this.path) return;
    const { trajectory, sZ } = this.path;
    this.cursor.setAttribute("cx", this.#x(trajectory.alignment[index] ?? 0));
    this.cursor.setAttribute("cy", this.#y((trajectory.singularValues[index]?.[0] ?? 0) / sZ));
  }

  #definitions() {
    const definitions = node("defs");
    const pattern = (id, turn, gap) => {
      const result = node("pattern", { id, width: gap, height: gap, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})` });
      result.append(node("path", { d: `M0 0V${gap}`, class: `hatch ${id}` }));
      return result;
    };
    const arrow = node("marker", { id: "arrow", viewBox: "0 0 6 6", refX: 5, refY: 3, markerWidth: 5, markerHeight: 5, orient: "auto" });
    arrow.append(node("path", { d: "M0 0L6 3L0 6z", class: "arrowhead" }));
    definitions.append(pattern("hatch-stable", 45, 9), pattern("hatch-rate", -45, 6), arrow);
    return definitions;
  }

  // N_{N,α} for all α together is c > γ_Z; N_{α,β} is the rectangle of the largest α and the smallest β that (36) admits for the start.
  #regions(certificate, γ) {
    const regions = [];
    const rectangle = (c1, c2, q1, q2, className, part) => {
      const [x1, x2, y1, y2] = [this.#x(c1), this.#x(c2), q2 === Infinity ? margin.top : this.#y(q2), this.#y(q1)];
      return node("rect", { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1), class: className, "data-part": part });
    };
    if (this.isClickable) {
      regions.push(rectangle(γ, 1, 0, Infinity, "region stable", "stableSet"));
      const numbers = new Map(certificate.theorems.flatMap((f) => f.quantities).map((q) => [q.symbol, q.value]));
      const [alpha, beta] = [numbers.get("sup α"), numbers.get("inf β")];
      if (typeof alpha === "number" && alpha < 1 && typeof beta === "number") regions.push(rectangle(alpha, 1, alpha - γ, beta, "region rate", "neighbourhood"));
      regions.push(node("path", { d: `M${this.#x(-1)} ${margin.top}V${margin.top + this.height}`, class: "boundary", "data-part": "basin" }));
    }
    regions.push(node("path", { d: `M${this.#x(-1)} ${this.#y(0)}H${this.#x(1)}`, class: "origin", "data-part": "origin" }));
    return regions;
  }

  #field(depth) {
    const field = node("g", { class: "field", "aria-hidden": "true" });
    if (!this.isClickable) return field;
    const columns = Math.round(this.width / 34);
    const rows = Math.round(this.height / 30);
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < rows; j++) {
        const c = -1 + (2 * i + 1) / columns;
        const q = unsqueezed((j + 0.5) / rows);
        // Without the common factor m s^{1−2/N} s_Z, which changes the speed and not the direction.
        const dx = (1 - c * c) * this.width / 2;
        const dy = -depth * q * (c - q) / (1 + q) ** 2 * this.height;
        const length = Math.hypot(dx, dy) || 1;
        const [hx, hy] = [8 * dx / length, 8 * dy / length];
        const [x, y] = [this.#x(c), this.#y(q)];
        field.append(node("path", { d: `M${x - hx} ${y - hy}L${x + hx} ${y + hy}`, "marker-end": "url(#arrow)" }));
      }
    }
    return field;
  }

  #axes() {
    const bottom = margin.top + this.height;
    const parts = [node("path", { d: `M${margin.left} ${margin.top}V${bottom}H${margin.left + this.width}`, class: "axis" })];
    for (const c of [-1, -0.5, 0, 0.5, 1]) {
      parts.push(node("path", { d: `M${this.#x(c)} ${bottom}v5`, class: "axis" }), node("text", { x: this.#x(c), y: bottom + 18, "text-anchor": "middle" }, String(c).replace("-", "−")));
    }
    for (const [q, text] of [[0, "0"], [0.25, "¼"], [0.5, "½"], [1, "1"], [2, "2"], [4, "4"], [10, "10"]]) {
      parts.push(node("path", { d: `M${margin.left} ${this.#y(q)}h-5`, class: "axis" }), node("text", { x: margin.left - 8, y: this.#y(q) + 4, "text-anchor": "end" }, text));
    }
    parts.push(node("text", { x: margin.left - 8, y: margin.top + 5, "text-anchor": "end" }, "∞"));
    parts.push(node("text", { x: margin.left + this.width / 2, y: bottom + 38, "text-anchor": "middle" }, "alignment c"));
    parts.push(node("text", { x: 14, y: margin.top + this.height / 2, "text-anchor": "middle", transform: `rotate(-90 14 ${margin.top + this.height / 2})` }, "size s / s_Z"));
    return parts;
  }

  #points(σ) {
    const points = [];
    const sZ = σ[0];
    if (!(sZ > 0)) return points;
    σ.slice(1, 6).filter((value) => value > 1e-12 * sZ).forEach((value, i) => {
      const [x, y] = [this.#x(0), this.#y(value / sZ)];
      const saddle = node("path", { d: `M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z`, class: "saddle", "data-part": "saddles" });
      saddle.append(node("title", {}, `saddle σ_${i + 2}u_${i + 2}v_${i + 2}ᵀ`));
      points.push(saddle);
    });
    const [x, y] = [this.#x(1), this.#y(1)];
    const target = node("path", { d: `M${x - 7} ${y}H${x + 7}M${x} ${y - 7}V${y + 7}M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x + 5} ${y - 5}L${x - 5} ${y + 5}`, class: "target", "data-part": "target" });
    target.append(node("title", {}, "target Z_1"));
    points.push(target);
    return points;
  }

  #path(run, index, sZ) {
    const { alignment, singularValues } = run.result.trajectory;
    const points = alignment.map((c, i) => (typeof c === "number" ? c : 0)).map((c, i) => `${this.#x(c).toFixed(1)} ${this.#y((singularValues[i]?.[0] ?? 0) / sZ).toFixed(1)}`);
    const group = node("g", { class: "path", style: `--run: ${colourOf(index)}` });
    const line = node("path", { d: `M${points.join("L")}`, "stroke-dasharray": ["none", "9 4", "3 3", "12 3 3 3", "6 6", "1 4"][index % 6] });
    line.append(node("title", {}, run.label));
    group.append(line, node("circle", { cx: points[0].split(" ")[0], cy: points[0].split(" ")[1], r: 4.5 }));
    return group;
  }

  /** The picture as a file of its own: what the style sheet says is written into it. */
  export() {
    const copy = this.svg.cloneNode(true);
    const originals = [this.svg, ...this.svg.querySelectorAll("*")];
    [copy, ...copy.querySelectorAll("*")].forEach((element, i) => {
      const style = getComputedStyle(originals[i]);
      for (const property of ["fill", "stroke", "stroke-width", "stroke-opacity", "fill-opacity", "font-family", "font-size"]) {
        element.setAttribute(property, style.getPropertyValue(property));
      }
    });
    copy.setAttribute("xmlns", space);
    copy.prepend(Object.assign(node("rect", { width: "100%", height: "100%", fill: getComputedStyle(document.body).backgroundColor })));
    return new XMLSerializer().serializeToString(copy);
  }
}
