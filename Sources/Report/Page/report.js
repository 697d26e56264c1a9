// Makes the figures of the report ones that can be hovered and zoomed. Without this script they are pictures.
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // Colours that vanish on a dark ground, and what stands in for them there.
  const lightened = {
    "#000000": "#e6e9ec", "#555555": "#b8c1ca", "#444444": "#b8c1ca", "#0072B2": "#4aa3e0", "#D55E00": "#ff8a3d", "#009E73": "#3cc79b",
    "#B0578D": "#e39bc2", "#B07A00": "#f0b43c", "#3A8FC2": "#8fd0f5",
  };
  const recoloured = (value) => {
    if (Array.isArray(value)) return value.map(recoloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, recoloured(inner)]));
    }
    return lightened[value] ?? value;
  };

  // The specification for a plot of this width: labels go to a legend below it, hovering and zooming are added.
  function adapted(original, width) {
    const spec = structuredClone(original);
    spec.width = width;
    spec.height = Math.min(spec.height, Math.max(240, 0.75 * width));
    delete spec.title;
    delete spec.$schema;
    spec.background = "transparent";
    spec.padding = 4;
    // What is zoomed is clipped to the plot, and labels stand outside of it.
    spec.layer = spec.layer.filter((layer) => kindOf(layer) !== undefined || layer.name === "notice");
    for (const channel of ["x", "y"]) {
      // Fixed ticks would leave a zoomed axis bare.
      const { axis, scale } = spec.encoding[channel];
      // An axis that changes its pace keeps its ticks, which say where, and is not zoomed.
      if (scale.domain.length > 2) {
        scale.range = scale.range.map((x) => x * width / original.width);
        axis.labelOverlap = true;
        continue;
      }
      delete axis.values;
      delete axis.labelExpr;
      delete scale.zero;
      axis.tickCount = width < 400 ? 4 : 7;
      axis.format = scale.type === "log" ? ".1~e" : ".5~g";
      axis.labelOverlap = true;
      // Vega takes one tick more than this step leaves room for, and so a smaller step.
      if (axis.tickMinStep === 1) axis.labelExpr = "datum.value % 1 ? '' : datum.label";
    }
    const paced = spec.encoding.x.scale.domain.length > 2;
    let curves = 0;
    for (const layer of spec.layer) {
      for (const end of ["x2", "y2"]) {
        const at = layer.encoding?.[end];
        if (typeof at?.value === "number") at.value = end === "x2" ? width : spec.height;
      }
      layer.mark.clip = true;
      if (kindOf(layer) !== "curve") continue;
      // A curve is hovered by points that are not seen.
      if (layer.mark.type === "line") layer.mark.point = { opacity: 0, size: 90, filled: true };
      layer.encoding = {
        ...layer.encoding,
        tooltip: [
          { field: "x", type: "quantitative", title: spec.encoding.x.title, format: ".6~g" },
          { field: "y", type: "quantitative", title: nameOf(layer) || spec.encoding.y.title, format: ".6~g" },
        ],
      };
      if (curves++ === 0) layer.params = [{ name: "zoom", select: { type: "interval", encodings: paced ? ["y"] : ["x", "y"] }, bind: "scales" }];
    }
    if (!dark.matches) return spec;
    spec.config.text = { ...spec.config.text, color: "#000000" };
    return recoloured(spec);
  }

  const named = /^(curve|rule|band|isolated points of curve) \d+: (.*)$/;
  const kindOf = (layer) => named.exec(layer.name ?? "")?.[1];
  const nameOf = (layer) => named.exec(layer.name)[2];

  // A sample of each stroke with its name.
  function legend(spec) {
    const list = document.createElement("ul");
    list.className = "legend";
    const bands = spec.layer.filter((layer) => kindOf(layer) === "band");
    for (const layer of spec.layer) {
      // What has no name is explained by the caption.
      if (!["curve", "rule", "band"].includes(kindOf(layer)) || !(nameOf(layer) || layer.description)) continue;
      // One sample for all that is shaded.
      if (kindOf(layer) === "band" && layer !== bands[0]) continue;
      const sample = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      sample.setAttribute("viewBox", "0 0 36 12");
      sample.setAttribute("aria-hidden", "true");
      const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
      const colour = dark.matches ? recoloured(layer.mark.color) : layer.mark.color;
      if (layer.mark.type === "point" || layer.mark.type === "circle") {
        shape.setAttribute("d", "M14 6a4 4 0 1 0 8 0a4 4 0 1 0 -8 0");
        if (layer.mark.type === "circle") shape.style.fill = colour;
      } else if (layer.mark.type === "rect") {
        shape.setAttribute("d", "M2 1H34V11H2Z");
        shape.style.fill = colour;
        shape.style.opacity = 0.2;
      } else {
        shape.setAttribute("d", "M0 6H36");
      }
      if (layer.mark.type !== "rect") shape.style.stroke = colour;
      shape.style.strokeWidth = layer.mark.strokeWidth ?? 2;
      shape.style.strokeDasharray = (layer.mark.strokeDash ?? [1, 0]).join(" ");
      sample.append(shape);
      const item = document.createElement("li");
      item.append(sample, layer === bands[0] ? [layer.description, bands.map(nameOf).filter(Boolean).join("; ")].filter(Boolean).join(": ") : nameOf(layer));
      list.append(item);
    }
    return list;
  }

  async function draw(chart) {
    const text = document.getElementById("figure-" + chart.dataset.figure).textContent;
    chart.hidden = false;
    // The vertical axis takes some 90 px.
    const width = Math.max(200, Math.min(760, chart.clientWidth - 90));
    const original = JSON.parse(text);
    const plot = document.createElement("div");
    chart.replaceChildren(plot, legend(original));
    await vegaEmbed(plot, adapted(original, width), {
      actions: false, renderer: "svg", ast: true, defaultStyle: false, logLevel: 1 /* errors */,
      tooltip: { disableDefaultStyle: true },
    });
    const picture = chart.parentElement.querySelector(".picture");
    picture.classList.add("replaced");
    chart.querySelector("svg").setAttribute("aria-label", picture.alt ?? chart.dataset.figure);
  }

  async function drawAll() {
    for (const chart of document.querySelectorAll(".chart")) {
      try {
        await draw(chart);
        document.querySelectorAll(".needs-script").forEach((hint) => { hint.hidden = false; });
      } catch (error) {
        chart.hidden = true;  // the picture stays
        console.error(error);
      }
    }
    document.documentElement.dataset.figures = "ready";
  }

  drawAll();
  dark.addEventListener("change", drawAll);
  let waiting;
  let lastWidth = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === lastWidth) return;
    lastWidth = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 200);
  });
})();
