// Numbers, times and names for people. Amounts come as text and stay exact.

const count = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export const whole = (number) => count.format(number);

/** A count that stops at `most`. */
export const counted = (number, most) => (number >= most ? `${whole(most)} or more` : whole(number));

export function amount(text) {
  const [units, rest] = text.split(".");
  return BigInt(units).toLocaleString("en") + (rest ? `.${rest}` : "");
}

/** Payments a second. */
export const rate = (number) => (number >= 10 ? whole(Math.round(number)) : number.toFixed(1).replace(".0", ""));

/** Milliseconds, as the latency of something. */
export function seconds(milliseconds) {
  if (milliseconds === null) return "–";
  if (milliseconds < 1000) return `${milliseconds} ms`;
  return milliseconds < 100_000 ? `${(milliseconds / 1000).toFixed(1)} s` : duration(milliseconds);
}

/** Milliseconds, roughly, in words. */
export function duration(milliseconds) {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  const [name, size] = UNITS.find(([, length]) => total >= 2 * length) ?? UNITS.at(-1);
  const number = Math.floor(total / size);
  if (name === "day" && number > 730) return `${whole(Math.floor(number / 365))} years`;
  return `${whole(number)} ${name}${number === 1 ? "" : "s"}`;
}

export const minuteOf = (milliseconds) => minute.format(milliseconds);
export const clockOf = (milliseconds) => clock.format(milliseconds);

/** A moment: the time of today, the day too of another one. */
export function moment(milliseconds) {
  const when = new Date(milliseconds);
  const element = document.createElement("time");
  element.dateTime = when.toISOString();
  element.title = `${day.format(when)}, ${clock.format(when)}`;
  element.textContent = when.toDateString() === new Date().toDateString() ? clock.format(when) : element.title;
  return element;
}

/** The beginning of what machines have to say, the whole of it as a title. */
export function brief(text, most = 70) {
  const element = document.createElement("span");
  element.textContent = text.length > most ? `${text.slice(0, most)}…` : text;
  if (text.length > most) element.title = text;
  return element;
}

/** The beginning and the end of something long, the whole of it as a title. */
export function shortened(text, head = 6, tail = 4) {
  const element = document.createElement("span");
  element.className = "code";
  element.title = text;
  element.textContent = text.length > head + tail + 2 ? `${text.slice(0, head)}…${text.slice(-tail)}` : text;
  return element;
}
