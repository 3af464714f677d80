// 自定义元素 <ce-figure kind="…">：一张会动的插图。
//
// 每种图一个模块（kinds/），说明四件事：标题、控件、怎样画、用话怎样说。这里做其余的事：
// 控件的样子与键盘，拖动，播放，深浅两色（样式里），把话念给读屏软件，换回代码画的静态图。
//
//   export default {
//     title: "二元熵",
//     controls: [{ name: "p", label: "概率 p", min: 0, max: 1, step: 0.01, value: 0.1, digits: 2 },
//                { name: "unit", label: "单位", value: "bit", choices: [["bit", "比特"], ["nat", "奈特"]] }],
//     draw(values, size) { return "SVG 的文字"; },
//     words(values) { return "一两句话，带数字。"; },
//     // 以下可以没有：
//     drag(name, point, values, size) { return { p: … }; },   // 拖动或点按 → 控件的新值
//     actions: [{ label: "两件事一起发生", apply(values) { return { … }; } }],
//     settle(values, changes) { return { q: … }; },           // 控件之间有约束：拨了 changes，别的跟着怎样
//     play: { name: "step", seconds: 6 },                     // 让一个控件自己走，从头到尾用几秒
//   };

let count = 0;

const create = (tag, attributes = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
};

class MovingFigure extends HTMLElement {
  async connectedCallback() {
    if (this.started) return;
    this.started = true;
    const { default: kind } = await import(`./kinds/${this.getAttribute("kind")}.js`);
    this.kind = kind;
    this.values = Object.fromEntries(kind.controls.map(({ name, value }) => [name, value]));
    this.build(`ce-figure-${++count}`);
    new ResizeObserver(() => this.render()).observe(this.drawing);
    this.render();
  }

  build(id) {
    const { kind } = this;
    this.drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.drawing.setAttribute("role", "img");
    this.drawing.setAttribute("aria-label", kind.title);
    this.drawing.setAttribute("aria-describedby", `${id}-words`);
    this.words = create("p", { id: `${id}-words`, className: "words", role: "status" });
    this.fields = {};
    const controls = create("div", { className: "controls" });
    for (const control of kind.controls) controls.append(this.field(control, `${id}-${control.name}`));

    const buttons = create("div", { className: "buttons" });
    if (kind.play) {
      this.playButton = create("button", { type: "button", textContent: "播放" });
      this.playButton.addEventListener("click", () => (this.playing ? this.pause() : this.start()));
      buttons.append(this.playButton);
    }
    for (const { label, apply } of kind.actions ?? []) {
      const button = create("button", { type: "button", textContent: label });
      button.addEventListener("click", () => this.set(apply(this.values)));
      buttons.append(button);
    }
    const reset = create("button", { type: "button", textContent: kind.play ? "重来" : "复原" });
    reset.addEventListener("click", () =>
      this.set(Object.fromEntries(kind.controls.map(({ name, value }) => [name, value]))));
    // 这一格代码真正的输出是静态图，随时可以看。
    const swap = create("button", { type: "button", textContent: "代码画的图", className: "swap" });
    swap.setAttribute("aria-pressed", "false");
    swap.addEventListener("click", () => {
      this.pause();
      const shown = this.toggleAttribute("static");
      swap.setAttribute("aria-pressed", shown);
    });
    buttons.append(reset, swap);

    this.panel = create("div", { className: "moving" }, this.drawing, controls, this.words, buttons);
    this.panel.setAttribute("role", "group");
    this.panel.setAttribute("aria-label", `会动的图：${kind.title}`);
    this.append(this.panel);
    this.setAttribute("ready", "");
    if (kind.drag) this.listenForDrags();
  }

  // 一个控件：滑块，或者几选一。
  field(control, id) {
    const { name, label, choices } = control;
    if (choices) {
      const group = create("fieldset", { className: "choice" }, create("legend", { textContent: label }));
      this.fields[name] = choices.map(([value, text]) => {
        const input = create("input", { type: "radio", name: id, value, id: `${id}-${value}` });
        input.addEventListener("change", () => this.set({ [name]: value }));
        group.append(input, create("label", { htmlFor: input.id, textContent: text }));
        return input;
      });
      return group;
    }
    const { min, max, step } = control;
    const input = create("input", { type: "range", id, min, max, step });
    input.addEventListener("input", () => this.set({ [name]: input.valueAsNumber }));
    const shown = create("output", { htmlFor: id });
    this.fields[name] = { input, shown };
    return create("div", { className: "slider" },
      create("label", { htmlFor: id, innerHTML: label }), input, shown);
  }

  // 换上新的值：夹在范围里、落在格子上，然后重画。
  set(changes, { byPlaying = false } = {}) {
    if (!byPlaying) this.pause();
    for (const { name, min, max, step, choices } of this.kind.controls) {
      if (!(name in changes)) continue;
      const value = changes[name];
      this.values[name] = choices ? value
        : Number(Math.min(max, Math.max(min, min + Math.round((value - min) / step) * step)).toFixed(6));
    }
    Object.assign(this.values, this.kind.settle?.(this.values, changes));
    this.render();
  }

  render() {
    const size = { width: this.drawing.clientWidth, height: this.drawing.clientHeight };
    if (size.width) {
      this.drawing.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
      this.drawing.innerHTML = this.kind.draw(this.values, size);
    }
    for (const control of this.kind.controls) {
      const value = this.values[control.name];
      const field = this.fields[control.name];
      if (control.choices) {
        for (const input of field) input.checked = input.value === value;
      } else {
        const text = (control.format ?? ((v) => v.toFixed(control.digits ?? 2).replace("-", "−")))(value);
        field.input.value = value;
        field.input.setAttribute("aria-valuetext", text);
        field.shown.textContent = text;
      }
    }
    // 数与单位之间不换行。
    const words = this.kind.words(this.values).replace(/(\d) (nat|bit)/g, "$1\u00a0$2");
    if (this.words.innerHTML !== words) this.words.innerHTML = words;
  }

  // ---------------------------------------------------------------- 拖动（手指或鼠标；键盘用滑块）

  listenForDrags() {
    let dragged = null;
    const move = (event) => {
      const frame = this.drawing.getBoundingClientRect();
      const point = { x: event.clientX - frame.left, y: event.clientY - frame.top };
      const size = { width: frame.width, height: frame.height };
      this.set(this.kind.drag(dragged, point, this.values, size) ?? {});
    };
    this.drawing.addEventListener("pointerdown", (event) => {
      const grip = event.target.closest("[data-drag]");
      if (!grip || event.button !== 0) return;
      dragged = grip.dataset.drag;
      this.drawing.setPointerCapture(event.pointerId);
      event.preventDefault();
      move(event);
    });
    this.drawing.addEventListener("pointermove", (event) => dragged !== null && move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.drawing.addEventListener(end, () => (dragged = null));
    }
  }

  // ---------------------------------------------------------------- 播放

  start() {
    const { name, seconds } = this.kind.play;
    const { min, max } = this.kind.controls.find((control) => control.name === name);
    // 不要动画的读者：一步走到头。
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.set({ [name]: max });
    if (this.values[name] >= max) this.values[name] = min;
    const from = this.values[name];
    let began = null;
    const tick = (now) => {
      began ??= now;
      const value = from + ((now - began) / 1000 / seconds) * (max - min);
      this.set({ [name]: Math.min(value, max) }, { byPlaying: true });
      if (value < max) this.playing = requestAnimationFrame(tick);
      else this.pause();
    };
    this.playing = requestAnimationFrame(tick);
    this.playButton.textContent = "暂停";
    // 每一帧都念会念不完；停下来再念。
    this.words.setAttribute("aria-live", "off");
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.playButton.textContent = "播放";
    this.words.removeAttribute("aria-live");
    // 活动区里的字变了才会念：先空着，render 再写一遍。
    this.words.textContent = "";
    this.render();
  }
}

customElements.define("ce-figure", MovingFigure);
