/* Entering a visit, a treatment and the like. What is typed is kept in this tab until it is saved, whatever the server
   renders anew meanwhile; forms take part by data-keep, which names what is entered and whose it is. */
"use strict";
(() => {
  const kept = new Map();

  const keeper = (element) => {
    const form = element.form ?? element.closest?.("form");
    return form?.dataset.keep ? form : null;
  };

  /* ---------- what is typed outlives rendering ---------- */
  function remember(form) {
    const values = {};
    for (const input of form.elements) {
      if (!input.name || input.type === "hidden") continue;
      if (input.type === "checkbox" || input.type === "radio") (values[input.name] ??= {})[input.value] = input.checked;
      else if (input.dataset.touched) values[input.name] = input.value;
    }
    kept.set(form.dataset.keep, { ...kept.get(form.dataset.keep), ...values });
  }

  function putBack(form, inputs) {
    const values = kept.get(form.dataset.keep);
    if (!values) return;
    for (const input of inputs) {
      const value = values[input.name];
      if (value === undefined || input.type === "hidden") continue;
      if (input.type === "checkbox" || input.type === "radio") {
        if (value[input.value] !== undefined) input.checked = value[input.value];
      } else {
        input.value = value;
        input.dataset.touched = "yes";
      }
    }
  }

  document.addEventListener("input", (event) => {
    const form = keeper(event.target);
    if (!form) return;
    event.target.dataset.touched = "yes";
    remember(form);
  });
  document.addEventListener("change", (event) => {
    const form = keeper(event.target);
    if (form) remember(form);
  });
  /* A form is emptied once its wish is done. */
  document.addEventListener("reset", (event) => {
    kept.delete(event.target.dataset?.keep);
    for (const input of event.target.elements ?? []) delete input.dataset.touched;
    setTimeout(() => event.target.isConnected && fitDevice(event.target));
  });
  window.addEventListener("beforeunload", (event) => {
    if (kept.size || document.querySelector("#cx-visit-cards .cx-photo-card")) event.preventDefault();
  });

  /* Inputs that stand outside of their form lose their notes here; those inside lose them in clinic.js. */
  document.addEventListener("submit", (event) => {
    for (const input of event.target.elements ?? []) {
      if (event.target.contains(input)) continue;
      input.removeAttribute("aria-invalid");
      input.closest("label, fieldset")?.querySelectorAll(".cx-wrong").forEach((note) => note.remove());
    }
  }, true);

  /* ---------- the photographs of a visit ---------- */
  const cards = () => document.querySelector("#cx-visit-cards .cx-cards");
  const visitForm = () => document.getElementById("cx-visit-entry");

  document.addEventListener("change", (event) => {
    const card = event.target.closest?.(".cx-photo-card");
    if (card && event.target.matches("[data-view]")) {
      /* Choosing a view by hand is saying so; for another one its name is still to come. */
      const sure = card.querySelector("[data-sure]");
      sure.checked = event.target.value !== "" && event.target.value !== "*";
      card.dataset.other = event.target.value === "*" ? "yes" : "no";
      if (event.target.value === "*") card.querySelector(".cx-other input").focus();
      remember(visitForm());
    }
    if (event.target.form === visitForm() && event.target.name === "on") compareDays();
  });
  document.addEventListener("input", (event) => {
    if (!event.target.closest?.(".cx-other")) return;
    event.target.closest(".cx-photo-card").querySelector("[data-sure]").checked = event.target.value.trim() !== "";
    remember(visitForm());
  });

  /** The day of the photographs is proposed until a person has said one; photographs of other days say so. */
  function compareDays() {
    const form = visitForm();
    if (!form) return;
    const on = form.elements.namedItem("on");
    const day = cards()?.dataset.day ?? "";
    if (day && !on.dataset.touched) on.value = day;
    form.querySelector(".cx-from-photos").hidden = !(day && on.value === day);
    for (const card of document.querySelectorAll("#cx-visit-cards .cx-photo-card")) {
      const differs = card.querySelector(".cx-day-differs");
      if (differs) differs.hidden = !card.dataset.taken || card.dataset.taken === on.value;
    }
  }

  function settle(list) {
    list.dataset.settled = "yes";
    const form = visitForm();
    if (!form) return;
    putBack(form, list.querySelectorAll("select, input"));
    for (const card of list.querySelectorAll(".cx-photo-card")) {
      card.dataset.other = card.querySelector("[data-view]")?.value === "*" ? "yes" : "no";
    }
    compareDays();
    if (list.dataset.focus) list.querySelector(`[name="${list.dataset.focus}"]`)?.focus();
  }

  let focused = "";
  document.addEventListener("focusin", (event) => {
    focused = event.target.closest?.("#cx-visit-cards") ? event.target.name ?? "" : "";
  });

  cicatrix.actions["let-go"] = (_side, button) => {
    cicatrix.type(cicatrix.field("cx-visit-let-go"), JSON.stringify({ key: button.dataset.key, n: Date.now() }));
  };
  cicatrix.actions["visit-more"] = () => document.querySelector("#cx-drop-visit input[type=file]")?.click();
  cicatrix.actions["sure-all"] = () => {
    for (const sure of document.querySelectorAll("#cx-visit-cards [data-sure]")) {
      const view = sure.closest(".cx-photo-card").querySelector("[data-view]").value;
      if (view && view !== "*") sure.checked = true;
    }
    remember(visitForm());
  };

  /* Photographs dropped on the cards are added to them. */
  document.addEventListener("dragover", (event) => {
    if (event.target.closest?.("#cx-slot-visit .cx-cards")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const input = document.querySelector("#cx-drop-visit input[type=file]");
    if (!event.target.closest?.("#cx-slot-visit .cx-cards") || !input || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }, true);

  /* ---------- needles have a length, and only some devices have needles ---------- */
  function fitDevice(form) {
    const device = form.elements?.namedItem("device");
    if (!device) return;
    const chosen = device.selectedOptions[0];
    for (const part of form.querySelectorAll("fieldset[data-for]")) {
      part.disabled = part.dataset.for === "needles" ? !chosen.hasAttribute("data-needles") : chosen.value === "";
      part.hidden = part.disabled;
    }
  }
  document.addEventListener("change", (event) => {
    if (event.target.name === "device") fitDevice(event.target.form);
  });

  /* A hint offers to fill in a form; a person still saves it. */
  cicatrix.actions.fill = (_side, button) => {
    const form = document.querySelector(`form[data-do="${button.dataset.form}"]`);
    for (const [name, value] of Object.entries(JSON.parse(button.dataset.values))) {
      const input = form.elements.namedItem(name);
      input.value = value;
      input.dataset.touched = "yes";
    }
    remember(form);
    form.closest("details")?.setAttribute("open", "");
    form.querySelector("button[type=submit]").focus();
  };

  /* ---------- what arrives ---------- */
  new MutationObserver(() => {
    for (const form of document.querySelectorAll("form[data-keep]:not([data-restored])")) {
      form.dataset.restored = "yes";
      putBack(form, form.elements);
      fitDevice(form);
      if (form === visitForm()) compareDays();
    }
    const list = document.querySelector("#cx-visit-cards .cx-cards:not([data-settled])");
    if (list && visitForm()) {
      if (focused) list.dataset.focus = focused;
      settle(list);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();

/* The language is chosen for this browser. */
document.addEventListener("change", (event) => {
  if (event.target.name !== "cx-language") return;
  const age_s = event.target.value ? 365 * 24 * 3600 : 0;
  document.cookie = `${event.target.dataset.cookie}=${event.target.value}; path=/; max-age=${age_s}; samesite=strict`;
  location.reload();
});
