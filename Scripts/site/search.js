// The search at the side: titles, headings, terms of the glossary and symbols of the library that contain what is typed.
const field = document.getElementById("search");
const found = document.getElementById("found");
const plain = (text) => text.toLowerCase();

field.addEventListener("input", () => {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  const hits = words.length ? pages.filter(([title]) => words.every((word) => plain(title).includes(word))) : [];
  hits.sort((a, b) => a[0].length - b[0].length);
  found.replaceChildren(...hits.slice(0, 12).map(([title, place]) => {
    const link = document.createElement("a");
    link.href = base + place;
    link.textContent = title;
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
  if (words.length && !hits.length) found.append(Object.assign(document.createElement("li"), { textContent: "nothing found" }));
  found.hidden = !words.length;
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") found.querySelector("a")?.click();
  if (event.key === "Escape") { field.value = ""; found.hidden = true; }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) { event.preventDefault(); field.focus(); }
});
// On a phone the contents are folded until they are wanted.
if (matchMedia("(max-width: 56rem)").matches) document.querySelector("nav details").open = false;
