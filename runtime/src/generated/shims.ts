// Made by "npm run generate" from wasm-models/wit/model.wit; do not edit.
/** Core modules of the bindings themselves, base64: the table that imports are called through, and what fills it. */
export const shimModules: Readonly<Record<string, string>> = {
  'trainable-model.core2.wasm': 'AGFzbQEAAAABBwFgA39/fwADAgEABAUBcAEBAQcQAgEwAAAIJGltcG9ydHMBAAoPAQ0AIAAgASACQQARAAALAC8JcHJvZHVjZXJzAQxwcm9jZXNzZWQtYnkBDXdpdC1jb21wb25lbnQHMC4yNTkuMA==',
  'trainable-model.core3.wasm': 'AGFzbQEAAAABBwFgA39/fwACHwIGYWN0dWFsATAAAARzaGltCCRpbXBvcnRzAXABAQEJBwEAQQALAQAALwlwcm9kdWNlcnMBDHByb2Nlc3NlZC1ieQENd2l0LWNvbXBvbmVudAcwLjI1OS4w',
};
