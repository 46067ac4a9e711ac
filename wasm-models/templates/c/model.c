/* Scores rows of readings: sigmoid(bias + Σ weight · (reading − mean) / scale). */
#include <math.h>
#include <stdlib.h>

#include "sedge_model.h"

static uint32_t columns; /* 0 before the weights are loaded */
static float *mean, *scale, *weight;
static float bias;

void model_describe(sedge_functions *functions) {
  sedge_function *score = sedge_add_function(functions, "score");
  int32_t readings[] = {-1, columns > 0 ? (int32_t)columns : -1};
  sedge_add_input(score, "readings", SEDGE_FP32, 2, readings);
  sedge_add_output(score, "score", SEDGE_FP32, 1, (int32_t[]){-1});
}

sedge_outcome model_load(const sedge_tensors *weights) {
  const sedge_tensor *means = sedge_find_floats(weights, "mean", 1);
  const sedge_tensor *scales = sedge_find_floats(weights, "scale", 1);
  const sedge_tensor *factors = sedge_find_floats(weights, "weight", 1);
  const sedge_tensor *offset = sedge_find_floats(weights, "bias", 1);
  if (!means || !scales || !factors || !offset || offset->shape[0] != 1) {
    return sedge_fail(SEDGE_INVALID_INPUT, "mean, scale, weight and bias [1] must be FP32 vectors");
  }
  const uint32_t length = means->shape[0];
  if (length == 0 || scales->shape[0] != length || factors->shape[0] != length) {
    return sedge_fail(SEDGE_INVALID_INPUT, "mean, scale and weight must be of one length");
  }
  for (uint32_t index = 0; index < length; index++) {
    if (!(((const float *)scales->data)[index] > 0)) {
      return sedge_fail(SEDGE_INVALID_INPUT, "every scale must be positive");
    }
  }
  free(mean);
  free(scale);
  free(weight);
  mean = sedge_copy_floats(means);
  scale = sedge_copy_floats(scales);
  weight = sedge_copy_floats(factors);
  bias = *(const float *)offset->data;
  columns = length;
  return sedge_ok();
}

sedge_outcome model_infer(sedge_text name, const sedge_tensors *inputs, sedge_tensors *outputs) {
  (void)name; /* there is one function */
  if (columns == 0) return sedge_fail(SEDGE_NOT_LOADED, "load the weights first");
  const sedge_tensor *readings = sedge_find_floats(inputs, "readings", 2);
  if (!readings || readings->shape[1] != columns) {
    return sedge_fail(SEDGE_INVALID_INPUT, "readings must be FP32 [rows, columns], as many columns as the weights have");
  }
  const uint32_t rows = readings->shape[0];
  const float *reading = readings->data;
  float *score = sedge_add_floats(outputs, "score", 1, &rows);
  for (uint32_t row = 0; row < rows; row++, reading += columns) {
    float sum = bias;
    for (uint32_t column = 0; column < columns; column++) {
      sum += weight[column] * (reading[column] - mean[column]) / scale[column];
    }
    score[row] = 1 / (1 + expf(-sum));
  }
  return sedge_ok();
}
