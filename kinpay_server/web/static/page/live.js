// Looks again and again while the page can be seen, and says when the connection is lost.

import { byId, say } from "./dom.js";
import { clockOf } from "./format.js";
import { Refusal } from "./service.js";

const EVERY = 2000;
let seenAt = null;
let wake = () => {};

/** Calls `look` for ever; it draws, and throws when it gets nothing to draw. */
export async function live(look) {
  document.addEventListener("visibilitychange", () => wake());
  addEventListener("online", () => wake());
  for (;;) {
    if (!document.hidden) {
      try {
        await look();
        seenAt = Date.now();
        document.body.classList.remove("stale");
      } catch (error) {
        tell(error);
      }
    }
    await sleep();
  }
}

/** Look at once. */
export const lookNow = () => wake();

export function show(level, sentence) {
  byId("standing").dataset.level = level;
  say(byId("sentence"), sentence);
}

function tell(error) {
  document.body.classList.add("stale");
  const shown = seenAt === null ? "" : ` What is shown is from ${clockOf(seenAt)}.`;
  if (error instanceof Refusal && error.status === 401) show("lost", "The service wants a token: load this page again.");
  else if (error instanceof Refusal) show("lost", `The service cannot answer: ${error.message}.${shown}`);
  else show("lost", `Connection lost; trying again.${shown}`);
}

const sleep = () =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, EVERY);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
