// What every page can do: ask the server, say what went wrong, delete after asking, and send a file.

const texts = JSON.parse(document.getElementById("texts").textContent);

export const text = (key, values = {}) => (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

const trouble = document.getElementById("trouble"), news = document.getElementById("news");

export const complain = (sentence) => {
  trouble.textContent = sentence;
  trouble.hidden = !sentence;
  if (sentence) trouble.scrollIntoView({ block: "nearest" });
};

export const announce = (sentence) => { news.textContent = sentence; };

export const token = () => document.querySelector("meta[name=formcheck-token]").content;

/** Ask the server; the answer as an object, or an Error with a sentence to show. */
export const ask = async (method, path, body) => {
  let answer;
  try {
    answer = await fetch(path, { method, body, headers: method === "GET" ? {} : { "X-Formcheck-Token": token() } });
  } catch {
    throw Object.assign(new Error(text("js.offline")), { offline: true });
  }
  let said = {};
  try {
    said = await answer.json();
  } catch {
    // An answer without words is told by its number.
  }
  if (!answer.ok) throw new Error(text("js.failed", { error: said.error ?? answer.status }));
  return said;
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-delete]");
  if (!button || !window.confirm(button.dataset.sure)) return;
  button.disabled = true;
  try {
    await ask("DELETE", button.dataset.delete);
    if ("browser" in button.dataset) [localStorage, sessionStorage].forEach((kept) => kept.clear());
    window.location.assign(button.dataset.then);
  } catch (error) {
    complain(error.message);
    button.disabled = false;
  }
});

document.addEventListener("change", async (event) => {
  const input = event.target;
  if (!input.dataset.send || !input.files.length) return;
  try {
    await ask("POST", input.dataset.send, input.files[0]);
    window.location.assign(input.dataset.then);
  } catch (error) {
    complain(error.message);
    input.value = "";
  }
});
