/* Saves what a result shows as a PNG. Drawn in the browser from the pictures on the page: nothing goes to the server. */
"use strict";

const EDGE = 2;
const LEGEND_PX = 42;
const SIGNS = { better: ["#0072b2"], worse: ["#d55e00"], pale: ["#a3c3d6", "#e3bfa6"], unsure: ["#eef0f2"], unseen: ["#d9dde1"] };
const SHEET_EDGE = 20;
const CAPTION = { font: "600 15px sans-serif", plain: "15px sans-serif", height: 30, line: 22 };

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
  const outlines = figure.querySelector(asMap ? ".cx-places" : ".cx-outlines:not(.cx-places)");
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

/* Canvases in rows of so many, each with lines of words below it. */
function lay(parts, columns, words) {
  const [width, height] = [Math.max(...parts.map((part) => part.width)), Math.max(...parts.map((part) => part.height))];
  const edge = words ? SHEET_EDGE : EDGE;
  const [cellWidth, cellHeight] = [width + edge, height + (words ? 2 * CAPTION.line : 0) + edge];
  const rows = Math.ceil(parts.length / columns);
  const sheet = Object.assign(document.createElement("canvas"), { width: columns * cellWidth - edge, height: rows * cellHeight - edge });
  const pen = sheet.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  parts.forEach((part, number) => {
    const [left, top] = [(number % columns) * cellWidth, Math.floor(number / columns) * cellHeight];
    pen.drawImage(part, left, top);
    if (!words) return;
    pen.fillStyle = "#1b2430";
    words[number].forEach((line, row) => {
      pen.font = row ? CAPTION.plain : CAPTION.font;
      pen.fillText(line, left + 2, top + height + 18 + row * CAPTION.line);
    });
  });
  return sheet;
}

function picturesOf(card) {
  const shown = card.querySelector("[name^='cx-view']:checked")?.value ?? "apart";
  const figures = [...card.querySelectorAll("figure")];
  if (shown === "map") return [withLegend(drawFigure(card.querySelector(".cx-after"), true), card), "change-map"];
  return [lay(figures.map((figure) => drawFigure(figure, false)), figures.length), figures.length > 1 ? "before-after" : "photograph"];
}

/* The map with its signs below: without them nobody could read it later. */
function withLegend(map, card) {
  const sheet = Object.assign(document.createElement("canvas"), { width: map.width, height: map.height + LEGEND_PX });
  const pen = sheet.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(map, 0, 0);
  pen.font = CAPTION.plain;
  let left = 12;
  for (const sign of card.querySelectorAll(".cx-mapkey li")) {
    const kind = [...(sign.querySelector("i")?.classList ?? [])].find((name) => name.startsWith("cx-sign-"))?.slice(8);
    (SIGNS[kind] ?? []).forEach((colour, k) => {
      pen.fillStyle = colour;
      pen.fillRect(left + 14 * k, map.height + 12, SIGNS[kind].length > 1 ? 14 : 28, 18);
    });
    if (kind === "unseen") stripes(pen, left, map.height + 12);
    pen.fillStyle = "#1b2430";
    pen.fillText(sign.textContent.trim(), left + 36, map.height + 26);
    left += 62 + pen.measureText(sign.textContent.trim()).width;
  }
  return sheet;
}

function stripes(pen, left, top) {
  pen.strokeStyle = "#5d6670";
  pen.lineWidth = 2;
  for (let x = left; x < left + 28; x += 7) {
    pen.beginPath();
    pen.moveTo(x, top + 18);
    pen.lineTo(x + 7, top);
    pen.stroke();
  }
}

/* All scars in the order shown. Those that were never scrolled to are decoded first. */
async function looksOf(card) {
  const looks = [...card.querySelectorAll("ol li")];
  const images = looks.map((look) => Object.assign(look.querySelector("img"), { loading: "eager" }));
  await Promise.all(images.map((image) => image.decode()));
  const words = looks.map((look) => [look.querySelector("p").textContent.trim(), look.querySelector("small").textContent.trim()]);
  return [lay(images.map(asCanvas), Math.min(looks.length, Math.max(1, Math.floor(2100 / images[0].naturalWidth))), words), "scars"];
}

/* The chart that is shown, twice as large so that it prints well. */
async function chartOf(card) {
  const svg = [...card.querySelectorAll(".cx-chart svg")].find((one) => one.checkVisibility());
  const { width, height } = svg.viewBox.baseVal;
  const image = new Image(2 * width, 2 * height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg.outerHTML)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return [canvas, `series-${svg.closest(".cx-chart").dataset.chart}`];
}

const SAVES = { pictures: picturesOf, looks: looksOf, chart: chartOf };

function asCanvas(image) {
  const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas;
}

function download(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.(".cx-save");
  if (!button) return;
  const card = button.closest(".cx-card");
  const [canvas, name] = await SAVES[button.dataset.save](card);
  canvas.toBlob((blob) => download(blob, `cicatrix-${name}.png`));
});
