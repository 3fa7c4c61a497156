// A guided session: choosing, the camera, the line to the coach, and what it says.

import { ask, complain, text } from "../app.js";
import { Camera, cameras, reasonOf } from "./camera.js";
import { Line } from "./line.js";
import { drawBody } from "./overlay.js";
import { showScreen } from "./screen.js";
import { allowSound, sound } from "./sound.js";

const byId = (id) => document.getElementById(id);
const facts = JSON.parse(byId("facts").textContent);
const form = byId("choice"), picture = document.querySelector(".picture"), latencies = [];
const sent = new Map();
let line = null, camera = null, mirrored = true, wake = null, over = false, lastPose = null;

const fill = (id, names, prefix) => byId(id).replaceChildren(...names.map((name) => new Option(prefix ? text(`${prefix}${name}`) : name, name)));
const chooseExercise = () => {
  const spec = facts[byId("exercise").value];
  fill("legs", spec.legs, "js.live.legs.");
  fill("direction", spec.directions, "");
  byId("direction").value = spec.direction;
  byId("target").max = spec.most;
  byId("target").value = spec.target;
  byId("where").textContent = spec.camera;
};

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
  if (lastPose) drawBody(byId("overlay"), lastPose, mirrored);
};

const press = (action) => line?.say({ type: "press", action });

const openCamera = async (deviceId) => {
  try {
    await camera.open(deviceId);
    setMirrored(camera.facing !== "environment");
    complain("");
    return true;
  } catch (error) {
    complain(text(`js.live.camera.${reasonOf(error)}`));
    return false;
  }
};

const nextCamera = async () => {
  const all = await cameras();
  const at = all.findIndex((one) => one.deviceId === camera.deviceId);
  if (all.length > 1) await openCamera(all[(at + 1) % all.length].deviceId);
};

const heard = (message) => {
  if (message.type === "screen") showScreen(message, press);
  else if (message.type === "pose") {
    lastPose = message;
    drawBody(byId("overlay"), message, mirrored);
    byId("status").textContent = message.status;
    if (sent.has(message.number)) latencies.push(performance.now() - sent.get(message.number));
    [...sent.keys()].filter((number) => number <= message.number).forEach((number) => sent.delete(number));
    window.formcheck = { latencies, mirrored };
  } else if (message.type === "cue") {
    sound(message);
    if (message.text) byId("spoken").textContent = message.text;
  } else if (message.type === "saved") finish(message);
  else if (message.type === "error") complain(message.error);
  else if (message.type === "gone") {
    if (message.error) complain(message.error);
    back();
  }
};

const lineState = (state) => {
  if (state === "lost") complain(text("js.live.lost"));
  else if (state === "back") complain("");
  else if (state === "refused") back();
};

const begin = async (first) => {
  allowSound();
  byId("setup").hidden = true;
  byId("session").hidden = false;
  camera = new Camera(byId("video"), {
    wants: () => Boolean(line?.wants),
    take: async (blob, takenMs) => {
      const number = await line.picture(blob, takenMs);
      if (number !== null) sent.set(number, takenMs);
    },
  }, () => {
    if (over) return;
    complain(text("js.live.camera.gone"));
    const again = setInterval(async () => { if (over || await openCamera(byId("camera").value)) clearInterval(again); }, 2000);
  });
  if (!(await openCamera(byId("camera").value))) {
    back();
    return;
  }
  await stayAwake();
  line = new Line(heard, lineState);
  line.open(first);
};

const back = () => {
  camera?.close();
  wake?.release?.();
  byId("session").hidden = true;
  byId("setup").hidden = false;
  look();
};

const finish = ({ summary, report, notes, session }) => {
  over = true;
  camera?.close();
  wake?.release?.();
  byId("session").hidden = true;
  byId("saved").hidden = false;
  byId("summary").replaceChildren(...[...summary, ...(notes ?? [])].map((words) => Object.assign(document.createElement("li"), { textContent: words })));
  byId("report").hidden = !report;
  if (report) byId("report").href = report;
  document.body.dataset.session = session ?? "";
  byId("saved-title").focus();
};

const look = async () => {
  const list = byId("unfinished");
  try {
    const { unfinished } = await ask("GET", "/api/live");
    list.replaceChildren(...unfinished.map((one) => {
      const item = document.createElement("li"), row = document.createElement("p");
      item.className = "card";
      const counts = Object.entries(one.reps).map(([side, number]) => `${number} ${side}`).join(", ");
      item.append(Object.assign(document.createElement("p"), { textContent: text("js.live.unfinished", { title: one.title, when: new Date(one.started_at).toLocaleString(), reps: counts || "0" }) }));
      row.className = "actions";
      const button = (key, work) => row.append(Object.assign(document.createElement("button"), { type: "button", className: key === "js.live.go_on" ? "" : "plain", textContent: text(key), onclick: work }));
      button("js.live.go_on", () => {
        sessionStorage.setItem("formcheck.session", one.id);
        begin(null);
      });
      button("js.live.keep", () => ask("POST", `/api/live/${one.id}/keep`).then(look, (error) => complain(error.message)));
      button("js.live.forget", () => { if (window.confirm(text("js.live.forget_sure"))) ask("DELETE", `/api/live/${one.id}`).then(look, (error) => complain(error.message)); });
      item.append(row);
      return item;
    }));
  } catch (error) {
    complain(error.message);
  }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = new FormData(form), first = { type: "choose" };
  for (const name of ["exercise", "legs", "direction", "person"]) first[name] = values.get(name);
  first.target = Number(values.get("target"));
  first.rest_s = Number(values.get("rest"));
  first.measure_range = values.get("range") === "1";
  if (values.get("tempo")) first.out_s = first.back_s = Number(values.get("tempo"));
  if (values.get("discomfort")) first.discomfort = Number(values.get("discomfort"));
  begin(first);
});
byId("pain").addEventListener("click", () => press("pain"));
document.querySelectorAll("[data-level]").forEach((button) => button.addEventListener("click", () => line?.say({ type: "discomfort", level: Number(button.dataset.level) })));

const KEYS = { p: "pain", escape: "pain", " ": "pause", r: "recalibrate", m: "mute", s: "skip", enter: "confirm", f: "finish" };
document.addEventListener("keydown", (event) => {
  if (byId("session").hidden || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  // A button that has the focus is pressed by these keys itself.
  if ((key === " " || key === "enter") && event.target.closest("button, a")) return;
  if (key === "x") setMirrored(!mirrored);
  else if (key === "c") nextCamera();
  else if (!byId("asks").hidden && /^[0-9t]$/.test(key)) line?.say({ type: "discomfort", level: key === "t" ? 10 : Number(key) });
  else if (KEYS[key]) press(KEYS[key]);
  else return;
  event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (byId("session").hidden) return;
  if (document.hidden) complain(text("js.live.hidden"));
  else {
    complain("");
    stayAwake();
  }
});

byId("exercise").addEventListener("change", chooseExercise);
const asked = new URLSearchParams(location.search).get("exercise");
if (asked && facts[asked]) byId("exercise").value = asked;
chooseExercise();
if (!navigator.mediaDevices?.getUserMedia) complain(text("js.live.camera.insecure"));
else cameras().then((all) => all.forEach((one, index) => byId("camera").append(new Option(one.label || text("js.live.camera.number", { number: index + 1 }), one.deviceId))), () => {});

look();
