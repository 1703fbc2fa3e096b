// Grids of numbers, as a lecture draws them. Put before the components that draw them.

// Three significant digits, without a row of zeros: 0.123, 12.3, 1230, -4e-6.
function digits(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace("e+", "e").replace("-", "−");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

// Where a value stands on a scale: grey from 0 to the largest, or blue, white, red about zero.
function shade(value, { low, high, signed }) {
  if (!signed) {
    const level = Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low || 1))));
    return [level, level, level];
  }
  const share = Math.min(1, Math.abs(value) / (Math.max(-low, high) || 1));
  const [red, green, blue] = value < 0 ? [33, 102, 172] : [178, 24, 43];
  return [red, green, blue].map(end => Math.round(255 + (end - 255) * share));
}

// Black or white, whichever can be read on a colour.
function inkOn([red, green, blue]) {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000" : "#fff";
}

// Draw numbers into a grid: `values` row by row, `padded` and `marked` say of each whether it is so.
function drawGrid(node, values, columns, { label, scale, padded = [], marked = [], words = digits }) {
  node.className = "grid-of-numbers";
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", `${label}: ${values.map(words).join(", ")}`);
  node.style.gridTemplateColumns = `repeat(${columns}, max-content)`;
  while (node.children.length > values.length) node.lastChild.remove();
  while (node.children.length < values.length) node.append(document.createElement("span"));
  [...node.children].forEach((cell, place) => {
    const colour = shade(values[place], scale);
    cell.textContent = words(values[place]);
    cell.style.background = `rgb(${colour})`;
    cell.style.color = inkOn(colour);
    cell.classList.toggle("padding", Boolean(padded[place]));
    cell.classList.toggle("marked", Boolean(marked[place]));
  });
}
