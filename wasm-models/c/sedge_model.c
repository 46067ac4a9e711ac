#include "sedge_model.h"

#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define INFERENCE "sedge:model/inference@0.1.0#"

__attribute__((import_module("sedge:model/host@0.1.0"), import_name("log")))
void host_log(int32_t level, const char *message, uint32_t length);

/* Memory of the call: blocks in a list, freed in the post-return function. */

typedef struct block {
  struct block *next;
} block;

/* malloc aligns to 16 bytes here, and what follows the header has to be aligned as well. */
enum { HEADER_BYTES = 16 };

static block *call_blocks;

void *sedge_allocate(size_t bytes) {
  block *fresh = calloc(1, HEADER_BYTES + bytes);
  if (!fresh) __builtin_trap();
  fresh->next = call_blocks;
  call_blocks = fresh;
  return (char *)fresh + HEADER_BYTES;
}

EXPORT("cabi_realloc")
void *sedge_reallocate(void *old, size_t old_bytes, size_t alignment, size_t bytes) {
  (void)alignment;
  void *fresh = sedge_allocate(bytes);
  if (old) memcpy(fresh, old, old_bytes < bytes ? old_bytes : bytes);
  return fresh;
}

static void release_call(void) {
  while (call_blocks) {
    block *next = call_blocks->next;
    free(call_blocks);
    call_blocks = next;
  }
}

EXPORT("cabi_post_" INFERENCE "metadata")
void sedge_after_metadata(void *answer) {
  (void)answer;
  release_call();
}

EXPORT("cabi_post_" INFERENCE "load")
void sedge_after_load(void *answer) {
  (void)answer;
  release_call();
}

EXPORT("cabi_post_" INFERENCE "infer")
void sedge_after_infer(void *answer) {
  (void)answer;
  release_call();
}

/* A list of the contract with one more item; lists are short, so each step copies. */
static void *grown(const void *items, uint32_t length, size_t item_bytes) {
  void *copy = sedge_allocate((length + 1) * item_bytes);
  if (length > 0) memcpy(copy, items, length * item_bytes);
  return copy;
}

static sedge_text text_of(const char *words) {
  return (sedge_text){words, strlen(words)};
}

bool sedge_text_is(sedge_text text, const char *expected) {
  return text.length == strlen(expected) && memcmp(text.bytes, expected, text.length) == 0;
}

void sedge_log(sedge_level level, const char *message) {
  host_log(level, message, strlen(message));
}

/* Functions. */

sedge_function *sedge_add_function(sedge_functions *functions, const char *name) {
  functions->items = grown(functions->items, functions->length, sizeof(sedge_function));
  sedge_function *added = &functions->items[functions->length++];
  added->name = text_of(name);
  return added;
}

static void add_spec(sedge_tensor_specs *specs, const char *name, sedge_data_type type, uint32_t rank, const int32_t *shape) {
  int32_t *sizes = sedge_allocate(rank * sizeof(int32_t));
  memcpy(sizes, shape, rank * sizeof(int32_t));
  specs->items = grown(specs->items, specs->length, sizeof(sedge_tensor_spec));
  specs->items[specs->length++] = (sedge_tensor_spec){text_of(name), type, sizes, rank};
}

void sedge_add_input(sedge_function *function, const char *name, sedge_data_type type, uint32_t rank, const int32_t *shape) {
  add_spec(&function->inputs, name, type, rank, shape);
}

void sedge_add_output(sedge_function *function, const char *name, sedge_data_type type, uint32_t rank, const int32_t *shape) {
  add_spec(&function->outputs, name, type, rank, shape);
}

/* Tensors. */

/* In 64 bits: sizes come from outside, and their product may not fit 32. SIZE_MAX for one that cannot be. */
static size_t float_bytes(uint32_t rank, const uint32_t *shape) {
  uint64_t bytes = sizeof(float);
  for (uint32_t axis = 0; axis < rank; axis++) {
    bytes *= shape[axis];
    if (bytes > INT32_MAX) return SIZE_MAX;
  }
  return bytes;
}

const sedge_tensor *sedge_find_floats(const sedge_tensors *tensors, const char *name, uint32_t rank) {
  for (uint32_t index = 0; index < tensors->length; index++) {
    const sedge_tensor *tensor = &tensors->items[index];
    if (!sedge_text_is(tensor->name, name)) continue;
    if (tensor->data_type != SEDGE_FP32 || tensor->rank != rank) return NULL;
    return float_bytes(rank, tensor->shape) == tensor->data_bytes ? tensor : NULL;
  }
  return NULL;
}

float *sedge_copy_floats(const sedge_tensor *tensor) {
  float *copy = malloc(tensor->data_bytes);
  if (!copy) __builtin_trap();
  memcpy(copy, tensor->data, tensor->data_bytes);
  return copy;
}

float *sedge_add_floats(sedge_tensors *outputs, const char *name, uint32_t rank, const uint32_t *shape) {
  size_t bytes = float_bytes(rank, shape);
  if (bytes == SIZE_MAX) __builtin_trap();
  uint32_t *sizes = sedge_allocate(rank * sizeof(uint32_t));
  memcpy(sizes, shape, rank * sizeof(uint32_t));
  float *data = sedge_allocate(bytes);
  outputs->items = grown(outputs->items, outputs->length, sizeof(sedge_tensor));
  outputs->items[outputs->length++] = (sedge_tensor){text_of(name), SEDGE_FP32, sizes, rank, data, bytes};
  return data;
}

/* Results, in the layout of the canonical ABI: a discriminant, then the error or the list. */

typedef struct {
  uint8_t is_error;
  union {
    sedge_tensors tensors;
    struct {
      uint8_t code;
      sedge_text message;
    } error;
  } payload;
} result;

sedge_outcome sedge_ok(void) {
  return (sedge_outcome){false, 0, NULL};
}

sedge_outcome sedge_fail(sedge_error_code code, const char *message) {
  return (sedge_outcome){true, code, message};
}

static result *result_of(sedge_outcome outcome, sedge_tensors tensors) {
  result *made = sedge_allocate(sizeof(result));
  made->is_error = outcome.is_error;
  if (!outcome.is_error) {
    made->payload.tensors = tensors;
    return made;
  }
  made->payload.error.code = outcome.code;
  made->payload.error.message = text_of(outcome.message);
  return made;
}

static bool is_described(sedge_text name) {
  sedge_functions functions = {0};
  model_describe(&functions);
  for (uint32_t index = 0; index < functions.length; index++) {
    sedge_text known = functions.items[index].name;
    if (known.length == name.length && memcmp(known.bytes, name.bytes, name.length) == 0) return true;
  }
  return false;
}

/* The contract. A list is a pointer and a length. */

EXPORT(INFERENCE "metadata")
sedge_functions *sedge_metadata(void) {
  sedge_functions *functions = sedge_allocate(sizeof(sedge_functions));
  model_describe(functions);
  return functions;
}

EXPORT(INFERENCE "load")
result *sedge_load(sedge_tensor *weights, uint32_t count) {
  const sedge_tensors tensors = {weights, count};
  return result_of(model_load(&tensors), (sedge_tensors){0});
}

EXPORT(INFERENCE "infer")
result *sedge_infer(const char *name, uint32_t name_bytes, sedge_tensor *inputs, uint32_t count) {
  sedge_text function = {name, name_bytes};
  if (!is_described(function)) return result_of(sedge_fail(SEDGE_UNKNOWN_FUNCTION, "there is no such function"), (sedge_tensors){0});
  const sedge_tensors tensors = {inputs, count};
  sedge_tensors outputs = {0};
  sedge_outcome outcome = model_infer(function, &tensors, &outputs);
  return result_of(outcome, outputs);
}
