// What a window reads and what a pixel gives, from the rows and columns that each window reads.

function decoded(text, Kind) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  return new Kind(bytes.buffer);
}

// For each place of the input: at which positions of the window it is read, and by which of its taps.
function usesOf(taps, size) {
  const uses = Array.from({ length: size }, () => []);
  taps.forEach((read, position) => read.forEach((place, tap) => {
    if (place >= 0) uses[place].push([position, tap]);
  }));
  return uses;
}

function modelOf(data) {
  const [height, width, channels] = data.shape;
  const [rows, columns, results] = data.result_shape;
  return {
    ...data, height, width, channels, results,
    input: decoded(data.input, Uint8Array),
    output: decoded(data.output, Float32Array),
    out: { height: rows, width: columns },
    rowUses: usesOf(data.rows, height),
    columnUses: usesOf(data.columns, width),
    largest: Math.max(...data.kernel.flat().map(Math.abs)) || 1,
  };
}

const inputAt = (model, y, x, channel) => model.input[(y * model.width + x) * model.channels + channel];
const resultAt = (model, y, x, channel) =>
  model.output[(y * model.out.width + x) * model.results + (model.results > 1 ? channel : 0)];

// What the window at a place of the result reads, as it lies on the input, with the weights on it.
function reading(model, y, x, channel) {
  const turn = list => (model.backwards ? list.slice().reverse() : list);
  const rows = turn(model.rows[y].map((row, tap) => [row, tap]));
  const columns = turn(model.columns[x].map((column, tap) => [column, tap]));
  const found = { across: columns.length, patch: [], kernel: [], products: [], padded: [], read: [] };
  for (const [row, i] of rows) for (const [column, j] of columns) {
    const outside = row < 0 || column < 0;
    const value = outside ? 0 : inputAt(model, row, column, channel);
    found.patch.push(value);
    found.kernel.push(model.kernel[i][j]);
    found.products.push(value * model.kernel[i][j] || 0); // never -0
    found.padded.push(outside);
    if (!outside) found.read.push([row, column]);
  }
  return found;
}

// What a pixel of the input gives to each result that uses it, as those lie on the result.
function giving(model, y, x, channel) {
  const value = inputAt(model, y, x, channel);
  const found = { across: model.columnUses[x].length, value, kernel: [], products: [], places: [] };
  for (const [row, i] of model.rowUses[y]) for (const [column, j] of model.columnUses[x]) {
    found.places.push([row, column]);
    found.kernel.push(model.kernel[i][j]);
    found.products.push(value * model.kernel[i][j] || 0);
  }
  return found;
}

// Steps of playing: places of the result, or backwards places of the input, row by row.
const stepsOf = model => (model.backwards ? model.height * model.width : model.out.height * model.out.width);

function placeOf(model, step) {
  const width = model.backwards ? model.width : model.out.width;
  return { side: model.backwards ? "input" : "result", y: Math.floor(step / width), x: step % width };
}

// Values of the result after so many steps, going on from those before; all of it after null.
// Forwards each step makes one value whole, so that values wait until they are drawn.
function grown(model, steps, before) {
  if (steps === null || !model.backwards) return { values: model.output };
  const goesOn = before?.model === model && before.steps <= steps;
  const values = goesOn ? before.values : new Float32Array(model.output.length);
  for (let step = goesOn ? before.steps : 0; step < steps; step++) {
    const { y, x } = placeOf(model, step);
    for (let channel = 0; channel < model.channels; channel++) {
      const { places, products } = giving(model, y, x, channel);
      const into = model.results > 1 ? channel : 0;
      places.forEach(([row, column], which) => {
        values[(row * model.out.width + column) * model.results + into] += products[which];
      });
    }
  }
  return { values, steps, model };
}
