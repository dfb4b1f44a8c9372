// The page of one payment.

import { byId, el, facts, keyed, say } from "./dom.js";
import { amount, moment, whole } from "./format.js";
import { show } from "./live.js";
import { accountLink, replayButton, transactionLink } from "./overview.js";
import { status } from "./payments.js";
import { Refusal, ask } from "./service.js";

const LEVELS = { succeeded: "well", failed: "trouble", accepted: "waiting", submitted: "waiting" };

export async function drawStory(id, about) {
  document.title = `${id} · kinpay`;
  say(byId("story-title"), id);
  byId("story").hidden = false;
  let story;
  try {
    story = await ask("payment", { id });
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 404)) throw error;
    show("lost", "There is no payment with this id.");
    return;
  }
  show(LEVELS[story.status], `Payment ${story.status}.`);
  say(byId("story-standing"), story.standing);
  drawFacts(story, about);
  keyed(byId("sentences"), story.sentences, (one) => `${one.at} ${one.text}`, (one) =>
    el("li", {}, moment(one.at), el("span", { class: "break" }, one.text)));
  drawAttempts(story, about);
  drawCallbacks(story.callbacks);
}

function drawFacts(story, about) {
  facts(byId("story-facts"), [
    ["Amount", el("b", {}, `${amount(story.amount)} ${about.asset.code}`)],
    ["Recipient", accountLink(story.recipient_address, about)],
    ["App", story.app_id],
    ["Status", status(story.status)],
    ["Posted", moment(story.created_at)],
    ["Transaction", story.transaction_id ? transactionLink(story.transaction_id, about) : null],
    ["Reason", story.reason ?? null],
    ["Told to", story.callback ? el("span", { class: "code break" }, story.callback) : null],
  ]);
}

function drawAttempts({ attempts, found }, about) {
  byId("attempts").hidden = attempts.length === 0;
  keyed(byId("attempts").tBodies[0], attempts, (one) => one.hash, (one) =>
    el("tr", {},
      el("td", {}, moment(one.created_at)),
      el("td", {}, transactionLink(one.hash, about)),
      el("td", { class: "number extra" }, one.channel === null ? "root" : whole(one.channel)),
      el("td", {}, one.answer ?? ""),
      el("td", {}, endOf(one))));
  const elsewhere = found.length ? " It was found on the ledger, made by no attempt of this database." : "";
  say(byId("attempts-note"), (attempts.length ? "" : "Nothing has been signed.") + elsewhere);
}

function endOf({ state, successful, ledger, fee_charged: fee, reason }) {
  if (state === "expired") return "proven dead";
  if (state !== "landed") return "not known yet";
  return successful ? `in ledger ${whole(ledger)}, for ${whole(fee)} stroops` : `failed in ledger ${whole(ledger)}: ${reason}`;
}

function drawCallbacks(callbacks) {
  keyed(byId("told"), callbacks, (one) => one.id, (one) =>
    el("div", { class: "callback" },
      el("p", {}, status(one.state), " ", el("span", { class: "code break" }, one.url)),
      el("p", { class: "muted" }, wordsOf(one), one.state === "waiting" && one.tries ? moment(one.next_try_at) : ""),
      el("details", {}, el("summary", {}, "Body"), el("pre", { tabindex: "0" }, one.body)),
      one.state === "dead" ? el("p", {}, replayButton(one, byId("told-note"))) : ""));
  if (callbacks.length === 0) say(byId("told-note"), "None yet: the end of a payment is told.");
  else if (byId("told-note").textContent.startsWith("None")) say(byId("told-note"), "");
}

function wordsOf({ state, tries, last_answer: answer, reason }) {
  const many = `${tries} ${tries === 1 ? "try" : "tries"}`;
  if (state === "withdrawn") return `Withdrawn after ${many}: ${reason}.`;
  if (!tries) return "Not tried yet.";
  if (state === "delivered") return `Delivered in ${many}: ${answer}.`;
  if (state === "dead") return `Given up after ${many}: ${answer}.`;
  return `${many}, the last one: ${answer}. Again at `;
}
