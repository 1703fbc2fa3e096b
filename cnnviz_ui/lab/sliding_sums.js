// The sum at the place in focus, written out, and both pictures with their frames.

function fit(view) {
  const { model, root } = view;
  const width = view.width = root.clientWidth;
  if (!width || !model) return;
  view.face = getComputedStyle(root).fontFamily;
  const [rows, columns] = [model.kernel.length, model.kernel[0].length];
  const narrow = width < 700;
  const tall = Math.max(280, window.innerHeight - 440);
  const wide = (columns > 5 ? 0.52 : 0.44) * width;
  const sums = narrow ? width : Math.min(wide, Math.max(0.29 * width, (columns > 5 ? 70 : 54) * columns + 40));
  const across = model.width + model.out.width;
  const stacked = narrow && model.numbers && width - 12 < LEAST_CELL * across;
  const room = narrow ? width - 14 : width - sums - 34;
  const widest = stacked ? Math.max(model.width, model.out.width) : across;
  const highest = Math.max(model.height, model.out.height);
  const cell = Math.min(room / widest, (narrow ? 0.5 * window.innerHeight : tall) / highest, 64);
  view.cell = model.numbers ? Math.max(1, Math.floor(cell)) : cell;
  const below = Math.min((sums - 28) / (2 * columns), narrow ? 44 : (tall - 74) / (2 * rows));
  const inRow = Math.min((sums - 50) / (3 * columns), (tall - 74) / rows);
  const kernelCell = Math.min(Math.max(below, inRow), 64);
  root.style.setProperty("--cell", `${Math.floor(kernelCell) - 1}px`);
  root.style.setProperty("--digits", `${0.4 * kernelCell}px`);
  root.style.setProperty("--sums", `${sums}px`);
  root.classList.toggle("in-a-row", inRow > below);
  root.classList.toggle("narrow", narrow);
  root.classList.toggle("stacked", stacked);
}

function draw(view) {
  const { model } = view, place = focusOf(view);
  const found = (place.side === "result" ? reading : giving)(model, place.y, place.x, view.channel);
  const own = [[place.y, place.x]];
  drawSide(view, "input", place.side === "input" ? own : found.read);
  drawSide(view, "result", place.side === "result" ? own : found.places);
  (place.side === "result" ? drawReading : drawGiving)(view, place, found);
  const last = stepsOf(model), done = view.step ?? last;
  view.slider.value = done;
  view.slider.setAttribute("aria-valuetext", `Step ${done} of ${last}`);
  view.count.textContent = `${done} of ${last}`;
  view.root.dataset.focus = `${place.side},${place.y},${place.x}`;
  view.root.classList.toggle("pinned", Boolean(view.pinned));
  announce(view);
}

function drawSide(view, side, framed) {
  const { model, cell } = view, [height, width] = sizeOf(model, side);
  const stage = view.stages[side];
  stage.style.width = `${width * cell}px`;
  const pen = penOf(stage.querySelector("canvas"), width * cell, height * cell);
  const growing = side === "result" && view.step !== null;
  const count = growing && !model.backwards ? view.step : null;
  if (side === "result") grow(view);
  drawPixels(pen, view.pictures[side], cell, count);
  if (cell >= LEAST_CELL) {
    const values = side === "input" ? model.input : view.grown.values;
    const channels = side === "input" ? model.channels : model.results;
    const colour = side === "input" ? inputColour(model) : resultColour(model, values);
    const channel = channels > 1 ? view.channel : 0;
    drawNumbers(pen, {
      width, cell, count: count ?? height * width, face: view.face,
      valueOf: at => values[at * channels + channel], colourOf: at => colour(at * channels),
    });
  }
  frame(pen, framed, cell, [width * cell, height * cell]);
}

// Backwards, the picture of the result changes with each step.
function grow(view) {
  const { model } = view, before = view.grown;
  view.grown = grown(model, view.step, before);
  const same = before.values === view.grown.values && before.steps === view.grown.steps;
  if (same || !model.backwards) return;
  const { values } = view.grown;
  view.pictures.result = painted(values, model.out.height, model.out.width, model.results, resultColour(model, values));
}

function drawReading(view, { y, x }, found) {
  const { model, root, channel } = view;
  const total = resultAt(model, y, x, channel);
  write(root, ".where", `Result at row ${y}, column ${x}`);
  equation(view, found, ["Window", model.backwards ? "Kernel, turned" : "Kernel", "Products"], true);
  const across = model.channels > 1 && model.results === 1;
  const shown = across ? found.products.reduce((sum, product) => sum + product, 0) : total;
  write(root, ".sum", `Sum ${sumDigits(shown)}`);
  write(root, ".written", across
    ? acrossChannels(view, y, x, total) : `${joined(found.products)} = ${sumDigits(total)}`);
  writeProduct(view, found.patch, found);
}

function drawGiving(view, { y, x }, found) {
  const { model, root } = view;
  const many = found.places.length;
  write(root, ".where", `Input at row ${y}, column ${x}: ${found.value}`);
  equation(view, found, ["", model.backwards ? "Kernel" : "Weights that meet it", "What it gives"], false);
  write(root, ".sum", "");
  write(root, ".written", model.backwards
    ? `The pixel lays the kernel down, times ${found.value}, on ${many} ${many === 1 ? "result" : "results"}; what overlaps is added up.`
    : `The pixel is used by ${many} ${many === 1 ? "result" : "results"}: one for each weight that comes to lie on it.`);
  writeProduct(view, found.products.map(() => found.value), found);
}

// The one product that is pointed at, large enough to be read from the back of a room.
function writeProduct(view, pixels, { kernel, products }) {
  const at = view.cellPointed, pointed = at !== null && at < products.length;
  view.root.querySelector(".written").classList.toggle("large", pointed);
  if (pointed) write(view.root, ".written", `${pixels[at]} × ${digits(kernel[at])} = ${digits(products[at])}`);
}

function equation(view, found, titles, window) {
  const { model, root } = view;
  const products = { low: -model.white * model.largest, high: model.white * model.largest, signed: true };
  const patch = window ? found.patch : [found.value];
  const marked = found.products.map((_, place) => place === view.cellPointed);
  const grids = [
    [".first", patch, window ? found.across : 1, { low: 0, high: model.white }, found.padded],
    [".second", found.kernel, found.across, { low: -model.largest, high: model.largest, signed: true }],
    [".third", found.products, found.across, products],
  ];
  grids.forEach(([selector, values, across, scale, padded], which) => {
    const figure = root.querySelector(selector);
    drawGrid(figure.querySelector(".grid, .grid-of-numbers"), values, across, {
      label: titles[which] || "Pixel", scale, padded, marked: values.length > 1 ? marked : [],
    });
    figure.querySelector("figcaption").textContent = titles[which];
  });
}

// Products as a sum on one line, as far as a line can be read.
function joined(products) {
  if (products.length > 15) return `${products.length} products, added up`;
  return products.map((value, place) => {
    if (place === 0) return digits(value);
    return value < 0 ? `− ${digits(-value)}` : `+ ${digits(value)}`;
  }).join(" ");
}

function acrossChannels(view, y, x, total) {
  const sums = view.model.names.map((name, channel) => {
    const { products } = reading(view.model, y, x, channel);
    return `${name} ${sumDigits(products.reduce((sum, value) => sum + value, 0))}`;
  });
  return `${sums.join(" + ")} = ${sumDigits(total)}`;
}

// A sum of whole numbers is whole; others in five significant digits.
const sumDigits = value => (Number.isInteger(value) || Math.abs(value) < 1e-3 ? digits(value)
  : String(Number(value.toPrecision(5))).replace(/^-/, "−"));

function write(root, selector, words) {
  const node = root.querySelector(selector);
  if (node.textContent !== words) node.textContent = words;
}

// Tell those who listen once the eye would rest, not at each pixel on the way.
function announce(view) {
  clearTimeout(view.telling);
  if (view.playing) return;
  view.telling = setTimeout(() => {
    const [where, sum] = [".where", ".sum"].map(part => view.root.querySelector(part).textContent);
    const words = `${where}${sum ? `. ${sum}` : ""}${view.pinned ? ". Pinned" : ""}`;
    if (view.live.textContent !== words && view.told) view.live.textContent = words;
    view.told = true;
  }, PAUSE);
}
