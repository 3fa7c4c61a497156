// Films: chosen or dropped, sent one after the other, and followed until their report is there.

import { announce, ask, complain, text, token } from "./app.js";

const byId = (id) => document.getElementById(id);
const form = byId("films"), files = byId("files"), drop = byId("drop"), list = byId("jobs"), none = byId("none");
const facts = JSON.parse(byId("facts").textContent);
const mostBytes = Number(form.dataset.mostGb) * 1e9;
const EVERY_MS = 700, IDLE_MS = 5000;

const items = new Map();
const waiting = [];
let sending = null, offline = false, timer = 0;

const item = (id, name) => {
  if (!items.has(id)) {
    const made = byId("job").content.firstElementChild.cloneNode(true);
    made.querySelector(".name").textContent = name;
    made.querySelector("progress").setAttribute("aria-label", name);
    list.prepend(made);
    items.set(id, made);
  }
  none.hidden = items.size > 0;
  return items.get(id);
};

const put = (made, what, words) => {
  const place = made.querySelector(what);
  if (place.textContent !== words) place.textContent = words;
};

const button = (words, work, plain = true) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = plain ? "plain" : "";
  made.textContent = words;
  made.addEventListener("click", work);
  return made;
};

const link = (words, address) => Object.assign(document.createElement("a"), { className: "button", textContent: words, href: address });

const left = (seconds) => {
  if (seconds === null) return "";
  return seconds < 90 ? text("js.left_s", { seconds: Math.max(1, Math.round(seconds)) }) : text("js.left_min", { minutes: Math.round(seconds / 60) });
};

const follow = (job) => {
  const made = item(job.id, job.name), before = made.dataset.state;
  const busy = job.state === "working";
  const stage = busy && job.stage ? [text(`js.${job.stage}`), text("js.percent", { percent: Math.floor(100 * job.part) }), left(job.left_s)] : [text(`state.${job.state}`)];
  put(made, ".state", stage.filter(Boolean).join(", "));
  const bar = made.querySelector("progress");
  bar.hidden = !busy && job.state !== "queued";
  if (busy) bar.value = job.part;
  put(made, ".verdict", job.verdict ?? "");
  put(made, ".why", [job.error, ...job.notes].filter(Boolean).join(" "));
  if (before === job.state) return;
  made.dataset.state = job.state;
  const actions = made.querySelector(".actions");
  actions.replaceChildren();
  if (job.report) actions.append(link(text("js.report"), job.report));
  if (job.session) actions.append(Object.assign(link(text("js.session"), `/history/${job.session}`), { className: "button plain" }));
  if (job.measures_range && job.state === "done") actions.append(Object.assign(link(text("js.people"), "/profiles"), { className: "button plain" }));
  if (busy || job.state === "queued") actions.append(button(text("js.cancel"), () => act("POST", `/api/jobs/${job.id}/cancel`)));
  else actions.append(button(text("js.remove"), () => { if (!job.report || window.confirm(text("js.sure_remove", { name: job.name }))) act("DELETE", `/api/jobs/${job.id}`); }));
  if (before && job.state === "done") announce(text("js.done", { name: job.name }));
};

const act = async (method, path) => {
  try {
    await ask(method, path);
  } catch (error) {
    complain(error.message);
  }
  look();
};

const look = async () => {
  clearTimeout(timer);
  let busy = false;
  try {
    const { jobs } = await ask("GET", "/api/jobs");
    if (offline) complain("");
    offline = false;
    [...items.keys()].forEach((id) => {
      if (id === "sending" || jobs.some((job) => job.id === id)) return;
      items.get(id).remove();
      items.delete(id);
    });
    [...jobs].reverse().forEach(follow);
    none.hidden = items.size > 0;
    busy = jobs.some((job) => job.state === "working" || job.state === "queued");
  } catch (error) {
    offline = Boolean(error.offline);
    complain(error.message);
  }
  timer = setTimeout(look, busy ? EVERY_MS : IDLE_MS);
};

const send = () => {
  if (sending || !waiting.length) return;
  const { file, query } = waiting.shift();
  const made = item("sending", file.name), bar = made.querySelector("progress");
  const request = new XMLHttpRequest();
  sending = request;
  const over = (sentence) => {
    sending = null;
    items.get("sending")?.remove();
    items.delete("sending");
    none.hidden = items.size > 0;
    if (sentence) complain(`${file.name}: ${sentence}`);
    look();
    send();
  };
  request.open("POST", `/api/jobs?${query}`);
  request.setRequestHeader("X-Formcheck-Token", token());
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = loaded / Math.max(1, total);
    put(made, ".state", loaded < total ? text("js.sending", { percent: Math.floor((100 * loaded) / total) }) : text("js.checking"));
  });
  request.addEventListener("load", () => {
    let said = {};
    try {
      said = JSON.parse(request.responseText);
    } catch {
      // Told by its number below.
    }
    over(request.status === 201 ? "" : said.error ?? String(request.status));
  });
  request.addEventListener("error", () => over(text("js.broken")));
  request.addEventListener("abort", () => over(""));
  put(made, ".state", text("js.sending", { percent: 0 }));
  made.querySelector(".actions").replaceChildren(button(text("js.cancel"), () => request.abort()));
  request.send(file);
};

const take = (chosen) => {
  complain("");
  for (const file of chosen) {
    if (file.size > mostBytes) {
      complain(text("js.too_large", { name: file.name, gb: form.dataset.mostGb }));
      continue;
    }
    const values = new FormData(form), query = new URLSearchParams({ name: file.name, taken: file.lastModified });
    for (const name of ["exercise", "side", "direction", "model", "person", "purpose"]) query.set(name, values.get(name) ?? "");
    for (const name of ["profile", "mirrored", "history"]) query.set(name, values.get(name) ?? "0");
    waiting.push({ file, query });
  }
  send();
};

files.addEventListener("change", () => {
  take(files.files);
  files.value = "";
});
form.addEventListener("submit", (event) => event.preventDefault());
["dragenter", "dragover"].forEach((name) => drop.addEventListener(name, (event) => {
  event.preventDefault();
  drop.classList.add("over");
}));
["dragleave", "drop"].forEach((name) => drop.addEventListener(name, (event) => {
  event.preventDefault();
  drop.classList.remove("over");
}));
drop.addEventListener("drop", (event) => take(event.dataTransfer.files));

const exercise = byId("exercise"), direction = byId("direction");
const choose = () => {
  const { camera, directions } = facts[exercise.value];
  byId("camera").textContent = camera;
  const both = direction.lastElementChild;
  [...direction.options].slice(1, -1).forEach((option) => option.remove());
  directions.forEach((name) => both.before(new Option(name, name)));
  both.hidden = directions.length < 2;
  direction.value = "";
};
const wanted = new URLSearchParams(window.location.search), asked = wanted.get("exercise");
if (wanted.get("purpose") === "range") form.elements.purpose.value = "range";
if (asked && facts[asked]) exercise.value = asked;
exercise.addEventListener("change", choose);
choose();
look();
