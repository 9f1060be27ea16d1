// Keeps what is typed: sends the form, as it stands, a second after the last key. The address of the page then names
// the entry by a random key, so a reload or a restart of the browser shows it again. Nothing is stored in the browser.
const form = document.querySelector("[data-records-form]");
const words = form.dataset;
const status = form.querySelector("[data-keep-status]");
const PAUSE = 1000;
const LONGEST_WAIT = 5000;
const AGAIN = 3000;
const NEW = "00000000-0000-0000-0000-000000000000";

const random = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

form.elements.window.value = random();
const address = words.keep.replace(NEW, random());

let dirty = false; // something was typed that the registry does not have
let stopped = false; // another window has what counts: this one saves no more
let reached = false; // the registry answered, even if it did not keep it
let underWay = null;
let pause;
let since = 0;

const say = (text, link, href) => {
  status.textContent = text;
  if (!link) return;
  const anchor = document.createElement("a");
  anchor.className = "govuk-link";
  anchor.href = href;
  anchor.target = "_blank";
  anchor.textContent = link;
  status.append(" ", anchor);
};

const later = (after) => {
  clearTimeout(pause);
  pause = setTimeout(keep, after);
};

const newToken = async () => {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "manual" });
  if (answer.type === "opaqueredirect") return "signed-out";
  if (!answer.ok) return "refused";
  form.elements.csrfmiddlewaretoken.value = (await answer.json()).token;
  return "";
};

const send = (keepalive) =>
  fetch(address, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
    redirect: "manual",
    keepalive,
  });

const kept = ({ version, saved_at: time, href }) => {
  form.elements.version.value = version;
  if (location.pathname !== href) history.replaceState(null, "", href);
  if (dirty) return;
  say(words.kept.replace("{time}", time));
};

// A new sign-in made the page's form token void: ask for a fresh one and send once more.
const answered = async (keepalive) => {
  const answer = await send(keepalive);
  if (answer.status !== 403) return answer;
  const obstacle = await newToken();
  if (obstacle === "signed-out") return { type: "opaqueredirect" };
  return obstacle ? answer : send(keepalive);
};

const keepOnce = async (keepalive) => {
  dirty = false;
  reached = false;
  since = 0;
  try {
    const answer = await answered(keepalive);
    reached = answer.type !== "opaqueredirect";
    if (answer.ok) {
      kept(await answer.json());
      return true;
    }
    dirty = true;
    if (answer.type === "opaqueredirect") {
      say(words.signedOut, words.signInWords, words.signIn);
    } else if (answer.status === 409) {
      stopped = true;
      const { code, message, href } = await answer.json();
      say(message, code === "stale" ? words.newerWords : "", href);
    } else {
      say(answer.status >= 500 ? words.notKept : words.refused);
    }
  } catch {
    dirty = true;
    say(words.notKept);
  }
  if (!stopped) later(AGAIN);
  return false;
};

const keep = async (keepalive = false) => {
  clearTimeout(pause);
  while (underWay) await underWay;
  if (!dirty || stopped) return !dirty;
  underWay = keepOnce(keepalive === true).finally(() => {
    underWay = null;
  });
  return underWay;
};

const typed = (event) => {
  if (event.target.id === "act-search") return;
  const now = Date.now();
  since = since || now;
  if (!dirty && !stopped) status.textContent = words.keeping;
  dirty = true;
  if (!stopped) later(Math.min(PAUSE, Math.max(0, since + LONGEST_WAIT - now)));
};

form.addEventListener("input", typed);
form.addEventListener("change", typed);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && dirty) keep(true);
});
window.addEventListener("beforeunload", (event) => {
  if (dirty && !sending) event.preventDefault();
});

// Before the form is sent, what is on its way arrives first; a window that was signed out keeps what it holds.
let sending = false;
form.addEventListener("submit", async (event) => {
  if (sending || (!dirty && !underWay)) {
    sending = true;
    return;
  }
  event.preventDefault();
  const { submitter } = event;
  const done = await keep();
  if (!done && !reached) return;
  sending = true;
  // In a task of its own: while this event is still under way, the form cannot be sent again.
  setTimeout(() => form.requestSubmit(submitter));
});
window.addEventListener("pageshow", () => {
  sending = false;
});
