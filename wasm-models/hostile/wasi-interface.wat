;; A component that asks for the environment of the process.
;; part: component
(component
  (import "wasi:cli/environment@0.2.0" (instance))
  (core module (memory (export "memory") 1)))
