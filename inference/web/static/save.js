/* Saves what a result shows as a PNG. Drawn in the browser from the pictures on the page: nothing goes to the server. */
"use strict";

const EDGE = 2;
const CAPTION = { font: "600 15px sans-serif", height: 30 };

/* One figure at its photograph's own size, with its outlines if they are shown and its caption. */
function drawFigure(figure, asMap) {
  const photo = figure.querySelector("img:not(.cx-map)");
  const canvas = Object.assign(document.createElement("canvas"), { width: photo.naturalWidth, height: photo.naturalHeight });
  const pen = canvas.getContext("2d");
  const size = [canvas.width, canvas.height];
  if (asMap) pen.filter = "grayscale(1) brightness(1.08)";
  pen.drawImage(photo, 0, 0, ...size);
  pen.filter = "none";
  const map = figure.querySelector(".cx-map");
  if (asMap && map) pen.drawImage(map, 0, 0, ...size);
  const outlines = figure.querySelector(".cx-outlines");
  if (outlines && getComputedStyle(outlines).display !== "none") drawOutlines(pen, outlines, size);
  drawCaption(pen, figure.querySelector("figcaption")?.textContent ?? "");
  return canvas;
}

function drawOutlines(pen, svg, [width, height]) {
  const { width: across, height: down } = svg.viewBox.baseVal;
  const scale = new DOMMatrix([width / across, 0, 0, height / down, 0, 0]);
  pen.lineWidth = Math.max(1.5, width / 700);
  for (const line of svg.querySelectorAll(".cx-line")) {
    const path = new Path2D();
    path.addPath(new Path2D(svg.querySelector(line.getAttribute("href")).getAttribute("d")), scale);
    pen.strokeStyle = getComputedStyle(line).stroke;
    pen.stroke(path);
  }
}

function drawCaption(pen, text) {
  if (!text) return;
  pen.font = CAPTION.font;
  pen.fillStyle = "rgb(25 22 20 / 72%)";
  pen.fillRect(0, 0, pen.measureText(text).width + 24, CAPTION.height);
  pen.fillStyle = "#fff";
  pen.fillText(text, 12, 20);
}

/* Canvases in rows of so many, each with words below it. */
function lay(parts, columns, words) {
  const [width, height] = [Math.max(...parts.map((part) => part.width)), Math.max(...parts.map((part) => part.height))];
  const [cellWidth, cellHeight] = [width + EDGE, height + (words ? CAPTION.height : 0) + EDGE];
  const rows = Math.ceil(parts.length / columns);
  const sheet = Object.assign(document.createElement("canvas"), { width: columns * cellWidth - EDGE, height: rows * cellHeight - EDGE });
  const pen = sheet.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  parts.forEach((part, number) => {
    const [left, top] = [(number % columns) * cellWidth, Math.floor(number / columns) * cellHeight];
    pen.drawImage(part, left, top);
    if (!words) return;
    pen.font = CAPTION.font;
    pen.fillStyle = "#1b2430";
    pen.fillText(words[number], left + 4, top + height + 20);
  });
  return sheet;
}

function picturesOf(card) {
  const shown = card.querySelector("[name='cx-view']:checked")?.value ?? "apart";
  const figures = [...card.querySelectorAll("figure")];
  if (shown === "map") return [drawFigure(card.querySelector(".cx-after"), true), "change-map"];
  return [lay(figures.map((figure) => drawFigure(figure, false)), figures.length), figures.length > 1 ? "before-after" : "photograph"];
}

function looksOf(card) {
  const looks = [...card.querySelectorAll("ol li")];
  const pairs = looks.map((look) => lay([...look.querySelectorAll("img")].map(asCanvas), 2));
  const words = looks.map((look) => `${look.querySelector("p").textContent.trim()}, ${look.querySelector("small").textContent.trim()}`);
  return [lay(pairs, 3, words), "scars"];
}

function asCanvas(image) {
  const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".cx-save");
  if (!button) return;
  const card = button.closest(".cx-card");
  const [canvas, name] = button.dataset.save === "looks" ? looksOf(card) : picturesOf(card);
  canvas.toBlob((blob) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `cicatrix-${name}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
});
