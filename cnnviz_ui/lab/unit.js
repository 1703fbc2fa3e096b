// The arithmetic of the unit under the pointer. Pointing asks nobody: all numbers are here.

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const MOST_TOLD = 6, LETTERS = 14.25;
// In pixels where letters are of the usual size.
const WIDEST = 46, READABLE = 34, TALLEST = 32, LEAST = 4; // of a cell
const BESIDE = 225, BELOW = 60; // what name, signs and sum take beside the grids, or not
const AROUND = 400, TRAIL = 34; // of a window's height, what all but the grids take

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".unit");
  root.shown ??= { key: null };
  root.tell = setTriggerValue;
  root.asked = data;
  drawTrail(root, data.trail);
  drawPhoto(root, data);
  const arrived = ({ detail }) => { if (detail.key === root.asked.key) take(root, detail); };
  window.addEventListener("cnnviz-unit", arrived);
  if (window.cnnvizUnit?.key === data.key) take(root, window.cnnvizUnit);
  const resized = new ResizeObserver(() => { if (root.unit) point(root, ...root.at); });
  resized.observe(root);
  return () => {
    window.removeEventListener("cnnviz-unit", arrived);
    resized.disconnect();
  };
}

function take(root, unit) {
  const { pinned } = root.asked, fresh = root.unit !== unit;
  if (fresh) {
    root.unit = unit;
    root.open = null;
    root.scales = unit.colours ? null : scalesOf(unit);
    dress(root, unit);
    listen(root, unit);
  }
  root.pinned = pinned;
  frameAt(root.querySelector(".map .pinned"), unit.places, ...pinned);
  point(root, ...pinned);
  if (fresh) root.querySelector(".said").textContent = root.words;
  root.dataset.drawn = unit.key;
}

// What stays while the pointer moves: the map, its range, what reads it.
function dress(root, unit) {
  const [rows, columns] = unit.places, map = root.querySelector(".map");
  root.classList.toggle("single", rows * columns === 1);
  root.classList.toggle("pixels", Boolean(unit.colours));
  map.style.setProperty("--ratio", columns / rows);
  map.classList.toggle("smooth", Math.max(rows, columns) > 160);
  map.setAttribute("aria-label", `${unit.title}, ${rows} by ${columns} pixels`);
  drawMap(map.querySelector("canvas"), unit);
  drawRamp(root.querySelector(".ramp"), unit);
  root.querySelector(".low").textContent = digits(unit.low);
  root.querySelector(".high").textContent = digits(unit.high);
  root.querySelector(".head").textContent = unit.head;
}

function listen(root, unit) {
  const map = root.querySelector(".map"), [rows, columns] = unit.places;
  const cell = ({ clientX, clientY }) => {
    const box = map.getBoundingClientRect();
    const inside = (part, side) => Math.min(side - 1, Math.max(0, Math.floor(part * side)));
    return [
      inside((clientY - box.top) / box.height, rows), inside((clientX - box.left) / box.width, columns),
    ];
  };
  map.onpointermove = map.onpointerdown = event => point(root, ...cell(event));
  map.onpointerleave = () => point(root, ...root.pinned);
  map.onclick = event => pin(root, cell(event));
  map.onkeydown = event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const step = STEPS[event.key], enters = event.key === "Enter" || event.key === " ";
    if (!step && !enters) return;
    event.preventDefault();
    event.stopPropagation(); // they are no keys of the page here
    if (enters) return pin(root, root.at);
    const [y, x] = [root.at[0] + step[0], root.at[1] + step[1]];
    if (y < 0 || x < 0 || y >= rows || x >= columns) return;
    point(root, y, x);
    root.querySelector(".said").textContent = root.words;
  };
  const right = root.querySelector(".right");
  right.onclick = event => goDown(root, event.target);
  right.onpointerover = right.onfocusin = event => {
    openTerm(root, event.target);
    showProduct(root, event.target);
  };
  right.onpointerleave = () => showProduct(root, right);
  root.querySelector(".trail").onclick = event => {
    const crumb = event.target.closest("button");
    if (crumb) root.tell("crumb", Number(crumb.dataset.place));
  };
}

function pin(root, at) {
  root.pinned = at;
  frameAt(root.querySelector(".map .pinned"), root.unit.places, ...at);
  root.querySelector(".said").textContent = root.words;
  root.tell("pinned", at);
}

// A click on a map's name goes down at the pixel that gave most, one on a number at its own pixel.
function goDown(root, target) {
  const row = target.closest("[data-source]");
  if (!row || root.unit.colours) return;
  const n = Number(row.dataset.source), { window } = root.found;
  const term = termOf(root.unit, window, n), grid = target.closest(".grid-of-numbers");
  if (!grid && !target.closest("button")) return;
  const cell = grid ? [...grid.children].indexOf(target) : term.most;
  const place = cell < 0 ? null : placeIn(window, cell);
  if (place) root.tell("down", { source: n, from: root.at, to: place });
}

// A map that is told by its sum alone opens as it is pointed at.
function openTerm(root, target) {
  const row = target.closest(".more [data-source]");
  if (!row || root.open === Number(row.dataset.source)) return;
  root.open = Number(row.dataset.source);
  drawTerms(root);
}

// One place of a window, in all its grids, with its numbers in the line above them.
function showProduct(root, target) {
  const head = root.querySelector(".head"), grid = target.closest(".grid-of-numbers");
  const cell = grid ? [...grid.children].indexOf(target) : -1;
  for (const marked of root.querySelectorAll(".pointed")) marked.classList.remove("pointed");
  head.textContent = root.unit.head;
  if (cell < 0 || root.unit.colours) return;
  const row = target.closest("[data-source]");
  for (const other of row.querySelectorAll(".grid-of-numbers")) other.children[cell].classList.add("pointed");
  head.textContent = productWords(root.unit, root.found, Number(row.dataset.source), cell);
}

function point(root, y, x) {
  const { unit } = root, same = root.found?.y === y && root.found?.x === x && root.found.unit === unit;
  root.at = [y, x];
  if (!same) root.found = { ...(unit.colours ? pixelAt(unit, y, x) : unitAt(unit, y, x, MOST_TOLD)), unit };
  frameAt(root.querySelector(".map .here"), unit.places, y, x);
  frameAt(root.querySelector(".photo .frame"), unit.places, y, x);
  const place = unit.places[0] * unit.places[1] > 1 ? `row ${y}, column ${x}` : unit.title;
  root.querySelector(".place").textContent = place;
  if (unit.colours) {
    root.words = drawPixel(root, unit, root.found);
    return;
  }
  root.words = spokenOf(unit, root.found);
  drawTerms(root);
}

function drawTerms(root) {
  const { unit, found } = root, [high, wide] = unit.window;
  const { cell, tall, rows, stacked, small } = room(root, unit, found.told.length);
  const right = root.querySelector(".right"), terms = root.querySelector(".terms");
  right.style.setProperty("--cell", `${cell}px`);
  right.style.setProperty("--tall", `${tall}px`);
  right.style.setProperty("--many", `${Math.min(260, Math.floor((260 * wide) / high))}px`);
  right.classList.toggle("stacked", stacked);
  right.classList.toggle("bare", cell < 18);
  right.classList.toggle("merging", unit.rule in MERGING);
  const shown = found.told.slice(0, rows), others = found.told.slice(rows);
  if (others.includes(root.open)) shown[shown.length - 1] = root.open;
  const parts = shown.map(n => termOf(unit, found.window, n));
  const most = limit(parts.flatMap(part => part.products));
  const products = { low: -most, high: most, signed: true };
  fill(terms, parts.length, "term").forEach((node, place) =>
    drawTerm(node, unit, found, parts[place], { ...root.scales, products }, small));
  drawOthers(root, unit, found, others);
  drawResult(root.querySelector(".result"), unit, found, parts);
}

function fill(node, count, name) {
  while (node.children.length > count) node.lastChild.remove();
  while (node.children.length < count) put(node, "div", name);
  return [...node.children];
}

// How large a cell can be, and how many maps are shown with their grids.
function room(root, unit, told) {
  const [high, wide] = unit.window, grids = unit.arrays.weights ? 3 : 1;
  const scale = parseFloat(getComputedStyle(root).fontSize) / LETTERS;
  const width = root.querySelector(".right").clientWidth;
  const sized = taken => Math.min(WIDEST * scale, Math.floor((width - taken * scale) / (grids * wide)) - 1);
  const stacked = sized(BESIDE) < READABLE * scale;
  const cell = Math.max(LEAST, sized(stacked ? BELOW : BESIDE));
  const tall = Math.min(TALLEST * scale, stacked ? Math.max(cell, Math.min(24 * scale, 2 * cell)) : cell);
  const taken = (AROUND + (root.asked.trail.length ? TRAIL : 0)) * scale;
  const free = Math.max(240 * scale, window.innerHeight - taken);
  const rows = Math.floor(free / (high * (tall + 1) + (stacked ? 32 : 7) * scale));
  return { cell, tall, stacked, small: cell < READABLE * scale, rows: Math.max(1, Math.min(told, rows)) };
}

function drawOthers(root, unit, found, others) {
  const more = root.querySelector(".more"), chips = fill(more, others.length + (found.others ? 1 : 0), "chip");
  others.forEach((n, place) => {
    const chip = chips[place];
    if (chip.dataset.source !== String(n) || !chip.firstChild || chip.firstChild.tagName !== "BUTTON") {
      chip.replaceChildren();
      put(chip, "button", "down").type = "button";
      chip.dataset.source = n;
    }
    chip.firstChild.textContent = `${sourceName(unit, n)}: ${digits(found.sums[n])}`;
    chip.classList.toggle("open", n === root.open);
  });
  if (!found.others) return;
  const last = chips[others.length], noun = found.others === 1 ? "channel" : "channels";
  delete last.dataset.source;
  last.classList.remove("open");
  const summed = unit.rule === "weigh" || unit.rule === "add" ? `: ${digits(found.rest)}` : "";
  last.textContent = `and ${found.others} more ${noun}${summed}`;
}

function drawTrail(root, trail) {
  const node = root.querySelector(".trail");
  node.replaceChildren();
  trail.forEach((words, place) => {
    if (place) put(node, "span", "sign", "›");
    const crumb = put(node, "button", "crumb", words);
    crumb.type = "button";
    crumb.dataset.place = place;
    crumb.disabled = place === trail.length - 1;
    if (crumb.disabled) crumb.setAttribute("aria-current", "step");
  });
  node.scrollLeft = node.scrollWidth;
}

function drawPhoto(root, { photo, photoName }) {
  const image = root.querySelector(".photo img");
  if (image.src !== photo) image.src = photo;
  image.alt = photoName;
}
