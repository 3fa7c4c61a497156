// The connection to the session: at most two pictures on their way, and it comes back by itself.

const MAGIC = 0x314a4346, IN_FLIGHT = 2, FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 5000;

export class Line {
  /** `heard(message)` gets what comes; `state("open" | "lost" | "back" | "refused")` how the line is. */
  constructor(heard, state) {
    this.heard = heard;
    this.state = state;
    this.number = 0;
    this.answered = -1;
    this.waitMs = FIRST_WAIT_MS;
    this.session = sessionStorage.getItem("formcheck.session");
    this.ended = false;
    this.lost = false;
  }

  async open(first) {
    let token = "";
    try {
      // A server that was started again has another token.
      ({ token } = await (await fetch("/api/live")).json());
    } catch {
      this.retry();
      return;
    }
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/live`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.waitMs = FIRST_WAIT_MS;
      this.answered = this.number - 1;
      document.querySelector("meta[name=formcheck-token]").content = token;
      this.say({ type: "hello", token, resume: first ? null : this.session });
      if (first) this.say(first);
      this.state(this.lost ? "back" : "open");
      this.lost = false;
    });
    socket.addEventListener("message", ({ data }) => this.hear(JSON.parse(data)));
    socket.addEventListener("close", ({ code }) => {
      if (this.ended || this.socket !== socket) return;
      if (code >= 4400) this.state("refused");
      else this.retry();
    });
  }

  retry() {
    if (!this.lost) this.state("lost");
    this.lost = true;
    setTimeout(() => { if (!this.ended) this.open(null); }, this.waitMs);
    this.waitMs = Math.min(LONGEST_WAIT_MS, 1.6 * this.waitMs);
  }

  hear(message) {
    if (message.type === "pose") this.answered = Math.max(this.answered, message.number);
    if (message.type === "begun") {
      this.session = message.session;
      sessionStorage.setItem("formcheck.session", message.session);
    }
    if (message.type === "saved" || message.type === "gone") {
      this.ended = true;
      sessionStorage.removeItem("formcheck.session");
      this.socket.close();
    }
    this.heard(message);
  }

  say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  get wants() {
    return Boolean(this.session) && this.socket?.readyState === WebSocket.OPEN && this.number - 1 - this.answered < IN_FLIGHT;
  }

  async picture(blob, takenMs) {
    if (!this.wants) return null;
    const head = new DataView(new ArrayBuffer(16)), number = this.number;
    this.number += 1;
    head.setUint32(0, MAGIC, true);
    head.setUint32(4, number, true);
    head.setFloat64(8, takenMs, true);
    this.socket.send(new Blob([head, blob]));
    return number;
  }
}
