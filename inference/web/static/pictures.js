/* The photographs of a result: the divider, and a zoom that both share. */
"use strict";

const LARGEST_ZOOM = 8;

/* The divider follows its range input; the input itself brings keyboard, touch and screen reader. */
document.addEventListener("input", (event) => {
  const range = event.target;
  if (!(range instanceof HTMLInputElement) || !range.matches(".cx-range")) return;
  const before = Number(range.value);
  range.closest(".cx-stage").style.setProperty("--split", `${before}%`);
  range.setAttribute("aria-valuetext", `${Math.round(before)} % before, ${Math.round(100 - before)} % after`);
});

const view = (stage) => ({
  zoom: Number(stage.dataset.zoom ?? 1),
  x: Number(stage.dataset.x ?? 0),
  y: Number(stage.dataset.y ?? 0),
});

/* x, y: where the photograph's corner lies, in shares of the figure's size. Never so far that its edge comes inside. */
function show(stage, zoom, x, y) {
  const inside = (value) => Math.min(0, Math.max(1 - zoom, value));
  const [left, top] = [inside(x), inside(y)];
  Object.assign(stage.dataset, { zoom, x: left, y: top });
  stage.style.setProperty("--zoom", zoom);
  stage.style.setProperty("--pan-x", 100 * left);
  stage.style.setProperty("--pan-y", 100 * top);
  stage.classList.toggle("cx-zoomed", zoom > 1);
  const output = stage.closest(".cx-pictures").querySelector(".cx-zoom output");
  if (output) output.textContent = `${Number(zoom.toFixed(1))}×`;
}

/* Enlarge about a point of the figure, given in shares of its size: what lies there stays there. */
function zoomAbout(stage, factor, atX, atY) {
  const { zoom, x, y } = view(stage);
  const next = Math.min(LARGEST_ZOOM, Math.max(1, zoom * factor));
  show(stage, next, atX - ((atX - x) / zoom) * next, atY - ((atY - y) / zoom) * next);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-zoom]");
  if (!(button instanceof HTMLButtonElement)) return;
  const stage = button.closest(".cx-pictures").querySelector(".cx-stage");
  zoomAbout(stage, Number(button.dataset.zoom), 0.5, 0.5);
});

/* The figure under the pointer; over the slider's range, the one that lies there. */
const figureAt = (stage, event) =>
  [...stage.querySelectorAll("figure")].find((figure) => {
    const box = figure.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  });

/* Ctrl and wheel, or a pinch on a touchpad, zooms; the wheel alone moves an enlarged picture and else the page. */
document.addEventListener(
  "wheel",
  (event) => {
    const stage = event.target.closest?.(".cx-stage");
    const figure = stage && figureAt(stage, event);
    if (!figure) return;
    const box = figure.getBoundingClientRect();
    const { zoom, x, y } = view(stage);
    if (event.ctrlKey || event.metaKey) {
      const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      zoomAbout(stage, Math.exp(-event.deltaY / 300), ...at);
    } else if (zoom > 1) {
      show(stage, zoom, x - event.deltaX / box.width, y - event.deltaY / box.height);
    } else return;
    event.preventDefault();
  },
  { passive: false },
);

/* Drag an enlarged picture; in the slider a drag moves the divider. */
document.addEventListener("pointerdown", (event) => {
  const stage = event.target.closest?.(".cx-stage.cx-zoomed");
  const figure = stage && figureAt(stage, event);
  if (!figure || event.target.matches(".cx-range")) return;
  event.preventDefault();
  const box = figure.getBoundingClientRect();
  const start = view(stage);
  const move = (now) =>
    show(stage, start.zoom, start.x + (now.clientX - event.clientX) / box.width, start.y + (now.clientY - event.clientY) / box.height);
  const end = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
});

/* The originals in place of the pair that was made alike, and back. */
document.addEventListener("change", (event) => {
  if (!event.target.matches?.(".cx-originals-on")) return;
  for (const image of event.target.closest(".cx-pictures").querySelectorAll("img[data-original]")) {
    [image.src, image.dataset.original] = [image.dataset.original, image.src];
  }
});

/* The scars stand worst first; the other way round is the same list reversed. */
document.addEventListener("change", (event) => {
  if (!event.target.name?.startsWith("cx-order")) return;
  const list = event.target.closest(".cx-card").querySelector(".cx-sheet-of-scars");
  list.append(...[...list.children].reverse());
});
