// How one unit is drawn: the map, the grids of its terms, the sum and what follows.

const WORDS = { weigh: "sum", max: "largest", mean: "mean", pass: "the same number" };
const MOST_CELLS = 225; // of a window with numbers in it; a larger one is a picture

function put(node, kind, name, text = "") {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  node.append(made);
  return made;
}

function percent(share) { return `${100 * share}%`; }

function frameAt(frame, [rows, columns], y, x) {
  frame.style.top = percent(y / rows);
  frame.style.left = percent(x / columns);
  frame.style.height = percent(1 / rows);
  frame.style.width = percent(1 / columns);
}

// The map in the colours of the page's figures, or the photo that the network is given.
function drawMap(canvas, unit) {
  const [rows, columns] = unit.places;
  canvas.width = columns;
  canvas.height = rows;
  const pixels = new ImageData(columns, rows);
  for (let place = 0; place < rows * columns; place++) {
    pixels.data.set(colourAt(unit, place), 4 * place);
    pixels.data[4 * place + 3] = 255;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

function colourAt(unit, place) {
  if (unit.colours) {
    const shown = unit.colours.map(n => unit.arrays.photo[place * unit.colours.length + n]);
    return shown.length === 3 ? shown : [shown[0], shown[0], shown[0]];
  }
  const share = (unit.arrays.values[place] - unit.low) / (unit.high - unit.low || 1);
  const step = 3 * Math.round(255 * Math.min(1, Math.max(0, share)));
  return unit.arrays.palette.subarray(step, step + 3);
}

function drawRamp(canvas, unit) {
  canvas.width = 256;
  canvas.height = 1;
  const pixels = new ImageData(256, 1);
  for (let step = 0; step < 256; step++) {
    pixels.data.set([...unit.arrays.palette.subarray(3 * step, 3 * step + 3), 255], 4 * step);
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

function sourceName(unit, n) {
  const [layer, channel] = unit.sources[n];
  const colour = unit.colourNames[unit.layers[layer]]?.[channel];
  const words = colour ?? `channel ${channel}`;
  return unit.layers.length > 1 || unit.rule in MERGING ? `${unit.layers[layer]}, ${words}` : words;
}

// The largest sizes of all that is drawn together, so that equal colours are equal numbers.
function limit(values) {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

function scalesOf(unit) {
  const { inputs, weights } = unit.arrays;
  let low = 0, high = 0;
  for (const value of inputs) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const most = weights ? limit(weights) : 0;
  return {
    patch: { low, high, signed: low < 0 },
    kernel: { low: -most, high: most, signed: true },
  };
}

// A window in numbers; one with too many of them, as a picture.
function drawWindow(node, values, columns, options) {
  if (values.length <= MOST_CELLS) {
    drawGrid(node, values, columns, options);
    [...node.children].forEach((cell, place) => { cell.title = `${values[place]}`; });
    return;
  }
  const canvas = put(node, "canvas", "many");
  canvas.width = columns;
  canvas.height = values.length / columns;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${options.label}: ${values.length} numbers`);
  const pixels = new ImageData(columns, canvas.height);
  values.forEach((value, place) => pixels.data.set([...shade(value, options.scale), 255], 4 * place));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// In a small cell the zero before the point takes room that the digits need.
function shortDigits(value) { return digits(value).replace(/^(−?)0\./, "$1."); }

// One place of a window with its numbers.
function productWords(unit, found, n, cell) {
  const term = termOf(unit, found.window, n), place = placeIn(found.window, cell);
  const at = place ? `row ${place[0]}, column ${place[1]}` : "padding";
  const product = term.kernel ? ` × ${digits(term.kernel[cell])} = ${digits(term.products[cell])}` : "";
  return `${sourceName(unit, n)}, ${at}: ${digits(term.patch[cell])}${product}`;
}

// One map's part: its name, which goes down to it, patch, kernel, products and their sum.
function drawTerm(node, unit, found, term, scales, small) {
  node.replaceChildren();
  node.dataset.source = term.n;
  const name = sourceName(unit, term.n), across = unit.window[1];
  const button = put(node, "button", "down", name);
  button.type = "button";
  button.setAttribute("aria-label", `${name}: go down to it`);
  const parts = [[term.patch, "what the window reads", scales.patch, ""]];
  if (term.kernel) {
    parts.push([term.kernel, "kernel", scales.kernel, "×"]);
    parts.push([term.products, "products", scales.products, "="]);
  }
  const grids = put(node, "span", "grids");
  for (const [values, label, scale, sign] of parts) {
    if (sign) put(grids, "span", "sign", sign);
    const marked = unit.rule === "max" ? values.map((_, place) => place === term.most) : [];
    const padded = label === "kernel" ? [] : found.window.padded;
    drawWindow(put(grids, "span", ""), values, across, {
      label: `${name}, ${label}`, scale, padded, marked, words: small ? shortDigits : digits,
    });
  }
  if (term.kernel && term.kernel.length > 1) {
    const sum = put(node, "span", "sum");
    put(sum, "span", "sign", "Σ ");
    put(sum, "b", "", digits(found.sums[term.n])).title = `${found.sums[term.n]}`;
  }
}

// How the numbers of all maps become the total.
function sumWords(unit, found, terms) {
  if (unit.rule === "weigh") {
    const parts = [...found.told].map(n => digits(found.sums[n]));
    if (found.others) parts.push(`${digits(found.rest)} (${found.others} more)`);
    if (unit.bias !== null) parts.push(`${digits(unit.bias)} (bias)`);
    return parts.join(" + ").replaceAll("+ −", "− ");
  }
  if (unit.rule in MERGING) {
    const told = [...found.told].map(n => digits(found.sums[n]));
    if (found.others) {
      told.push(unit.rule === "add" ? `${digits(found.rest)} (${found.others} more)` : `… (${found.others} more)`);
    }
    const parts = told.join(MERGING[unit.rule]);
    const name = { average: "mean of ", maximum: "largest of ", minimum: "smallest of " }[unit.rule];
    return `${name ?? ""}${parts.replaceAll("+ −", "− ")}`;
  }
  const count = found.window.padded.filter(outside => !outside).length;
  if (unit.rule === "mean") return `${digits(found.sums[0])} ÷ ${count}`;
  return unit.rule === "max" ? `the largest of ${count}` : digits(terms[0].patch[0]);
}

// A batch normalization with its numbers filled in; of other steps what they are called.
function stepWords({ kind, numbers }, before) {
  if (numbers.scale !== undefined && numbers.offset !== undefined) {
    return `${digits(before)} × ${digits(numbers.scale)} + ${digits(numbers.offset)}`.replaceAll("+ −", "− ");
  }
  if (numbers.mean === undefined) return kind;
  const scaled = numbers.gamma === undefined ? "" : ` × ${digits(numbers.gamma)}`;
  const moved = numbers.beta === undefined ? "" : ` + ${digits(numbers.beta)}`;
  const room = numbers.epsilon === undefined ? "" : ` + ${digits(numbers.epsilon)}`;
  const spread = `√(${digits(numbers.variance)}${room})`;
  return `(${digits(before)} − ${digits(numbers.mean)}) ÷ ${spread}${scaled}${moved}`
    .replaceAll("− −", "+ ").replaceAll("+ −", "− ");
}

function drawResult(node, unit, found, terms) {
  node.replaceChildren();
  const line = put(node, "p", "adding");
  put(line, "span", "", `${sumWords(unit, found, terms)} = `);
  const total = put(line, "b", "total", digits(found.total));
  total.title = `${found.total}`;
  let before = found.total;
  const own = unit.following.map(step => step.layer).lastIndexOf(unit.layer);
  total.classList.toggle("value", own < 0);
  unit.following.forEach((step, place) => {
    const line = put(node, "p", place > own ? "step later" : "step");
    put(line, "span", "name", step.layer);
    put(line, "span", "", `${stepWords(step, before)} `);
    put(line, "span", "sign", "→");
    before = found.following[place];
    const value = put(line, "b", place === own ? "value" : "", digits(before));
    value.title = `${before}`;
  });
}

function spokenOf(unit, found) {
  const place = unit.places[0] * unit.places[1] > 1 ? `Row ${found.y}, column ${found.x}: ` : "";
  const bias = unit.bias === null ? "" : `, with a bias of ${digits(unit.bias)}`;
  return `${place}${WORDS[unit.rule] ?? unit.rule} ${digits(found.total)}${bias}, value ${digits(found.value)}.`;
}
