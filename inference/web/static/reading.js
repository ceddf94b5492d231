/* Blinded reading by keyboard, and both photographs enlarged at the same place. */
"use strict";
(() => {
  const ZOOM = 2.5;
  const form = () => document.documentElement.dataset.page === "reading" && !document.documentElement.dataset.going
    ? document.querySelector(".cx-trial-form") : null;
  const radios = (name) => [...form().querySelectorAll(`[name="${name}"]`)];
  const chosen = (name) => radios(name).find((one) => one.checked)?.value;

  /* ---------- deeds without values ---------- */
  async function wish(name) {
    if (!form() || form().dataset.busy) return;
    const answer = await cicatrix.deed(name);
    if (answer.error) cicatrix.say(answer.error);
    cicatrix.go({ page: "reading", design: cicatrix.here().design });
  }
  cicatrix.actions["reading-pause"] = () => wish("reading.pause");
  cicatrix.actions["reading-back"] = () => wish("reading.back");

  /* ---------- answers ---------- */
  function choose(name, value) {
    const radio = radios(name).find((one) => Number(one.value) === value);
    if (!radio) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("change", (event) => {
    const own = event.target.closest?.(".cx-trial-form");
    if (!own) return;
    for (const note of own.querySelectorAll(".cx-wrong")) note.remove();
    const none = own.elements.namedItem("none");
    if (event.target === none) {
      if (none.checked) for (const radio of own.querySelectorAll("[type=radio]")) radio.checked = false;
      return;
    }
    none.checked = false;
    if (own.dataset.asks === "grade" && event.target.type === "radio") activate(event.target.name);
  });

  /* Which photograph the number keys grade. */
  const active = () => form().dataset.active ?? "left";
  function activate(side) {
    form().dataset.active = side;
  }

  function step(way) {
    if (form().dataset.asks === "grade") return activate(way < 0 ? "left" : "right");
    const most = Number(form().dataset.most);
    const now = chosen("difference");
    choose("difference", Math.max(-most, Math.min(most, (now === undefined ? 0 : Number(now)) + way)));
  }

  function digit(number) {
    if (number > Number(form().dataset.most)) return;
    if (form().dataset.asks === "grade") {
      const side = active();
      choose(side, number);
      if (side === "left" && chosen("right") === undefined) activate("right");
      return;
    }
    const way = Math.sign(Number(chosen("difference") ?? 0));
    if (number === 0 || way) choose("difference", number * way);
  }

  const KEYS = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    Enter: () => form().requestSubmit(),
    Backspace: () => form().querySelector("[data-cx=reading-back]:not(:disabled)")?.click(),
    x: () => form().elements.namedItem("none").click(),
    Escape: () => (form().dataset.zoomed ? unzoom() : form().querySelector("[data-cx=reading-pause]").click()),
  };

  document.addEventListener("keydown", (event) => {
    if (!form() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("button") && ["Enter", " "].includes(event.key)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = /^[0-9]$/.test(key) ? () => digit(Number(key)) : KEYS[key];
    if (!act || (event.repeat && key !== "ArrowLeft" && key !== "ArrowRight")) return;
    event.preventDefault();
    act();
  }, true);

  /* ---------- both photographs larger at the same place ---------- */
  function aim(event, plate) {
    const box = plate.getBoundingClientRect();
    const share = (value, from, size) => `${100 * Math.min(1, Math.max(0, (value - from) / size))}%`;
    form().style.setProperty("--x", share(event.clientX, box.left, box.width));
    form().style.setProperty("--y", share(event.clientY, box.top, box.height));
  }
  function unzoom() {
    delete form().dataset.zoomed;
    form().style.removeProperty("--zoom");
  }
  document.addEventListener("click", (event) => {
    const plate = event.target.closest?.(".cx-plate");
    if (!plate || !form()) return;
    if (form().dataset.zoomed) return unzoom();
    form().dataset.zoomed = "yes";
    form().style.setProperty("--zoom", ZOOM);
    aim(event, plate);
  });
  document.addEventListener("pointermove", (event) => {
    const plate = event.target.closest?.(".cx-plate");
    if (plate && form()?.dataset.zoomed) aim(event, plate);
  });

  /* A new pair is read out, and keys act on nothing that is gone. */
  document.addEventListener("cx-arrived", () => {
    if (!form()) return;
    document.activeElement?.blur?.();
    activate("left");
    cicatrix.say(form().querySelector(".cx-trial-head p").textContent);
  });
})();
