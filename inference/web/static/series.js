/* The series page: what is said about each visit, and which two are compared. */
"use strict";

/* ---- before: the day of each visit, kept in a field of Gradio's as JSON by photograph ---- */
cicatrix.saidField = () => document.querySelector("#cx-visits-said :is(textarea, input)");

function say() {
  const said = Object.fromEntries(
    [...document.querySelectorAll(".cx-chosen-visits li")].map((visit) => [
      visit.dataset.key,
      Object.fromEntries([...visit.querySelectorAll("[data-said]")].map((input) => [input.dataset.said, input.value])),
    ]),
  );
  cicatrix.type(cicatrix.saidField(), JSON.stringify(said));
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-said]")) say();
});

/* The list comes anew from the server with every photograph added or removed: what was typed is put back. */
function restoreSaid(list) {
  list.dataset.restored = "yes";
  const said = JSON.parse(cicatrix.saidField()?.value || "{}");
  for (const visit of list.querySelectorAll("li")) {
    for (const [name, value] of Object.entries(said[visit.dataset.key] ?? {})) {
      if (value) visit.querySelector(`[data-said="${name}"]`).value = value;
    }
  }
  say();
}

cicatrix.actions["visit-add"] = () => document.querySelector("#cx-drop-series input[type=file]")?.click();
cicatrix.actions["visit-remove"] = (_side, button) => {
  const name = button.closest("li").querySelector("p").title;
  const row = [...document.querySelectorAll("#cx-drop-series tr.file")].find(
    (one) => one.querySelector(".filename").getAttribute("aria-label") === name,
  );
  row?.querySelector("button[aria-label='Remove this file']")?.click();
};

/* Photographs dropped on the list are added to it. */
document.addEventListener("dragover", (event) => {
  if (event.target instanceof Element && event.target.closest(".cx-chosen-visits")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const list = event.target instanceof Element && event.target.closest(".cx-chosen-visits");
  const input = document.querySelector("#cx-drop-series input[type=file]");
  if (!list || !input || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

/* ---- after: any two visits; choosing a third lets go of the one chosen first ---- */
const chosenOf = (card) =>
  [...card.querySelectorAll("[name='cx-visit']:checked")].sort((one, other) => (one.dataset.turn ?? 0) - (other.dataset.turn ?? 0));

function nameChoice(card) {
  card.dataset.named = "yes";
  const button = card.querySelector(".cx-compare-two");
  const words = [...card.querySelectorAll("[name='cx-visit']:checked ~ b")].map((label) => label.textContent);
  button.disabled = words.length !== 2;
  button.querySelector("span").textContent = words.length === 2 ? `${words[0]} with ${words[1]}` : "two visits";
}

document.addEventListener("change", (event) => {
  if (event.target.name !== "cx-visit") return;
  const card = event.target.closest(".cx-visits");
  event.target.dataset.turn = Date.now();
  const chosen = chosenOf(card);
  if (chosen.length > 2) chosen[0].checked = false;
  nameChoice(card);
});

cicatrix.actions["compare-two"] = (_side, button) => {
  const places = [...button.closest(".cx-visits").querySelectorAll("[name='cx-visit']:checked")].map((input) => Number(input.value));
  const field = document.querySelector("#cx-picked :is(textarea, input)");
  if (places.length === 2) cicatrix.type(field, JSON.stringify({ places, wish: Date.now() }));
};

new MutationObserver(() => {
  const list = document.querySelector(".cx-chosen-visits:not([data-restored])");
  if (list) restoreSaid(list);
  const card = document.querySelector(".cx-visits:not([data-named])");
  if (card) nameChoice(card);
}).observe(document.documentElement, { childList: true, subtree: true });
