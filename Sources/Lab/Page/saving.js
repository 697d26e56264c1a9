// Every picture as SVG, PNG, CSV, and as the command line that makes it.

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const cell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : value);

export const csv = (rows, columns) => [columns.join(","), ...rows.map((row) => columns.map((key) => cell(row[key])).join(","))].join("\n") + "\n";

/** An SVG drawn on a canvas of twice its size. */
export async function pngOf(svg) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Adds the four buttons to a figure. */
export function offer(figure, name, { svg, png, rows, command }) {
  const bar = document.createElement("div");
  bar.className = "saving";
  const button = (text, action) => {
    const result = document.createElement("button");
    result.type = "button";
    result.textContent = text;
    result.setAttribute("aria-label", `${text} of ${name}`);
    result.addEventListener("click", action);
    bar.append(result);
  };
  button("SVG", async () => save(new Blob([await svg()], { type: "image/svg+xml" }), `${name}.svg`));
  button("PNG", async () => save(await png(), `${name}.png`));
  button("CSV", () => {
    const { data, columns } = rows();
    save(new Blob([csv(data, columns)], { type: "text/csv" }), `${name}.csv`);
  });
  button("Command", command);
  figure.append(bar);
}
