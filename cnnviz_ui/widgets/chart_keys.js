// Keys for a map of values that Plotly draws, which itself answers a pointer alone.
//
// Over the map lies a field with a cursor that lets the pointer through. Where the cursor stands is
// shown to Plotly as if a pointer stood there: its own label then says the value.

const STEPS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-Infinity, 0], End: [Infinity, 0], PageUp: [0, -8], PageDown: [0, 8],
};
const HINT = "Arrow keys read the values, Enter goes to the largest.";
const LABEL_APPEARS_AFTER = 150; // milliseconds; Plotly draws it 50 later than it is asked for
const inside = (place, count) => Math.min(Math.max(place, 0), count - 1);

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".chart-keys");
  const box = parentElement.closest("[data-testid=stVerticalBlock]");
  const drawn = JSON.stringify(data);
  if (root.drawn !== drawn) {
    const focused = root.contains(document.activeElement);
    root.drawn = drawn;
    root.replaceChildren(...cells(box, data));
    if (focused) root.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
  }
  const place = () => cover(root, plotOf(box));
  const sizes = new ResizeObserver(place);
  sizes.observe(box);
  const changes = new MutationObserver(place);
  changes.observe(box, { childList: true, subtree: true });
  place();
  return () => { sizes.disconnect(); changes.disconnect(); };
}

function plotOf(box) {
  return box.querySelector(".js-plotly-plot .nsewdrag");
}

function cover(root, plot) {
  root.hidden = !plot;
  if (!plot) return;
  const [area, origin] = [plot, root.parentElement].map(node => node.getBoundingClientRect());
  const style = {
    left: `${area.left - origin.left}px`, top: `${area.top - origin.top}px`,
    width: `${area.width}px`, height: `${area.height}px`,
  };
  for (const [name, value] of Object.entries(style)) {
    if (root.style[name] !== value) root.style[name] = value;
  }
}

function element(tag, attributes) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function lay(node, [x, y], [width, height]) {
  Object.assign(node.style, {
    left: `${100 * (x - width / 2)}%`, top: `${100 * (y - height / 2)}%`,
    width: `${100 * width}%`, height: `${100 * height}%`,
  });
}

function cells(box, { label, shape: [rows, columns], largest }) {
  const name = `${label} ${HINT}`;
  const field = element("div", { role: "application", tabindex: "0", "aria-label": name });
  const cursor = element("div", { class: "cursor" });
  const said = element("div", { role: "status", "aria-live": "polite", class: "unseen" });
  let [row, column] = largest;
  let waiting;
  const show = () => {
    const centre = [(column + 0.5) / columns, (row + 0.5) / rows];
    lay(cursor, centre, [1 / columns, 1 / rows]);
    point(box, centre);
    clearTimeout(waiting);
    waiting = setTimeout(() => { said.textContent = labelOf(box); }, LABEL_APPEARS_AFTER);
  };
  field.append(cursor);
  field.addEventListener("focus", show);
  field.addEventListener("blur", () => { clearTimeout(waiting); said.textContent = ""; leave(box); });
  onSteps(field, (across, down) => {
    column = inside(column + across, columns);
    row = inside(row + down, rows);
    show();
  }, () => { [row, column] = largest; show(); });
  return [field, said];
}

function onSteps(node, step, enter) {
  node.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = STEPS[event.key];
    if (move) step(...move);
    else if (event.key === "Enter") enter();
    else return;
    event.preventDefault();
    event.stopPropagation(); // or the page takes the arrow for its own
  });
}

function point(box, [x, y]) {
  const plot = plotOf(box);
  if (!plot) return;
  const area = plot.getBoundingClientRect();
  const place = { clientX: area.left + x * area.width, clientY: area.top + y * area.height };
  for (const kind of ["mouseover", "mousemove"]) {
    plot.dispatchEvent(new MouseEvent(kind, { ...place, bubbles: true, view: window }));
  }
}

function leave(box) {
  plotOf(box)?.dispatchEvent(new MouseEvent("mouseout", { bubbles: true, view: window }));
}

function labelOf(box) {
  const lines = box.querySelectorAll(".hoverlayer .hovertext text.nums");
  const texts = [...lines].flatMap(text => {
    const parts = [...text.querySelectorAll("tspan.line")];
    return (parts.length ? parts : [text]).map(part => part.textContent);
  });
  return texts.join(", ");
}
