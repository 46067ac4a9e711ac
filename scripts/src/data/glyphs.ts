/** x to the right and y downwards, both 0 to 1 across the image. */
export type Point = readonly [x: number, y: number];
/** Points that the pen connects. */
export type Stroke = readonly Point[];

const ARC_STEP_DEGREES = 20;

interface Ellipse {
  readonly centre: Point;
  readonly radii: Point;
}

/** Part of an ellipse; 0° is to the right and 90° is down. */
function arc({ centre, radii }: Ellipse, fromDegrees: number, toDegrees: number): Stroke {
  const steps = Math.ceil(Math.abs(toDegrees - fromDegrees) / ARC_STEP_DEGREES);
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = ((fromDegrees + ((toDegrees - fromDegrees) * step) / steps) * Math.PI) / 180;
    return [centre[0] + radii[0] * Math.cos(angle), centre[1] + radii[1] * Math.sin(angle)] as const;
  });
}

/** The strokes of the digits 0 to 9 as they are taught at school. */
export const GLYPHS: readonly (readonly Stroke[])[] = [
  [arc({ centre: [0.5, 0.5], radii: [0.25, 0.38] }, 0, 360)],
  [
    [
      [0.36, 0.27],
      [0.54, 0.12],
      [0.54, 0.88],
    ],
  ],
  [[...arc({ centre: [0.5, 0.33], radii: [0.24, 0.21] }, 190, 385), [0.27, 0.88], [0.76, 0.88]]],
  [
    arc({ centre: [0.46, 0.31], radii: [0.24, 0.19] }, -150, 90),
    arc({ centre: [0.46, 0.69], radii: [0.27, 0.19] }, -90, 150),
  ],
  [
    [
      [0.56, 0.12],
      [0.24, 0.6],
      [0.8, 0.6],
    ],
    [
      [0.62, 0.38],
      [0.62, 0.9],
    ],
  ],
  [[[0.74, 0.13], [0.34, 0.13], [0.32, 0.45], ...arc({ centre: [0.48, 0.65], radii: [0.26, 0.23] }, -110, 145)]],
  [
    [
      [0.66, 0.12],
      [0.42, 0.32],
      [0.29, 0.62],
    ],
    arc({ centre: [0.51, 0.68], radii: [0.22, 0.2] }, 180, 540),
  ],
  [
    [
      [0.25, 0.14],
      [0.76, 0.14],
      [0.42, 0.88],
    ],
  ],
  [arc({ centre: [0.5, 0.31], radii: [0.2, 0.18] }, 0, 360), arc({ centre: [0.5, 0.69], radii: [0.24, 0.2] }, 0, 360)],
  [
    arc({ centre: [0.49, 0.33], radii: [0.22, 0.2] }, 0, 360),
    [
      [0.71, 0.33],
      [0.68, 0.62],
      [0.56, 0.88],
    ],
  ],
];
