;; A component within the component holds code of its own.
;; part: component
(component
  (import "sedge:model/host@0.1.0" (instance))
  (core module (memory (export "memory") 1))
  (component (core module (memory 1))))
