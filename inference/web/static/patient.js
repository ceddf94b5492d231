/* One patient's page: which view and figure are shown, which two photographs are picked, papers handed out; and a patient
   read in from an archive. What was chosen outlives the renewals while photographs are measured. */
"use strict";

{
let chosen = { patient: null, view: null, figures: {}, picks: null, scroll: null };

const live = () => document.querySelector("#cx-patient-live .cx-patient");

/* ---- what is chosen ---- */
function makeReady(page) {
  page.dataset.ready = "yes";
  const { patient } = cicatrix.here();
  if (chosen.patient !== patient) chosen = { patient, view: null, figures: {}, picks: null, scroll: null };
  check(page, "cx-patient-view", chosen.view);
  for (const [name, value] of Object.entries(chosen.figures)) check(page, name, value);
  if (chosen.picks) {
    for (const input of page.querySelectorAll("[name='cx-pick']")) input.checked = chosen.picks.includes(input.value);
  }
  showChosen(page);
  namePicks(page);
  const line = page.querySelector(".cx-timeline ol");
  if (!line) return;
  line.scrollLeft = chosen.scroll ?? line.scrollWidth;
  line.addEventListener("scroll", () => { chosen.scroll = line.scrollLeft; });
}

function check(page, name, value) {
  const input = value && page.querySelector(`[name="${name}"][value="${CSS.escape(value)}"]`);
  if (input) input.checked = true;
}

function showChosen(page) {
  const view = page.querySelector("[name='cx-patient-view']:checked")?.value;
  for (const card of page.querySelectorAll(".cx-finding")) {
    card.hidden = view !== undefined && card.dataset.view !== view;
    const figure = card.querySelector(".cx-chart-choice input:checked")?.value;
    for (const chart of card.querySelectorAll(".cx-figure")) chart.hidden = chart.dataset.chart !== figure;
  }
}

/* Two of one view: a third lets go of the one picked first, one of another view of all before it. */
function pick(page, input) {
  const picked = [...page.querySelectorAll("[name='cx-pick']:checked")].sort((one, other) => (one.dataset.turn ?? 0) - (other.dataset.turn ?? 0));
  input.dataset.turn = performance.now();
  const other = picked.filter((one) => one !== input && one.dataset.of !== input.dataset.of);
  for (const one of other) one.checked = false;
  const same = picked.filter((one) => one !== input && one.checked);
  if (input.checked && same.length > 1) same[0].checked = false;
  chosen.picks = picksOf(page).map((one) => one.value);
  namePicks(page, other.length > 0);
}

const picksOf = (page) => [...page.querySelectorAll("[name='cx-pick']:checked")];

function namePicks(page, changedView = false) {
  const button = page.querySelector("[data-cx='compare-picked']");
  if (!button) return;
  const picked = picksOf(page);
  button.disabled = picked.length !== 2;
  const [first, second] = picked.map((input) => input.dataset.day);
  button.textContent = picked.length === 2 ? button.dataset.two.replace("{first}", first).replace("{second}", second) : button.dataset.none;
  const note = page.querySelector(".cx-other-view");
  note.textContent = changedView && picked.length < 2 ? note.dataset.says : "";
}

document.addEventListener("change", (event) => {
  const page = live();
  const input = event.target;
  if (!page?.contains(input)) return;
  if (input.name === "cx-pick") pick(page, input);
  if (input.name === "cx-patient-view") chosen.view = input.value;
  if (input.name?.startsWith("cx-figure-")) chosen.figures[input.name] = input.value;
  showChosen(page);
});

cicatrix.actions["compare-picked"] = (_side, button) => {
  const [photograph, other] = picksOf(live()).map((input) => Number(input.value));
  cicatrix.go({ page: "pair", patient: Number(button.dataset.patient), photograph, other });
};

/* ---- papers: they come in parts through the page, so that no copy of them is left anywhere ---- */
cicatrix.handOut = async (id) => {
  const parts = [];
  let [size, more, type, name] = [0, true, "", ""];
  while (more) {
    const answer = await cicatrix.deed("document.part", { document: String(id), offset: String(size) });
    if (answer.error || answer.part === null) return cicatrix.say(answer.error);
    const bytes = Uint8Array.from(atob(answer.part), (letter) => letter.charCodeAt(0));
    parts.push(bytes);
    size += bytes.length;
    more = answer.more;
    [type, name] = [answer.said.split(" ", 1)[0], answer.said.slice(answer.said.indexOf(" ") + 1)];
  }
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob(parts, { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};
cicatrix.actions["hand-out"] = (_side, button) => cicatrix.handOut(button.dataset.document);
cicatrix.actions["paper-delete"] = async (_side, button) => {
  const answer = await cicatrix.deed("paper.delete", { document: button.dataset.document });
  cicatrix.say(answer.said || answer.error);
  if (answer.go) cicatrix.go({ page: "patient", patient: answer.go.patient });
};

/* A whole patient and a table of all views have only some formats. */
const FORMATS = { patient: [], all: ["csv", "parquet"] };
function fitFormats(form) {
  const fitting = FORMATS[form.elements.what?.value];
  const label = form.querySelector(".cx-format");
  if (!label) return;
  label.hidden = fitting?.length === 0;
  for (const option of form.elements.format.options) option.hidden = option.disabled = Boolean(fitting?.length) && !fitting.includes(option.value);
  if (form.elements.format.selectedOptions[0]?.disabled) form.elements.format.value = fitting[0];
}
document.addEventListener("change", (event) => {
  if (event.target.name === "what") fitFormats(event.target.form);
});

/* ---- a patient from an archive ---- */
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-import-code]")) cicatrix.type(cicatrix.field("cx-import-code"), event.target.value);
});
cicatrix.actions["import-choose"] = () => document.querySelector("#cx-import-drop input[type=file]")?.click();
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("#cx-import-drop input[type=file]")) return;
  const said = document.querySelector(".cx-import-said");
  said.className = "cx-import-said";
  said.textContent = said.dataset.reading;
}, true);

function hearImport(mark) {
  mark.dataset.heard = "yes";
  const answer = JSON.parse(mark.dataset.answer);
  const said = document.querySelector(".cx-import-said");
  if (answer.error) {
    said.className = "cx-import-said cx-wrong";
    said.textContent = answer.error;
    return;
  }
  said.textContent = "";
  said.closest("dialog").close();
  cicatrix.say(answer.said);
  cicatrix.go({ page: "patient", patient: answer.go.patient });
}

new MutationObserver(() => {
  const page = live();
  if (page && !page.dataset.ready && cicatrix.here().page === "patient") makeReady(page);
  const form = document.querySelector(".cx-papers form:not([data-ready])");
  if (form) {
    form.dataset.ready = "yes";
    fitFormats(form);
  }
  const imported = document.querySelector("#cx-imported .cx-answered:not([data-heard])");
  if (imported) hearImport(imported);
}).observe(document.documentElement, { childList: true, subtree: true });
}
