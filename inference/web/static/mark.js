/* Outlining parts of a photograph, and marking a known length in it. Places are fractions of width and height;
   one way of handling pointers serves mouse, touch and pen. */
"use strict";
(() => {
  const MOST_REGIONS = 12, MOST_POINTS = 200, NEAR_PX = 12;
  const KEY_STEP = 0.01, FINE_STEP = 0.002;
  /* open: the last region is still being drawn. chosen: index of the region that is named and removed. */
  let side = "before", regions = [], open = false, chosen = -1, line = [], drag = null, cross = null;

  const dialog = () => document.getElementById("cx-mark");
  const part = (selector) => dialog().querySelector(selector);
  const mode = () => part("[name=cx-mark-mode]:checked").value;
  const clamp = (value) => Math.min(1, Math.max(0, value));
  const points = () => (mode() === "ruler" ? line : regions[chosen]?.points ?? []);

  function start(which, wanted) {
    const look = cicatrix.look(which);
    if (!look) return;
    side = which;
    const marks = cicatrix.marks(side);
    regions = (marks.regions ?? []).map((region) => ({ name: region.name, points: region.polygon.map((p) => [...p]) }));
    line = (marks.ruler?.points ?? []).map((p) => [...p]);
    [open, chosen, drag, cross] = [false, regions.length - 1, null, null];
    const image = look.querySelector("img");
    part(".cx-sheet img").src = image.src;
    part(".cx-sheet").style.setProperty("--w", image.getAttribute("width"));
    part(".cx-sheet").style.setProperty("--h", image.getAttribute("height"));
    part(".cx-length").value = marks.ruler ? String(marks.ruler.mm) : "";
    part(`[name=cx-mark-mode][value=${wanted}]`).checked = true;
    for (const title of dialog().querySelectorAll("[data-title]")) title.hidden = title.dataset.title !== side;
    dialog().showModal();
    part(".cx-sheet").focus();
    draw();
  }

  /* ---------- what is on the sheet ---------- */
  function draw() {
    const svg = part(".cx-sheet svg");
    const { width, height } = svg.getBoundingClientRect();
    if (!width) return;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const at = ([x, y]) => [x * width, y * height];
    const listed = (list) => list.map((p) => at(p).join(",")).join(" ");
    const shapes = mode() === "ruler" ? drawLine(at, listed) : regions.flatMap((region, index) => drawRegion(region, index, at, listed));
    if (cross) {
      const [x, y] = at(cross);
      shapes.push(cicatrix.shape("path", { d: `M${x - 12} ${y}h24M${x} ${y - 12}v24`, class: "cx-cross" }));
    }
    svg.replaceChildren(...shapes);
    describe();
  }

  function drawRegion(region, index, at, listed) {
    const isOpen = open && index === regions.length - 1;
    const shape = cicatrix.shape(isOpen ? "polyline" : "polygon", {
      points: listed(region.points),
      class: index === chosen ? "cx-chosen" : "",
      "data-region": index,
    });
    const label = cicatrix.shape("text", { x: middle(region, at, 0), y: middle(region, at, 1), class: "cx-part-label" });
    label.textContent = region.name;
    if (index !== chosen) return [shape, label];
    const halfway = isOpen ? [] : region.points.map((p, i) => {
      const q = region.points[(i + 1) % region.points.length];
      return handle([(p[0] + q[0]) / 2, (p[1] + q[1]) / 2], at, { "data-between": i, class: "cx-between", r: 4 });
    });
    const corners = region.points.map((p, i) => {
      const first = isOpen && i === 0 && region.points.length > 2;
      return handle(p, at, { "data-point": i, class: first ? "cx-corner cx-first" : "cx-corner", r: first ? 8 : 6 });
    });
    return [shape, ...(isOpen ? [] : [label]), ...halfway, ...corners];
  }

  function drawLine(at, listed) {
    const shape = cicatrix.shape("polyline", { points: listed(line), class: "cx-length-line" });
    return [shape, ...line.map((p, i) => handle(p, at, { "data-point": i, class: "cx-corner", r: 6 }))];
  }

  function handle(p, at, attributes) {
    const [cx, cy] = at(p);
    return cicatrix.shape("circle", { cx, cy, ...attributes });
  }

  function middle(region, at, axis) {
    const values = region.points.map((p) => at(p)[axis]);
    return (Math.min(...values) + Math.max(...values)) / 2;
  }

  /** Tip, name and scale follow what is there. */
  function describe() {
    const tip = part(".cx-tip");
    const state = mode() === "ruler"
      ? ["ruler-none", "ruler-one", "ruler-two"][line.length]
      : open ? "region-open" : regions.length ? "region-some" : "region-none";
    const text = tip.getAttribute(`data-${state}`);
    if (tip.textContent !== text) tip.textContent = text;
    dialog().dataset.mode = mode();
    const name = part(".cx-part-name");
    name.disabled = chosen < 0;
    if (document.activeElement !== name) name.value = regions[chosen]?.name ?? "";
    const scale = scaleOfLine();
    const output = part(".cx-scale-out");
    output.textContent = scale === null ? "" : `${scale.toPrecision(3)} ${output.dataset.unit}`;
  }

  /** Millimetres per pixel of the photograph itself, which is larger than its preview. */
  function scaleOfLine() {
    const mm = Number(part(".cx-length").value.replace(",", "."));
    if (line.length < 2 || !(mm > 0) || mm > 1000) return null;
    const look = cicatrix.look(side).dataset;
    const length_px = Math.hypot((line[1][0] - line[0][0]) * look.widthPx, (line[1][1] - line[0][1]) * look.heightPx);
    return length_px > 1 ? mm / length_px : null;
  }

  /* ---------- changes ---------- */
  function add(p) {
    if (mode() === "ruler") {
      if (line.length > 1) line = [];
      line.push(p);
    } else if (open) {
      if (regions[chosen].points.length < MOST_POINTS) regions[chosen].points.push(p);
    } else if (regions.length < MOST_REGIONS) {
      regions.push({ name: freshName(), points: [p] });
      chosen = regions.length - 1;
      open = true;
    }
  }

  function freshName() {
    const word = part(".cx-part-name").dataset.default;
    let number = 1;
    while (regions.some((region) => region.name === `${word} ${number}`)) number += 1;
    return `${word} ${number}`;
  }

  /** Figures go by the name, so it is neither empty nor taken. */
  function ownName(region) {
    const name = region.name.trim() || freshName();
    const taken = (other) => other !== region && other.name === name;
    region.name = regions.some(taken) ? `${name.slice(0, 34)} (${regions.indexOf(region) + 1})` : name;
    return region.name;
  }

  function close() {
    if (!open) return;
    if (regions[chosen].points.length < 3) drop();
    open = false;
  }

  function undo() {
    const list = points();
    list.pop();
    if (mode() === "region" && chosen >= 0) {
      if (!list.length) drop();
      else if (list.length < 3) open = chosen === regions.length - 1 || reopen();
    }
  }

  /** A part that lost its third corner is drawn on: it becomes the last one. */
  function reopen() {
    regions.push(...regions.splice(chosen, 1));
    chosen = regions.length - 1;
    return true;
  }

  function drop() {
    if (mode() === "ruler") {
      line = [];
      return;
    }
    if (chosen >= 0) regions.splice(chosen, 1);
    open = false;
    chosen = regions.length - 1;
  }

  function done() {
    close();
    const marks = {};
    const kept = regions.filter((region) => region.points.length > 2);
    const rounded = (list) => list.map((p) => p.map((value) => Number(value.toFixed(5))));
    if (kept.length) marks.regions = kept.map((region) => ({ name: ownName(region), polygon: rounded(region.points) }));
    const mm_per_px = scaleOfLine();
    if (mm_per_px !== null) {
      marks.ruler = { points: rounded(line), mm: Number(part(".cx-length").value.replace(",", ".")), mm_per_px };
    }
    cicatrix.type(cicatrix.marksField(side), Object.keys(marks).length ? JSON.stringify(marks) : "");
    cicatrix.drawMarks(side);
    dialog().close();
  }

  /* ---------- pointer ---------- */
  function place(event) {
    const box = part(".cx-sheet svg").getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  }

  function distancePx(p, q) {
    const box = part(".cx-sheet svg").getBoundingClientRect();
    return Math.hypot((p[0] - q[0]) * box.width, (p[1] - q[1]) * box.height);
  }

  /** The corner under the pointer, with room for a finger. */
  function cornerNear(p, event) {
    const reach = event.pointerType === "touch" ? 2 * NEAR_PX : NEAR_PX;
    const near = points().map((q, i) => [distancePx(p, q), i]).filter(([away]) => away <= reach).sort((a, b) => a[0] - b[0]);
    return near.length ? near[0][1] : -1;
  }

  function press(event) {
    if (event.button > 0) return;
    const p = place(event);
    cross = null;
    const corner = cornerNear(p, event);
    if (open && mode() === "region" && corner === 0 && points().length > 2) close();
    else if (corner >= 0) drag = corner;
    else if (event.target.dataset.between) {
      drag = Number(event.target.dataset.between) + 1;
      if (points().length < MOST_POINTS) points().splice(drag, 0, p);
    } else if (!open && mode() === "region" && event.target.dataset.region) chosen = Number(event.target.dataset.region);
    else {
      add(p);
      drag = points().length - 1;
    }
    if (drag !== null) part(".cx-sheet").setPointerCapture(event.pointerId);
    part(".cx-sheet").focus();
    event.preventDefault();
    draw();
  }

  function move(event) {
    if (drag === null || !points()[drag]) return;
    points()[drag] = place(event);
    draw();
  }

  /* ---------- keyboard ---------- */
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function key(event) {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = event.shiftKey ? FINE_STEP : KEY_STEP;
      cross = (cross ?? points().at(-1) ?? [0.5, 0.5]).map((value, axis) => clamp(value + step * arrow[axis]));
    } else if (event.key === " ") {
      cross ??= [0.5, 0.5];
      if (open && points().length > 2 && distancePx(cross, points()[0]) < NEAR_PX) close();
      else add([...cross]);
    } else if (event.key === "Enter") close();
    else if (event.key === "Backspace" || event.key === "Delete") undo();
    else if (event.key === "Escape" && (open || (mode() === "ruler" && line.length))) drop();
    else return;
    event.preventDefault();
    event.stopPropagation();
    draw();
  }

  const onSheet = (event) => event.target instanceof Element && event.target.closest("#cx-mark .cx-sheet");
  document.addEventListener("pointerdown", (event) => onSheet(event) && press(event));
  document.addEventListener("pointermove", (event) => onSheet(event) && move(event));
  for (const ending of ["pointerup", "pointercancel"]) document.addEventListener(ending, () => { drag = null; });
  document.addEventListener("dblclick", (event) => {
    if (!onSheet(event) || !open) return;
    // The second press landed on the corner that the first one set, so nothing was added twice.
    close();
    draw();
  });
  document.addEventListener("keydown", (event) => onSheet(event) && key(event));
  document.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLInputElement) || !event.target.closest("#cx-mark")) return;
    if (event.target.matches(".cx-part-name") && regions[chosen]) regions[chosen].name = event.target.value;
    if (event.target.name === "cx-mark-mode") close();
    draw();
  });
  window.addEventListener("resize", () => dialog()?.open && draw());

  Object.assign(cicatrix.actions, {
    mark: (which) => start(which, "region"),
    ruler: (which) => start(which, "ruler"),
    "mark-undo": () => { undo(); draw(); },
    "mark-delete": () => { drop(); draw(); },
    "mark-close": () => dialog().close(),
    "mark-done": done,
  });
})();
