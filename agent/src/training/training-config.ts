import type { OptimizerPlan, RoundOffer } from '@sedge/protocol';
import type { TrainingConfig } from '@sedge/runtime';

type Local = NonNullable<RoundOffer['local']>;

/** What an offer asks of the trainer. `trained` are the names of the parameters, where they are not all. */
export function trainingConfig(local: Local, seed: bigint, trained: readonly string[] | undefined): TrainingConfig {
  const { batchSize, epochs, inputScale, learningRate, loss, proximal } = local;
  const optimizer = optimizerOf(local);
  return {
    epochs,
    batchSize,
    learningRate,
    proximal,
    seed,
    ...(optimizer === undefined ? {} : { optimizer }),
    ...(loss === undefined ? {} : { loss }),
    ...(inputScale === undefined ? {} : { inputScale }),
    ...(trained === undefined ? {} : { trainable: trained }),
  };
}

/** Undefined for plain SGD, which components do as well. */
function optimizerOf({ gradientClipNorm, optimizer, weightDecay }: Local): TrainingConfig['optimizer'] {
  if (optimizer === undefined && gradientClipNorm === undefined && weightDecay === undefined) return undefined;
  return {
    ...methodOf(optimizer ?? { name: 'sgd' }),
    ...(weightDecay === undefined ? {} : { weightDecay }),
    ...(gradientClipNorm === undefined ? {} : { clipNorm: gradientClipNorm }),
  };
}

function methodOf(optimizer: OptimizerPlan): NonNullable<TrainingConfig['optimizer']> {
  switch (optimizer.name) {
    case 'sgd':
      return { name: 'sgd' };
    case 'momentum':
      return { name: 'sgd', momentum: optimizer.momentum };
    case 'nesterov':
      return { name: 'sgd', momentum: optimizer.momentum, nesterov: true };
    case 'adam':
    case 'adamw':
      return optimizer;
  }
}
