/* The clinician's say: a scar is chosen and corrected, or a new one is drawn, with mouse, finger, pen or keyboard. */
"use strict";
(() => {
  const NEAR_PX = 12, STEP_PX = 3, MOST_POINTS = 400;
  /* corners: of the scar being drawn, fractions of width and height. drag: whether a line is being pulled. */
  let corners = [], drag = null, zoom = 1, closed = false;
  let author = null;

  const page = () => document.getElementById("cx-scars-page");
  const part = (selector) => page()?.querySelector(selector);
  const board = () => part(".cx-scars");
  const sheet = () => part(".cx-scar-sheet");
  const drawing = () => board()?.dataset.mode === "draw";
  const isHere = () => cicatrix.here().page === "scars" && board();

  /* ---------- choosing ---------- */
  function choose(shape) {
    for (const one of page().querySelectorAll(".cx-shape[aria-pressed]")) one.removeAttribute("aria-pressed");
    const chosen = part(".cx-chosen-scar");
    chosen.hidden = !shape;
    part(".cx-nothing-chosen").hidden = Boolean(shape) || drawing();
    if (!shape) return;
    shape.setAttribute("aria-pressed", "true");
    part(".cx-chosen-name").textContent = shape.dataset.name;
    for (const name of ["lesion", "assessment"]) {
      for (const input of chosen.querySelectorAll(`[name=${name}_id]`)) input.value = shape.dataset[name] ?? "";
    }
    const ofModel = Boolean(shape.dataset.lesion);
    for (const form of chosen.querySelectorAll("form[data-authored]")) form.hidden = !ofModel;
    const undo = chosen.querySelector(".cx-undo-chosen");
    undo.hidden = !shape.dataset.correction;
    undo.querySelector("[name=correction]").value = shape.dataset.correction ?? "";
    const type = chosen.querySelector(`[name=scar_type][value="${shape.dataset.type}"]`);
    if (type) type.checked = true;
  }
  const chosenShape = () => part(".cx-shape[aria-pressed]");

  document.addEventListener("click", (event) => {
    if (!isHere() || drawing() || !event.target.closest?.(".cx-scar-sheet")) return;
    choose(event.target.closest(".cx-shape"));
  });

  document.addEventListener("keydown", (event) => {
    if (!isHere() || event.ctrlKey || event.metaKey || event.altKey) return;
    const shape = event.target.closest?.(".cx-shape");
    if (event.key === "Escape" && (drawing() || chosenShape())) {
      discard();
      choose(null);
      setMode("choose");
    }
    if (drawing() && event.key === "Enter" && corners.length > 2 && event.target.closest?.(".cx-scars")) close();
    if (!shape) return;
    if (event.key === "Enter" || event.key === " ") {
      choose(shape);
      event.preventDefault();
    } else if (["1", "2", "3", "4"].includes(event.key) && shape.dataset.lesion) {
      choose(shape);
      page().querySelectorAll(".cx-chosen-scar [name=scar_type]")[Number(event.key) - 1].checked = true;
      part(".cx-chosen-scar form[data-do='scars.retype']").requestSubmit();
    } else if (["Delete", "Backspace"].includes(event.key) && shape.dataset.lesion) {
      choose(shape);
      part(".cx-chosen-scar form[data-do='scars.delete']").requestSubmit();
      event.preventDefault();
    }
  });

  /* ---------- drawing ---------- */
  function setMode(mode) {
    if (!board()) return;
    board().dataset.mode = mode;
    part(`[name=cx-scar-mode][value=${mode}]`).checked = true;
    if (mode === "draw") choose(null);
    part(".cx-nothing-chosen").hidden = mode === "draw";
    if (mode !== "draw") discard();
  }
  document.addEventListener("change", (event) => {
    if (event.target.name === "cx-scar-mode") setMode(event.target.value);
    if (event.target.id === "cx-author") author = event.target.value;
    if (event.target.classList?.contains("cx-shapes-on")) board().dataset.shapes = event.target.checked ? "on" : "off";
  });

  const at = (event) => {
    const box = sheet().getBoundingClientRect();
    const clamp = (value) => Math.min(1, Math.max(0, value));
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  };
  const apart_px = (p, q) => {
    const box = sheet().getBoundingClientRect();
    return Math.hypot((p[0] - q[0]) * box.width, (p[1] - q[1]) * box.height);
  };

  document.addEventListener("pointerdown", (event) => {
    if (!isHere() || !drawing() || !event.target.closest?.(".cx-scar-sheet") || event.button > 0) return;
    event.preventDefault();
    if (closed) discard();
    const p = at(event);
    if (corners.length > 2 && apart_px(p, corners[0]) < NEAR_PX) return close();
    corners.push(p);
    drag = { id: event.pointerId, pulled: false };
    sheet().setPointerCapture(event.pointerId);
    draw();
  });
  document.addEventListener("pointermove", (event) => {
    if (drag?.id !== event.pointerId || corners.length >= MOST_POINTS) return;
    const p = at(event);
    if (apart_px(p, corners.at(-1)) < STEP_PX) return;
    drag.pulled = true;
    corners.push(p);
    draw();
  });
  document.addEventListener("pointerup", (event) => {
    if (drag?.id !== event.pointerId) return;
    const pulled = drag.pulled;
    drag = null;
    if (pulled && corners.length > 5) close();
  });
  document.addEventListener("pointercancel", () => {
    drag = null;
  });

  function close() {
    closed = true;
    drag = null;
    const form = part(".cx-new-scar");
    form.hidden = false;
    const short = corners.map(([x, y]) => [Number(x.toFixed(5)), Number(y.toFixed(5))]);
    form.querySelector("[name=outline]").value = JSON.stringify(short);
    draw();
    form.querySelector("[name=scar_type]:checked, [name=scar_type]").focus({ preventScroll: true });
  }

  function discard() {
    corners = [];
    closed = false;
    drag = null;
    const form = part(".cx-new-scar");
    if (form) form.hidden = true;
    draw();
  }
  cicatrix.actions["scar-discard"] = discard;

  function draw() {
    const line = part(".cx-drawing");
    if (!line) return;
    const { width, height } = line.ownerSVGElement.viewBox.baseVal;
    const points = closed ? [...corners, corners[0]] : corners;
    line.setAttribute("points", points.map(([x, y]) => `${x * width},${y * height}`).join(" "));
  }

  /** From the list of corrections to the scar that is meant. */
  cicatrix.actions["scar-show"] = (_side, button) => {
    setMode("choose");
    const shape = part(`.cx-shape[data-correction="${button.dataset.correction}"]`);
    choose(shape);
    shape?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  /* ---------- zoom ---------- */
  cicatrix.actions["scar-zoom"] = (_side, button) => {
    const place = part(".cx-scroll");
    const middle = [
      (place.scrollLeft + place.clientWidth / 2) / place.scrollWidth,
      (place.scrollTop + place.clientHeight / 2) / place.scrollHeight,
    ];
    zoom = Math.min(4, Math.max(1, zoom * Number(button.dataset.by)));
    fit();
    place.scrollLeft = middle[0] * place.scrollWidth - place.clientWidth / 2;
    place.scrollTop = middle[1] * place.scrollHeight - place.clientHeight / 2;
  };
  function fit() {
    sheet().style.setProperty("--zoom", zoom);
    part(".cx-zoom output").textContent = `${zoom}×`;
  }

  /* ---------- whose say it is ---------- */
  document.addEventListener("submit", (event) => {
    if (!event.target.matches?.("form[data-authored]")) return;
    event.target.querySelector("[name=author]").value = document.getElementById("cx-author")?.value ?? "";
  }, true);

  /* ---------- the page comes anew with every correction: what was set stays set ---------- */
  let photograph = null, scroll = [0, 0], mode = "choose";
  new MutationObserver(() => {
    const fresh = document.querySelector("#cx-scars-page .cx-scars:not([data-ready])");
    if (fresh) {
      fresh.dataset.ready = "yes";
      const now = cicatrix.here().photograph;
      if (now !== photograph) [photograph, zoom, scroll, mode] = [now, 1, [0, 0], "choose"];
      corners = [];
      closed = false;
      fit();
      setMode(mode);
      [part(".cx-scroll").scrollLeft, part(".cx-scroll").scrollTop] = scroll;
      part(".cx-scroll").addEventListener("scroll", () => {
        scroll = [part(".cx-scroll").scrollLeft, part(".cx-scroll").scrollTop];
      });
    }
    const say = document.querySelector("#cx-say:not([data-ready])");
    if (say) {
      say.dataset.ready = "yes";
      if (author !== null) document.getElementById("cx-author").value = author;
      setMode(board()?.dataset.mode ?? "choose");
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("change", (event) => {
    if (event.target.name === "cx-scar-mode") mode = event.target.value;
  });
})();
