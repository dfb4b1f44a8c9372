// The table of the newest payments, filtered and searched; it stands still while somebody points at it.

import { byId, el, keyed, say } from "./dom.js";
import { amount, moment } from "./format.js";
import { accountLink, paymentLink, transactionLink } from "./overview.js";
import { ask } from "./service.js";

const TYPING = 250;
let asked = 0;

export function startPayments(about) {
  const form = byId("search");
  const given = new URLSearchParams(location.search);
  form.q.value = given.get("q") ?? "";
  const chosen = [...form.status].find((radio) => radio.value === given.get("status"));
  if (chosen) chosen.checked = true;
  let timer;
  const changed = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(() => search(form, about), delay);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    changed(0);
  });
  form.q.addEventListener("input", () => changed(TYPING));
  form.addEventListener("change", () => changed(0));
}

/** What the form asks for; held back while the table is pointed at, unless it is `wanted` now. */
export async function drawPayments(about, { wanted = false } = {}) {
  const table = byId("payments");
  const rows = table.tBodies[0];
  const held = !wanted && rows.childElementCount > 0 && (rows.matches(":hover") || rows.contains(document.activeElement));
  const query = queryOf(byId("search"));
  const mine = ++asked;
  const found = held ? null : await ask("payments", query);
  if (found === null) {
    say(byId("payments-note"), "Held still while you point at it.");
    return;
  }
  if (mine !== asked) return; // something else has been asked for meanwhile
  table.hidden = found.payments.length === 0;
  keyed(rows, found.payments, (one) => one.id, (one) => row(one, about));
  say(byId("payments-note"), noteOf(found, query));
}

async function search(form, about) {
  const query = new URLSearchParams(queryOf(form));
  history.replaceState(null, "", query.size ? `./?${query}` : "./");
  try {
    await drawPayments(about, { wanted: true });
  } catch (error) {
    say(byId("payments-note"), `Not found out: ${error.message}.`);
  }
}

function queryOf(form) {
  const all = { q: form.q.value.trim(), status: form.status.value };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}

function noteOf({ payments, searched }, query) {
  const what = query.status ? `payment that is ${query.status}` : "payment";
  if (payments.length === 0) {
    if (searched) return `No ${what} has an id or hash that begins so, this address or this app.`;
    return query.status ? `No ${what}.` : "No payment yet. POST /payments makes one.";
  }
  return searched && payments.length >= 50 ? "The first 50 are shown: type more of it." : "";
}

function row(payment, about) {
  const told = payment.transaction_id ? transactionLink(payment.transaction_id, about) : (payment.reason ?? "");
  return el("tr", {},
    el("td", {}, moment(payment.created_at)),
    el("td", {}, paymentLink(payment.id)),
    el("td", { class: "extra break" }, payment.app_id),
    el("td", { class: "number" }, amount(payment.amount)),
    el("td", {}, status(payment.status)),
    el("td", { class: "extra" }, accountLink(payment.recipient_address, about)),
    el("td", { class: "extra" }, told));
}

export const status = (word) => el("span", { class: `status ${word}` }, word);

