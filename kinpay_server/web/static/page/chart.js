// Two pictures of the last minutes, drawn as SVG: they stretch, their lines and their labels do not.

import { el, svg } from "./dom.js";
import { clockOf, rate, seconds } from "./format.js";

const WIDTH = 600;
const HEIGHT = 140;

/** A figure with one line for each of `series`: {name, kind, values, now}; `label` writes a value. */
export function draw(figure, { title, unit, series, label, start, span }) {
  const top = nice(Math.max(...series.flatMap(({ values }) => values.filter((value) => value !== null)), 0));
  const length = series[0].values.length;
  const x = (index) => (index / (length - 1)) * WIDTH;
  const y = (value) => HEIGHT - 2 - (value / top) * (HEIGHT - 8);
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": inWords(title, series) },
    ...[0, 0.5, 1].map((part) => svg("line", { class: "grid", x1: 0, x2: WIDTH, y1: y(part * top), y2: y(part * top) })),
    ...series.map((one) => shape(one, x, y)),
    svg("line", { class: "pointed", y1: 0, y2: HEIGHT, visibility: "hidden" }),
  );
  const legend = el("ul", { class: "legend" }, ...series.map((one) => el("li", { class: one.kind }, el("span", { class: "key" }), `${one.name} `, el("b", {}, one.now))));
  const when = el("span", { class: "when" });
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const index = Math.min(length - 1, Math.max(0, Math.round(((event.clientX - box.left) / box.width) * (length - 1))));
    point(index);
  });
  picture.addEventListener("pointerleave", () => point(null));
  figure.replaceChildren(
    el("figcaption", {}, el("span", {}, title, " ", el("small", {}, unit)), legend),
    el("div", { class: "plot" }, el("span", { class: "most" }, label(top)), picture),
    el("div", { class: "axis", "aria-hidden": "true" }, el("span", {}, "10 min ago"), when, el("span", {}, "now")),
  );
  if (figure.pointed !== null && figure.pointed !== undefined) point(figure.pointed);

  function point(index) {
    figure.pointed = index;
    const line = picture.querySelector(".pointed");
    line.setAttribute("visibility", index === null ? "hidden" : "visible");
    for (const end of ["x1", "x2"]) line.setAttribute(end, x(index ?? 0));
    when.textContent = index === null ? "" : `at ${clockOf(start + index * span)}`;
    legend.querySelectorAll("b").forEach((value, number) => {
      const { values, now } = series[number];
      value.textContent = index === null ? now : values[index] === null ? "–" : label(values[index]);
    });
  }
}

function shape({ kind, values }, x, y) {
  if (kind === "failed") {
    const bars = values.map((value, index) => (value ? `M${x(index)} ${y(0)}V${y(value)}` : "")).join("");
    return svg("path", { class: kind, d: bars });
  }
  const line = path(values, x, y);
  if (kind !== "landed") return svg("path", { class: kind, d: line });
  return svg("g", { class: kind }, svg("path", { class: "area", d: `${line}V${y(0)}H0Z` }), svg("path", { d: line }));
}

/** A line with gaps where nothing is known; a value between two gaps is a short stroke. */
function path(values, x, y) {
  const half = (x(1) - x(0)) / 2;
  return values
    .map((value, index) => {
      if (value === null) return "";
      const joined = index > 0 && values[index - 1] !== null;
      const alone = !joined && (values[index + 1] ?? null) === null;
      return `${joined ? "L" : "M"}${(x(index) - (alone ? half : 0)).toFixed(1)} ${y(value).toFixed(1)}${alone ? `h${(2 * half).toFixed(1)}` : ""}`;
    })
    .join("");
}

function nice(most) {
  if (most <= 0) return 1;
  const size = 10 ** Math.floor(Math.log10(most));
  return size * [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * size >= most);
}

const inWords = (title, series) => `${title}: ${series.map(({ name, now }) => `${name} ${now}`).join(", ")}`;

/** What was counted a second in the last full minute. */
export const lastMinute = (counts, span) => {
  const moments = Math.round(60_000 / span);
  return counts.slice(-1 - moments, -1).reduce((sum, one) => sum + one, 0) / 60;
};

export function drawRates(figure, activity) {
  const perSecond = (counts) => counts.map((number) => (number * 1000) / activity.span);
  // The moment that has only begun would look like a fall.
  const done = (counts) => perSecond(counts).slice(0, -1);
  const ofLate = (counts) => rate(lastMinute(counts, activity.span));
  draw(figure, {
    title: "Payments",
    unit: "per second",
    label: rate,
    start: activity.start,
    span: activity.span,
    series: ["accepted", "landed", "failed"].map((name) => ({
      name,
      kind: name,
      values: done(activity[name]),
      now: ofLate(activity[name]),
    })),
  });
}

export function drawLatency(figure, activity) {
  const one = (name, kind, key) => ({
    name,
    kind,
    values: activity[key].slice(0, -1),
    now: seconds(activity.latency[key][0]),
  });
  draw(figure, {
    title: "From the post",
    unit: "median",
    label: seconds,
    start: activity.start,
    span: activity.span,
    series: [one("to the ledger", "ledger", "to_ledger"), one("to the callback", "callback", "to_callback")],
  });
}
