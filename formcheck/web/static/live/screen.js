// What the coach wants to show, put on the page.

import { text } from "../app.js";

const byId = (id) => document.getElementById(id);
const put = (id, words) => {
  const place = byId(id);
  if (place.textContent !== words) place.textContent = words;
};
const show = (id, shown) => { byId(id).hidden = !shown; };
let hints = "", stage = "";

const gauge = (facts) => {
  show("gauge", Boolean(facts));
  if (!facts) return;
  const most = Math.max(40, 1.15 * (facts.limit_deg ?? 0), 1.1 * (facts.comfort_deg ?? 0));
  const x = (angle) => 8 + (304 * Math.min(Math.max(angle, 0), most)) / most;
  const box = byId("gauge");
  box.querySelector(".comfort").setAttribute("width", facts.comfort_deg === null ? 0 : x(facts.comfort_deg) - 8);
  const limit = box.querySelector(".limit"), now = box.querySelector(".now");
  limit.style.display = facts.limit_deg === null ? "none" : "";
  limit.setAttribute("transform", `translate(${x(facts.limit_deg ?? 0)} 0)`);
  now.style.display = facts.angle_deg === null ? "none" : "";
  now.setAttribute("transform", `translate(${x(facts.angle_deg ?? 0)} 0)`);
  const angle = facts.angle_deg === null ? facts.reason ?? "" : text("js.live.angle", { angle: Math.round(facts.angle_deg) });
  put("gauge-words", [angle, facts.limit_deg === null ? "" : text("js.live.limit", { limit: Math.round(facts.limit_deg) })].filter(Boolean).join(" · "));
};

const breath = (moment) => {
  show("breath", Boolean(moment));
  if (!moment) return;
  byId("breath").querySelector(".fill").setAttribute("r", 6 + 20 * moment.fill);
  const words = byId("breath").querySelector("span"), said = text(`js.live.breath.${moment.breath}`);
  if (words.textContent !== said) words.textContent = said;
};

const SHOWN = 50, ARROWS = { in: "▲", out: "▼", pause: "■", held: "■", unseen: "" };
const chest = (seen) => {
  show("chest", Boolean(seen));
  if (!seen) return;
  const box = byId("chest"), x = (place) => 6 + (187 * place) / (SHOWN - 1), y = (level) => 30 - 24 * Math.min(Math.max(level / 1.4, -1), 1);
  const trace = seen.trace.slice(-SHOWN), first = SHOWN - trace.length;
  // What was not measured is no line.
  const points = trace.map((level, index) => (level === null ? "" : `${(trace[index - 1] ?? null) === null ? "M" : "L"}${x(first + index).toFixed(1)} ${y(level).toFixed(1)}`));
  const now = box.querySelector(".now"), level = trace.at(-1) ?? null;
  box.querySelector(".line").setAttribute("d", points.join(""));
  now.style.display = level === null || seen.move === "unseen" ? "none" : "";
  now.setAttribute("cy", y(level ?? 0));
  put("chest-arrow", ARROWS[seen.move]);
  put("chest-words", seen.words);
};

/** Lines as items of a list; what ends in a colon stands above others. */
export const linesOf = (lines) => lines.map((line) => Object.assign(document.createElement("li"), { textContent: line, className: line.endsWith(":") ? "head" : "" }));

/** Show a screen; `press(action)` is called by its buttons. */
export const showScreen = (screen, press) => {
  put("stage", screen.title);
  put("instruction", screen.instruction);
  put("advice", screen.advice ?? "");
  show("advice", Boolean(screen.advice));
  put("notice", screen.notice ?? "");
  const { count } = screen;
  show("count", Boolean(count));
  if (count) {
    put("done", String(count.done));
    put("of", text("js.live.of", { target: count.target }));
    put("leg", text(`js.live.leg.${count.side ?? "both"}`));
  }
  put("correction", screen.correction ? `${screen.correction.text}` : "");
  show("correction", Boolean(screen.correction));
  byId("progress").value = screen.progress ?? 0;
  show("progress", screen.progress !== null);
  put("remaining", screen.remaining_s === null ? "" : String(Math.ceil(screen.remaining_s)));
  show("remaining", screen.remaining_s !== null);
  gauge(screen.gauge);
  breath(screen.breath);
  chest(screen.breath_seen);
  show("asks", screen.asks_discomfort);
  const lines = screen.detail.join("\n");
  if (byId("detail").dataset.lines !== lines) {
    byId("detail").dataset.lines = lines;
    byId("detail").replaceChildren(...linesOf(screen.detail));
  }
  const wanted = JSON.stringify(screen.hints);
  if (wanted !== hints) {
    hints = wanted;
    const focused = document.activeElement?.dataset?.action;
    const shown = screen.hints.filter((hint) => !["pain", "discomfort", "mirror", "switch_camera"].includes(hint.action));
    byId("hints").replaceChildren(...shown.map((hint) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: `${hint.text} ` });
      button.append(Object.assign(document.createElement("kbd"), { textContent: hint.keys[0] }));
      button.dataset.action = hint.action;
      button.addEventListener("click", () => press(hint.action));
      return button;
    }));
    if (focused) byId("hints").querySelector(`[data-action="${focused}"]`)?.focus();
  }
  show("pain", !["summary", "stopped", "done"].includes(screen.stage));
  if (stage !== screen.stage) {
    stage = screen.stage;
    document.body.dataset.stage = stage;
    if (!document.activeElement || document.activeElement === document.body) byId("stage").focus({ preventScroll: true });
  }
};
