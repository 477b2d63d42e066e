// A picture in a frame: moved by dragging, enlarged by the wheel, by buttons and by keys.

const SMALLEST = 0.1;
const LARGEST = 4;
const READABLE = 0.7;
const HIGHEST = 0.6;
const STEP = 1.25;
const DRAGGED = 4;
const GESTURE = 400;

// When the wheel last moved the page: a movement that began there does not turn into an enlargement.
let wheeled = -Infinity;
document.addEventListener("wheel", (event) => { if (!event.defaultPrevented) wheeled = event.timeStamp; }, { passive: true });

class View {
  constructor(image, size, label) {
    this.image = image;
    this.size = size;
    this.zoom = 1;
    this.frame = el("div", {
      class: "picture", tabindex: 0, role: "region", "aria-label": `${label}. Arrows move it, + and − change its size, 0 shows all.`,
      on: { keydown: (event) => this.key(event), pointerdown: (event) => this.press(event), dragstart: (event) => event.preventDefault() },
    }, image);
    this.frame.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.frame.addEventListener("click", (event) => this.click(event), { capture: true });
    const button = (text, words, run) =>
      el("button", { type: "button", "aria-label": words, title: words, on: { click: run } }, text);
    this.tools = el("div", { class: "zoom" },
      el("span", { class: "quiet hint" }, "drag to move, wheel to zoom"),
      button("−", "Smaller", () => this.by(1 / STEP)), button("+", "Larger", () => this.by(STEP)),
      button("fit", "Show all of it", () => this.set(this.whole())), button("1:1", "Natural size", () => this.set(1)));
  }

  // Shows as much as can be read, about the height `middle`, in a frame that then keeps its height.
  start(middle) {
    const most = window.innerHeight * HIGHEST;
    const wide = Math.min(1, (this.frame.clientWidth - 20) / this.size.width), whole = Math.min(wide, most / this.size.height);
    const zoom = whole > READABLE ? whole : Math.max(READABLE, Math.min(wide, 0.9));
    this.set(zoom);
    const bar = this.frame.offsetHeight - this.frame.clientHeight;
    this.frame.style.height = `${Math.min(most, this.size.height * zoom + bar + 2)}px`;
    this.frame.scrollTop = middle * zoom - this.frame.clientHeight / 2;
  }

  whole() {
    return Math.min(1, (this.frame.clientWidth - 4) / this.size.width, (this.frame.clientHeight - 4) / this.size.height);
  }

  // Changes the size and leaves the point (x, y) of the frame where it is.
  set(zoom, x = this.frame.clientWidth / 2, y = this.frame.clientHeight / 2) {
    const { frame, image, size } = this, before = this.zoom;
    const margin = (scale) => Math.max(0, (frame.clientWidth - size.width * scale) / 2);
    const point = [(frame.scrollLeft + x - margin(before)) / before, (frame.scrollTop + y) / before];
    this.zoom = Math.min(LARGEST, Math.max(SMALLEST, zoom));
    image.setAttribute("width", Math.round(size.width * this.zoom));
    image.setAttribute("height", Math.round(size.height * this.zoom));
    image.dataset.zoom = this.zoom;
    frame.scrollLeft = point[0] * this.zoom + margin(this.zoom) - x;
    frame.scrollTop = point[1] * this.zoom - y;
  }

  by(factor, x, y) {
    this.set(this.zoom * factor, x, y);
  }

  wheel(event) {
    if (!event.ctrlKey && event.timeStamp - wheeled < GESTURE) return;
    event.preventDefault();
    const { left, top } = this.frame.getBoundingClientRect();
    this.by(STEP ** (-Math.sign(event.deltaY) / (event.deltaMode === 0 && Math.abs(event.deltaY) < 40 ? 4 : 1)), event.clientX - left, event.clientY - top);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") this.by(STEP);
    else if (event.key === "-") this.by(1 / STEP);
    else if (event.key === "0") this.set(this.whole());
    else return;
    event.preventDefault();
  }

  // Fingers move the frame without help; a mouse drags it.
  press(event) {
    this.moved = false;
    if (event.button !== 0 || event.pointerType !== "mouse") return;
    const { frame } = this, from = [event.clientX + frame.scrollLeft, event.clientY + frame.scrollTop];
    const { clientX, clientY } = event;
    const move = (now) => {
      if (!this.moved && Math.hypot(now.clientX - clientX, now.clientY - clientY) < DRAGGED) return;
      this.moved = true;
      frame.classList.add("dragged");
      frame.scrollLeft = from[0] - now.clientX;
      frame.scrollTop = from[1] - now.clientY;
    };
    const end = () => {
      frame.classList.remove("dragged");
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }

  // The end of a drag follows no link.
  click(event) {
    if (!this.moved) return;
    this.moved = false;
    event.preventDefault();
    event.stopPropagation();
  }
}
