import type { Emitter } from '../rules/emitter.ts';
import type { Loss } from './loss.ts';

/** Mean of (z − t)². */
export const meanSquared = regression(
  (emit, distance) => emit.mul(distance, distance),
  (emit, distance) => emit.scale(distance, 2),
);

/** Mean of |z − t|. */
export const meanAbsolute = regression(
  (emit, distance) => emit.op('Abs', [distance]),
  (emit, distance) => emit.op('Sign', [distance]),
);

/** Half the square up to a distance of 1, then |z − t| − 1/2 (Huber 1964, Annals of Mathematical Statistics 35). */
export const huber = regression(
  (emit, distance) => {
    const size = emit.op('Abs', [distance]);
    const square = emit.scale(emit.mul(distance, distance), 0.5);
    return emit.where(emit.op('Less', [size, emit.scalar(1)]), square, emit.sub(size, emit.scalar(0.5)));
  },
  (emit, distance) => emit.op('Clip', [distance, emit.scalar(-1), emit.scalar(1)]),
);

type OfDistance = (emit: Emitter, distance: string) => string;

function regression(lossOf: OfDistance, slopeOf: OfDistance): Loss {
  return {
    cuts: [],
    targets: 'values',
    write(emit, outputs, targets, width) {
      const distance = emit.sub(outputs, targets);
      return {
        losses: emit.reduceMean(lossOf(emit, distance), [1], false),
        slope: () => emit.scale(slopeOf(emit, distance), 1 / width),
      };
    },
  };
}
