// The page's script: tooltips for pointer, touch and keyboard, legends that hide series, tables that open for printing.
#include "report/html.hpp"

namespace roi::report {

const char *const page_script = R"js(
"use strict";
for (const figure of document.querySelectorAll("figure[data-chart]")) {
  const data = JSON.parse(figure.dataset.chart);
  const plot = figure.querySelector(".plot"), tip = figure.querySelector(".tip");
  const off = new Set();
  let at = -1;
  const drawing = () => [...figure.querySelectorAll("svg")].find(svg => svg.getBoundingClientRect().width > 0);
  const last = data.labels.length - 1;

  // where a category lies, in the drawing's own units
  const place = (svg, i) => {
    const d = svg.dataset, begin = +d.begin, size = +d.size;
    if (d.bands === "1") return begin + size * (i + 0.5) / (last + 1);
    return last > 0 ? begin + size * i / last : begin + size / 2;
  };
  const nearest = (svg, event) => {
    const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal, d = svg.dataset;
    const unit = d.along === "x" ? (event.clientX - box.left) / box.width * view.width : (event.clientY - box.top) / box.height * view.height;
    const share = (unit - +d.begin) / +d.size;
    const i = d.bands === "1" ? Math.floor(share * (last + 1)) : Math.round(share * last);
    return Math.min(last, Math.max(0, i));
  };
  const row = (parent, kind, text) => {
    const line = document.createElement(kind);
    line.dir = "auto";
    line.textContent = text;
    parent.append(line);
  };
  const hide = () => {
    at = -1;
    tip.hidden = true;
    for (const cursor of figure.querySelectorAll(".cursor")) cursor.classList.remove("on");
  };
  const show = i => {
    const svg = drawing();
    if (!svg) return;
    at = i;
    tip.replaceChildren();
    row(tip, "b", data.labels[i]);
    data.series.forEach((series, n) => { if (!off.has(n)) row(tip, "span", series.name + ": " + series.shown[i]); });
    for (const name of data.stars[i] || []) row(tip, "span", "★ " + name);
    tip.hidden = false;
    const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width, p = place(svg, i) * scale;
    const upright = svg.dataset.along === "x";
    const x = upright ? p + 12 : box.width / 2, y = upright ? 8 : p + 12;
    const flipped = upright && p + 12 + tip.offsetWidth > box.width ? p - 12 - tip.offsetWidth : x;
    tip.style.left = Math.max(0, Math.min(flipped, box.width - tip.offsetWidth)) + "px";
    tip.style.top = y + "px";
    const cursor = svg.querySelector(".cursor");
    if (cursor) {
      cursor.setAttribute("x1", place(svg, i));
      cursor.setAttribute("x2", place(svg, i));
      cursor.classList.add("on");
    }
  };
  plot.addEventListener("pointermove", event => { const svg = drawing(); if (svg) show(nearest(svg, event)); });
  plot.addEventListener("pointerdown", event => { const svg = drawing(); if (svg) show(nearest(svg, event)); });
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", event => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    if (event.key === "Escape") return hide();
    let next;
    if (event.key === "Home") next = 0;
    else if (event.key === "End") next = last;
    else if (event.key in steps) next = at < 0 ? (steps[event.key] > 0 ? 0 : last) : at + steps[event.key];
    else return;
    event.preventDefault();
    show(Math.min(last, Math.max(0, next)));
  });
  for (const button of figure.querySelectorAll("button[data-series]"))
    button.addEventListener("click", () => {
      const n = +button.dataset.series, shown = off.delete(n);
      if (!shown) off.add(n);
      button.setAttribute("aria-pressed", String(shown));
      for (const group of figure.querySelectorAll("svg g[data-series=\"" + n + "\"]")) group.classList.toggle("off", !shown);
      if (at >= 0) show(at);
    });
}
const opened = [];
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) { details.open = true; opened.push(details); }
});
addEventListener("afterprint", () => { while (opened.length) opened.pop().open = false; });
)js";

} // namespace roi::report
