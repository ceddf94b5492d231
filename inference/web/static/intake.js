/* The two places for photographs: what their buttons do, and how files and marks reach Gradio's own fields.
   Gradio builds and removes its parts as it likes, so nothing here holds on to an element. */
"use strict";
const cicatrix = {
  actions: {},

  slot: (side) => document.getElementById(`cx-slot-${side}`),
  look: (side) => document.querySelector(`#cx-look-${side} .cx-look`),
  marksField: (side) => document.querySelector(`#cx-marks-${side} :is(textarea, input)`),
  marks: (side) => JSON.parse(cicatrix.marksField(side)?.value || "{}"),

  /** Writes into one of Gradio's text fields as typing would. */
  type(field, text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  },

  remove(side) {
    cicatrix.slot(side).querySelector(`#cx-drop-${side} button[aria-label="Clear"]`)?.click();
  },

  /** Hands a file to the drop zone of `side`, in place of the one that is there. */
  async give(side, file) {
    cicatrix.remove(side);
    const input = await cicatrix.found(`#cx-drop-${side} input[type=file]`);
    if (!input) return;
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  },

  async found(selector, tries = 60) {
    for (let i = 0; i < tries; i += 1) {
      const element = document.querySelector(selector);
      if (element) return element;
      await new Promise((done) => setTimeout(done, 50));
    }
    return null;
  },
};

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-cx]");
  if (!button) return;
  event.preventDefault();
  cicatrix.actions[button.dataset.cx]?.(button.dataset.side, button);
});

cicatrix.actions.remove = (side) => cicatrix.remove(side);

/* A photograph dropped on one that is there takes its place. */
document.addEventListener("dragover", (event) => {
  if (event.target instanceof Element && event.target.closest(".cx-slot")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const slot = event.target instanceof Element && event.target.closest(".cx-slot");
  const file = event.dataTransfer?.files[0];
  if (!slot || !file || event.target.closest("#cx-drop-before, #cx-drop-after")) return;
  event.preventDefault();
  cicatrix.give(slot.id.replace("cx-slot-", ""), file);
});

/** Draws the marked parts and the line over the preview. Names are set as text, never as markup. */
cicatrix.drawMarks = (side) => {
  const look = cicatrix.look(side);
  if (!look) return;
  const svg = look.querySelector(".cx-drawn");
  const { width, height } = svg.viewBox.baseVal;
  const place = ([x, y]) => `${x * width},${y * height}`;
  const marks = cicatrix.marks(side);
  const shapes = (marks.regions ?? []).map((region) =>
    cicatrix.shape("polygon", { points: region.polygon.map(place).join(" ") }));
  if (marks.ruler) {
    shapes.push(cicatrix.shape("polyline", { points: marks.ruler.points.map(place).join(" "), class: "cx-length-line" }));
  }
  svg.replaceChildren(...shapes);
};

cicatrix.shape = (name, attributes) => {
  const shape = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
  return shape;
};

/* What arrives from the server: a verdict is read out, and buttons that Gradio names alike are told apart. */
new MutationObserver(() => {
  const voice = document.getElementById("cx-voice");
  for (const verdict of document.querySelectorAll(".cx-verdict:not([data-said])")) {
    verdict.dataset.said = "yes";
    if (!voice) continue;
    const badge = verdict.querySelector(".cx-badge").textContent;
    const first = verdict.querySelector(".cx-issues span")?.textContent ?? "";
    voice.textContent = `${verdict.getAttribute("aria-label")}: ${badge}. ${first}`;
  }
  for (const button of document.querySelectorAll(".cx-slot button[aria-dropeffect]:not([data-named])")) {
    button.dataset.named = "yes";
    const empty = button.closest(".cx-slot").querySelector(".cx-empty");
    if (empty) button.setAttribute("aria-label", `${empty.querySelector("h2").textContent}: ${empty.querySelector("p").textContent}`);
  }
}).observe(document.documentElement, { childList: true, subtree: true });
