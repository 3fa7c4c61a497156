(() => {
  "use strict";
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const COLOURS = {
    light: { accent: "#0f6b63", ink: "#1d2327", muted: "#59636a", paper: "#ffffff", grid: "#e3e2dd" },
    dark: { accent: "#6cd0c2", ink: "#e9ecec", muted: "#a3aeb3", paper: "#1c2226", grid: "#323a3f" },
  };
  const coloured = (value, colours) => {
    if (typeof value === "string") return value[0] === "@" ? colours[value.slice(1)] || value : value;
    if (Array.isArray(value)) return value.map((item) => coloured(item, colours));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, colours)]));
    }
    return value;
  };
  const places = [...document.querySelectorAll(".small-plot")];
  const draw = (scheme, width) => places.map((place, number) => {
    const { data, layout } = coloured(figures[number], COLOURS[scheme]);
    if (width) layout.width = width;
    if (place.classList.contains("js-plotly-plot")) return Plotly.react(place, data, layout);
    place.replaceChildren();
    return Plotly.newPlot(place, data, layout, { displayModeBar: false, responsive: true });
  });
  const now = () => (dark.matches ? "dark" : "light");
  document.documentElement.classList.add("enhanced");
  Promise.all(draw(now())).then(() => { document.documentElement.dataset.ready = "true"; });
  dark.addEventListener("change", () => draw(now()));
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((details) => { details.open = true; });
    draw("light", 300);
  });
  window.addEventListener("afterprint", () => draw(now()));
})();
