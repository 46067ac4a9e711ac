import { canTrain, decodeModel, parametersOfModel } from '@sedge/autodiff';
import { float32Tensor, SedgeError, type Tensor } from '@sedge/protocol';

/** The weights of an ONNX file that training changes, with their values. Throws MODEL_NOT_TRAINABLE. */
export function trainableWeights(file: Uint8Array): Tensor[] {
  const found = canTrain(file);
  if (!found.trainable) {
    throw new SedgeError('MODEL_NOT_TRAINABLE', found.obstacles.map(({ detail }) => detail).join('; '));
  }
  const values = parametersOfModel(decodeModel(file), found.parameters);
  return found.parameters.map(({ name, dims }) => float32Tensor(name, dims, values.get(name) ?? []));
}
