// A guided session: the camera, the line to the coach, what it says, and what is pressed.

import { complain, text } from "../app.js";
import { Camera, cameras, reasonOf } from "./camera.js";
import { chosen, chosenCamera, onGoOn, showChoice } from "./choice.js";
import { Line } from "./line.js";
import { drawBody } from "./overlay.js";
import { linesOf, showScreen } from "./screen.js";
import { allowSound, sound } from "./sound.js";

const byId = (id) => document.getElementById(id);
const AGAIN_MS = 2000, MOST_FIGURES = 20000;
const picture = document.querySelector(".picture");
const sent = new Map(), latencies = [], mirrorOf = new Map();
let line = null, camera = null, mirrored = true, wake = null, lastPose = null, calling = 0;

// What the benchmark reads: milliseconds from a picture's capture to the body drawn on it.
window.formcheck = { latencies, frames: () => line?.number ?? 0 };

const stayAwake = async () => {
  try {
    wake = await navigator.wakeLock?.request("screen");
  } catch {
    // A browser that does not keep the screen awake is no reason to stop.
  }
};

const setMirrored = (value) => {
  mirrored = value;
  picture.classList.toggle("mirrored", mirrored);
  byId("mirror").setAttribute("aria-pressed", String(mirrored));
  if (lastPose) drawBody(byId("overlay"), lastPose, mirrored);
};

// What was chosen for a camera holds for it, also when it comes back after it was gone.
const turnMirror = () => {
  mirrorOf.set(camera.deviceId, !mirrored);
  setMirrored(!mirrored);
};

const press = (action) => line?.say({ type: "press", action });

const openCamera = async (wanted, tells = true) => {
  try {
    await camera.open(wanted);
  } catch (error) {
    if (tells) complain(text(`js.live.camera.${reasonOf(error)}`));
    return false;
  }
  setMirrored(mirrorOf.get(camera.deviceId) ?? camera.facing !== "environment");
  complain("");
  byId("other-camera").hidden = (await cameras()).length < 2;
  return true;
};

const nextCamera = async () => {
  const all = await cameras(), at = all.findIndex((one) => one.deviceId === camera.deviceId);
  if (all.length < 2) return;
  const before = camera.deviceId;
  if (!(await openCamera(all[(at + 1) % all.length].deviceId))) await openCamera(before, false);
};

const cameraGone = () => {
  complain(text("js.live.camera.gone"));
  clearInterval(calling);
  calling = setInterval(async () => {
    if (!line || await openCamera(chosenCamera(), false) || await openCamera("", false)) clearInterval(calling);
  }, AGAIN_MS);
};

const drawn = (message) => {
  lastPose = message;
  drawBody(byId("overlay"), message, mirrored);
  byId("status").textContent = message.status;
  const takenMs = sent.get(message.number);
  for (const number of sent.keys()) if (number <= message.number) sent.delete(number);
  if (takenMs === undefined) return;
  // The body is seen when the browser has painted it.
  requestAnimationFrame(() => {
    if (latencies.length === MOST_FIGURES) latencies.shift();
    latencies.push(performance.now() - takenMs);
  });
};

const ended = () => {
  line?.end();
  line = null;
  clearInterval(calling);
  camera?.close();
  wake?.release?.();
  sent.clear();
  lastPose = null;
  byId("session").hidden = true;
  document.body.classList.remove("in-session");
  delete document.body.dataset.stage;
};

const back = (sentence) => {
  ended();
  showChoice(true);
  complain(sentence);
};

const finish = ({ summary, report, notes, session }) => {
  ended();
  byId("saved").hidden = false;
  byId("summary").replaceChildren(...linesOf([...summary, ...(notes ?? [])]));
  byId("report").hidden = !report;
  if (report) byId("report").href = report;
  document.body.dataset.session = session ?? "";
  byId("saved-title").focus();
};

const HEARD = {
  screen: (message) => showScreen(message, press),
  pose: drawn,
  cue: (message) => {
    sound(message);
    if (message.text) byId("spoken").textContent = message.text;
  },
  saved: finish,
  error: ({ error }) => back(error),
  gone: ({ error }) => back(error || text("js.live.gone")),
};

const lineState = (state) => {
  if (state === "lost") complain(text("js.live.lost"));
  else if (state === "back") complain("");
  else back(byId("trouble").textContent || text("js.live.refused"));
};

const begin = async (first, session) => {
  allowSound();
  showChoice(false);
  byId("saved").hidden = true;
  byId("session").hidden = false;
  document.body.classList.add("in-session");
  byId("stage").textContent = text("js.live.ready");
  byId("instruction").textContent = text("js.live.ready.text");
  byId("stage").focus();
  const mine = new Line((message) => HEARD[message.type]?.(message), lineState);
  camera = new Camera(byId("video"), {
    wants: () => mine.wants,
    take: (blob, takenMs) => {
      const number = mine.picture(blob, takenMs);
      if (number !== null) sent.set(number, takenMs);
    },
  }, cameraGone);
  if (!(await openCamera(chosenCamera()))) {
    back(byId("trouble").textContent);
    return;
  }
  line = mine;
  await stayAwake();
  line.begin(first, session);
};

const KEYS = { p: "pain", escape: "pain", " ": "pause", r: "recalibrate", m: "mute", s: "skip", enter: "confirm", f: "finish" };
const pressed = (event) => {
  if (!line || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  // A button that has the focus is pressed by these keys itself.
  if ((key === " " || key === "enter") && event.target.closest("button, a")) return;
  if (key === "x") turnMirror();
  else if (key === "c") nextCamera();
  else if (!byId("asks").hidden && /^[0-9t]$/.test(key)) discomfort(key === "t" ? 10 : Number(key));
  else if (KEYS[key]) press(KEYS[key]);
  else return;
  event.preventDefault();
};
const discomfort = (level) => line?.say({ type: "discomfort", level });

document.addEventListener("keydown", pressed);
document.addEventListener("visibilitychange", () => {
  if (!line) return;
  complain(document.hidden ? text("js.live.hidden") : "");
  if (!document.hidden) stayAwake();
});
// A session is not left by a slip of the finger.
window.addEventListener("beforeunload", (event) => { if (line) event.preventDefault(); });
byId("video").addEventListener("resize", ({ target }) => byId("session").style.setProperty("--aspect", target.videoWidth / target.videoHeight));
byId("pain").addEventListener("click", () => press("pain"));
byId("mirror").addEventListener("click", turnMirror);
byId("other-camera").addEventListener("click", nextCamera);
document.querySelectorAll("[data-level]").forEach((button) => button.addEventListener("click", () => discomfort(Number(button.dataset.level))));
byId("choice").addEventListener("submit", (event) => {
  event.preventDefault();
  begin(chosen(), null);
});
onGoOn((session) => begin(null, session));
showChoice(true);
if (!navigator.mediaDevices?.getUserMedia) complain(text("js.live.camera.insecure"));
