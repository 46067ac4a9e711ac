/*
 * What a model in C needs: the types of wit/model.wit in the layout of the canonical ABI, and the memory of a call.
 * A model defines the three functions at the end; sedge_model.c exports them under the names of the contract.
 *
 * Only the world edge-model: a model that learns on the node is written in AssemblyScript.
 * Keep away from stdio, files, clocks and randomness of the C library: they need WASI, which no node gives.
 */
#ifndef SEDGE_MODEL_H
#define SEDGE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of the enum data-type. */
typedef enum {
  SEDGE_BOOL, SEDGE_UINT8, SEDGE_UINT16, SEDGE_UINT32, SEDGE_UINT64,
  SEDGE_INT8, SEDGE_INT16, SEDGE_INT32, SEDGE_INT64,
  SEDGE_FP16, SEDGE_BF16, SEDGE_FP32, SEDGE_FP64, SEDGE_BYTES,
} sedge_data_type;

/* Numbers of the enum error-code. */
typedef enum {
  SEDGE_INVALID_INPUT, SEDGE_UNKNOWN_FUNCTION, SEDGE_NOT_LOADED, SEDGE_UNSUPPORTED, SEDGE_INTERNAL,
} sedge_error_code;

typedef enum { SEDGE_DEBUG, SEDGE_INFO, SEDGE_WARN, SEDGE_ERROR } sedge_level;

/* Text of the contract does not end with a zero. */
typedef struct {
  const char *bytes;
  uint32_t length;
} sedge_text;

/* Row-major, little-endian. `data` is aligned to 16 bytes. */
typedef struct {
  sedge_text name;
  uint8_t data_type;
  const uint32_t *shape;
  uint32_t rank;
  void *data;
  uint32_t data_bytes;
} sedge_tensor;

typedef struct {
  sedge_tensor *items;
  uint32_t length;
} sedge_tensors;

/* One input or output; -1 stands for a size that the caller chooses. */
typedef struct {
  sedge_text name;
  uint8_t data_type;
  const int32_t *shape;
  uint32_t rank;
} sedge_tensor_spec;

typedef struct {
  sedge_tensor_spec *items;
  uint32_t length;
} sedge_tensor_specs;

typedef struct {
  sedge_text name;
  sedge_tensor_specs inputs;
  sedge_tensor_specs outputs;
} sedge_function;

typedef struct {
  sedge_function *items;
  uint32_t length;
} sedge_functions;

/* How a call ends: sedge_ok(), or sedge_fail() with words for the caller. */
typedef struct {
  bool is_error;
  uint8_t code;
  const char *message;
} sedge_outcome;

sedge_outcome sedge_ok(void);
sedge_outcome sedge_fail(sedge_error_code code, const char *message);

/* Memory of the call: zeroed, aligned to 16 bytes, freed after the host has read the answer. What must outlive the
   call is allocated with malloc. */
void *sedge_allocate(size_t bytes);

/* A line for the log of the node. */
void sedge_log(sedge_level level, const char *message);

bool sedge_text_is(sedge_text text, const char *expected);

/* The tensor of that name with float elements and that rank; null if there is none, or its data is too short. */
const sedge_tensor *sedge_find_floats(const sedge_tensors *tensors, const char *name, uint32_t rank);

/* A copy of a tensor's floats that outlives the call; the model frees it. */
float *sedge_copy_floats(const sedge_tensor *tensor);

/* For model_describe. The shape is copied. */
sedge_function *sedge_add_function(sedge_functions *functions, const char *name);
void sedge_add_input(sedge_function *function, const char *name, sedge_data_type type, uint32_t rank, const int32_t *shape);
void sedge_add_output(sedge_function *function, const char *name, sedge_data_type type, uint32_t rank, const int32_t *shape);

/* For model_infer: one more output, of zeros, to be filled. */
float *sedge_add_floats(sedge_tensors *outputs, const char *name, uint32_t rank, const uint32_t *shape);

/* What a model defines. */

/* Its functions. Called again after model_load, when sizes that follow from the weights are known. */
void model_describe(sedge_functions *functions);
/* Takes the weights. Check them first: after a refusal the earlier ones must stay. */
sedge_outcome model_load(const sedge_tensors *weights);
/* `name` is one of the described functions. */
sedge_outcome model_infer(sedge_text name, const sedge_tensors *inputs, sedge_tensors *outputs);

#endif
