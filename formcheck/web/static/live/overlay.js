// The legs that are watched, drawn over the mirrored picture.

const BONES = [["shoulder", "hip"], ["hip", "knee"], ["knee", "ankle"], ["ankle", "heel"], ["heel", "foot_index"], ["ankle", "foot_index"]];
const COLOURS = { right: "#ffae42", left: "#5cb8ff" };

export const drawBody = (canvas, message, mirrored) => {
  const wide = canvas.clientWidth, high = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(high * ratio)) {
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(high * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, wide, high);
  const { points } = message;
  if (!points) return;
  const place = (name) => points[name] && [(mirrored ? 1 - points[name][0] : points[name][0]) * wide, points[name][1] * high];
  const thick = Math.max(3, wide / 170);
  pen.lineCap = pen.lineJoin = "round";
  const line = (from, to, colour) => {
    if (!from || !to) return;
    for (const [style, width] of [["rgba(0,0,0,.55)", thick + 3], [colour, thick]]) {
      pen.strokeStyle = style;
      pen.lineWidth = width;
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(...to);
      pen.stroke();
    }
  };
  line(place("left_hip"), place("right_hip"), "#ffffff");
  for (const side of ["left", "right"]) {
    const works = !message.working || message.working === side;
    pen.globalAlpha = works ? 1 : 0.45;
    BONES.forEach(([from, to]) => line(place(`${side}_${from}`), place(`${side}_${to}`), COLOURS[side]));
    const knee = place(`${side}_knee`), angle = message.angle_deg[side];
    if (works && knee && angle !== null && angle !== undefined) {
      const words = `${Math.round(angle)}°`;
      pen.font = `650 ${Math.max(15, wide / 42)}px system-ui, sans-serif`;
      const width = pen.measureText(words).width + 16, height = Math.max(24, wide / 28);
      // On the outer side, where no other leg is.
      const other = place(side === "left" ? "right_knee" : "left_knee"), outwards = other ? knee[0] < other[0] : knee[0] < wide / 2;
      const x = Math.min(Math.max(4, knee[0] + (outwards ? -width - 14 : 14)), wide - width - 4);
      pen.fillStyle = "rgba(14,19,29,.86)";
      pen.beginPath();
      pen.roundRect(x, knee[1] - height / 2, width, height, 8);
      pen.fill();
      pen.fillStyle = "#ffffff";
      pen.textBaseline = "middle";
      pen.fillText(words, x + 8, knee[1] + 1);
    }
  }
  pen.globalAlpha = 1;
};
