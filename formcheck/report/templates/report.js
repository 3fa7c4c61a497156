(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const plot = byId("plot"), cursor = byId("cursor"), video = byId("video"), showAll = byId("show-all"), cell = byId("cell");
  const scrub = byId("scrub"), readout = byId("readout"), multiples = byId("multiples"), breath = byId("breath"), moreCells = byId("more-cells");
  const source = JSON.parse(byId("plot-data").textContent), { angle, groups, moments } = source, inRadians = source.unit === "rad";
  const dark = window.matchMedia("(prefers-color-scheme: dark)"), calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const coarse = window.matchMedia("(pointer: coarse)");
  const PAGE_WIDTH = 680, PAPER_HEIGHT = { plot: 280, tempo: 330 }, FIRST_CELLS = 60, STILL = 5;
  const COLOURS = {
    light: { accent: "#0f6b63", ink: "#1d2327", muted: "#59636a", band: "#d9ebe7", paper: "#ffffff", grid: "#e3e2dd", haze: "rgba(15,107,99,.22)", mist: "rgba(29,35,39,.15)", comfort: "rgba(15,107,99,.09)", veil: "rgba(251,250,248,.75)", usual: "rgba(15,107,99,.28)", faint: "rgba(15,107,99,.5)" },
    dark: { accent: "#6cd0c2", ink: "#e9ecec", muted: "#a3aeb3", band: "#1f3f3c", paper: "#1c2226", grid: "#323a3f", haze: "rgba(108,208,194,.24)", mist: "rgba(233,236,236,.18)", comfort: "rgba(108,208,194,.10)", veil: "rgba(20,24,27,.75)", usual: "rgba(108,208,194,.34)", faint: "rgba(108,208,194,.55)" },
  };
  const FONT = angle.layout.font;
  const drawn = new Map();
  let moment = null, current = null, sameLength = false, cells = null, paper = false;

  // ---- drawing

  const coloured = (value, colours) => {
    if (typeof value === "string") return value[0] === "@" ? colours[value.slice(1)] || value : value;
    // Always a copy: plotly writes into the ranges it is given.
    if (Array.isArray(value)) return typeof value[0] === "number" ? value.slice() : value.map((item) => coloured(item, colours));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, colours)]));
    }
    return value;
  };

  const draw = (box, build) => {
    const width = !paper ? box.clientWidth : box.classList.contains("overlay") && groups.length > 1 ? PAGE_WIDTH / 2 - 22 : PAGE_WIDTH;
    if (!drawn.has(box)) box.replaceChildren();
    const { data, layout } = build(width, drawn.get(box));
    drawn.set(box, { build, width, range: layout.xaxis.range.slice() });
    layout.width = width;
    if (!layout.height) layout.height = paper ? PAPER_HEIGHT[box.id] || 190 : box.clientHeight;
    const colours = COLOURS[!paper && dark.matches ? "dark" : "light"];
    return Plotly.react(box, coloured(data, colours), coloured(layout, colours), { displayModeBar: false, doubleClick: "reset" });
  };

  const redraw = () => {
    [...drawn].forEach(([box, { build }]) => draw(box, build));
    placeCursor();
    placeCell();
  };

  // Numbers of movements that would run into the one before are left out.
  const roomy = (notes, range, width) => {
    const scale = Math.max(width - 70, 1) / (range[1] - range[0]);
    let last = -Infinity;
    return notes.filter((note) => {
      if (note.room) return (Math.min(note.room.end, range[1]) - Math.max(note.room.start, range[0])) * scale > 8 + 6.2 * note.text.length;
      if (note.name !== "movement") return true;
      if (note.x < range[0] || note.x > range[1] || (note.x - last) * scale < 16 + 4 * note.text.replace(/<[^>]*>/g, "").length) return false;
      last = note.x;
      return true;
    });
  };

  // Curves are in degrees; in radians only what is written at them changes.
  const inWords = (value, decimals = 2) => {
    if (!inRadians) return `${Math.round(value)}°`;
    const text = ((value * Math.PI) / 180).toFixed(decimals);
    return `${Number(text) === 0 ? text.replace("-", "") : text} rad`;
  };
  const angleTicks = ([low, high]) => {
    if (!inRadians) return {};
    const span = ((high - low) * Math.PI) / 180, step = [0.05, 0.1, 0.2, 0.5, 1].find((size) => span / size <= 7) || 2, degrees = (step * 180) / Math.PI;
    const counts = Array.from({ length: Math.floor(high / degrees) - Math.ceil(low / degrees) + 1 }, (_, index) => Math.ceil(low / degrees) + index);
    return { tickmode: "array", tickvals: counts.map((count) => count * degrees), ticktext: counts.map((count) => inWords(count * degrees, step < 0.1 ? 2 : 1)), ticksuffix: "" };
  };

  const angleFigure = (width, before) => {
    const layout = { ...angle.layout, xaxis: { ...angle.layout.xaxis }, yaxis: { ...angle.layout.yaxis, ...angleTicks(angle.layout.yaxis.range) } };
    if (inRadians) layout.margin = { ...layout.margin, l: 66 };
    if (before && plot.layout) layout.xaxis.range = plot.layout.xaxis.range.slice();
    layout.annotations = roomy(layout.annotations, layout.xaxis.range, width);
    layout.dragmode = coarse.matches ? false : "zoom";
    return { data: angle.data, layout };
  };

  // The breath always shows the stretch of time that the angle shows.
  const breathFigure = (width) => {
    const layout = { ...source.breath.layout, xaxis: { ...source.breath.layout.xaxis, range: (plot.layout || angle.layout).xaxis.range.slice() } };
    if (inRadians) layout.margin = { ...layout.margin, l: 66 };
    layout.annotations = roomy(layout.annotations, layout.xaxis.range, width).map(({ room, ...note }) => (room ? { ...note, x: middle(room, layout.xaxis.range) } : note));
    layout.dragmode = coarse.matches ? false : "zoom";
    return { data: source.breath.data, layout };
  };
  const middle = (room, range) => (Math.max(room.start, range[0]) + Math.min(room.end, range[1])) / 2;

  const line = (name, colour, width, dash, more) => ({
    type: "scatter", mode: "lines", name, x: [], y: [], customdata: [], connectgaps: false, hoverinfo: "skip", line: { color: colour, width, dash }, ...more,
  });
  const add = (trace, xs, ys, what) => {
    trace.x.push(...xs, null);
    trace.y.push(...ys, null);
    trace.customdata.push(...ys.map((value) => what && value !== null && [...what, inWords(value)]), null);
  };
  const part = (index, count) => index / (count - 1);
  const axis = { gridcolor: "@grid", zeroline: false, linecolor: "@grid", tickfont: { color: "@muted" }, fixedrange: true };
  const base = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, hovermode: "closest", dragmode: false, font: FONT, hoverlabel: angle.layout.hoverlabel };
  const heights = (group) => [0, 8, group.limit || 0, group.comfortable || 0, ...group.reps.flatMap((rep) => rep.y.filter((value) => value !== null))];
  const extent = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

  const overlayFigure = (group) => () => {
    const along = (rep, index) => (sameLength ? 100 * part(index, rep.y.length) : rep.length * part(index, rep.y.length));
    const many = group.reps.length > 12;
    const words = { hoverinfo: undefined, hovertemplate: "movement %{customdata[0]}: %{customdata[2]}<extra></extra>" };
    const counted = line("counted", many ? "@usual" : "@faint", many ? 1 : 1.5, "solid", words), not = line("not counted", "@muted", 1.2, "dot", words);
    group.reps.forEach((rep) => add(rep.counted ? counted : not, rep.y.map((_, index) => along(rep, index)), rep.y, [rep.number, rep.start]));
    const usual = line("median", "@accent", 4, "solid");
    if (group.usual) add(usual, group.usual.map((_, index) => along({ y: group.usual, length: group.usual_s }, index)), group.usual, null);
    const now = line("now", "@ink", 2.5, "solid"), here = group.reps.find((rep) => current && rep.number === current.number);
    if (here) add(now, here.y.map((_, index) => along(here, index)), here.y, null);
    const [low, high] = extent(heights(group)), longest = sameLength ? 100 : Math.max(...group.reps.map((rep) => rep.length));
    const edge = (value, dash, colour) => ({ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y", y0: value, y1: value, line: { color: colour, width: 1.5, dash } });
    const note = (value, text, side) => ({ xref: "paper", x: side === "right" ? 1 : 0.01, xanchor: side, y: value, yanchor: value > 0 ? "bottom" : "top", text, showarrow: false, font: { color: "@ink", size: 11 } });
    const shapes = [], annotations = [];
    if (group.comfortable !== null) {
      shapes.push({ type: "rect", xref: "paper", x0: 0, x1: 1, yref: "y", y0: 0, y1: group.comfortable, fillcolor: "@comfort", line: { width: 0 }, layer: "below" }, edge(group.comfortable, "dot", "@accent"));
      annotations.push(note(group.comfortable, "comfortable", "left"));
    }
    if (group.limit !== null) {
      shapes.push(edge(group.limit, "dashdot", "@ink"));
      annotations.push(note(group.limit, `limit ${inWords(Math.abs(group.limit))}`, "right"));
    }
    const range = [low - 0.06 * (high - low), high + 0.12 * (high - low)];
    const title = sameLength ? "percent of the movement" : "seconds from its start";
    return {
      data: [not, counted, usual, now],
      layout: {
        ...base, shapes, annotations, margin: { l: inRadians ? 62 : 44, r: 10, t: 14, b: 42 },
        xaxis: { ...axis, range: [0, longest * 1.02], title: { text: title, standoff: 6 } },
        yaxis: { ...axis, range, ticksuffix: "°", ...angleTicks(range), zeroline: true, zerolinecolor: "@grid" },
      },
    };
  };

  const everyRep = groups.flatMap((group) => group.reps.map((rep) => ({ rep, group }))).sort((one, other) => one.rep.number - other.rep.number);
  let shownCells = Math.min(everyRep.length, FIRST_CELLS);

  // All the small plots are one large one, each moved to its place: hundreds of them are as quick as one.
  const multiplesFigure = (width) => {
    // On paper a plot must fit a page.
    const shown = paper ? Math.min(shownCells, FIRST_CELLS) : shownCells;
    const columns = paper ? 8 : Math.max(3, Math.floor(width / (width < 500 ? 108 : 132))), rows = Math.ceil(shown / columns), height = paper ? 76 : 92;
    const [low, high] = extent(groups.flatMap(heights)), longest = Math.max(...everyRep.map(({ rep }) => rep.length));
    const floor = (index) => rows - 1 - Math.floor(index / columns);
    const x = (index, seconds) => (index % columns) + 0.06 + (0.88 * seconds) / longest;
    const y = (index, value) => (value === null ? null : floor(index) + 0.08 + (0.66 * (value - low)) / (high - low));
    const usual = line("median", "@usual", 5, "solid"), counted = line("counted", "@accent", 2, "solid"), not = line("not counted", "@muted", 1.5, "dot");
    const limits = line("limit", "@ink", 1, "dashdot"), rest = line("rest", "@grid", 1, "solid");
    const labels = { type: "scatter", mode: "text", name: "numbers", x: [], y: [], text: [], textposition: "middle right", hoverinfo: "skip", textfont: { color: "@ink", size: 12 } };
    everyRep.slice(0, shown).forEach(({ rep, group }, index) => {
      const move = (values, seconds) => [values.map((_, at) => x(index, seconds * part(at, values.length))), values.map((value) => y(index, value))];
      if (group.usual) add(usual, ...move(group.usual, group.usual_s), null);
      add(rep.counted ? counted : not, ...move(rep.y, rep.length), null);
      add(rest, [x(index, 0), x(index, longest)], [y(index, 0), y(index, 0)], null);
      if (group.limit !== null) add(limits, [x(index, 0), x(index, longest)], [y(index, group.limit), y(index, group.limit)], null);
      labels.x.push(index % columns + 0.02);
      labels.y.push(floor(index) + 0.88);
      labels.text.push(`<b>${rep.number}</b>${rep.counted ? "" : " ✕"}${rep.marked ? " ◆" : ""}`);
    });
    cells = { columns, rows, height, width };
    multiples.style.height = `${rows * height}px`;
    const hidden = { visible: false, fixedrange: true };
    return {
      data: [rest, limits, usual, not, counted, labels],
      layout: { ...base, hovermode: false, height: rows * height, margin: { l: 0, r: 0, t: 0, b: 0 }, xaxis: { ...hidden, range: [0, columns] }, yaxis: { ...hidden, range: [0, rows] } },
    };
  };

  const tempoFigure = (width) => {
    const xaxis = { ...source.tempo.layout.xaxis, tickangle: 0 };
    if (xaxis.dtick) xaxis.dtick = Math.ceil((everyRep.length * 22) / (width - 126));
    return { data: source.tempo.data, layout: { ...source.tempo.layout, xaxis } };
  };

  // ---- where we are

  const clock = (seconds) => (seconds < 59.95 ? `${seconds.toFixed(1)} s` : `${Math.floor(Math.round(seconds) / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`);
  const movementAt = (seconds) => moments.find((one) => seconds >= one.start - 0.05 && seconds <= one.end);

  const placeLine = (box, mark) => {
    const full = box._fullLayout;
    mark.hidden = !drawn.has(box) || moment === null || !full;
    if (mark.hidden) return;
    const along = full.xaxis, x = along.l2p(moment), top = (full.yaxis2 || full.yaxis)._offset;
    mark.hidden = x < 0 || x > along._length;
    mark.style.transform = `translateX(${along._offset + x - 1}px)`;
    mark.style.top = `${top}px`;
    mark.style.height = `${full.yaxis._offset + full.yaxis._length - top}px`;
  };
  const placeCursor = () => {
    placeLine(plot, cursor);
    if (breath) placeLine(breath, byId("breath-cursor"));
  };

  const placeCell = () => {
    const index = current ? everyRep.findIndex(({ rep }) => rep.number === current.number) : -1;
    if (cell) cell.hidden = index < 0 || index >= shownCells || !cells;
    if (!cell || cell.hidden) return;
    const wide = cells.width / cells.columns;
    cell.style.cssText = `left:${(index % cells.columns) * wide}px;top:${Math.floor(index / cells.columns) * cells.height}px;width:${wide}px;height:${cells.height}px`;
  };

  const mark = (seconds) => {
    moment = seconds;
    placeCursor();
    const here = movementAt(seconds) || null;
    scrub.value = String(seconds);
    const words = `${clock(seconds)}${here ? `, ${here.words}` : ""}`;
    scrub.setAttribute("aria-valuetext", words);
    readout.textContent = words;
    if (here === current) return;
    current = here;
    all("tr.rep").forEach((row) => row.classList.toggle("here", Boolean(here) && Number(row.dataset.number) === here.number));
    placeCell();
    groups.forEach((group, index) => {
      const box = byId(`overlay-${index}`);
      if (drawn.has(box) && (box.dataset.now || (here && group.reps.some((rep) => rep.number === here.number)))) {
        box.dataset.now = here ? String(here.number) : "";
        draw(box, drawn.get(box).build);
      }
    });
  };

  const seek = (seconds, stay) => {
    mark(seconds);
    if (video) {
      video.pause();
      video.currentTime = seconds;
    }
    const target = video || plot.parentElement, place = target.getBoundingClientRect();
    if (!stay && (place.top < 0 || place.bottom > window.innerHeight)) {
      target.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    }
  };

  const chosen = (element) => {
    all(".now").forEach((other) => other.classList.remove("now"));
    element.classList.add("now");
    seek(Number(element.dataset.seconds));
  };

  // ---- choosing

  // A press that does not wander is a choice; one that does is a look closer, or a scroll.
  const onChoice = (box, choose) => {
    let from = null;
    box.addEventListener("pointerdown", (event) => { from = event.button === 0 ? [event.clientX, event.clientY] : null; }, true);
    box.addEventListener("pointercancel", () => { from = null; }, true);
    window.addEventListener("pointerup", (event) => {
      if (!from) return;
      const still = Math.hypot(event.clientX - from[0], event.clientY - from[1]) < STILL, place = box.getBoundingClientRect();
      from = null;
      if (still) choose(event.clientX - place.left, event.clientY - place.top);
    }, true);
  };

  const chooseInPlot = (x, y) => {
    const { xaxis, yaxis } = plot._fullLayout, seconds = xaxis.p2l(x - xaxis._offset);
    if (seconds < xaxis.range[0] || seconds > xaxis.range[1] || y > yaxis._offset + yaxis._length) return;
    const faults = angle.data.find((trace) => trace.name === "to work on");
    const near = faults ? faults.x.findIndex((at, index) => faults.customdata[index] !== null && Math.hypot(xaxis.l2p(at) + xaxis._offset - x, yaxis.l2p(faults.y[index]) + yaxis._offset - y) < 13) : -1;
    const movement = movementAt(seconds);
    seek(near >= 0 ? faults.customdata[near] : movement ? movement.start : seconds);
  };

  const chooseInBreath = (x) => {
    const { xaxis } = breath._fullLayout, seconds = xaxis.p2l(x - xaxis._offset);
    if (seconds >= xaxis.range[0] && seconds <= xaxis.range[1]) seek(seconds);
  };

  const chooseCell = (x, y) => {
    const index = Math.floor(y / cells.height) * cells.columns + Math.floor((x / cells.width) * cells.columns);
    if (index < shownCells) seek(everyRep[index].rep.start);
  };

  const step = (forwards) => {
    const from = moment === null ? -1 : moment;
    const next = forwards ? moments.find((one) => one.start > from + 0.05) : moments.filter((one) => one.start < from - 0.3).pop();
    if (next) seek(next.start, true);
  };

  document.documentElement.classList.add("enhanced");
  all(".rep, .fault, .goes").forEach((element) => {
    if (!element.dataset.seconds) return;
    element.addEventListener("click", (event) => {
      if (String(window.getSelection())) return;
      event.preventDefault();
      chosen(element);
      if (event.target.closest("a") && video) video.focus({ preventScroll: true });
    });
  });
  scrub.addEventListener("input", () => seek(Number(scrub.value), true));
  byId("earlier").addEventListener("click", () => step(false));
  byId("later").addEventListener("click", () => step(true));
  if (!moments.length) all(".steps button").forEach((button) => { button.hidden = true; });
  readout.textContent = clock(Number(scrub.min));

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
    // Between two reports of the time the cursor goes on with every picture of the screen.
    const glide = () => {
      if (video.paused || video.ended) return;
      follow();
      requestAnimationFrame(glide);
    };
    video.addEventListener("play", glide);
  }

  // ---- beginning

  const begin = async () => {
    await draw(plot, angleFigure);
    onChoice(plot, chooseInPlot);
    plot.on("plotly_relayout", () => {
      const range = plot.layout.xaxis.range, whole = angle.layout.xaxis.range, before = drawn.get(plot);
      if (range.join() !== before.range.join()) draw(plot, angleFigure);
      if (breath && range.join() !== drawn.get(breath).range.join()) draw(breath, breathFigure);
      showAll.hidden = Math.abs(range[0] - whole[0]) + Math.abs(range[1] - whole[1]) < 1e-6;
      placeCursor();
    });
    plot.on("plotly_afterplot", placeCursor);
    if (breath) {
      await draw(breath, breathFigure);
      onChoice(breath, chooseInBreath);
      breath.on("plotly_relayout", () => {
        const range = breath.layout.xaxis.range.slice();
        if (range.join() !== drawn.get(breath).range.join()) Plotly.relayout(plot, { "xaxis.range": range });
      });
      breath.on("plotly_afterplot", placeCursor);
    }
    if (!groups.length) return;
    for (const [index, group] of groups.entries()) {
      const box = byId(`overlay-${index}`);
      await draw(box, overlayFigure(group));
      box.on("plotly_click", (event) => { if (event.points[0].customdata) seek(event.points[0].customdata[1]); });
    }
    await draw(multiples, multiplesFigure);
    onChoice(multiples, chooseCell);
    moreCells.hidden = shownCells === everyRep.length;
    const tempo = byId("tempo");
    await draw(tempo, tempoFigure);
    tempo.on("plotly_click", (event) => seek(event.points[0].customdata));
    byId("same-length").addEventListener("click", (event) => {
      sameLength = !sameLength;
      event.currentTarget.setAttribute("aria-pressed", String(sameLength));
      groups.forEach((_, index) => draw(byId(`overlay-${index}`), drawn.get(byId(`overlay-${index}`)).build));
    });
    moreCells.addEventListener("click", () => {
      shownCells = everyRep.length;
      moreCells.hidden = true;
      byId("cells-shown").textContent = "Each by itself";
      draw(multiples, multiplesFigure);
    });
  };

  begin().then(() => {
    showAll.addEventListener("click", () => Plotly.relayout(plot, { "xaxis.range": angle.layout.xaxis.range.slice() }));
    dark.addEventListener("change", redraw);
    const resized = new ResizeObserver(() => {
      if (!paper && [...drawn].some(([box, { width }]) => box.clientWidth !== width)) redraw();
    });
    [...drawn.keys()].forEach((box) => resized.observe(box.parentElement));
    window.addEventListener("beforeprint", () => {
      all("details").forEach((details) => { details.open = true; });
      paper = true;
      redraw();
    });
    window.addEventListener("afterprint", () => {
      paper = false;
      redraw();
    });
    document.documentElement.dataset.ready = "true";
  }).catch((error) => console.warn(error));
})();
