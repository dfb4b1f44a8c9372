// Talks to the service. All addresses are relative, so that the page works below any path.

const PATIENCE = 8000;

export class NoAnswer extends Error {}

/** The service answered, and not with what was asked for; the message is for people. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const ask = (path, query = {}) => call(`page/${path}?${new URLSearchParams(query)}`, {});

export const replay = (what) =>
  call("page/replay", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Kinpay-Page": "replay" },
    body: JSON.stringify(what),
  });

async function call(path, options) {
  let answer;
  let value;
  try {
    answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE), ...options });
    value = await answer.json();
  } catch {
    throw new NoAnswer("the service does not answer");
  }
  if (!answer.ok) throw new Refusal(answer.status, value.message ?? value.error ?? `HTTP ${answer.status}`);
  return value;
}
