// Numbers as people write them.

const raised = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** 0.0012, 34.5, 1.2·10⁻⁷, −3; a dash for what is not there. */
export function written(x, digits = 3) {
  if (x === null || x === undefined) return "–";
  // Where JSON has no number the server sends its name.
  if (typeof x !== "number") return String(x).replace("-", "−").replace("Infinity", "∞");
  if (!Number.isFinite(x)) return written(String(x));
  const rounded = Number(x.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(rounded).replace("-", "−");
  const [factor, exponent] = rounded.toExponential().split("e");
  const power = `10${[...String(Number(exponent))].map((c) => raised[c]).join("")}`;
  return (factor === "1" ? power : factor === "-1" ? `−${power}` : `${factor}·${power}`).replace("-", "−");
}

/** The places of a slider with equal steps for equal ratios: 1, 1.2, 1.5, 2, … of every decade. */
const mantissas = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];

/** Round numbers from low to high, both of them inclusive; only whole ones for counts. */
export function roundNumbers(low, high, whole = false) {
  const numbers = new Set([low, high]);
  for (let decade = Math.floor(Math.log10(low)); 10 ** decade <= high; decade++) {
    for (const mantissa of mantissas) {
      const x = Number(`${mantissa}e${decade}`);
      if (x > low && x < high && (!whole || Number.isInteger(x))) numbers.add(x);
    }
  }
  // Small counts one by one.
  if (whole) for (let i = Math.ceil(low); i <= Math.min(12, high); i++) numbers.add(i);
  return [...numbers].sort((a, b) => a - b);
}

/** A sentence of the server with its numbers as people write them: 1e-06 becomes 10⁻⁶. */
export const said = (text) => text.replace(/(?<![\w.])[-−]?\d+(?:\.\d+)?e[+-]?\d+\b/g, (number) => written(Number(number.replace("−", "-")), 6));
