// What to do and with which camera, remembered for the next time; and sessions that broke off.

import { ask, complain, text } from "../app.js";
import { cameras } from "./camera.js";

const byId = (id) => document.getElementById(id);
const facts = JSON.parse(byId("facts").textContent);
const form = byId("choice"), list = byId("unfinished");
const KEPT = "formcheck.choice", LOOK_MS = 4000;
let goOn = () => {}, shown = "", timer = 0;

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

/** The settings of the form, as the coach wants them; remembered in this browser. */
export const chosen = () => {
  const values = { breath: "", ...Object.fromEntries(new FormData(form)) }, first = { type: "choose" };
  localStorage.setItem(KEPT, JSON.stringify(values));
  for (const name of ["exercise", "legs", "direction", "person"]) first[name] = values[name];
  first.target = Number(values.target);
  first.rest_s = Number(values.rest_s);
  first.measure_range = values.measure_range === "1";
  first.breath = values.breath === "1";
  if (values.tempo) first.out_s = first.back_s = Number(values.tempo);
  if (values.discomfort) first.discomfort = Number(values.discomfort);
  return first;
};

/** The id of a camera, "user" or "environment" for the front and back of a phone, or "" for the usual one. */
export const chosenCamera = () => byId("camera").value;

const recall = () => {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    // What cannot be read is not remembered.
  }
  const asked = new URLSearchParams(location.search).get("exercise"), exercise = facts[asked] ? asked : kept.exercise;
  if (facts[exercise]) byId("exercise").value = exercise;
  chooseExercise();
  if (!kept.exercise) return;
  form.elements.measure_range.checked = kept.measure_range === "1";
  // What was kept before there was this switch says nothing of it.
  form.elements.breath.checked = kept.breath !== "";
  // Limits of another exercise are not those of this one; how it feels today is asked anew.
  const same = kept.exercise === exercise;
  for (const name of ["rest_s", "tempo", "person", "camera", ...(same ? ["legs", "direction", "target"] : [])]) {
    const field = form.elements[name], value = kept[name] ?? "";
    if (!field.options || [...field.options].some((option) => option.value === value)) field.value = value;
  }
};

const listCameras = async () => {
  const select = byId("camera"), one = (words, value) => select.append(new Option(words, value));
  if (window.matchMedia("(pointer: coarse), (max-width: 40rem)").matches) ["user", "environment"].forEach((side) => one(text(`js.live.camera.${side}`), side));
  try {
    (await cameras()).filter(({ deviceId }) => deviceId).forEach((device, index) => one(device.label || text("js.live.camera.number", { number: index + 1 }), device.deviceId));
  } catch {
    // A browser that tells no names has the usual one.
  }
};

const made = (name, rest) => Object.assign(document.createElement(name), rest);

const card = (one) => {
  const counts = Object.entries(one.reps).map(([side, number]) => `${number} ${text(`js.live.leg.${side}`)}`).join(", ") || text("js.live.no_reps");
  const item = made("li", { className: "card" }), row = made("p", { className: "actions" });
  const when = one.started_at ? new Date(one.started_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "";
  const button = (key, work, className = "plain") => row.append(made("button", { type: "button", className, textContent: text(key), onclick: work }));
  const change = (method, address) => ask(method, address).then(look, (error) => complain(error.message));
  item.append(made("p", { textContent: text(one.waits ? "js.live.waits" : "js.live.unfinished", { title: one.title, when, reps: counts }) }), row);
  button("js.live.go_on", () => goOn(one.id), "");
  if (!one.waits) {
    button("js.live.keep", () => change("POST", `/api/live/${one.id}/keep`));
    button("js.live.forget", () => { if (window.confirm(text("js.live.forget_sure"))) change("DELETE", `/api/live/${one.id}`); });
  }
  return item;
};

const look = async () => {
  try {
    const { unfinished, waiting } = await ask("GET", "/api/live");
    const all = [...(waiting ? [{ ...waiting, waits: true }] : []), ...unfinished], now = JSON.stringify(all);
    // Anew only when it changed: somebody may be on a button.
    if (now !== shown) list.replaceChildren(...all.map(card));
    shown = now;
  } catch (error) {
    if (!error.offline) complain(error.message);
  }
};

/** What is done when a session that broke off goes on: told its id. */
export const onGoOn = (work) => { goOn = work; };

/** Show or hide the choice. */
export const showChoice = (isShown) => {
  byId("setup").hidden = !isShown;
  clearInterval(timer);
  if (!isShown) return;
  look();
  timer = setInterval(() => { if (!document.hidden) look(); }, LOOK_MS);
};

byId("exercise").addEventListener("change", chooseExercise);
listCameras().then(recall);
