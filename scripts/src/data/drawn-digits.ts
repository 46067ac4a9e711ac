import { type Randomness, seededRandomness } from '@sedge/kit';
import { DIGIT_CLASSES, DIGIT_PIXELS, type DigitsTable } from './digits-table.ts';
import type { DigitsTables } from './published-digits.ts';
import { GLYPHS, type Point, type Stroke } from './glyphs.ts';

/** As many as the published set has. */
const TRAIN_ROWS = 3_823;
const TEST_ROWS = 1_797;

/** A drawing has 32 by 32 points, of which 4 by 4 make a pixel: how the published set was made, too. */
const POINTS = 32;
const BLOCK = 4;

/** Of 256 points so many are turned over, as by dust and bad ink. */
const NOISE_PER_256 = 5;

/**
 * Digits drawn as pen strokes, for machines without a real set: enough for a demonstration to learn something, and no
 * measure of anything. The same seed draws the same digits.
 */
export function drawnDigits(seed: string): DigitsTables {
  return {
    train: drawTable(TRAIN_ROWS, seededRandomness(`${seed}/digits/train`)),
    test: drawTable(TEST_ROWS, seededRandomness(`${seed}/digits/test`)),
  };
}

type Chance = Pick<Randomness, 'uniform' | 'bytes'>;

function drawTable(rows: number, randomness: Chance): DigitsTable {
  const pixels = new Uint8Array(rows * DIGIT_PIXELS);
  const labels = Uint8Array.from({ length: rows }, (_, row) => row % DIGIT_CLASSES);
  for (const [row, digit] of labels.entries()) pixels.set(drawDigit(digit, randomness), row * DIGIT_PIXELS);
  return { pixels, labels };
}

function drawDigit(digit: number, randomness: Chance): Uint8Array {
  const hand = takeHand(randomness);
  const points = new Uint8Array(POINTS * POINTS);
  for (const stroke of GLYPHS[digit] ?? [])
    drawStroke(
      points,
      stroke.map((point) => place(point, hand, randomness)),
      hand,
    );
  addNoise(points, randomness);
  return countBlocks(points);
}

function addNoise(points: Uint8Array, randomness: Chance): void {
  for (const [index, byte] of randomness.bytes(points.length).entries()) {
    if (byte < NOISE_PER_256) points[index] = 1 - (points[index] ?? 0);
  }
}

/** How one writer holds the pen this time. */
interface Hand {
  readonly shiftX: number;
  readonly shiftY: number;
  readonly scaleX: number;
  readonly scaleY: number;
  /** How far the top leans to the right, as a share of the height. */
  readonly slant: number;
  /** Half the width of the line, in units of the image. */
  readonly radius: number;
}

/** How far each point of a stroke strays. */
const TREMBLE = 0.045;

function takeHand(randomness: Chance): Hand {
  return {
    shiftX: between(randomness, -0.1, 0.1),
    shiftY: between(randomness, -0.08, 0.08),
    scaleX: between(randomness, 0.65, 1.1),
    scaleY: between(randomness, 0.75, 1.05),
    slant: between(randomness, -0.2, 0.45),
    radius: between(randomness, 0.03, 0.1),
  };
}

function between(randomness: Chance, low: number, high: number): number {
  return low + (high - low) * randomness.uniform();
}

function place([x, y]: Point, hand: Hand, randomness: Chance): Point {
  const up = 0.5 - y;
  return [
    0.5 + (x - 0.5) * hand.scaleX + up * hand.slant + hand.shiftX + between(randomness, -TREMBLE, TREMBLE),
    0.5 - up * hand.scaleY + hand.shiftY + between(randomness, -TREMBLE, TREMBLE),
  ];
}

function drawStroke(points: Uint8Array, stroke: Stroke, { radius }: Hand): void {
  for (const [index, to] of stroke.entries()) {
    const from = stroke[index - 1];
    if (from !== undefined) drawLine(points, from, to, radius);
  }
}

function drawLine(points: Uint8Array, from: Point, to: Point, radius: number): void {
  const [left, right] = reach(from[0], to[0], radius);
  const [top, bottom] = reach(from[1], to[1], radius);
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const centre: Point = [(column + 0.5) / POINTS, (row + 0.5) / POINTS];
      if (squaredDistanceToLine(centre, from, to) <= radius * radius) points[row * POINTS + column] = 1;
    }
  }
}

/** First and last point of the drawing that a line from one coordinate to another can touch. */
function reach(from: number, to: number, radius: number): [first: number, last: number] {
  const first = Math.floor((Math.min(from, to) - radius) * POINTS);
  const last = Math.ceil((Math.max(from, to) + radius) * POINTS);
  return [Math.max(0, first), Math.min(POINTS - 1, last)];
}

function squaredDistanceToLine([x, y]: Point, [fromX, fromY]: Point, [toX, toY]: Point): number {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const lengthSquared = alongX * alongX + alongY * alongY;
  const share = lengthSquared === 0 ? 0 : ((x - fromX) * alongX + (y - fromY) * alongY) / lengthSquared;
  const nearest = Math.min(1, Math.max(0, share));
  return (x - fromX - nearest * alongX) ** 2 + (y - fromY - nearest * alongY) ** 2;
}

function countBlocks(points: Uint8Array): Uint8Array {
  const perRow = POINTS / BLOCK;
  const pixels = new Uint8Array(DIGIT_PIXELS);
  for (const [index, isInk] of points.entries()) {
    const row = Math.floor(index / POINTS / BLOCK);
    const column = Math.floor((index % POINTS) / BLOCK);
    const pixel = row * perRow + column;
    pixels[pixel] = (pixels[pixel] ?? 0) + isInk;
  }
  return pixels;
}
