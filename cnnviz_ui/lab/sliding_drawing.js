// Input and result on canvases: their pixels, the numbers in them, and frames around some.

const LEAST_CELL = 17; // CSS pixels in which a number can be read
const levelOf = (value, { low, high }) =>
  Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low || 1))));

// Pixels as a canvas of their own size, to be enlarged as they are.
function painted(values, height, width, channels, colourOf) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d"), pixels = pen.createImageData(width, height);
  for (let place = 0; place < height * width; place++) {
    const colour = colourOf(place * channels);
    pixels.data.set(colour, 4 * place);
    pixels.data[4 * place + 3] = 255;
  }
  pen.putImageData(pixels, 0, 0);
  return canvas;
}

const inputColour = model => place => (model.channels === 1
  ? shade(model.input[place], { low: 0, high: model.white })
  : [...model.input.subarray(place, place + 3)]);

const resultColour = (model, values) => place => (model.results === 1
  ? shade(values[place], model.scale)
  : [0, 1, 2].map(channel => levelOf(values[place + channel], model.scale)));

// Set a canvas to a size in CSS pixels, sharp on any screen, and give its pen.
function penOf(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.imageSmoothingEnabled = false;
  return pen;
}

// The first `count` cells of a picture, row by row; all of them where that is null.
function drawPixels(pen, picture, cell, count) {
  const { width, height } = picture;
  const rows = count === null ? height : Math.floor(count / width);
  const rest = count === null ? 0 : count % width;
  if (rows) pen.drawImage(picture, 0, 0, width, rows, 0, 0, width * cell, rows * cell);
  if (rest) pen.drawImage(picture, 0, rows, rest, 1, 0, rows * cell, rest * cell, cell);
}

function drawNumbers(pen, { width, count, cell, face, valueOf, colourOf }) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let place = 0; place < count; place++) {
    const words = digits(valueOf(place));
    pen.font = `500 ${Math.min(0.4 * cell, 1.55 * cell / Math.max(3, words.length))}px ${face}`;
    pen.fillStyle = inkOn(colourOf(place));
    pen.fillText(words, (place % width + 0.5) * cell, (Math.floor(place / width) + 0.53) * cell);
  }
}

// A frame around cells: yellow between black, to be seen on whatever lies below.
function frame(pen, places, cell, size) {
  if (!places.length) return;
  const [ys, xs] = [places.map(place => place[0]), places.map(place => place[1])];
  const grow = Math.max(1.5, (9 - cell * (Math.max(...ys) - Math.min(...ys) + 1)) / 2);
  const left = Math.max(2.5, Math.min(...xs) * cell - grow), top = Math.max(2.5, Math.min(...ys) * cell - grow);
  const right = Math.min(size[0] - 2.5, (Math.max(...xs) + 1) * cell + grow);
  const bottom = Math.min(size[1] - 2.5, (Math.max(...ys) + 1) * cell + grow);
  for (const [colour, line] of [["#000", 5], ["#ffd400", 2.5]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = line;
    pen.strokeRect(left, top, right - left, bottom - top);
  }
}
