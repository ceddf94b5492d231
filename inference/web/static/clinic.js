/* The pages of the records: which one is shown, the forms on them, and what is handed out as files.
   A wish is a route, {"page": "patient", "patient": 12}. The address keeps it behind its #, so that the browser's own
   back, forward and reload work; the server gets it through a hidden field of Gradio's. */
"use strict";

/* Scripts of the page share their names; what is not in `cicatrix` stays inside these braces. */
{

const STATIC_PAGES = ["compare", "series"];
const NUMBERS = ["patient", "visit", "photograph", "treatment", "other", "start", "design"];
/* The page is there long before; longer means that the field was not ready to listen yet. */
const ASK_AGAIN_MS = 6000;
const SEARCH_MS = 250;

let count = Date.now();
let here = { page: "patients" };
let asked = null;
let arrived = 0;
let renewal = 0;

cicatrix.field = (id) => document.querySelector(`#${id} :is(textarea, input)`);

cicatrix.toHash = (route) => {
  const values = Object.entries(route).filter(([name, value]) => name !== "page" && value !== undefined && value !== "");
  return `#${[route.page, ...values.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)].join("&")}`;
};

cicatrix.fromHash = (hash) => {
  const [page, ...parts] = hash.replace(/^#/, "").split("&");
  const route = { page: page || "patients" };
  for (const part of parts) {
    const [name, value = ""] = part.split("=");
    const text = decodeURIComponent(value);
    route[name] = NUMBERS.includes(name) ? Number(text) : text;
  }
  return route;
};

cicatrix.here = () => here;

/** Shows a page; the address remembers it, and `show` follows the address. */
cicatrix.go = (route) => {
  const hash = cicatrix.toHash(route);
  if (location.hash === hash || (!location.hash && hash === "#patients")) show(route);
  else location.hash = hash;
};

async function show(route) {
  here = route;
  clearTimeout(renewal);
  document.documentElement.dataset.page = route.page;
  markNavigation();
  if (STATIC_PAGES.includes(route.page)) {
    delete document.documentElement.dataset.going;
    return;
  }
  /* Until the new page is there nothing is shown: what stands there may be another patient's. */
  document.documentElement.dataset.going = "yes";
  await cicatrix.ask(route);
}

/** Asks the server for a route; for a whole page once more if nothing comes. */
cicatrix.ask = async (route) => {
  const field = await cicatrix.found("#cx-go :is(textarea, input)", 600);
  if (!field || (!route.renew && route !== here)) return;
  count += 1;
  asked = { n: count, renew: Boolean(route.renew) };
  cicatrix.type(cicatrix.field("cx-go"), JSON.stringify({ ...route, n: count }));
  const { n } = asked;
  if (!route.renew) setTimeout(() => {
    if (asked?.n === n && route === here) cicatrix.ask(route);
  }, ASK_AGAIN_MS);
};

/* What was asked for last is there. Anything older may be of another patient and is not left standing. */
function arrive(mark) {
  const n = Number(mark.dataset.n);
  if (n === arrived) return;
  arrived = n;
  if (STATIC_PAGES.includes(here.page)) return;
  if (n !== asked?.n) {
    if (n < (asked?.n ?? count)) {
      document.documentElement.dataset.going = "yes";
      if (!asked) cicatrix.ask(here);
    }
    return;
  }
  asked = null;
  if (mark.hasAttribute("data-failed")) document.documentElement.dataset.going = "failed";
  else delete document.documentElement.dataset.going;
  document.dispatchEvent(new CustomEvent("cx-arrived", { detail: here }));
  renewLater();
}

/* Where something is still being measured the page says so, and what changes by itself is asked for again. */
function renewLater() {
  clearTimeout(renewal);
  const live = document.querySelector(`#cx-${here.page}-page [data-renew]`);
  if (!live) return;
  const route = here;
  renewal = setTimeout(() => {
    if (route !== here || asked) return;
    if (document.hidden) renewLater();
    else cicatrix.ask({ ...route, renew: true });
  }, 1000 * Number(live.dataset.renew));
}

function markNavigation() {
  const top = STATIC_PAGES.includes(here.page) || ["settings", "reading"].includes(here.page) ? here.page : "patients";
  for (const button of document.querySelectorAll(".cx-nav [data-page]")) {
    if (button.dataset.page === top) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
}

cicatrix.actions.page = (_side, button) => cicatrix.go({ page: button.dataset.page });

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("[data-go]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  cicatrix.go(JSON.parse(link.dataset.go));
});

window.addEventListener("hashchange", () => {
  const route = cicatrix.fromHash(location.hash);
  show(route);
  window.scrollTo(0, 0);
});

/* ---- dialogs ---- */
cicatrix.actions.dialog = (_side, button) => document.getElementById(button.dataset.dialog)?.showModal();
cicatrix.actions["dialog-close"] = (_side, button) => button.closest("dialog").close();

/* ---- the search: the list follows what is typed, the field itself stays ---- */
let searching = 0;
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-search] input")) return;
  clearTimeout(searching);
  searching = setTimeout(() => search(event.target.value.trim()), SEARCH_MS);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-search]")) return;
  event.preventDefault();
  search(event.target.querySelector("input").value.trim());
});
function search(text) {
  if (here.page !== "patients" || (here.search ?? "") === text) return;
  const { start: _start, ...rest } = here;
  here = strip({ ...rest, search: text });
  history.replaceState(null, "", cicatrix.toHash(here));
  cicatrix.ask({ ...here, renew: true });
}
document.addEventListener("cx-arrived", () => {
  const field = document.querySelector("[data-search] input");
  if (field && here.page === "patients" && document.activeElement !== field) field.value = here.search ?? "";
});

/* ---- forms: what is typed goes to the server as one wish, and stays where it is until that is done ---- */
const forms = new Map();

cicatrix.valuesOf = (form) => {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (name.endsWith("[]")) (values[name] ??= []).push(String(value));
    else values[name] = String(value);
  }
  return values;
};

/** Sends a wish; resolves with the server's answer. */
cicatrix.deed = (name, values = {}) =>
  new Promise((resolve) => {
    count += 1;
    forms.set(count, resolve);
    cicatrix.type(cicatrix.field("cx-do"), JSON.stringify({ do: name, route: here, values, n: count }));
  });

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-do]");
  if (!form) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  const button = form.querySelector("button[type='submit'][data-working]");
  const words = button?.textContent;
  if (button) button.textContent = button.dataset.working;
  const answer = await cicatrix.deed(form.dataset.do, cicatrix.valuesOf(form));
  delete form.dataset.busy;
  if (button) button.textContent = words;
  tell(form, answer);
});

/* What is wrong stands beside the input it is about; what was typed stays. */
function tell(form, answer) {
  for (const note of form.querySelectorAll(".cx-wrong")) note.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  const left = [answer.error].filter(Boolean);
  let first = null;
  for (const [name, text] of Object.entries(answer.fields ?? {})) {
    const input = form.elements.namedItem(name);
    const one = input instanceof RadioNodeList ? input[0] : input;
    if (!one) {
      left.push(text);
      continue;
    }
    one.setAttribute("aria-invalid", "true");
    one.closest("label, fieldset")?.append(wrong(text));
    first ??= one;
  }
  if (left.length) form.append(wrong(left.join(" ")));
  first?.focus();
  if (!answer.error && !Object.keys(answer.fields ?? {}).length) done(form, answer);
}

function wrong(text) {
  return Object.assign(document.createElement("p"), { className: "cx-wrong", role: "alert", textContent: text });
}

function done(form, answer) {
  form.reset();
  form.closest("dialog")?.close();
  if (answer.said) cicatrix.say(answer.said);
  if (answer.document) cicatrix.handOut?.(answer.document);
  if (answer.go) cicatrix.go(strip(answer.go));
}

/* Routes come from the server with all their fields; the address needs those that say something. */
const strip = (route) =>
  Object.fromEntries(Object.entries(route).filter(([name, value]) => value !== null && value !== "" && value !== false && !(name === "start" && !value) && name !== "n"));

/** Read out, and seen for a while. */
cicatrix.say = (text) => {
  const voice = document.getElementById("cx-voice");
  if (voice) voice.textContent = text;
};

/* ---- what comes from the server ---- */
new MutationObserver(() => {
  const mark = document.querySelector("#cx-here .cx-arrived");
  if (mark) arrive(mark);
  const answered = document.querySelector("#cx-answer .cx-answered:not([data-heard])");
  if (answered) {
    answered.dataset.heard = "yes";
    forms.get(Number(answered.dataset.n))?.(JSON.parse(answered.dataset.answer));
    forms.delete(Number(answered.dataset.n));
  }
  const header = document.querySelector(".cx-header:not([data-seen])");
  if (header) {
    header.dataset.seen = "yes";
    document.documentElement.lang = header.dataset.language;
    markNavigation();
  }
}).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-n"] });

show(cicatrix.fromHash(location.hash));
}
