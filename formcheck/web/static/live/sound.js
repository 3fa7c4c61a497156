// Spoken cues by the browser's own voice, and soft tones. Everything said is also on the screen.

const NOTES = { count: [[880, 0.09]], breath_in: [[392, 0.16]], breath_out: [[330, 0.16]], notice: [[587, 0.11]], correction: [[494, 0.12], [440, 0.16]], done: [[587, 0.12], [740, 0.12], [880, 0.2]], stop: [[440, 0.2], [330, 0.35]] };
let context = null;

/** Browsers let a page sound only after something was pressed. */
export const allowSound = () => {
  context ??= new AudioContext();
  context.resume();
};

const tone = (name) => {
  if (!context || context.state !== "running") return;
  let at = context.currentTime + 0.01;
  for (const [hertz, seconds] of NOTES[name] ?? []) {
    const voice = context.createOscillator(), loud = context.createGain();
    voice.frequency.value = hertz;
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(name.startsWith("breath") ? 0.05 : 0.14, at + 0.02);
    loud.gain.linearRampToValueAtTime(0, at + seconds);
    voice.connect(loud).connect(context.destination);
    voice.start(at);
    voice.stop(at + seconds);
    at += seconds;
  }
};

export const sound = (cue) => {
  if (!cue.aloud) return;
  tone(cue.tone);
  if (!cue.text || !window.speechSynthesis) return;
  const { speechSynthesis } = window;
  if (cue.interrupts) speechSynthesis.cancel();
  // What waits has been overtaken by what happened since.
  if (speechSynthesis.pending) return;
  const words = new SpeechSynthesisUtterance(cue.text);
  words.lang = "en";
  speechSynthesis.speak(words);
};
