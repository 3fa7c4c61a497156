(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const plot = byId("plot"), box = plot.parentElement, cursor = byId("cursor"), video = byId("video"), showAll = byId("show-all");
  const figure = JSON.parse(byId("plot-data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const COLOURS = {
    light: { accent: "#0f6b63", ink: "#1d2327", muted: "#59636a", band: "#d9ebe7", paper: "#ffffff", grid: "#e3e2dd", haze: "rgba(15,107,99,.22)", mist: "rgba(29,35,39,.15)" },
    dark: { accent: "#6cd0c2", ink: "#e9ecec", muted: "#a3aeb3", band: "#1f3f3c", paper: "#1c2226", grid: "#323a3f", haze: "rgba(108,208,194,.24)", mist: "rgba(233,236,236,.18)" },
  };
  const scheme = () => (dark.matches ? "dark" : "light");
  let drawn = false, moment = null, shownRange = "", shownWidth = 0;

  const coloured = (value, colours) => {
    if (typeof value === "string") return value[0] === "@" ? colours[value.slice(1)] || value : value;
    if (Array.isArray(value)) return value.map((item) => coloured(item, colours));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, colours)]));
    }
    return value;
  };

  // Numbers of movements that would run into the one before are left out.
  const roomy = (notes, range, width) => {
    const scale = Math.max(width - 70, 1) / (range[1] - range[0]);
    let last = -Infinity;
    return notes.filter((note) => {
      if (note.name !== "movement") return true;
      if (note.x < range[0] || note.x > range[1] || (note.x - last) * scale < 24) return false;
      last = note.x;
      return true;
    });
  };

  const draw = (name, width) => {
    const { data, layout } = coloured(figure, COLOURS[name]);
    if (drawn) layout.xaxis.range = plot.layout.xaxis.range.slice();
    layout.annotations = roomy(layout.annotations, layout.xaxis.range, width || plot.clientWidth);
    layout.dragmode = window.matchMedia("(pointer: coarse)").matches ? false : "zoom";
    if (width) layout.width = width;
    return Plotly.react(plot, data, layout, { displayModeBar: false, responsive: true, doubleClick: "reset" });
  };

  const placeCursor = () => {
    const full = plot._fullLayout;
    cursor.hidden = !drawn || moment === null || !full;
    if (cursor.hidden) return;
    const axis = full.xaxis, x = axis.l2p(moment);
    cursor.hidden = x < 0 || x > axis._length;
    cursor.style.left = `${axis._offset + x - 1}px`;
    cursor.style.top = `${full.yaxis._offset}px`;
    cursor.style.height = `${full.yaxis._length}px`;
  };

  const mark = (seconds) => {
    moment = seconds;
    placeCursor();
  };

  const seek = (seconds) => {
    mark(seconds);
    if (video) {
      video.pause();
      video.currentTime = seconds;
    }
    const target = video || box, place = target.getBoundingClientRect();
    if (place.top < 0 || place.bottom > window.innerHeight) {
      target.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    }
  };

  const chosen = (element) => {
    document.querySelectorAll(".now").forEach((other) => other.classList.remove("now"));
    element.classList.add("now");
    seek(Number(element.dataset.seconds));
  };

  document.documentElement.classList.add("enhanced");
  document.querySelectorAll(".rep, .fault").forEach((element) => {
    if (!element.dataset.seconds) return;
    element.addEventListener("click", (event) => {
      if (String(window.getSelection())) return;
      event.preventDefault();
      chosen(element);
      if (event.target.closest("a") && video) video.focus({ preventScroll: true });
    });
  });

  if (video) {
    // A blob is easier to jump about in than a data address, and some browsers play nothing else.
    const marker = ";base64,", at = video.src.slice(0, 64).indexOf(marker);
    if (video.src.startsWith("data:") && at > 0) {
      const text = atob(video.src.slice(at + marker.length));
      const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
      video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
    }
    video.addEventListener("error", () => { byId("video-trouble").hidden = false; });
    const follow = () => mark(video.currentTime);
    ["timeupdate", "seeked"].forEach((name) => video.addEventListener(name, follow));
  }

  const unplotted = [...plot.childNodes];
  try {
    plot.replaceChildren();
    draw(scheme()).then(() => {
      drawn = true;
      plot.on("plotly_click", (event) => {
        const point = event.points[0];
        seek(typeof point.customdata === "number" ? point.customdata : point.x);
      });
      plot.on("plotly_relayout", () => {
        const range = plot.layout.xaxis.range, whole = figure.layout.xaxis.range;
        const width = plot.clientWidth;
        if (range.join() !== shownRange || width !== shownWidth) {
          [shownRange, shownWidth] = [range.join(), width];
          draw(scheme());
        }
        showAll.hidden = Math.abs(range[0] - whole[0]) + Math.abs(range[1] - whole[1]) < 1e-6;
        placeCursor();
      });
      plot.on("plotly_afterplot", placeCursor);
      document.documentElement.dataset.ready = "true";
    });
    showAll.addEventListener("click", () => Plotly.relayout(plot, { "xaxis.range": figure.layout.xaxis.range.slice() }));
    dark.addEventListener("change", () => draw(scheme()));
    new ResizeObserver(() => {
      if (drawn && plot.clientWidth !== shownWidth) {
        shownWidth = plot.clientWidth;
        draw(scheme());
      }
    }).observe(box);
    window.addEventListener("beforeprint", () => { 
      document.querySelectorAll("details").forEach((details) => { details.open = true; });
      draw("light", 680);
    });
    window.addEventListener("afterprint", () => draw(scheme()));
  } catch (error) {
    plot.replaceChildren(...unplotted);
    console.warn(error);
  }
})();
