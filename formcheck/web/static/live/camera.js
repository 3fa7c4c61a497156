// The camera of this computer or phone: chosen, opened, watched, and its pictures as JPEG with the time they were taken.

const WIDEST = 1280;

export const cameras = async () => (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");

/** Why a camera cannot be had, as the end of a key of the texts. */
export const reasonOf = (error) => ({ InsecureError: "insecure", NotAllowedError: "forbidden", SecurityError: "forbidden", NotFoundError: "absent", OverconstrainedError: "absent", NotReadableError: "busy", AbortError: "busy" })[error.name] ?? "failed";

// Older browsers do not tell of each picture of a video; there, each picture of the screen is looked at.
const nextPicture = (video, work) => video.requestVideoFrameCallback ? video.requestVideoFrameCallback(work) : requestAnimationFrame((now) => work(now, {}));

export class Camera {
  constructor(video, onPicture, onGone) {
    this.video = video;
    this.onPicture = onPicture;
    this.onGone = onGone;
    this.canvas = document.createElement("canvas");
    this.stream = null;
    this.encoding = false;
  }

  /** Open a camera by its id, "user" or "environment" for the front and back of a phone, or "" for the usual one. */
  async open(which) {
    this.close();
    const facing = ["user", "environment"].includes(which);
    const wanted = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    const video = which && !facing ? { ...wanted, deviceId: { exact: which } } : { ...wanted, facingMode: facing ? which : "user" };
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no camera on an insecure page", "InsecureError");
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video });
    const [track] = this.stream.getVideoTracks();
    track.addEventListener("ended", () => this.onGone());
    this.facing = track.getSettings().facingMode ?? "user";
    this.deviceId = track.getSettings().deviceId;
    this.video.srcObject = this.stream;
    await this.video.play();
    this.watch();
  }

  close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }

  watch() {
    const stream = this.stream;
    const next = (now, facts) => {
      if (this.stream !== stream) return;
      nextPicture(this.video, next);
      if (!this.encoding && this.onPicture.wants()) this.encode(facts.captureTime ?? now);
    };
    nextPicture(this.video, next);
  }

  encode(takenMs) {
    const { video, canvas } = this, scale = Math.min(1, WIDEST / Math.max(video.videoWidth, video.videoHeight));
    if (!video.videoWidth) return;
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d", { alpha: false }).drawImage(video, 0, 0, canvas.width, canvas.height);
    this.encoding = true;
    canvas.toBlob((blob) => {
      this.encoding = false;
      if (blob) this.onPicture.take(blob, takenMs);
    }, "image/jpeg", 0.8);
  }
}
