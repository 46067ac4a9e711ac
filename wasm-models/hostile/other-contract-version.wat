;; Exports another version of the contract.
;; part: component
(component
  (import "sedge:model/host@0.1.0" (instance))
  (core module (memory (export "memory") 1))
  (instance $model)
  (export "sedge:model/inference@0.2.0" (instance $model)))
