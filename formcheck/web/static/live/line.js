// The connection to the session: at most two pictures on their way, and it comes back by itself.

const MAGIC = 0x314a4346, IN_FLIGHT = 2, FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 5000, UNANSWERED_MS = 3000;
const KEPT = "formcheck.session";

export class Line {
  /** `heard(message)` gets what comes; `state("lost" | "back" | "refused")` how the line is. */
  constructor(heard, state) {
    this.heard = heard;
    this.state = state;
    this.number = 0;
    this.answered = -1;
    this.sentMs = 0;
    this.waitMs = FIRST_WAIT_MS;
    this.ready = this.ended = this.lost = false;
  }

  /** Begin with the settings `first`, or go on with a session of an id. */
  begin(first, session) {
    this.first = first;
    this.session = session;
    this.open();
  }

  async open() {
    let token = "";
    try {
      // A server that was started again has another token.
      ({ token } = await (await fetch("/api/live")).json());
    } catch {
      this.retry();
      return;
    }
    if (this.ended) return;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/live`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.waitMs = FIRST_WAIT_MS;
      document.querySelector("meta[name=formcheck-token]").content = token;
      this.say({ type: "hello", token, resume: this.session ?? null });
      if (!this.session) this.say(this.first);
      if (this.lost) this.state("back");
      this.lost = false;
    });
    socket.addEventListener("message", ({ data }) => this.hear(JSON.parse(data)));
    socket.addEventListener("close", ({ code }) => {
      if (this.ended || this.socket !== socket) return;
      this.ready = false;
      if (code < 4400) this.retry();
      else this.end("refused");
    });
  }

  retry() {
    if (this.ended) return;
    if (!this.lost) this.state("lost");
    this.lost = true;
    setTimeout(() => { if (!this.ended) this.open(); }, this.waitMs);
    this.waitMs = Math.min(LONGEST_WAIT_MS, 1.6 * this.waitMs);
  }

  end(state) {
    this.ended = true;
    this.ready = false;
    this.socket?.close();
    if (state) this.state(state);
  }

  hear(message) {
    if (message.type === "pose") this.answered = Math.max(this.answered, message.number);
    if (message.type === "begun") {
      this.session = message.session;
      sessionStorage.setItem(KEPT, message.session);
      this.answered = this.number - 1;
      this.ready = true;
    }
    if (["saved", "gone", "closed"].includes(message.type)) {
      sessionStorage.removeItem(KEPT);
      this.end();
    }
    this.heard(message);
  }

  say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  get wants() {
    if (!this.ready || this.socket.readyState !== WebSocket.OPEN) return false;
    // An answer that never comes must not stop the pictures.
    return this.number - 1 - this.answered < IN_FLIGHT || performance.now() - this.sentMs > UNANSWERED_MS;
  }

  picture(blob, takenMs) {
    if (!this.wants) return null;
    const head = new DataView(new ArrayBuffer(16)), number = this.number;
    this.number += 1;
    this.sentMs = performance.now();
    head.setUint32(0, MAGIC, true);
    head.setUint32(4, number, true);
    head.setFloat64(8, takenMs, true);
    this.socket.send(new Blob([head, blob]));
    return number;
  }
}
