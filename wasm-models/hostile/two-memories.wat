;; Two core modules with a memory each: which one is the model?
;; part: component
(component
  (core module (memory (export "memory") 1))
  (core module (memory (export "memory") 1)))
