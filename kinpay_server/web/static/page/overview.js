// The page of the whole service.

import { drawLatency, drawRates, lastMinute } from "./chart.js";
import { byId, el, facts, keyed, say, svg } from "./dom.js";
import { amount, brief, counted, duration, minuteOf, moment, rate, seconds, shortened, whole } from "./format.js";
import { lookNow, show } from "./live.js";
import { ask, replay } from "./service.js";

const STATES = ["free", "lent", "opening", "retired"];
const MINUTE = 60_000;

export async function drawOverview(about) {
  const now = await ask("overview");
  drawStanding(now.standing);
  drawFigures(now);
  drawRates(byId("rates"), now.activity);
  drawLatency(byId("latency"), now.activity);
  drawMinutes(now.activity);
  drawReceivers(now);
  drawDead(now.dead, now.queue.most);
  drawChannels(now.channels);
  drawRoot(now.root, about);
  drawLedger(now);
  byId("overview").hidden = false;
}

export function startOverview() {
  byId("replay-all").addEventListener("click", () => replayAndTell({ all: true }, byId("replay-note")));
}

/** Replays, and says what came of it where the focus goes: the button may be gone in a moment. */
export async function replayAndTell(what, note) {
  try {
    const { replayed } = await replay(what);
    const many = replayed === 1 ? "1 callback is" : `${whole(replayed)} callbacks are`;
    say(note, replayed ? `${many} sent again now.` : "Nothing was replayed: it is not given up any more.");
  } catch (error) {
    say(note, `Nothing was replayed: ${error.message}.`);
  }
  note.focus();
  lookNow();
}

export function drawStanding({ level, sentence, matters }) {
  show(level, sentence);
  facts(byId("matters"), matters.map(({ about, text }) => [about, text]));
}

function drawFigures({ queue, activity, at }) {
  const oldest = queue.accepted && queue.oldest !== null ? ` for ${duration(at - queue.oldest)}` : "";
  facts(byId("figures"), [
    ["Landed per second", rate(lastMinute(activity.landed, activity.span))],
    ["Wait to be sent", `${counted(queue.accepted, queue.most)}${oldest}`],
    ["On their way", counted(queue.submitted, queue.most)],
    ["To the ledger", within(activity.latency.to_ledger)],
    ["To the callback", within(activity.latency.to_callback)],
  ]);
}

function within([median, most]) {
  if (median === null) return "–";
  return el("span", {}, seconds(median), el("small", {}, ` 95% in ${seconds(most)}`));
}

function drawMinutes({ start, span, accepted, landed, failed }) {
  const minutes = new Map();
  accepted.forEach((_, index) => {
    const from = Math.floor((start + index * span) / MINUTE) * MINUTE;
    const sums = minutes.get(from) ?? [0, 0, 0];
    minutes.set(from, [sums[0] + accepted[index], sums[1] + landed[index], sums[2] + failed[index]]);
  });
  keyed(byId("minutes").querySelector("tbody"), [...minutes].reverse(), ([from]) => from, ([from, sums]) =>
    el("tr", {}, el("td", {}, minuteOf(from)), ...sums.map((sum) => el("td", { class: "number" }, whole(sum)))));
}

function drawReceivers({ receivers, more_receivers: more, at }) {
  byId("receivers").hidden = receivers.length === 0;
  keyed(byId("receivers").tBodies[0], receivers, (one) => one.receiver, (one) =>
    el("tr", {},
      el("td", { class: "code break" }, one.receiver),
      el("td", { class: "number" }, counted(one.waiting, 1000)),
      el("td", { class: "extra" }, one.next_try_at > at ? moment(one.next_try_at) : "now"),
      el("td", {}, ...answerOf(one))));
  say(byId("receivers-note"), receivers.length === 0 ? "No callback waits." : more ? "There are more receivers." : "");
}

function drawDead({ count, newest }, most) {
  byId("dead-part").hidden = count === 0;
  say(byId("dead-note"), count > newest.length ? `${counted(count, most)} in all; the newest are shown.` : "");
  keyed(byId("dead").tBodies[0], newest, (one) => one.id, (one) =>
    el("tr", {},
      el("td", {}, moment(one.updated_at)),
      el("td", {}, one.payment_id === null ? "a watched payment" : paymentLink(one.payment_id)),
      el("td", { class: "code break" }, one.url),
      el("td", {}, ...answerOf(one)),
      el("td", {}, replayButton(one, byId("replay-note")))));
}

function answerOf({ tries, last_answer: answer }) {
  if (!tries) return ["takes what it gets"];
  return [brief(answer), el("small", {}, ` ${tries} ${tries === 1 ? "try" : "tries"}`)];
}

export function replayButton(callback, note) {
  const of = callback.payment_id === null ? callback.id : `payment ${callback.payment_id}`;
  const button = el("button", { type: "button", "aria-label": `Replay the callback of ${of}` }, "Replay");
  button.addEventListener("click", () => {
    button.disabled = true;
    replayAndTell({ callback: callback.id }, note);
  });
  return button;
}

export const paymentLink = (id) => el("a", { class: "code break", href: `./?${new URLSearchParams({ payment: id })}` }, id);

function drawChannels({ counts, squares }) {
  const known = STATES.filter((state) => counts[state]);
  const words = known.map((state) => `${whole(counts[state])} ${state}`).join(", ");
  const all = known.reduce((sum, state) => sum + counts[state], 0);
  const picture = el("div", { class: "squares", role: "img", "aria-label": `Channels: ${words || "none"}` });
  keyed(picture, squares, (one) => one.index, square);
  const legend = el("ul", { class: "legend" }, ...known.map((state) => el("li", {}, box(state), `${state} `, el("b", {}, whole(counts[state])))));
  const rest = all > squares.length ? el("p", { class: "muted" }, `The first ${whole(squares.length)} are shown.`) : null;
  const none = all ? null : el("p", { class: "muted" }, "None yet: they are opened when payments come.");
  keyed(byId("channels"), [picture, legend, rest, none].filter(Boolean), (_, index) => index, (part) => part);
}

function square({ index, state, payment_id: payment, purpose, since }) {
  const carries = payment ? `, carries payment ${payment}` : purpose ? `, ${purpose}` : "";
  return box(state, `Channel ${index}: ${state} since ${moment(since).textContent}${carries}`);
}

function box(state, title) {
  const marks = { retired: "M3 3l6 6m0-6-6 6", opening: "M6 3v6M3 6h6" };
  return svg("svg", { class: `box ${state}`, viewBox: "0 0 12 12", "aria-hidden": "true" },
    title ? svg("title", {}, title) : null,
    svg("rect", { x: 1, y: 1, width: 10, height: 10, rx: 2 }),
    marks[state] ? svg("path", { d: marks[state] }) : null);
}

function drawRoot({ kin, xlm }, about) {
  const address = el("p", {}, accountLink(about.root, about));
  const list = el("dl", { class: "facts" });
  facts(list, [
    [about.asset.code, kin === null ? "not known yet" : funds(kin, about.asset.code)],
    ["XLM above the reserve", xlm === null ? "not known yet" : funds(xlm, "XLM")],
  ]);
  keyed(byId("root"), [address, list], (part) => part.tagName, (part) => part);
}

function funds({ held, spent, watched, lasts }, asset) {
  const over = duration(watched);
  const words = lasts !== null
    ? `lasts ${duration(lasts)} at the rate of the last ${over}`
    : spent === "0" ? (watched < 2 * MINUTE ? "the rate is not known yet" : `nothing spent in ${over}`) : `${amount(spent)} spent in ${over}`;
  return el("span", {}, el("b", {}, `${amount(held)} ${asset}`), el("small", {}, words));
}

export const accountLink = (address, about) => outside(about.links.account, address, shortened(address, 10, 6));
export const transactionLink = (hash, about) => outside(about.links.transaction, hash, shortened(hash, 8, 4));

function outside(base, name, text) {
  return el("a", { href: base + encodeURIComponent(name), target: "_blank", rel: "noreferrer noopener" }, text);
}

function drawLedger({ network, watcher, at }) {
  const pairs = network === null ? [["Horizon", "has not answered yet"]] : [
    ["Newest ledger", el("span", {}, el("b", {}, whole(network.ledger)), el("small", {}, `closed ${duration(at - network.closed_at)} ago`))],
    ["Horizon is behind core", `${whole(network.behind)} ${network.behind === 1 ? "ledger" : "ledgers"}`],
  ];
  facts(byId("ledger"), [...pairs, ["Watched payments", watcher ?? "not looked at yet"]]);
}
