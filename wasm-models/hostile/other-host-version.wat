;; Built against a later version of the host interface, which the bindings alone would take for ours.
;; part: component
(component
  (import "sedge:model/host@0.2.0" (instance))
  (core module (memory (export "memory") 1)))
