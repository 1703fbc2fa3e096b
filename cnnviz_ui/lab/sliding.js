// A kernel slides over an input: pointing, pinning, stepping; nothing of it asks the server.

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const CALM = 500; // milliseconds between steps that are shown, where motion shall be reduced
const PAUSE = 350; // milliseconds of rest, after which a place is told and kept in the link

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sliding");
  const view = root.view ??= opened(root);
  view.tell = setTriggerValue;
  take(view, data);
  view.sizes ??= watched(view);
  refresh(view);
  root.dataset.drawn = data.key;
  return () => {
    view.sizes?.disconnect();
    view.sizes = null;
    removeEventListener("resize", view.fit);
    stop(view);
  };
}

function opened(root) {
  const find = selector => root.querySelector(selector);
  const view = {
    root, play: find(".play"), slider: find("input"), count: find("output"), speed: find("select"),
    zoom: find(".zoom"), live: find("[aria-live]"),
    stages: Object.fromEntries(["input", "result"].map(side => [side, find(`[data-side=${side}]`)])),
    sent: [], pointed: null, pinned: null, step: null, channel: 0, cellPointed: null,
  };
  view.fit = () => { fit(view); refresh(view); };
  for (const [side, stage] of Object.entries(view.stages)) listen(view, side, stage.querySelector("canvas"));
  view.play.onclick = () => toggle(view);
  view.slider.oninput = () => {
    stop(view);
    goTo(view, Number(view.slider.value));
  };
  view.speed.onchange = () => { view.ownSpeed = true; };
  view.zoom.onclick = () => {
    const { y, x } = onSide(view, "input");
    view.tell("zoomed", `${y},${x}`);
  };
  const equation = find(".equation");
  equation.onpointermove = equation.onpointerdown = event => {
    const grid = event.target.closest(".grid-of-numbers");
    pointCell(view, grid?.children.length > 1 ? [...grid.children].indexOf(event.target) : -1);
  };
  equation.onpointerleave = () => pointCell(view, -1);
  root.onkeydown = event => keyed(view, event);
  addEventListener("resize", view.fit);
  return view;
}

function pointCell(view, cell) {
  const pointed = cell < 0 ? null : cell;
  if (pointed === view.cellPointed) return;
  view.cellPointed = pointed;
  refresh(view);
}

function watched(view) {
  addEventListener("resize", view.fit);
  const sizes = new ResizeObserver(() => {
    if (view.width !== view.root.clientWidth) view.fit();
  });
  sizes.observe(view.root);
  return sizes;
}

// Other numbers begin anew; a pin counts where the page brings one that was not sent from here.
function take(view, data) {
  if (view.model?.key !== data.key) {
    stop(view);
    view.model = modelOf(data);
    Object.assign(view, { pointed: null, pinned: placed(data.pin), seen: data.pin, step: null, sent: [] });
    clearTimeout(view.sending);
    view.channel = Math.min(view.channel, view.model.channels - 1);
    if (!view.ownSpeed) view.speed.value = data.numbers ? "medium" : "fast";
    paint(view);
    fit(view);
    label(view);
  } else if (data.pin !== view.seen) {
    view.seen = data.pin;
    const known = view.sent.indexOf(data.pin);
    if (known >= 0) view.sent.splice(0, known + 1);
    else view.pinned = placed(data.pin);
  }
}

function placed(text) {
  if (!text) return null;
  const words = text.split(",");
  const [y, x] = words.slice(-2).map(Number);
  return { side: words.length > 2 ? "input" : "result", y, x };
}

const spelled = place => (place ? `${place.side === "input" ? "input," : ""}${place.y},${place.x}` : "");

function paint(view) {
  const { model } = view;
  view.pictures = {
    input: painted(model.input, model.height, model.width, model.channels, inputColour(model)),
    result: painted(model.output, model.out.height, model.out.width, model.results, resultColour(model, model.output)),
  };
  view.grown = { values: model.output };
}

function label(view) {
  const { model, stages } = view;
  for (const side of ["input", "result"]) {
    stages[side].querySelector("figcaption").textContent = model.titles[side];
    stages[side].querySelector("canvas").setAttribute("aria-label", model.titles[side]);
    drawLegend(stages[side].querySelector(".legend"), model.legends[side]);
  }
  view.slider.max = stepsOf(model);
  view.zoom.hidden = !model.zoom;
  view.zoom.textContent = model.zoom;
  drawChannels(view);
}

function drawLegend(node, { low, high, colours }) {
  const ramp = document.createElement("span");
  ramp.className = "ramp";
  ramp.style.background = `linear-gradient(to right, ${colours.map(colour => `rgb(${colour})`).join(", ")})`;
  node.replaceChildren(low, ramp, high);
}

function drawChannels(view) {
  const group = view.root.querySelector(".channels");
  group.hidden = view.model.channels === 1;
  if (group.hidden) return;
  group.replaceChildren(...view.model.names.map((name, channel) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name[0];
    button.title = name;
    button.setAttribute("aria-label", name);
    button.setAttribute("aria-pressed", channel === view.channel);
    button.onclick = () => {
      view.channel = channel;
      [...group.children].forEach((other, which) => other.setAttribute("aria-pressed", which === channel));
      refresh(view);
    };
    return button;
  }));
}

// Where people look: the step that plays, where they point, the pin, the step that was reached.
function focusOf(view) {
  const reached = view.step === null ? null : placeOf(view.model, Math.max(0, view.step - 1));
  return (view.playing ? reached : null) ?? view.pointed ?? view.pinned ?? reached
    ?? { side: "result", y: view.model.most[0], x: view.model.most[1] };
}

function refresh(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = null;
    if (view.model) draw(view);
  });
}

function listen(view, side, canvas) {
  const under = event => {
    const box = canvas.getBoundingClientRect(), [height, width] = sizeOf(view.model, side);
    const y = Math.floor((event.clientY - box.top) / box.height * height);
    const x = Math.floor((event.clientX - box.left) / box.width * width);
    return y >= 0 && x >= 0 && y < height && x < width ? { side, y, x } : null;
  };
  canvas.onpointermove = canvas.onpointerdown = event => {
    const place = under(event);
    if (spelled(place) === spelled(view.pointed)) return;
    view.pointed = place;
    refresh(view);
  };
  canvas.onpointerleave = canvas.onpointercancel = () => {
    view.pointed = null;
    refresh(view);
  };
  canvas.onclick = event => {
    stop(view);
    const place = under(event);
    if (place) pin(view, spelled(place) === spelled(view.pinned) ? null : place);
    if (event.pointerType === "touch") view.pointed = null;
  };
}

const sizeOf = (model, side) =>
  (side === "input" ? [model.height, model.width] : [model.out.height, model.out.width]);

function pin(view, place) {
  view.pinned = place;
  refresh(view);
  clearTimeout(view.sending);
  view.sending = setTimeout(() => {
    const words = spelled(view.pinned);
    view.sent.push(words);
    view.tell("pinned", words);
  }, PAUSE);
}

function keyed(view, event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const side = event.target.closest(".stage")?.dataset.side;
  if (event.key === "Escape" && view.pinned) {
    view.pointed = null;
    pin(view, null);
  } else if (!side) {
    if (event.key in MOVES || ["Home", "End"].includes(event.key)) event.stopPropagation();
    return;
  } else if (event.key === " ") {
    toggle(view);
  } else if (event.key === "Enter") {
    pin(view, view.pinned ? null : onSide(view, side));
  } else if (!walk(view, side, event.key)) return;
  event.preventDefault();
  event.stopPropagation(); // they are no keys of the page here
}

function walk(view, side, key) {
  const [height, width] = sizeOf(view.model, side);
  const inside = (place, count) => Math.min(Math.max(place, 0), count - 1);
  const from = onSide(view, side), [down, across] = MOVES[key] ?? [0, 0];
  const to = { Home: [0, 0], End: [height - 1, width - 1] }[key]
    ?? (key in MOVES ? [inside(from.y + down, height), inside(from.x + across, width)] : null);
  if (!to) return false;
  stop(view);
  view.pointed = null;
  pin(view, { side, y: to[0], x: to[1] });
  return true;
}

// The place in focus; where it lies on the other side, the one there that it goes with.
function onSide(view, side) {
  const place = focusOf(view), { model } = view;
  if (place.side === side) return place;
  const near = side === "input" ? reading(model, place.y, place.x, 0).read
    : giving(model, place.y, place.x, 0).places;
  const [y, x] = near[near.length >> 1];
  return { side, y, x };
}

function toggle(view) {
  if (view.playing) {
    stop(view);
    refresh(view);
    return;
  }
  const last = stepsOf(view.model);
  if (view.pinned) pin(view, null);
  view.step = view.step === null || view.step >= last ? 1 : view.step;
  view.playing = { at: performance.now(), owed: 0 };
  view.play.textContent = "Pause";
  view.ticking = requestAnimationFrame(now => tick(view, now));
  refresh(view);
}

function tick(view, now) {
  const { playing } = view, last = stepsOf(view.model);
  const aSecond = { slow: 1, medium: 6, fast: Math.max(30, last / 15) }[view.speed.value];
  const passed = now - playing.at;
  if (!STILL.matches || passed >= CALM) {
    playing.owed += aSecond * passed / 1000;
    playing.at = now;
    const steps = Math.floor(playing.owed);
    playing.owed -= steps;
    if (steps > 0) goTo(view, view.step + steps);
  }
  if (view.step === null) stop(view);
  else view.ticking = requestAnimationFrame(later => tick(view, later));
}

// So many steps are done; with the last one the result is whole.
function goTo(view, step) {
  const last = stepsOf(view.model);
  if (view.pinned) pin(view, null);
  view.step = step >= last ? null : step;
  refresh(view);
}

function stop(view) {
  cancelAnimationFrame(view.ticking);
  view.playing = null;
  view.play.textContent = "Play";
}
