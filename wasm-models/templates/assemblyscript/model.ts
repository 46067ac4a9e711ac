import { fail, Functions, Model, notLoaded, OK, Outcome, Outputs, serve, Tensors } from '@sedge/model';

// The functions that every component of the world exports.
export * from '@sedge/model/contract';

/** Scores rows of readings: sigmoid(bias + Σ weight · (reading − mean) / scale). */
class LinearScorer extends Model {
  private mean: StaticArray<f32> = [];
  private scale: StaticArray<f32> = [];
  private weight: StaticArray<f32> = [];
  private bias: f32 = 0;

  describe(functions: Functions): void {
    // Before the weights are loaded nobody knows how many readings make a row.
    const columns = this.mean.length > 0 ? this.mean.length : -1;
    functions.add('score').input<f32>('readings', [-1, columns]).output<f32>('score', [-1]);
  }

  load(weights: Tensors): Outcome {
    this.mean = weights.vector<f32>('mean').toArray();
    this.scale = weights.vector<f32>('scale', this.mean.length).toArray();
    this.weight = weights.vector<f32>('weight', this.mean.length).toArray();
    this.bias = weights.vector<f32>('bias', 1)[0];
    for (let index = 0; index < this.scale.length; index++) {
      if (!(this.scale[index] > 0)) return fail('every scale must be positive');
    }
    return OK;
  }

  infer(name: string, inputs: Tensors, outputs: Outputs): Outcome {
    if (this.mean.length === 0) return notLoaded();
    const readings = inputs.matrix<f32>('readings', this.mean.length);
    const score = outputs.vector<f32>('score', readings.rows);
    for (let row = 0; row < readings.rows; row++) {
      let sum = this.bias;
      for (let column = 0; column < this.mean.length; column++) {
        sum += (this.weight[column] * (readings.at(row, column) - this.mean[column])) / this.scale[column];
      }
      score[row] = 1 / (1 + Mathf.exp(-sum));
    }
    return OK;
  }
}

serve(() => new LinearScorer());
