/* The divider follows its range input; the input itself brings keyboard, touch and screen reader. */
"use strict";
document.addEventListener("input", (event) => {
  const range = event.target;
  if (!(range instanceof HTMLInputElement) || !range.matches(".cx-range")) return;
  const before = Number(range.value);
  range.closest(".cx-stage").style.setProperty("--split", `${before}%`);
  range.setAttribute("aria-valuetext", `${Math.round(before)} % before, ${Math.round(100 - before)} % after`);
});
