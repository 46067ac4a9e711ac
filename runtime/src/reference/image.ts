/** The image model of wasm-models/models/image in plain loops: each target pixel from all its source pixels at once. */

export interface ImageSettings {
  readonly height: number;
  readonly width: number;
  /** Resize so that the shorter side has so many pixels, then cut out the middle; without it the image is stretched. */
  readonly shortestSide?: number;
  readonly antialias?: boolean;
  readonly bgr?: boolean;
  readonly channelsLast?: boolean;
  readonly scale?: number;
  /** Red, green, blue. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

export interface ImagePixels {
  readonly height: number;
  readonly width: number;
  /** 3, or 4 with a last one that is dropped. */
  readonly channels: number;
  readonly values: Uint8Array;
}

interface Tap {
  readonly source: number;
  readonly weight: number;
}

/** Red, green and blue of each pixel, in the order and layout that the settings say. */
export function prepareImage(settings: ImageSettings, pixels: ImagePixels): Float32Array {
  const { height, width, bgr = false, channelsLast = false, scale = 1, mean = [0, 0, 0], std = [1, 1, 1] } = settings;
  const shortest = Math.min(pixels.height, pixels.width);
  const rows = axisTaps(pixels.height, shortest, height, settings);
  const columns = axisTaps(pixels.width, shortest, width, settings);
  const image = new Float32Array(3 * height * width);
  for (let place = 0; place < height * width; place++) {
    const [row = [], column = []] = [rows[Math.floor(place / width)], columns[place % width]];
    for (const colour of [0, 1, 2]) {
      const value = mixed(pixels, row, column, colour);
      const channel = bgr ? 2 - colour : colour;
      const at = channelsLast ? place * 3 + channel : channel * height * width + place;
      image[at] = (value * scale - (mean[colour] ?? 0)) / (std[colour] ?? 1);
    }
  }
  return image;
}

function mixed({ width, channels, values }: ImagePixels, row: readonly Tap[], column: readonly Tap[], colour: number) {
  let sum = 0;
  for (const above of row) {
    for (const beside of column) {
      const value = values[(above.source * width + beside.source) * channels + colour] ?? 0;
      sum += above.weight * beside.weight * value;
    }
  }
  return sum;
}

function axisTaps(source: number, shortest: number, length: number, settings: ImageSettings): Tap[][] {
  const { shortestSide, antialias = false } = settings;
  const resized = shortestSide === undefined ? length : Math.floor((source * shortestSide) / shortest);
  const cut = shortestSide === undefined ? 0 : Math.floor((resized - length) / 2);
  const scale = source / resized;
  const support = antialias ? Math.max(1, scale) : 1;
  return Array.from({ length }, (_, target) => tapsAt((target + cut + 0.5) * scale, support, source));
}

/** A triangle around the centre; what lies beyond the edge is not there. */
function tapsAt(centre: number, support: number, source: number): Tap[] {
  const first = Math.max(0, Math.floor(centre - support));
  const last = Math.min(source - 1, Math.floor(centre + support));
  const taps = Array.from({ length: last - first + 1 }, (_, index) => ({
    source: first + index,
    weight: Math.max(0, 1 - Math.abs(first + index + 0.5 - centre) / support),
  }));
  const sum = taps.reduce((total, { weight }) => total + weight, 0);
  return taps.map(({ source: at, weight }) => ({ source: at, weight: weight / sum }));
}
