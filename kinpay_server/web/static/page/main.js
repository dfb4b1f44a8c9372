import { byId, el, facts, keyed, say } from "./dom.js";
import { moment } from "./format.js";
import { live } from "./live.js";
import { drawOverview, startOverview } from "./overview.js";
import { drawPayments, startPayments } from "./payments.js";
import { ask } from "./service.js";
import { drawStory } from "./story.js";

const wanted = new URLSearchParams(location.search).get("payment");
let about = null;

live(async () => {
  if (about === null || document.body.classList.contains("stale")) await begin();
  if (wanted === null) await Promise.all([drawOverview(about), drawPayments(about)]);
  else await drawStory(wanted, about);
  letScroll();
});

addEventListener("resize", letScroll);
addEventListener("toggle", letScroll, true);

/** What does not change while the service lives; after a lost connection it may be another one. */
async function begin() {
  const first = about === null;
  about = await ask("about");
  drawAbout();
  if (first && wanted === null) {
    startOverview();
    startPayments(about);
  }
}

/** What is wider than its place can be scrolled by the keyboard too. */
function letScroll() {
  for (const box of document.querySelectorAll(".wide")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

function drawAbout() {
  if (wanted === null) document.title = `${about.app_name} · kinpay`;
  say(byId("app-name"), about.app_name);
  say(byId("network"), about.network);
  const { version, timestamp, commit } = about.build;
  facts(byId("about"), [
    ["Version", version],
    ["Built", [timestamp, commit].filter(Boolean).join(", ")],
    ["Running since", moment(Date.parse(about.start_time))],
    ["Asset", el("span", { class: "break" }, about.asset.code, el("small", { class: "code" }, `issued by ${about.asset.issuer}`))],
  ]);
  const options = Object.entries(about.config).flatMap(([section, values]) =>
    Object.entries(values).map(([key, value]) => [`[${section}] ${key}`, value]));
  keyed(byId("config").tBodies[0], options, ([name]) => name, ([name, value]) =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: "break" }, value)));
}
