/* The device's camera with the photograph before as a ghost over it, and a hint about how to hold it. Frames go to
   the server this page came from, one a second, and are not kept there. */
"use strict";
(() => {
  const FRAME_PX = 480, PAUSE_MS = 700, PATIENCE_MS = 4000, JPEG = 0.95;
  let side = "after", stream = null, shot = null, seq = 0, asked = 0, timer = null;

  const dialog = () => document.getElementById("cx-camera");
  const part = (selector) => dialog().querySelector(selector);
  const video = () => part("video");

  async function start(which) {
    side = which;
    for (const title of dialog().querySelectorAll("[data-title]")) title.hidden = title.dataset.title !== side;
    const baseline = side === "after" ? cicatrix.look("before")?.querySelector("img") : null;
    part(".cx-ghost").src = baseline?.src ?? "";
    dialog().dataset.ghost = baseline ? "yes" : "no";
    fade();
    dialog().showModal();
    await run({ facingMode: { ideal: "environment" } });
  }

  /* ---------- the camera ---------- */
  async function run(which) {
    stop();
    state("starting");
    if (!navigator.mediaDevices?.getUserMedia) return trouble("insecure");
    try {
      // The largest picture that the camera has: the nearest to more than any has.
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, width: { ideal: 8192 }, height: { ideal: 6144 } } });
    } catch (error) {
      return trouble({ NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing" }[error.name] ?? "busy");
    }
    if (!dialog().open) return stop();
    video().srcObject = stream;
    await video().play().catch(() => {});
    const facing = stream.getVideoTracks()[0].getSettings().facingMode;
    dialog().dataset.mirrored = facing === "user" ? "yes" : "no";
    shape();
    state("live");
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    part("[data-cx=camera-switch]").hidden = cameras.length < 2;
    say(dialog().dataset.ghost === "yes" ? "wait" : "alone");
    ask();
  }

  function stop() {
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    if (dialog()) video().srcObject = null;
  }

  async function other() {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    const now = stream?.getVideoTracks()[0].getSettings().deviceId;
    const next = cameras[(cameras.findIndex((camera) => camera.deviceId === now) + 1) % cameras.length];
    if (next) await run({ deviceId: { exact: next.deviceId } });
  }

  function state(name) {
    dialog().dataset.state = name;
  }

  function trouble(name) {
    state("trouble");
    for (const text of dialog().querySelectorAll(".cx-trouble p")) text.hidden = text.dataset.when !== name;
  }

  /** The frame takes the live picture's shape, so that ghost and grid lie on it exactly. */
  function shape() {
    part(".cx-frame").style.setProperty("--w", video().videoWidth || 4);
    part(".cx-frame").style.setProperty("--h", video().videoHeight || 3);
  }

  /* ---------- taking ---------- */
  async function shoot() {
    if (dialog().dataset.state !== "live") return;
    state("taking");
    const taken = (await still()) ?? (await canvasBlob(video().videoWidth, JPEG));
    if (dialog().dataset.state !== "taking") return;
    if (!taken) return trouble("busy");
    shot = taken;
    URL.revokeObjectURL(part(".cx-shot").src);
    part(".cx-shot").src = URL.createObjectURL(shot);
    state("review");
    part("[data-cx=camera-use]").focus();
  }

  /** The sensor's own photograph, which is larger than the live picture where the browser offers it. */
  async function still() {
    if (!window.ImageCapture) return null;
    try {
      const photo = await new ImageCapture(stream.getVideoTracks()[0]).takePhoto();
      return ["image/jpeg", "image/png"].includes(photo.type) ? photo : null;
    } catch {
      return null;
    }
  }

  function canvas(longSide) {
    const { videoWidth: width, videoHeight: height } = video();
    const factor = Math.min(1, longSide / Math.max(width, height, 1));
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [Math.round(width * factor), Math.round(height * factor)];
    const context = picture.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(video(), 0, 0, picture.width, picture.height);
    return picture;
  }

  function canvasBlob(longSide, quality) {
    return new Promise((done) => { canvas(Math.max(longSide, video().videoHeight)).toBlob(done, "image/jpeg", quality); });
  }

  async function use() {
    if (!shot) return;
    const ending = shot.type === "image/png" ? "png" : "jpg";
    const file = new File([shot], `camera-${side}.${ending}`, { type: shot.type });
    dialog().close();
    await cicatrix.give(side, file);
  }

  function again() {
    shot = null;
    state("live");
    ask();
    part(".cx-shutter").focus();
  }

  /* ---------- the hint ---------- */
  function ask() {
    clearTimeout(timer);
    if (!dialog().open || dialog().dataset.state !== "live" || dialog().dataset.ghost !== "yes") return;
    const field = document.querySelector("#cx-frame :is(textarea, input)");
    if (field && video().videoWidth && !document.hidden) {
      seq += 1;
      asked = seq;
      const jpeg = canvas(FRAME_PX).toDataURL("image/jpeg", 0.8);
      cicatrix.type(field, JSON.stringify({ seq, mirrored: dialog().dataset.mirrored === "yes", jpeg }));
    }
    timer = setTimeout(ask, PATIENCE_MS); // for an answer that never comes
  }

  function say(name) {
    write(part(".cx-live").dataset[name], "", false);
  }

  function write(text, way, ok) {
    const live = part(".cx-live");
    if (live.textContent !== text) live.textContent = text;
    live.classList.toggle("cx-ok", ok);
    part(".cx-frame").dataset.way = way;
  }

  function answered() {
    const said = document.querySelector("#cx-hint .cx-said");
    if (!said || Number(said.dataset.seq) !== asked || !dialog()?.open || dialog().dataset.state !== "live") return;
    asked = 0;
    write(said.textContent, said.dataset.way, said.dataset.ok === "yes");
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  }

  function fade() {
    dialog().style.setProperty("--ghost", part(".cx-opacity").value / 100);
  }

  new MutationObserver(answered).observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["data-seq"] });
  document.addEventListener("input", (event) => {
    if (event.target instanceof Element && event.target.matches("#cx-camera .cx-opacity")) fade();
  });
  document.addEventListener("resize", (event) => event.target === video() && shape(), true);
  document.addEventListener("close", (event) => {
    if (event.target !== dialog()) return;
    stop();
    state("off");
    const field = document.querySelector("#cx-frame :is(textarea, input)");
    if (field?.value) cicatrix.type(field, ""); // the last frame leaves the page
  }, true);

  Object.assign(cicatrix.actions, {
    camera: (which) => start(which),
    "camera-close": () => dialog().close(),
    "camera-switch": other,
    "camera-shoot": shoot,
    "camera-again": again,
    "camera-use": use,
  });
})();
