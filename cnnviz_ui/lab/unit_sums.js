// The sums of one unit, from what its channel reads. Nothing here draws.

// The rules that put whole maps together, and the sign between their numbers.
const MERGING = {
  add: " + ", subtract: " − ", multiply: " × ", average: ", ", maximum: ", ", minimum: ", ",
};

// What stands at the head of the bytes, and each array by its name.
function unpacked(bytes) {
  const whole = bytes.slice(); // its own memory, so that arrays begin where their numbers need it
  const length = new DataView(whole.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(whole.subarray(8, 8 + length)));
  const arrays = {};
  for (const { name, type, shape, start } of head.arrays) {
    const kind = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[type];
    const size = shape.reduce((all, side) => all * side, 1);
    arrays[name] = new kind(whole.buffer, start, size);
  }
  return { ...head, arrays };
}

// Which rows and columns of the input the window at a place reads; -1 is padding.
function windowAt(unit, y, x) {
  const [high, wide] = unit.window;
  const rows = [...unit.arrays.rows.subarray(y * high, (y + 1) * high)];
  const columns = [...unit.arrays.columns.subarray(x * wide, (x + 1) * wide)];
  const padded = rows.flatMap(row => columns.map(column => row < 0 || column < 0));
  return { rows, columns, padded };
}

// What the window reads of one map, row by row; 0 in padding.
function patchOf(unit, { rows, columns, padded }, n) {
  const [, width, count] = unit.size, { inputs } = unit.arrays;
  return padded.map((outside, place) => {
    if (outside) return 0;
    const row = rows[Math.floor(place / columns.length)], column = columns[place % columns.length];
    return inputs[(row * width + column) * count + n];
  });
}

function kernelOf(unit, n) {
  const count = unit.size[2], { weights } = unit.arrays;
  return weights && Array.from({ length: unit.window[0] * unit.window[1] }, (_, k) => weights[k * count + n]);
}

// What each map gives, and in which order they are told: of a weighted sum the largest share first.
function sharesAt(unit, window) {
  const [, width, count] = unit.size, { inputs, weights } = unit.arrays;
  const sums = new Float64Array(count), across = window.columns.length;
  window.padded.forEach((outside, place) => {
    if (outside) return;
    const row = window.rows[Math.floor(place / across)], column = window.columns[place % across];
    const from = (row * width + column) * count;
    for (let n = 0; n < count; n++) {
      sums[n] += weights ? inputs[from + n] * weights[place * count + n] : inputs[from + n];
    }
  });
  const order = Array.from(sums.keys());
  if (unit.rule === "weigh") order.sort((one, other) => Math.abs(sums[other]) - Math.abs(sums[one]));
  return { sums, order };
}

// One map's part of a unit: what is read, the weights, the products, and the place that gave most.
function termOf(unit, window, n) {
  const patch = patchOf(unit, window, n), kernel = kernelOf(unit, n);
  const products = kernel ? patch.map((value, place) => value * kernel[place]) : patch;
  const sizes = products.map((value, place) =>
    window.padded[place] ? -Infinity : unit.rule === "max" ? value : Math.abs(value));
  const most = sizes.reduce((best, size, place) => (size > sizes[best] ? place : best), 0);
  return { n, patch, kernel, products, most };
}

// Where a place of the window lies in the input; null in padding.
function placeIn(window, place) {
  const across = window.columns.length;
  const y = window.rows[Math.floor(place / across)], x = window.columns[place % across];
  return y < 0 || x < 0 ? null : [y, x];
}

// All that is told of one unit.
function unitAt(unit, y, x, most) {
  const window = windowAt(unit, y, x), { sums, order } = sharesAt(unit, window);
  const told = order.slice(0, most), at = y * unit.places[1] + x;
  let rest = unit.arrays.rest ? unit.arrays.rest[at] : 0;
  for (const n of order.slice(most)) rest += sums[n];
  return {
    y, x, window, sums, told, rest,
    others: order.length - told.length + unit.leftOut,
    total: unit.arrays.totals[at],
    following: unit.following.map((_, step) => unit.arrays[`after${step}`][at]),
    value: unit.arrays.values[at],
  };
}
