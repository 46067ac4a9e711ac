;; Code that asks the right interface for a function which it does not have.
;; part: imports
(import "sedge:model/host@0.1.0" "read-file" (func (param i32 i32 i32)))
